#include "parquet/statistics_reader.h"

#include "parquet/thrift_writer.h"
#include "test_help.h"

static pqt_error error;

/* Reads what `put` wrote as field 1 of a struct. */
static pqt_statistics read_statistics(void (*put)(thrift_writer *w), buffer *bytes)
{
    thrift_writer w = thrift_begin(bytes, &error);
    thrift_struct_begin(&w, 1);
    put(&w);
    thrift_struct_end(&w);
    assert_ok(thrift_end(&w));
    thrift_reader r = thrift_reader_of(buffer_view(bytes), &error);
    thrift_struct s = {0};
    pqt_statistics out;
    assert_true(thrift_next(&r, &s));
    statistics_read(&r, &s, &out);
    assert_ok(r.status);
    return out;
}

static void put_old(thrift_writer *w)
{
    thrift_binary(w, 1, view_text("zzzz"));
    thrift_binary(w, 2, view_text("aaaa"));
}

static void put_both(thrift_writer *w)
{
    put_old(w);
    thrift_i64(w, 3, 7);
    thrift_binary(w, 5, view_text("yyyy"));
    thrift_binary(w, 6, view_text("bbbb"));
    thrift_bool(w, 7, false);
    thrift_i64(w, 9, 3);
}

static void test_statistics_new_limits_before_deprecated(void **state)
{
    (void)state;
    buffer bytes = {0};
    const pqt_statistics s = read_statistics(put_both, &bytes);
    assert_view_is(s.max_value, "yyyy");
    assert_view_is(s.min_value, "bbbb");
    assert_false(s.is_deprecated || s.max_is_exact);
    assert_true(s.min_is_exact);
    assert_int_equal(s.null_count, 7);
    assert_int_equal(s.nan_count, 3);
    assert_int_equal(s.distinct_count, -1);
    buffer_free(&bytes);
}

/* A chunk with deprecated limits only, which are in `bytes`, settled for a leaf. */
static pqt_column_chunk settled(const pqt_schema_node *leaf, int64_t column_index,
                                buffer *bytes)
{
    buffer_clear(bytes);
    pqt_column_chunk chunk = {.statistics = read_statistics(put_old, bytes),
                              .column_index_offset = column_index};
    statistics_settle(&chunk, leaf);
    return chunk;
}

static void test_deprecated_limits_only_where_order_is_signed(void **state)
{
    (void)state;
    const pqt_schema_node number = {.type = PQT_INT32};
    const pqt_schema_node natural = {
        .type = PQT_INT32, .logical = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 32}};
    const pqt_schema_node text = {.type = PQT_BYTE_ARRAY};
    buffer bytes = {0};
    pqt_column_chunk chunk = settled(&number, -1, &bytes);
    assert_true(chunk.statistics.is_deprecated && chunk.statistics.min_value.data);
    assert_int_equal(chunk.order, PQT_ORDER_TYPE_DEFINED);
    const pqt_column_chunk others[] = {settled(&natural, -1, &bytes),
                                       settled(&text, -1, &bytes),
                                       settled(&number, 1000, &bytes)};
    for (int i = 0; i < 3; i++) {
        assert_false(others[i].statistics.is_deprecated);
        assert_null(others[i].statistics.min_value.data);
        assert_null(others[i].statistics.max_value.data);
        assert_int_equal(others[i].order, PQT_ORDER_UNDEFINED);
    }
    buffer_free(&bytes);
}

static pqt_column_order settled_order(pqt_column_order order, pqt_schema_node leaf)
{
    pqt_column_chunk chunk = {.order = order, .statistics = statistics_absent()};
    statistics_settle(&chunk, &leaf);
    return chunk.order;
}

static void test_orders_that_are_none_of_the_type_undefined(void **state)
{
    (void)state;
    const pqt_schema_node number = {.type = PQT_INT64}, real = {.type = PQT_DOUBLE};
    const pqt_schema_node old = {.type = PQT_INT96};
    const pqt_schema_node half = {.type = PQT_FIXED_LEN_BYTE_ARRAY,
                                  .type_length = 2,
                                  .logical.kind = PQT_LOGICAL_FLOAT16};
    const pqt_schema_node span = {.type = PQT_FIXED_LEN_BYTE_ARRAY,
                                  .type_length = 12,
                                  .logical.kind = PQT_LOGICAL_INTERVAL};
    static const pqt_column_order type = PQT_ORDER_TYPE_DEFINED;
    static const pqt_column_order total = PQT_ORDER_IEEE_754_TOTAL;
    static const pqt_column_order time = PQT_ORDER_INT96_TIMESTAMP;
    assert_int_equal(settled_order(type, number), type);
    assert_int_equal(settled_order(total, number), PQT_ORDER_UNDEFINED);
    assert_int_equal(settled_order(total, real), total);
    assert_int_equal(settled_order(total, half), total);
    assert_int_equal(settled_order(type, half), type);
    assert_int_equal(settled_order(type, old), PQT_ORDER_UNDEFINED);
    assert_int_equal(settled_order(time, old), time);
    assert_int_equal(settled_order(type, span), PQT_ORDER_UNDEFINED);
}

static void test_size_statistics_histograms_of_the_levels_only(void **state)
{
    (void)state;
    buffer bytes = {0};
    arena memory = {0};
    thrift_writer w = thrift_begin(&bytes, &error);
    thrift_struct_begin(&w, 1);
    thrift_i64(&w, 1, 1234);
    for (int16_t field = 2; field <= 3; field++) {
        thrift_list(&w, field, THRIFT_LIST_I64, 3);
        for (int64_t i = 0; i < 3; i++) thrift_item_i64(&w, 10 * field + i);
    }
    thrift_struct_end(&w);
    assert_ok(thrift_end(&w));
    thrift_reader r = thrift_reader_of(buffer_view(&bytes), &error);
    thrift_struct s = {0};
    pqt_column_chunk chunk = {.statistics = statistics_absent()};
    assert_true(thrift_next(&r, &s));
    size_statistics_read(&r, &s, &memory, &chunk.size_statistics);
    assert_ok(r.status);
    const pqt_schema_node leaf = {
        .type = PQT_BYTE_ARRAY, .max_repetition_level = 2, .max_definition_level = 4};
    statistics_settle(&chunk, &leaf);
    assert_int_equal(chunk.size_statistics.byte_array_bytes, 1234);
    assert_int_equal(chunk.size_statistics.repetition_count, 3);
    assert_int_equal(chunk.size_statistics.repetition_histogram[2], 22);
    assert_null(chunk.size_statistics.definition_histogram);
    assert_int_equal(chunk.size_statistics.definition_count, 0);
    arena_free(&memory);
    buffer_free(&bytes);
}

static void test_column_orders_known_and_unknown(void **state)
{
    (void)state;
    /* A list of four unions: of fields 1, 2, 3 and 9. */
    const uint8_t bytes[] = {0x19, 0x4c, 0x1c, 0,    0, 0x2c, 0, 0,
                             0x3c, 0,    0,    0x9c, 0, 0,    0};
    for (int32_t columns = 3; columns <= 4; columns++) {
        arena memory = {0};
        thrift_reader r = thrift_reader_of(view_of(bytes, sizeof bytes), &error);
        thrift_struct s = {0};
        assert_true(thrift_next(&r, &s));
        const pqt_column_order *orders = column_orders_read(&r, &s, columns, &memory);
        assert_ok(r.status);
        assert_int_equal(orders != NULL, columns == 4);
        for (int i = 0; orders && i < 4; i++)
            assert_int_equal(orders[i], i < 3 ? (int)PQT_ORDER_TYPE_DEFINED + i
                                              : (int)PQT_ORDER_UNDEFINED);
        arena_free(&memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics_new_limits_before_deprecated),
        cmocka_unit_test(test_deprecated_limits_only_where_order_is_signed),
        cmocka_unit_test(test_orders_that_are_none_of_the_type_undefined),
        cmocka_unit_test(test_size_statistics_histograms_of_the_levels_only),
        cmocka_unit_test(test_column_orders_known_and_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
