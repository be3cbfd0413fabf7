/* Arrow arrays written and read back; nested ones of every type are in tests/interop. */
#include "pqt_arrow.h"

#include <errno.h>
#include <stdlib.h>

#include "arrow_made.h"
#include "base/buffer.h"

static pqt_error error;

/* --- A file in memory, and memory that fails --- */

static pqt_status write_bytes(void *self, const uint8_t *data, size_t size_bytes,
                              pqt_error *e)
{
    return buffer_append(self, data, size_bytes, e);
}

static int64_t allocations, fail_at, held;

static void *failing_resize(void *self, void *pointer, size_t size_bytes)
{
    (void)self;
    if (++allocations == fail_at) return NULL;
    void *given = realloc(pointer, size_bytes);
    held += given && !pointer;
    return given;
}

static void failing_release(void *self, void *pointer)
{
    (void)self;
    held -= pointer != NULL;
    free(pointer);
}

static const pqt_allocator failing = {failing_resize, failing_release, NULL};

/* --- Rows of a flat, a nested and a dictionary column --- */

enum { ROWS = 70000 };

static made_schema schemas[8];
static int32_t numbers[ROWS], offsets[ROWS + 1], indexes[ROWS];
static uint8_t validity[ROWS / 8 + 2];
static const int32_t text_offsets[] = {0, 1, 3, 6};

/* {n: int32?, l: list<int32 not null>?, d: dictionary<utf8>?} */
static made_schema *make_row_schema(void)
{
    made_schema *root = &schemas[0];
    make_schema(root, "+s", "", false);
    make_schema(&schemas[1], "i", "n", true);
    make_schema(&schemas[2], "+l", "l", true);
    make_schema(&schemas[3], "i", "item", false);
    make_schema(&schemas[4], "i", "d", true);
    make_schema(&schemas[5], "u", "", true);
    add_schema(root, &schemas[1]);
    add_schema(root, &schemas[2]);
    add_schema(&schemas[2], &schemas[3]);
    schemas[4].schema.dictionary = &schemas[5].schema;
    add_schema(root, &schemas[4]);
    return root;
}

static made_array arrays[6];

static made_array *make_rows(int64_t count, int64_t offset)
{
    for (int i = 0; i < ROWS; i++) {
        numbers[i] = i;
        indexes[i] = i % 3;
        offsets[i + 1] = offsets[i] + (i % 4 == 1 && i < ROWS - 4);
        validity[i / 8] |= (uint8_t)((i % 5 != 0) << i % 8);
    }
    make_array(&arrays[0], count, NULL, NULL, NULL);
    make_array(&arrays[1], count, validity, numbers, NULL)->offset = offset;
    make_array(&arrays[2], count, validity, offsets, NULL)->offset = offset;
    make_array(&arrays[3], ROWS, NULL, numbers, NULL);
    make_array(&arrays[4], count, validity, indexes, NULL)->offset = offset;
    make_array(&arrays[5], 3, NULL, text_offsets, "abbccc");
    arrays[4].array.dictionary = &arrays[5].array;
    add_array(&arrays[0], &arrays[1]);
    add_array(&arrays[0], &arrays[2]);
    add_array(&arrays[2], &arrays[3]);
    add_array(&arrays[0], &arrays[4]);
    return &arrays[0];
}

static pqt_status write_rows(int64_t count, int64_t offset,
                             const pqt_writer_options *options, buffer *out)
{
    const pqt_output output = {write_bytes, out};
    pqt_writer *writer = NULL;
    TRY(pqt_arrow_writer_create(&output, &make_row_schema()->schema, NULL, options,
                                &writer, &error));
    pqt_status status =
        pqt_arrow_writer_append(writer, &make_rows(count, offset)->array, &error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, NULL, &error);
    pqt_writer_free(writer);
    return status;
}

/* --- What they have to be --- */

static void assert_row(const pqt_values *columns, int64_t row, int64_t source)
{
    const bool is_valid = source % 5 != 0;
    const bool has_bit =
        !columns[0].validity || (columns[0].validity[row / 8] >> row % 8 & 1);
    assert_int_equal(has_bit, is_valid);
    if (is_valid) assert_int_equal(columns[0].int32s[row], source);
    /* One element at most, so that a list has one entry. */
    const bool has_element = source % 4 == 1 && source < ROWS - 4;
    assert_int_equal(columns[1].definition_levels[row], !is_valid     ? 0
                                                        : has_element ? 2
                                                                      : 1);
    if (is_valid && has_element)
        assert_int_equal(columns[1].int32s[row], offsets[source]);
    if (is_valid)
        assert_view_is(columns[2].bytes[row],
                       ((const char *const[]){"a", "bb", "ccc"})[source % 3]);
}

static void assert_rows(const buffer *file, int64_t count, int64_t offset)
{
    pqt_reader *reader = NULL;
    assert_ok(pqt_reader_open_memory(buffer_view(file), NULL, &reader, &error));
    const pqt_file_metadata *metadata = pqt_reader_metadata(reader);
    assert_int_equal(metadata->row_count, count);
    int64_t first = 0;
    for (int32_t g = 0; g < metadata->row_group_count; g++) {
        const int64_t rows = metadata->row_groups[g].row_count;
        pqt_values columns[3] = {{0}};
        for (int32_t c = 0; c < 3; c++)
            assert_ok(pqt_reader_read(reader, g, c, 0, rows, &columns[c], &error));
        for (int64_t i = 0; i < rows; i++) assert_row(columns, i, offset + first + i);
        for (int32_t c = 0; c < 3; c++) pqt_values_free(&columns[c]);
        first += rows;
    }
    pqt_reader_close(reader);
}

static void rows_are_read_back_from_any_offset(void **state)
{
    (void)state;
    static const int64_t offset_cases[] = {0, 8, 3};
    for (size_t i = 0; i < sizeof offset_cases / sizeof *offset_cases; i++) {
        buffer file = {0};
        assert_ok(write_rows(ROWS - 10, offset_cases[i], NULL, &file));
        assert_rows(&file, ROWS - 10, offset_cases[i]);
        buffer_free(&file);
    }
}

static void same_bytes_come_from_any_number_of_threads(void **state)
{
    (void)state;
    buffer one = {0}, more = {0};
    const pqt_writer_options options = {.threads = 3, .row_group_rows = 30000};
    const pqt_writer_options alone = {.row_group_rows = 30000};
    assert_ok(write_rows(ROWS, 0, &alone, &one));
    assert_ok(write_rows(ROWS, 0, &options, &more));
    assert_true(view_equal(buffer_view(&one), buffer_view(&more)));
    assert_rows(&more, ROWS, 0);
    buffer_free(&one);
    buffer_free(&more);
}

static void no_rows_make_a_file(void **state)
{
    (void)state;
    buffer file = {0};
    assert_ok(write_rows(0, 0, NULL, &file));
    assert_rows(&file, 0, 0);
    buffer_free(&file);
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_writer_options options = {.allocator = &failing};
    allocations = fail_at = 0;
    assert_ok(write_rows(100, 3, &options, &file));
    const int64_t all = allocations;
    assert_true(all > 40);
    for (fail_at = 1; fail_at <= all; fail_at++) {
        allocations = held = 0;
        buffer_clear(&file);
        assert_int_equal(write_rows(100, 3, &options, &file), PQT_NOMEM);
        assert_int_equal(held, 0);
    }
    buffer_free(&file);
}

/* --- Errors --- */

static void append_after_wrong_creation_is_invalid(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {write_bytes, &file};
    const pqt_schema_node nodes[] = {{.name = "s", .is_group = true, .child_count = 1},
                                     {.name = "n", .type = PQT_INT32}};
    const pqt_schema schema = {.nodes = nodes, .node_count = 2};
    pqt_writer *writer = NULL;
    assert_ok(pqt_writer_create(&output, &schema, NULL, NULL, &writer, &error));
    assert_fails(pqt_arrow_writer_append(writer, &make_rows(1, 0)->array, &error),
                 PQT_INVALID, "pqt_arrow_writer_create");
    pqt_writer_free(writer);
    buffer_free(&file);
}

/* The bitmap has a null as its fourth bit, whether the array goes so far or not. */
static made_array *make_rows_fourth_null(int64_t count)
{
    static const uint8_t one_null[] = {0x7};
    made_array *rows = make_rows(count, 0);
    rows->buffers[0] = one_null;
    rows->array.null_count = -1;
    return rows;
}

static void null_row_is_invalid(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {write_bytes, &file};
    pqt_writer *writer = NULL;
    assert_ok(pqt_arrow_writer_create(&output, &make_row_schema()->schema, NULL, NULL,
                                      &writer, &error));
    made_array *rows = make_rows_fourth_null(4);
    assert_fails(pqt_arrow_writer_append(writer, &rows->array, &error), PQT_INVALID,
                 "a row that is null");
    assert_fails(pqt_writer_finish(writer, NULL, &error), PQT_INVALID, "only free it");
    pqt_writer_free(writer);
    buffer_free(&file);
}

static void null_row_beyond_the_array_is_not_looked_at(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {write_bytes, &file};
    pqt_writer *writer = NULL;
    assert_ok(pqt_arrow_writer_create(&output, &make_row_schema()->schema, NULL, NULL,
                                      &writer, &error));
    made_array *rows = make_rows_fourth_null(3);
    assert_ok(pqt_arrow_writer_append(writer, &rows->array, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    assert_rows(&file, 3, 0);
    pqt_writer_free(writer);
    buffer_free(&file);
}

static void null_of_a_required_column_is_invalid(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {write_bytes, &file};
    pqt_writer *writer = NULL;
    make_row_schema();
    schemas[1].schema.flags = 0;
    assert_ok(pqt_arrow_writer_create(&output, &schemas[0].schema, NULL, NULL, &writer,
                                      &error));
    assert_fails(pqt_arrow_writer_append(writer, &make_rows(4, 0)->array, &error),
                 PQT_INVALID, "field 'n': a null where the schema allows none");
    pqt_writer_free(writer);
    buffer_free(&file);
}

/* --- Streams --- */

struct source {
    int batches;
    int fails; /* errno of what comes after them */
};

static int give_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    *out = make_row_schema()->schema;
    return 0;
}

static int give_batch(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct source *source = stream->private_data;
    *out = (struct ArrowArray){0};
    if (source->batches == 0) return source->fails;
    source->batches--;
    *out = make_rows(1000, source->batches ? 0 : 1000)->array;
    return 0;
}

static const char *say_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "the disk is gone";
}

static struct ArrowArrayStream make_stream(struct source *source)
{
    return (struct ArrowArrayStream){.get_schema = give_schema,
                                     .get_next = give_batch,
                                     .get_last_error = say_error,
                                     .private_data = source};
}

static void stream_is_written_to_its_end(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {write_bytes, &file};
    struct source source = {.batches = 2};
    struct ArrowArrayStream stream = make_stream(&source);
    pqt_written written = {0};
    assert_ok(pqt_arrow_write_stream(&output, &stream, NULL, NULL, &written, &error));
    assert_int_equal(written.row_count, 2000);
    assert_int_equal(written.file_bytes, file.size_bytes);
    assert_null(written.column_statistics);
    assert_rows(&file, 2000, 0);
    buffer_free(&file);
}

static void error_of_a_stream_is_passed_on(void **state)
{
    (void)state;
    static const struct {
        int number;
        pqt_status status;
    } cases[] = {{EIO, PQT_IO}, {ENOMEM, PQT_NOMEM}, {ENOTSUP, PQT_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer file = {0};
        const pqt_output output = {write_bytes, &file};
        struct source source = {.batches = 1, .fails = cases[i].number};
        struct ArrowArrayStream stream = make_stream(&source);
        assert_fails(pqt_arrow_write_stream(&output, &stream, NULL, NULL, NULL, &error),
                     cases[i].status, "the disk is gone");
        buffer_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_back_from_any_offset),
        cmocka_unit_test(same_bytes_come_from_any_number_of_threads),
        cmocka_unit_test(no_rows_make_a_file),
        cmocka_unit_test(every_failed_allocation_is_an_error),
        cmocka_unit_test(append_after_wrong_creation_is_invalid),
        cmocka_unit_test(null_row_is_invalid),
        cmocka_unit_test(null_row_beyond_the_array_is_not_looked_at),
        cmocka_unit_test(null_of_a_required_column_is_invalid),
        cmocka_unit_test(stream_is_written_to_its_end),
        cmocka_unit_test(error_of_a_stream_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
