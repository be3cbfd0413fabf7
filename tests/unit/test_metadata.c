#include "base/cursor.h"
#include "parquet/thrift_writer.h"
#include "pqt.h"
#include "test_help.h"

static pqt_error error;

static void put_schema(thrift_writer *w)
{
    thrift_list(w, 2, THRIFT_LIST_STRUCT, 2);
    thrift_item_struct(w);
    thrift_binary(w, 4, view_text("schema"));
    thrift_i32(w, 5, 1);
    thrift_struct_end(w);
    thrift_item_struct(w);
    thrift_i32(w, 1, PQT_DOUBLE);
    thrift_i32(w, 3, PQT_REQUIRED);
    thrift_binary(w, 4, view_text("d"));
    thrift_struct_begin(w, 10); /* a logical type that nobody knows */
    thrift_struct_begin(w, 99);
    thrift_binary(w, 1, view_text("?"));
    thrift_struct_end(w);
    thrift_struct_end(w);
    thrift_struct_end(w);
}

static void put_chunk_key_values(thrift_writer *w)
{
    thrift_list(w, 8, THRIFT_LIST_STRUCT, 2);
    thrift_item_struct(w);
    thrift_binary(w, 1, view_text("one"));
    thrift_binary(w, 2, view_text("1"));
    thrift_struct_end(w);
    thrift_item_struct(w);
    thrift_binary(w, 1, view_text("none"));
    thrift_struct_end(w);
}

/* A chunk of no values, of which much is said. */
static void put_chunk(thrift_writer *w)
{
    thrift_item_struct(w);
    thrift_i64(w, 2, 0);
    thrift_struct_begin(w, 3);
    thrift_i32(w, 1, PQT_DOUBLE);
    thrift_list(w, 2, THRIFT_LIST_I32, 1);
    thrift_item_i64(w, PQT_PLAIN);
    thrift_list(w, 3, THRIFT_LIST_BINARY, 1);
    thrift_item_binary(w, view_text("d"));
    for (int16_t field = 4; field <= 7; field++)
        field == 4 ? thrift_i32(w, field, 0) : thrift_i64(w, field, 0);
    put_chunk_key_values(w);
    thrift_i64(w, 9, 4);
    thrift_struct_begin(w, 12);
    thrift_i64(w, 3, 0);
    thrift_i64(w, 9, 5);
    thrift_struct_end(w);
    thrift_struct_begin(w, 16);
    thrift_list(w, 2, THRIFT_LIST_I64, 1);
    thrift_item_i64(w, 70);
    thrift_struct_end(w);
    thrift_struct_end(w);
    thrift_struct_end(w);
}

static void put_file(int32_t sorted_by, buffer *out)
{
    assert_ok(buffer_append_text(out, "PAR1", &error));
    thrift_writer w = thrift_begin(out, &error);
    thrift_i32(&w, 1, 2);
    put_schema(&w);
    thrift_i64(&w, 3, 0);
    thrift_list(&w, 4, THRIFT_LIST_STRUCT, 1);
    thrift_item_struct(&w);
    thrift_list(&w, 1, THRIFT_LIST_STRUCT, 1);
    put_chunk(&w);
    thrift_i64(&w, 2, 0);
    thrift_i64(&w, 3, 0);
    thrift_list(&w, 4, THRIFT_LIST_STRUCT, 1);
    thrift_item_struct(&w);
    thrift_i32(&w, 1, sorted_by);
    thrift_bool(&w, 2, true);
    thrift_bool(&w, 3, false);
    thrift_struct_end(&w);
    thrift_struct_end(&w);
    thrift_list(&w, 7, THRIFT_LIST_STRUCT, 1);
    thrift_item_struct(&w);
    thrift_struct_begin(&w, 2);
    thrift_struct_end(&w);
    thrift_struct_end(&w);
    assert_ok(thrift_end(&w));
    uint8_t length[4];
    store_u32le(length, (uint32_t)out->size_bytes - 4);
    assert_ok(buffer_append(out, length, sizeof length, &error));
    assert_ok(buffer_append_text(out, "PAR1", &error));
}

static void test_chunk_all_that_is_said_read(void **state)
{
    (void)state;
    buffer file = {0};
    pqt_reader *reader = NULL;
    put_file(0, &file);
    assert_ok(pqt_reader_open_memory(buffer_view(&file), NULL, &reader, &error));
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    const pqt_column_chunk *chunk = &m->row_groups[0].columns[0];
    assert_true(m->has_column_orders);
    assert_int_equal(m->row_groups[0].sorting_count, 1);
    assert_true(m->row_groups[0].sorting[0].descending);
    assert_int_equal(chunk->order, PQT_ORDER_IEEE_754_TOTAL);
    assert_int_equal(chunk->statistics.nan_count, 5);
    assert_int_equal(chunk->statistics.null_count, 0);
    assert_int_equal(chunk->key_value_count, 2);
    assert_view_is(chunk->key_values[0].key, "one");
    assert_view_is(chunk->key_values[0].value, "1");
    assert_view_is(chunk->key_values[1].key, "none");
    assert_null(chunk->key_values[1].value.data);
    assert_int_equal(chunk->size_statistics.repetition_histogram[0], 70);
    assert_null(chunk->size_statistics.definition_histogram);
    assert_int_equal(chunk->size_statistics.byte_array_bytes, -1);
    pqt_reader_close(reader);
    buffer_free(&file);
}

static void test_sorting_by_a_column_that_is_not_there_dropped(void **state)
{
    (void)state;
    const int32_t columns[] = {1, -1, INT32_MAX};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        buffer file = {0};
        pqt_reader *reader = NULL;
        put_file(columns[i], &file);
        assert_ok(pqt_reader_open_memory(buffer_view(&file), NULL, &reader, &error));
        assert_int_equal(pqt_reader_metadata(reader)->row_groups[0].sorting_count, 0);
        pqt_reader_close(reader);
        buffer_free(&file);
    }
}

static void test_logical_type_not_known_numbered(void **state)
{
    (void)state;
    buffer file = {0};
    pqt_reader *reader = NULL;
    put_file(0, &file);
    assert_ok(pqt_reader_open_memory(buffer_view(&file), NULL, &reader, &error));
    const pqt_schema_node *leaf = &pqt_reader_metadata(reader)->schema.nodes[1];
    assert_int_equal(leaf->logical.kind, PQT_LOGICAL_OTHER);
    assert_int_equal(leaf->logical.field_number, 99);
    pqt_reader_close(reader);
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunk_all_that_is_said_read),
        cmocka_unit_test(test_sorting_by_a_column_that_is_not_there_dropped),
        cmocka_unit_test(test_logical_type_not_known_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
