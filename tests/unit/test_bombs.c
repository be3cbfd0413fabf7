/*
 * Small files that promise much: whatever they say, what the reader takes from its
 * allocator stays within its limits, and the time within reason.
 */
#include "bad_input.h"

#include "parquet/codec.h"
#include "pqt_arrow.h"

#define BYTES(text) view_of(text, sizeof(text) - 1)

enum { MIB = 1 << 20, HUGE_COUNT = INT32_MAX };

/* What pqt_reader_options says; an arena whose pieces are watched has heads for each. */
#ifdef __SANITIZE_ADDRESS__
enum { FOOTER_TIMES = 60 };
#else
enum { FOOTER_TIMES = 24 };
#endif

/* Reads all of the file; NOMEM would mean that more than `most_bytes` were asked for. */
static pqt_status read_within(pqt_view bytes, size_t most_bytes, size_t page_limit_bytes)
{
    pqt_error error;
    memory_budget budget = {.limit_bytes = most_bytes};
    const pqt_reader_options options = {.page_limit_bytes = page_limit_bytes};
    const pqt_status status = bad_input_read(bytes, &options, &budget, &error);
    if (status == PQT_NOMEM)
        fail_msg("%zu bytes in use and %zu asked for: %s", budget.peak_bytes,
                 budget.refused_bytes, error.message);
    return status;
}

/* Values by the billion in a handful of bytes: all that the encodings allow. */
static void runs_of_billions_of_values_are_limited(void **state)
{
    (void)state;
    static const struct {
        pqt_type type;
        pqt_repetition repetition;
        int64_t encoding;
        const char *body;
        size_t size_bytes;
    } cases[] = {
#define BOMB(type, repetition, encoding, text) \
    {PQT_##type, PQT_##repetition, PQT_##encoding, text, sizeof(text) - 1}
        BOMB(INT32, REQUIRED, RLE_DICTIONARY, "\0\xfe\xff\xff\xff\x0f"),
        BOMB(BYTE_ARRAY, REQUIRED, RLE_DICTIONARY, "\0\xfe\xff\xff\xff\x0f"),
        BOMB(BOOLEAN, REQUIRED, RLE, "\6\0\0\0\xfe\xff\xff\xff\x0f\1"),
        /* One block of 2^31 values in one miniblock of no bits. */
        BOMB(INT64, REQUIRED, DELTA_BINARY_PACKED,
             "\x80\x80\x80\x80\x08\1\xff\xff\xff\xff\7\0\0\0"),
        BOMB(BYTE_ARRAY, REQUIRED, DELTA_LENGTH_BYTE_ARRAY,
             "\x80\x80\x80\x80\x08\1\xff\xff\xff\xff\7\0\0\0"),
        BOMB(BYTE_ARRAY, REQUIRED, DELTA_BYTE_ARRAY,
             "\x80\x80\x80\x80\x08\1\xff\xff\xff\xff\7\0\0\0"
             "\x80\x80\x80\x80\x08\1\xff\xff\xff\xff\7\0\0\0"),
        /* Nulls. */
        BOMB(INT32, OPTIONAL, PLAIN, "\6\0\0\0\xfe\xff\xff\xff\x0f\0"),
        BOMB(BYTE_ARRAY, OPTIONAL, PLAIN, "\6\0\0\0\xfe\xff\xff\xff\x0f\0"),
        BOMB(BOOLEAN, OPTIONAL, PLAIN, "\6\0\0\0\xfe\xff\xff\xff\x0f\0"),
        /* Empty lists, and one list of that many nulls. */
        BOMB(INT32, REPEATED, PLAIN,
             "\6\0\0\0\xfe\xff\xff\xff\x0f\0\6\0\0\0\xfe\xff\xff\xff\x0f\0"),
        BOMB(BOOLEAN, REPEATED, PLAIN,
             "\x08\0\0\0\2\0\xfe\xff\xff\xff\x0f\1\6\0\0\0\xfe\xff\xff\xff\x0f\0"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pqt_view body = view_of(cases[i].body, cases[i].size_bytes);
        made_file f =
            made_file_of(cases[i].type, cases[i].repetition,
                         made_page_of(cases[i].encoding, HUGE_COUNT, body), HUGE_COUNT);
        made_chunk *chunk = &f.groups[0].chunks[0];
        if (cases[i].encoding == PQT_RLE_DICTIONARY) {
            chunk->pages[1] = chunk->pages[0];
            chunk->pages[0] = made_dictionary_of(1, BYTES("\0\0\0\0"));
            chunk->page_count = 2;
        }
        const pqt_status status =
            read_within(made_file_write(&f), (size_t)1100 * MIB, MIB);
        if (status != PQT_LIMIT) fail_msg("case %zu: %s", i, pqt_status_text(status));
        made_file_free(&f);
    }
}

/* Rows of such pages can be had in pieces, in little memory. */
static void rows_of_a_bomb_can_be_read_in_pieces(void **state)
{
    (void)state;
    pqt_error error;
    made_file f = made_file_of(
        PQT_INT32, PQT_OPTIONAL,
        made_page_of(PQT_PLAIN, HUGE_COUNT, BYTES("\6\0\0\0\xfe\xff\xff\xff\x0f\0")),
        HUGE_COUNT);
    memory_budget budget = {.limit_bytes = (size_t)300 * MIB};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    const pqt_reader_options options = {.allocator = &allocator};
    pqt_reader *reader = NULL;
    pqt_values values = {0};
    assert_ok(pqt_reader_open_memory(made_file_write(&f), &options, &reader, &error));
    assert_ok(pqt_reader_read(reader, 0, 0, 1000, 5, &values, &error));
    assert_int_equal(values.null_count, 5);
    pqt_values_free(&values);
    pqt_reader_close(reader);
    made_file_free(&f);
}

/* Pages whose header promises 2 GiB, or as much as is read, of next to nothing. */
static void page_headers_that_promise_much_are_limited(void **state)
{
    (void)state;
    static const pqt_codec codecs[] = {PQT_SNAPPY, PQT_GZIP,    PQT_BROTLI,
                                       PQT_ZSTD,   PQT_LZ4_RAW, PQT_LZ4_HADOOP};
    static const int64_t sizes[] = {INT32_MAX, 1 << 20, (1 << 20) + 1, 100};
    for (size_t c = 0; c < sizeof codecs / sizeof *codecs; c++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            made_file f = made_file_good();
            made_chunk *chunk = &f.groups[0].chunks[0];
            chunk->codec = codecs[c];
            chunk->pages[0].uncompressed_bytes = sizes[s];
            const pqt_status status = read_within(made_file_write(&f), 3 * MIB, MIB);
            assert_int_equal(status, sizes[s] > MIB ? PQT_LIMIT : PQT_CORRUPT);
            made_file_free(&f);
        }
}

/* A page that decompresses to more than its header says stops at what that says. */
static void compressed_bombs_stop_at_the_page(void **state)
{
    (void)state;
    static const pqt_codec codecs[] = {PQT_SNAPPY, PQT_GZIP, PQT_BROTLI, PQT_ZSTD,
                                       PQT_LZ4_RAW};
    pqt_error error;
    uint8_t *zeros = calloc(64, MIB);
    codec_context context = {0};
    for (size_t c = 0; c < sizeof codecs / sizeof *codecs; c++) {
        buffer packed = {0};
        if (codec_check(codecs[c], NULL) != PQT_OK) continue;
        assert_ok(codec_compress(&context, (codec_setting){codecs[c], 0},
                                 view_of(zeros, (size_t)64 * MIB), &packed, &error));
        made_file f = made_file_good();
        made_chunk *chunk = &f.groups[0].chunks[0];
        chunk->codec = codecs[c];
        chunk->pages[0].body = buffer_view(&packed);
        chunk->pages[0].uncompressed_bytes = 12;
        assert_int_equal(read_within(made_file_write(&f), 8 * MIB, MIB), PQT_CORRUPT);
        made_file_free(&f);
        buffer_free(&packed);
    }
    codec_context_free(&context);
    free(zeros);
}

/* Values that each repeat what the one before has, with a byte more. */
static void prefixes_that_pile_up_are_limited(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    pqt_error error;
    buffer body = {0};
    /* Prefixes 0, 1, 2, ... (a delta of 1 in no bits), suffixes of 1 byte each. */
    assert_ok(buffer_append(&body, "\x80\x80\x80\x80\x08\1\xa0\x9c\1\0\2\0", 12, &error));
    assert_ok(buffer_append(&body, "\x80\x80\x80\x80\x08\1\xa0\x9c\1\2\0\0", 12, &error));
    for (int i = 0; i < COUNT; i++) assert_ok(buffer_append_u8(&body, 'x', &error));
    made_file f = made_file_of(
        PQT_BYTE_ARRAY, PQT_REQUIRED,
        made_page_of(PQT_DELTA_BYTE_ARRAY, COUNT, buffer_view(&body)), COUNT);
    const pqt_view bytes = made_file_write(&f);
    assert_int_equal(read_within(bytes, 4 * MIB, MIB), PQT_LIMIT);
    assert_int_equal(read_within(bytes, (size_t)300 * MIB, (size_t)256 * MIB), PQT_OK);
    made_file_free(&f);
    buffer_free(&body);
}

/* 42 KB for petabytes: row groups by the thousand, all of the same pages. */
static void append_same_group(thrift_writer *w, const made_chunk *chunk, int64_t rows)
{
    thrift_item_struct(w);
    thrift_list(w, 1, THRIFT_LIST_STRUCT, 1);
    thrift_item_struct(w);
    thrift_struct_begin(w, 3);
    thrift_i32(w, 1, PQT_INT32);
    thrift_i32(w, 4, PQT_UNCOMPRESSED);
    thrift_i64(w, 5, rows);
    thrift_i64(w, 7, chunk->page_offsets[chunk->page_count] - chunk->begin);
    thrift_i64(w, 9, chunk->page_offsets[1]);
    thrift_i64(w, 11, chunk->begin);
    thrift_struct_end(w);
    thrift_struct_end(w);
    thrift_i64(w, 3, rows);
    thrift_struct_end(w);
}

static made_file make_same_groups(int count, int64_t rows, buffer *footer)
{
    made_file f = made_file_of(
        PQT_INT32, PQT_REQUIRED,
        made_page_of(PQT_RLE_DICTIONARY, rows, BYTES("\0\xfe\xff\xff\xff\x0f")), rows);
    made_chunk *chunk = &f.groups[0].chunks[0];
    chunk->pages[1] = chunk->pages[0];
    chunk->pages[0] = made_dictionary_of(1, BYTES("\7\0\0\0"));
    chunk->page_count = 2;
    made_file_write(&f);
    thrift_writer w = thrift_begin(footer, NULL);
    made_write_schema(&w, &f);
    thrift_i64(&w, 3, count * rows);
    thrift_list(&w, 4, THRIFT_LIST_STRUCT, (size_t)count);
    for (int i = 0; i < count; i++) append_same_group(&w, chunk, rows);
    made_check(thrift_end(&w));
    f.footer = buffer_view(footer);
    return f;
}

static void row_groups_of_the_same_pages_are_read_one_by_one(void **state)
{
    (void)state;
    pqt_error error;
    buffer footer = {0};
    made_file f = make_same_groups(1000, HUGE_COUNT, &footer);
    memory_budget budget = {.limit_bytes = 8 * MIB};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    const pqt_reader_options options = {.allocator = &allocator};
    pqt_reader *reader = NULL;
    pqt_values values = {0};
    assert_ok(pqt_reader_open_memory(made_file_write(&f), &options, &reader, &error));
    assert_true(pqt_reader_metadata(reader)->row_count == INT64_C(2147483647000));
    for (int32_t g = 0; g < 1000; g += 100) {
        assert_ok(pqt_reader_read(reader, g, 0, 2000000000, 100000, &values, &error));
        assert_int_equal(values.int32s[99999], 7);
    }
    pqt_values_free(&values);
    pqt_reader_close(reader);
    made_file_free(&f);
    buffer_free(&footer);
}

/* The header says what a footer may take: so many times its bytes. */
static void a_million_row_groups_take_a_multiple_of_the_footer(void **state)
{
    (void)state;
    buffer footer = {0};
    made_file f = make_same_groups(1000000, 1, &footer);
    const pqt_view bytes = made_file_write(&f);
    pqt_error error;
    memory_budget budget = {.limit_bytes = FOOTER_TIMES * footer.size_bytes};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    const pqt_reader_options options = {.allocator = &allocator};
    pqt_reader *reader = NULL;
    alarm(BAD_INPUT_SECONDS);
    assert_ok(pqt_reader_open_memory(bytes, &options, &reader, &error));
    assert_int_equal(pqt_reader_metadata(reader)->row_group_count, 1000000);
    pqt_reader_close(reader);
    alarm(0);
    assert_int_equal(budget.used_bytes, 0);
    made_file_free(&f);
    buffer_free(&footer);
}

/* As many columns as fit, as short as they can be; without rows. */
static void append_wide_schema(buffer *footer, int columns)
{
    pqt_error error;
    thrift_writer w = thrift_begin(footer, &error);
    thrift_list(&w, 2, THRIFT_LIST_STRUCT, (size_t)columns + 1);
    thrift_item_struct(&w);
    thrift_binary(&w, 4, view_of("", 0));
    thrift_i32(&w, 5, columns);
    thrift_struct_end(&w);
    for (int i = 0; i < columns; i++) {
        thrift_item_struct(&w);
        thrift_i32(&w, 1, PQT_BOOLEAN);
        thrift_binary(&w, 4, view_of("", 0));
        thrift_struct_end(&w);
    }
    assert_ok(thrift_end(&w));
}

static pqt_status swallow(void *self, const char *text, size_t size_bytes,
                          pqt_error *error)
{
    (void)text, (void)error;
    *(size_t *)self += size_bytes;
    return PQT_OK;
}

/* All that has to do with each column, not with each and every other. */
static void look_at_wide(const pqt_reader *reader)
{
    pqt_error error;
    size_t printed = 0;
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    const pqt_text_output output = {swallow, &printed};
    assert_ok(pqt_print_schema(reader, &output, &error));
    assert_ok(pqt_print_metadata(reader, true, &output, &error));
    assert_ok(pqt_print_rows(reader, NULL, 0, NULL, &output, &error));
    assert_ok(pqt_scan_open(reader, NULL, &scan, &error));
    assert_ok(pqt_scan_next(scan, &batch, &error));
    assert_null(batch);
    pqt_scan_close(scan);
    assert_ok(pqt_arrow_stream(reader, NULL, &stream, &error));
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    schema.release(&schema);
    stream.release(&stream);
}

static void wide_schemas_take_no_square_of_their_width(void **state)
{
    (void)state;
    enum { COLUMNS = 100000 };
    pqt_error error;
    buffer footer = {0};
    append_wide_schema(&footer, COLUMNS);
    made_file f = made_file_good();
    f.footer = buffer_view(&footer);
    memory_budget budget = {.limit_bytes = FOOTER_TIMES * footer.size_bytes};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    const pqt_reader_options options = {.allocator = &allocator};
    pqt_reader *reader = NULL;
    alarm(BAD_INPUT_SECONDS);
    assert_ok(pqt_reader_open_memory(made_file_write(&f), &options, &reader, &error));
    budget.limit_bytes = (size_t)1024 * MIB;
    assert_int_equal(pqt_reader_metadata(reader)->schema.column_count, COLUMNS);
    look_at_wide(reader);
    pqt_reader_close(reader);
    alarm(0);
    made_file_free(&f);
    buffer_free(&footer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_of_billions_of_values_are_limited),
        cmocka_unit_test(rows_of_a_bomb_can_be_read_in_pieces),
        cmocka_unit_test(page_headers_that_promise_much_are_limited),
        cmocka_unit_test(compressed_bombs_stop_at_the_page),
        cmocka_unit_test(prefixes_that_pile_up_are_limited),
        cmocka_unit_test(row_groups_of_the_same_pages_are_read_one_by_one),
        cmocka_unit_test(a_million_row_groups_take_a_multiple_of_the_footer),
        cmocka_unit_test(wide_schemas_take_no_square_of_their_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
