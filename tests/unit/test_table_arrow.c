#include "api/result.h"

#include "base/buffer.h"
#include "pqt_arrow.h"
#include "test_help.h"

static const result_column columns[] = {
    {"date", PQA_DATE}, {"path", PQA_TEXT}, {"views", PQA_INT64}};

static void append(result *r, int64_t date, const char *path, int64_t views)
{
    pqt_error error;
    const result_value row[] = {{.number = date},
                                {.text = view_text(path ? path : ""), .is_null = !path},
                                {.number = views}};
    assert_ok(result_append(r, row, &error));
}

static pqa_table make_table(void)
{
    pqt_error error;
    result *r = NULL;
    pqa_table table;
    assert_ok(result_create(columns, 3, &r, &error));
    append(r, 20000, "/index.html", 5);
    append(r, 20001, NULL, -1);
    append(r, 20002, "", INT64_MAX);
    result_finish(r, &table);
    return table;
}

/* The only batch; the table is freed before it is looked at. */
static struct ArrowArray read_batch(struct ArrowArrayStream *stream)
{
    struct ArrowArray array, end;
    pqt_error error;
    pqa_table table = make_table();
    assert_ok(pqa_table_arrow_stream(&table, stream, &error));
    pqa_table_free(&table);
    assert_int_equal(stream->get_next(stream, &array), 0);
    assert_int_equal(stream->get_next(stream, &end), 0);
    assert_null(end.release);
    return array;
}

static void schema_names_columns_and_types(void **state)
{
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    (void)state;
    struct ArrowArray array = read_batch(&stream);
    array.release(&array);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    stream.release(&stream);
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, 3);
    assert_string_equal(schema.children[0]->format, "tdD");
    assert_string_equal(schema.children[1]->name, "path");
    assert_string_equal(schema.children[1]->format, "u");
    assert_string_equal(schema.children[2]->format, "l");
    schema.release(&schema);
    assert_null(schema.release);
}

static void values_outlive_the_table_and_the_stream(void **state)
{
    struct ArrowArrayStream stream;
    (void)state;
    struct ArrowArray array = read_batch(&stream);
    stream.release(&stream);
    assert_int_equal(array.length, 3);
    const int32_t *dates = array.children[0]->buffers[1];
    const int64_t *views = array.children[2]->buffers[1];
    assert_int_equal(dates[0], 20000);
    assert_int_equal(dates[2], 20002);
    assert_int_equal(views[1], -1);
    assert_true(views[2] == INT64_MAX);
    array.release(&array);
}

static void nulls_are_bits_and_texts_have_offsets(void **state)
{
    struct ArrowArrayStream stream;
    (void)state;
    struct ArrowArray array = read_batch(&stream);
    const struct ArrowArray *path = array.children[1];
    const uint8_t *valid = path->buffers[0];
    const int32_t *offsets = path->buffers[1];
    assert_int_equal(path->null_count, 1);
    assert_int_equal(valid[0] & 7, 5);
    assert_int_equal(offsets[1], 11);
    assert_int_equal(offsets[3], 11);
    assert_memory_equal(path->buffers[2], "/index.html", 11);
    array.release(&array);
    stream.release(&stream);
}

static void column_moved_out_of_its_batch_stays(void **state)
{
    struct ArrowArrayStream stream;
    (void)state;
    struct ArrowArray array = read_batch(&stream);
    struct ArrowArray views = *array.children[2];
    array.children[2]->release = NULL;
    array.release(&array);
    stream.release(&stream);
    assert_int_equal(((const int64_t *)views.buffers[1])[0], 5);
    views.release(&views);
}

static void text_that_is_no_utf8_fails(void **state)
{
    pqt_error error;
    result *r = NULL;
    pqa_table table;
    struct ArrowArrayStream stream;
    struct ArrowArray array;
    (void)state;
    assert_ok(result_create(columns, 3, &r, &error));
    append(r, 20000, "/\xff", 1);
    result_finish(r, &table);
    assert_ok(pqa_table_arrow_stream(&table, &stream, &error));
    assert_int_not_equal(stream.get_next(&stream, &array), 0);
    assert_non_null(strstr(stream.get_last_error(&stream), "row 0 of path"));
    stream.release(&stream);
    pqa_table_free(&table);
}

static pqt_status collect(void *self, const char *text, size_t size_bytes,
                          pqt_error *error)
{
    return buffer_append(self, text, size_bytes, error);
}

static void csv_quotes_and_leaves_nulls_out(void **state)
{
    static const char *const headings[] = {"Date", "A, \"path\"", "Views"};
    pqt_error error;
    buffer out = {0};
    const pqa_text_output output = {collect, &out};
    pqa_table table = make_table();
    (void)state;
    assert_ok(pqa_table_write_csv(&table, headings, &output, &error));
    assert_view_is(buffer_view(&out),
                   "Date,\"A, \"\"path\"\"\",Views\n"
                   "2024-10-04,/index.html,5\n"
                   "2024-10-05,,-1\n"
                   "2024-10-06,,9223372036854775807\n");
    buffer_free(&out);
    pqa_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_names_columns_and_types),
        cmocka_unit_test(values_outlive_the_table_and_the_stream),
        cmocka_unit_test(nulls_are_bits_and_texts_have_offsets),
        cmocka_unit_test(column_moved_out_of_its_batch_stays),
        cmocka_unit_test(text_that_is_no_utf8_fails),
        cmocka_unit_test(csv_quotes_and_leaves_nulls_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
