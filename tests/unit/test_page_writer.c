#include "parquet/page_writer.h"

#include <zlib.h>

#include "naive_decode.h"

static pqt_error error;

/* Bytes that compress, and bytes that do not. */
static void fill_raw(page_scratch *scratch, bool is_random)
{
    uint64_t seed = 1;
    assert_ok(buffer_resize(&scratch->raw, 5000, &error));
    for (size_t i = 0; i < 5000; i++)
        scratch->raw.data[i] =
            is_random ? (uint8_t)naive_random(&seed) : (uint8_t)(i / 500);
}

/* Writes a page of `raw` and checks what its header promises of the bytes behind it. */
static page_header write_page(page_header header, pqt_codec codec, bool is_random)
{
    page_scratch scratch;
    page_scratch_init(&scratch, NULL);
    fill_raw(&scratch, is_random);
    buffer out = {0};
    const page_format format = {.codec = {codec, 0}, .has_crc = true};
    assert_ok(page_write(&format, &header, &scratch, &out, &error));
    const size_t size_bytes = (size_t)header.compressed_bytes;
    const uint8_t *body = out.data + out.size_bytes - size_bytes;
    assert_true(out.size_bytes > size_bytes);
    assert_int_equal(header.uncompressed_bytes, 5000);
    assert_int_equal(header.crc, crc32(0, body, (unsigned)size_bytes));
    assert_memory_equal(body, scratch.raw.data, (size_t)header.definition_bytes);
    buffer_free(&out);
    page_scratch_free(&scratch);
    return header;
}

static void test_v1_compressible_smaller(void **state)
{
    (void)state;
    const page_header header =
        write_page((page_header){.type = PAGE_DATA, .value_count = 9}, PQT_ZSTD, false);
    assert_true(header.compressed_bytes < 200);
}

static void test_v1_random_still_compressed(void **state)
{
    (void)state;
    const page_header header =
        write_page((page_header){.type = PAGE_DATA, .value_count = 9}, PQT_ZSTD, true);
    assert_true(header.compressed_bytes > 5000);
}

static void test_v2_levels_left_values_compressed(void **state)
{
    (void)state;
    const page_header header = write_page(
        (page_header){.type = PAGE_DATA_V2, .definition_bytes = 40}, PQT_ZSTD, false);
    assert_true(header.is_compressed);
    assert_true(header.compressed_bytes < 240);
}

static void test_v2_random_left_as_it_is(void **state)
{
    (void)state;
    const page_header header = write_page(
        (page_header){.type = PAGE_DATA_V2, .definition_bytes = 40}, PQT_ZSTD, true);
    assert_false(header.is_compressed);
    assert_int_equal(header.compressed_bytes, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v1_compressible_smaller),
        cmocka_unit_test(test_v1_random_still_compressed),
        cmocka_unit_test(test_v2_levels_left_values_compressed),
        cmocka_unit_test(test_v2_random_left_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
