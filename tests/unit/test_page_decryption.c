/* Pages by their modules, one by one. */
#include "parquet/page_decryption.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "test_help.h"

typedef struct fixture {
    pqt_key key;
    crypto_chunk keys;
    page_decryption_memory memory;
    block_pool blocks;
    buffer module;
} fixture;

static int start(void **state)
{
    static fixture f;
    if (crypto_check_built(NULL) != PQT_OK) {
        printf("skipped: built without libcrypto\n");
        exit(0);
    }
    f = (fixture){.key.size_bytes = 16};
    f.keys = (crypto_chunk){
        .key = &f.key, .file_aad = view_text("file"), .row_group = 1, .column = 2};
    f.memory.blocks = &f.blocks;
    *state = &f;
    return 0;
}

static int end(void **state)
{
    fixture *f = *state;
    page_decryption_memory_free(&f->memory);
    block_pool_free(&f->blocks);
    buffer_free(&f->module);
    return 0;
}

/* Appends what a writer would, to f->module. */
static void seal(fixture *f, crypto_module_type type, uint16_t page, pqt_view plain)
{
    pqt_error error;
    const crypto_seal s = crypto_chunk_seal(&f->keys, type, page);
    assert_ok(crypto_module_append(&f->memory.context, &s, plain, &f->module, &error));
}

/* PageHeader of a v1 data page, and of a dictionary page, of 3 bytes and 1 value. */
static const uint8_t data_header[] = {0x15, 0x00, 0x15, 0x06, 0x15, 0x06,
                                      0x2c, 0x15, 0x02, 0x15, 0x00, 0x15,
                                      0x06, 0x15, 0x06, 0x00, 0x00};
static const uint8_t dictionary_header[] = {0x15, 0x04, 0x15, 0x06, 0x15, 0x06, 0x4c,
                                            0x15, 0x02, 0x15, 0x00, 0x00, 0x00};

static void header_is_read_where_it_belongs(void **state)
{
    fixture *f = *state;
    pqt_error error;
    page_header header;
    size_t header_bytes = 0;
    page_decryption d = {.keys = f->keys, .page = 7};
    seal(f, CRYPTO_DATA_PAGE_HEADER, 7, view_of(data_header, sizeof data_header));
    const size_t module_bytes = f->module.size_bytes;
    assert_ok(buffer_append(&f->module, "body", 4, &error));
    const pqt_view bytes = buffer_view(&f->module);
    assert_ok(
        page_decryption_header(&d, &f->memory, bytes, &header, &header_bytes, &error));
    assert_int_equal(header_bytes, module_bytes);
    assert_int_equal(header.type, PAGE_DATA);
    assert_int_equal(header.compressed_bytes, 3);
    d.page = 8;
    assert_fails(
        page_decryption_header(&d, &f->memory, bytes, &header, &header_bytes, &error),
        PQT_CORRUPT, "data page header is not authentic");
    d = (page_decryption){.keys = f->keys, .is_dictionary = true};
    assert_fails(
        page_decryption_header(&d, &f->memory, bytes, &header, &header_bytes, &error),
        PQT_CORRUPT, "dictionary page header is not authentic");
    d = (page_decryption){.keys = f->keys, .page = CRYPTO_ORDINAL_LIMIT + 1};
    assert_fails(
        page_decryption_header(&d, &f->memory, bytes, &header, &header_bytes, &error),
        PQT_LIMIT, "at most 32768 data pages");
}

static void header_of_another_kind_of_page_is_refused(void **state)
{
    fixture *f = *state;
    pqt_error error;
    page_header header;
    size_t header_bytes = 0;
    page_decryption d = {.keys = f->keys};
    seal(f, CRYPTO_DATA_PAGE_HEADER, 0,
         view_of(dictionary_header, sizeof dictionary_header));
    assert_fails(page_decryption_header(&d, &f->memory, buffer_view(&f->module), &header,
                                        &header_bytes, &error),
                 PQT_CORRUPT, "a page of type 2 where a data page should be");
    buffer_clear(&f->module);
    d.is_dictionary = true;
    seal(f, CRYPTO_DICTIONARY_PAGE_HEADER, 0, view_of(data_header, sizeof data_header));
    assert_fails(page_decryption_header(&d, &f->memory, buffer_view(&f->module), &header,
                                        &header_bytes, &error),
                 PQT_CORRUPT, "a page of type 0 where a dictionary should be");
}

static void body_is_read_where_it_belongs(void **state)
{
    fixture *f = *state;
    pqt_error error;
    uint8_t *owned = NULL;
    const page_header header = {.type = PAGE_DATA};
    for (int is_dictionary = 0; is_dictionary < 2; is_dictionary++) {
        page_decryption d = {.keys = f->keys,
                             .is_dictionary = is_dictionary,
                             .page = is_dictionary ? 0 : 3};
        buffer_clear(&f->module);
        seal(f, is_dictionary ? CRYPTO_DICTIONARY_PAGE : CRYPTO_DATA_PAGE, 3,
             view_text("abc"));
        pqt_view body = buffer_view(&f->module);
        assert_ok(page_decryption_body(&d, &f->memory, &header, &body, &owned, &error));
        assert_view_is(body, "abc");
        d.is_dictionary = !is_dictionary;
        body = buffer_view(&f->module);
        assert_fails(page_decryption_body(&d, &f->memory, &header, &body, &owned, &error),
                     PQT_CORRUPT, "page is not authentic");
        d = (page_decryption){.keys = f->keys, .page = 2};
        assert_fails(page_decryption_body(&d, &f->memory, &header, &body, &owned, &error),
                     PQT_CORRUPT, "data page is not authentic");
    }
}

/* parquet-java leaves the levels of v2 pages before the module. */
static void v2_body_is_read_with_its_levels_inside_or_before(void **state)
{
    fixture *f = *state;
    pqt_error error;
    uint8_t *owned = NULL;
    const page_header header = {.type = PAGE_DATA_V2,
                                .uncompressed_bytes = 11,
                                .repetition_bytes = 2,
                                .definition_bytes = 3};
    for (int before = 0; before < 2; before++) {
        page_decryption d = {.keys = f->keys};
        buffer_clear(&f->module);
        if (before) assert_ok(buffer_append(&f->module, "rrddd", 5, &error));
        seal(f, CRYPTO_DATA_PAGE, 0, view_text(before ? "values" : "rrdddvalues"));
        pqt_view body = buffer_view(&f->module);
        assert_ok(page_decryption_body(&d, &f->memory, &header, &body, &owned, &error));
        assert_view_is(body, "rrdddvalues");
    }
}

static void body_whose_length_lies_is_refused(void **state)
{
    fixture *f = *state;
    pqt_error error;
    uint8_t *owned = NULL;
    const page_header headers[] = {
        {.type = PAGE_DATA},
        {.type = PAGE_DATA_V2, .definition_bytes = 6},
        {.type = PAGE_DATA_V2, .definition_bytes = 100},
    };
    for (size_t h = 0; h < sizeof headers / sizeof *headers; h++)
        for (uint32_t length = 0; length < 60; length++) {
            page_decryption d = {.keys = f->keys};
            buffer_clear(&f->module);
            seal(f, CRYPTO_DATA_PAGE, 0, view_text("values"));
            pqt_view body = buffer_view(&f->module);
            if (length == body.size_bytes - CRYPTO_LENGTH_BYTES) continue;
            store_u32le(f->module.data, length);
            assert_fails(
                page_decryption_body(&d, &f->memory, &headers[h], &body, &owned, &error),
                PQT_CORRUPT, "");
        }
    for (size_t size = 0; size < 32; size++) {
        page_decryption d = {.keys = f->keys};
        pqt_view body = view_of(f->module.data, size);
        assert_fails(
            page_decryption_body(&d, &f->memory, &headers[2], &body, &owned, &error),
            PQT_CORRUPT, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(header_is_read_where_it_belongs, start, end),
        cmocka_unit_test_setup_teardown(header_of_another_kind_of_page_is_refused, start,
                                        end),
        cmocka_unit_test_setup_teardown(body_is_read_where_it_belongs, start, end),
        cmocka_unit_test_setup_teardown(v2_body_is_read_with_its_levels_inside_or_before,
                                        start, end),
        cmocka_unit_test_setup_teardown(body_whose_length_lies_is_refused, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
