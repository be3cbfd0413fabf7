#include "test_help.h"

#include <stdio.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "pqt.h"

static pqt_error error;

static pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *e)
{
    return buffer_append(self, data, size_bytes, e);
}

enum { ROWS = 5000 };

/* A small table of three columns, written by so many threads into `out`. */
static void write_table(int threads, buffer *out)
{
    static int64_t ids[ROWS];
    static int32_t versions[ROWS];
    static uint8_t validity[ROWS / 8 + 1];
    static pqt_view paths[ROWS];
    static char text[ROWS][32];
    for (int i = 0; i < ROWS; i++) {
        ids[i] = (int64_t)i * 7919 % 10007;
        versions[i] = i % 13;
        if (i % 3) validity[i / 8] |= (uint8_t)(1u << i % 8);
        const int size = snprintf(text[i], sizeof text[i], "/page-%d.html", i / 4);
        paths[i] = view_of(text[i], (size_t)size);
    }
    const pqt_column_options columns[] = {
        {.name = "id", .type = PQT_INT64, .encoding = PQT_DELTA_BINARY_PACKED},
        {.name = "version",
         .type = PQT_INT32,
         .repetition = PQT_OPTIONAL,
         .encoding = PQT_RLE_DICTIONARY,
         .codec = PQT_ZSTD},
        {.name = "path",
         .type = PQT_BYTE_ARRAY,
         .logical = {.kind = PQT_LOGICAL_STRING},
         .encoding = PQT_DELTA_BYTE_ARRAY,
         .codec = PQT_ZSTD,
         .level = 3},
    };
    const pqt_column_values values[] = {{ids, NULL}, {versions, validity}, {paths, NULL}};
    const pqt_writer_options options = {
        .page_rows = 700, .row_group_rows = 2000, .threads = threads};
    const pqt_output output = {.write = collect, .self = out};
    pqt_writer *writer = NULL;
    pqt_written written;
    assert_ok(pqt_writer_create(&output, columns, 3, &options, &writer, &error));
    assert_ok(pqt_writer_append(writer, values, ROWS, &error));
    assert_ok(pqt_writer_finish(writer, &written, &error));
    assert_int_equal(written.row_count, ROWS);
    assert_int_equal(written.file_bytes, out->size_bytes);
    assert_int_equal(written.column_statistics[1].null_count, (ROWS + 2) / 3);
    assert_view_is(written.column_statistics[2].max_value, "/page-999.html");
    pqt_writer_free(writer);
}

static void test_threads_any_number_same_bytes(void **state)
{
    (void)state;
    buffer one = {0};
    write_table(1, &one);
    for (int threads = 2; threads <= 4; threads++) {
        buffer more = {0};
        write_table(threads, &more);
        assert_int_equal(more.size_bytes, one.size_bytes);
        assert_memory_equal(more.data, one.data, one.size_bytes);
        buffer_free(&more);
    }
    buffer_free(&one);
}

static void test_file_ends_magic_and_footer_length(void **state)
{
    (void)state;
    buffer file = {0};
    write_table(1, &file);
    assert_memory_equal(file.data, "PAR1", 4);
    assert_memory_equal(file.data + file.size_bytes - 4, "PAR1", 4);
    assert_true(load_u32le(file.data + file.size_bytes - 8) < file.size_bytes - 12);
    buffer_free(&file);
}

static void test_create_bad_columns_refused_by_name(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {.write = collect, .self = &file};
    pqt_writer *writer = NULL;
    const pqt_column_options old = {.name = "t", .type = PQT_INT96};
    assert_fails(pqt_writer_create(&output, &old, 1, NULL, &writer, &error),
                 PQT_UNSUPPORTED, "INT96");
    const pqt_column_options wrong = {
        .name = "n", .type = PQT_INT32, .encoding = PQT_DELTA_BYTE_ARRAY};
    assert_fails(pqt_writer_create(&output, &wrong, 1, NULL, &writer, &error),
                 PQT_INVALID, "INT32 cannot be encoded as DELTA_BYTE_ARRAY");
    assert_null(writer);
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_any_number_same_bytes),
        cmocka_unit_test(test_file_ends_magic_and_footer_length),
        cmocka_unit_test(test_create_bad_columns_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
