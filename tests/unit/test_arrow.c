/* Arrow arrays of flat files; nested ones are compared with pyarrow's in tests/interop.
 */
#include "pqt_arrow.h"

#include <errno.h>

#include "failing_memory.h"
#include "random_file.h"

/* --- Comparing --- */

static pqt_error error;

static bool array_is_valid(const struct ArrowArray *a, int64_t at)
{
    const uint8_t *validity = a->buffers[0];
    return !validity || (validity[at / 8] >> at % 8 & 1);
}

static void assert_value(const random_column *c, const struct ArrowArray *a, int64_t at,
                         int64_t row)
{
    assert_int_equal(array_is_valid(a, at), random_is_valid(c, row));
    if (!random_is_valid(c, row)) return;
    const void *values = a->buffers[1];
    switch (c->leaf.type) {
    case PQT_BOOLEAN:
        assert_int_equal(((const uint8_t *)values)[at / 8] >> at % 8 & 1,
                         c->booleans[row]);
        break;
    case PQT_INT32:
    case PQT_FLOAT:
        assert_int_equal(((const int32_t *)values)[at], c->narrow[row]);
        break;
    case PQT_INT64:
    case PQT_DOUBLE:
        assert_true(((const int64_t *)values)[at] == c->wide[row]);
        break;
    default: {
        const int32_t *offsets = values;
        const uint8_t *bytes = a->buffers[2];
        assert_true(view_equal(
            c->views[row],
            view_of(bytes + offsets[at], (size_t)(offsets[at + 1] - offsets[at]))));
    }
    }
}

static const char *format_of(pqt_type type)
{
    static const char *const formats[] = {
        [PQT_BOOLEAN] = "b", [PQT_INT32] = "i",  [PQT_INT64] = "l",
        [PQT_FLOAT] = "f",   [PQT_DOUBLE] = "g", [PQT_BYTE_ARRAY] = "z"};
    return formats[type];
}

static void assert_schema(struct ArrowArrayStream *stream, const random_file *file)
{
    struct ArrowSchema schema;
    assert_int_equal(stream->get_schema(stream, &schema), 0);
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, RANDOM_COLUMNS);
    for (int c = 0; c < RANDOM_COLUMNS; c++) {
        const pqt_schema_node *column = &file->columns[c].leaf;
        assert_string_equal(schema.children[c]->format, format_of(column->type));
        assert_int_equal(schema.children[c]->flags,
                         column->repetition == PQT_OPTIONAL ? ARROW_FLAG_NULLABLE : 0);
    }
    schema.release(&schema);
    assert_null(schema.release);
}

/* All batches, none of them longer than asked for. */
static void assert_batches(struct ArrowArrayStream *stream, const random_file *file,
                           int64_t most)
{
    int64_t row = 0;
    for (;;) {
        struct ArrowArray batch;
        assert_int_equal(stream->get_next(stream, &batch), 0);
        if (!batch.release) break;
        assert_in_range(batch.length, 1, most);
        for (int c = 0; c < RANDOM_COLUMNS; c++) {
            assert_int_equal(batch.children[c]->length, batch.length);
            for (int64_t i = 0; i < batch.length; i++)
                assert_value(&file->columns[c], batch.children[c], i, row + i);
        }
        row += batch.length;
        batch.release(&batch);
        assert_null(batch.release);
    }
    assert_int_equal(row, file->row_count);
}

static void stream_gives_the_rows_of_the_file(void **state)
{
    (void)state;
    static random_file file;
    uint64_t random = 71;
    for (int round = 0; round < 60; round++) {
        pqt_reader *reader = NULL;
        struct ArrowArrayStream stream;
        const int64_t most = round % 3 ? 1 + (int64_t)random_below(&random, 900) : 65536;
        const pqt_scan_options rows = {.batch_rows = round % 3 ? most : 0};
        const pqt_arrow_options options = {.scan = &rows};
        random_file_make(&file, &random);
        assert_ok(
            pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
        assert_ok(pqt_arrow_stream(reader, &options, &stream, &error));
        assert_schema(&stream, &file);
        assert_batches(&stream, &file, most);
        stream.release(&stream);
        assert_null(stream.release);
        pqt_reader_close(reader);
        random_file_free(&file);
    }
}

static void arrays_outlive_stream_and_reader(void **state)
{
    (void)state;
    static random_file file;
    uint64_t random = 72;
    pqt_reader *reader = NULL;
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    random_file_make(&file, &random);
    assert_ok(pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
    assert_ok(pqt_arrow_stream(reader, NULL, &stream, &error));
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    stream.release(&stream);
    pqt_reader_close(reader);
    for (int64_t i = 0; i < batch.length; i++)
        assert_value(&file.columns[2], batch.children[2], i, i);
    batch.release(&batch);
    random_file_free(&file);
}

/* Opening the stream and taking everything; 0, or the errno of what failed. */
static int take_all(const pqt_reader *reader)
{
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    const pqt_scan_options rows = {.batch_rows = 50};
    const pqt_arrow_options options = {.scan = &rows};
    if (pqt_arrow_stream(reader, &options, &stream, &error) != PQT_OK) return ENOMEM;
    int failed = stream.get_schema(&stream, &schema);
    if (!failed) schema.release(&schema);
    while (!failed && !(failed = stream.get_next(&stream, &batch)) && batch.release)
        batch.release(&batch);
    if (failed) assert_true(stream.get_last_error(&stream)[0]);
    stream.release(&stream);
    return failed;
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    static random_file file;
    uint64_t random = 73;
    pqt_reader *reader = NULL;
    do {
        random_file_free(&file);
        random_file_make(&file, &random);
    } while (file.row_count < 100 || file.row_count > 200);
    assert_ok(pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
    allocations = 0;
    assert_int_equal(take_all(reader), 0);
    const uint64_t all = allocations;
    assert_true(all > 50);
    for (uint64_t n = 1; n <= all; n++) {
        allocations = 0;
        fail_at = n;
        const int failed = take_all(reader);
        fail_at = 0;
        /* A codec's own allocation may fail as an error of the codec. */
        if (failed == 0)
            fail_msg("allocation %llu was not missed", (unsigned long long)n);
    }
    pqt_reader_close(reader);
    random_file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_gives_the_rows_of_the_file),
        cmocka_unit_test(arrays_outlive_stream_and_reader),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
