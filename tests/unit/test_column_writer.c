#include "parquet/column_writer.h"

#include "naive_decode.h"

static pqt_error error;
enum { ROWS = 1000 };

/* A schema of one column; the leaf is its node 1. */
typedef struct one_column {
    pqt_schema_node nodes[2];
    int32_t node;
    pqt_schema schema;
} one_column;

static const pqt_schema *schema_of(one_column *one, pqt_schema_node leaf)
{
    leaf.max_definition_level = leaf.repetition == PQT_OPTIONAL;
    one->nodes[0] = (pqt_schema_node){.is_group = true, .child_count = 1, .parent = -1};
    one->nodes[1] = leaf;
    one->node = 1;
    one->schema = (pqt_schema){one->nodes, 2, &one->node, 1};
    return &one->schema;
}

/* One column's chunk, as it is remembered: kept in `c` until it is freed. */
static chunk_info write_chunk(column_writer *c, const column_plan *plan,
                              const pqt_column_values *values)
{
    page_scratch scratch;
    page_scratch_init(&scratch, NULL);
    assert_ok(column_writer_init(c, plan, &error));
    assert_ok(column_writer_begin(c, values, ROWS, &error));
    for (int64_t first = 0; first < ROWS; first += 250)
        assert_ok(column_writer_add(c, 250, &scratch, &error));
    assert_ok(column_writer_end_chunk(c, &scratch, &error));
    page_scratch_free(&scratch);
    return c->info;
}

static const pqt_writer_options small_pages = {.page_rows = 300,
                                               .page_limit_bytes = 1 << 20,
                                               .row_group_rows = ROWS,
                                               .dictionary_limit_bytes = 1 << 20,
                                               .statistics_limit_bytes = 64};

static void test_pages_rows_limit_cut(void **state)
{
    (void)state;
    int32_t numbers[ROWS];
    for (int i = 0; i < ROWS; i++) numbers[i] = i;
    one_column one;
    const pqt_schema_node leaf = {.name = "n", .type = PQT_INT32};
    const pqt_column_options column = {0};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &small_pages, NULL};
    const pqt_column_values values = {.values = numbers};
    column_writer c = {0};
    const chunk_info info = write_chunk(&c, &plan, &values);
    assert_int_equal(info.page_count, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(info.pages[i].first_row, i * 300);
        assert_int_equal(load_u32le(info.pages[i].min.data), i * 300);
        assert_int_equal(load_u32le(info.pages[i].max.data), i < 3 ? i * 300 + 299 : 999);
    }
    assert_int_equal(info.value_count, ROWS);
    assert_true(metadata_has_column_index(&info));
    column_writer_free(&c);
}

static void test_pages_long_only_bytes_cut(void **state)
{
    (void)state;
    int32_t numbers[ROWS] = {0};
    pqt_writer_options options = small_pages;
    one_column one;
    const pqt_schema_node leaf = {.name = "n", .type = PQT_INT32};
    const pqt_column_options column = {.long_pages = true};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &options, NULL};
    const pqt_column_values values = {.values = numbers};
    column_writer c = {0};
    assert_int_equal(write_chunk(&c, &plan, &values).page_count, 1);
    column_writer_free(&c);
    options.page_limit_bytes = 2000; /* 500 numbers */
    assert_int_equal(write_chunk(&c, &plan, &values).page_count, 2);
    column_writer_free(&c);
}

static void test_pages_large_texts_bytes_cut(void **state)
{
    (void)state;
    static uint8_t text[700];
    pqt_view views[ROWS];
    for (int i = 0; i < ROWS; i++) views[i] = view_of(text, i == 17 ? 700 : 10);
    pqt_writer_options options = small_pages;
    one_column one;
    const pqt_schema_node leaf = {.name = "t", .type = PQT_BYTE_ARRAY};
    const pqt_column_options column = {0};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &options, NULL};
    const pqt_column_values values = {.values = views};
    options.page_limit_bytes = 300;
    column_writer c = {0};
    const chunk_info info = write_chunk(&c, &plan, &values);
    /* 17 short ones, the long one by itself, then 21 a page. */
    assert_int_equal(info.pages[1].first_row, 17);
    assert_int_equal(info.pages[2].first_row, 18);
    assert_int_equal(info.pages[3].first_row, 18 + 300 / 14);
    column_writer_free(&c);
}

static void test_nulls_page_without_values_told(void **state)
{
    (void)state;
    int64_t numbers[ROWS];
    uint8_t validity[ROWS / 8] = {0};
    for (int i = 0; i < ROWS; i++) numbers[i] = i < 350 ? 3 : -3;
    for (int i = 0; i < ROWS; i++)
        if (i >= 300 && i % 2) validity[i / 8] |= (uint8_t)(1u << i % 8);
    one_column one;
    const pqt_schema_node leaf = {
        .name = "n", .type = PQT_INT64, .repetition = PQT_OPTIONAL};
    const pqt_column_options column = {0};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &small_pages, NULL};
    const pqt_column_values values = {.values = numbers, .validity = validity};
    column_writer c = {0};
    const chunk_info info = write_chunk(&c, &plan, &values);
    assert_true(info.pages[0].is_null_page);
    assert_int_equal(info.pages[0].null_count, 300);
    assert_false(info.pages[1].is_null_page);
    assert_int_equal(info.pages[1].null_count, 150);
    assert_int_equal(info.statistics.null_count, 650);
    assert_int_equal((int64_t)load_u64le(info.statistics.min_value.data), -3);
    assert_int_equal((int64_t)load_u64le(info.statistics.max_value.data), 3);
    assert_true(metadata_has_column_index(&info));
    column_writer_free(&c);
}

static void test_dictionary_too_large_rest_falls_back(void **state)
{
    (void)state;
    int32_t numbers[ROWS];
    for (int i = 0; i < ROWS; i++) numbers[i] = i;
    pqt_writer_options options = small_pages;
    one_column one;
    const pqt_schema_node leaf = {.name = "n", .type = PQT_INT32};
    const pqt_column_options column = {.encoding = PQT_RLE_DICTIONARY,
                                       .fallback = PQT_DELTA_BINARY_PACKED};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &options, NULL};
    const pqt_column_values values = {.values = numbers};
    options.dictionary_limit_bytes = 500 * 4;
    column_writer c = {0};
    const chunk_info info = write_chunk(&c, &plan, &values);
    assert_int_equal(info.dictionary_coded_pages, 2);
    assert_int_equal(info.other_pages, 2);
    assert_int_equal(c.dictionary.count, 600);
    assert_int_equal(load_u32le(info.pages[3].min.data), 900);
    column_writer_free(&c);
}

/* Large values must not all get into the dictionary before the page is full of rows. */
static void test_dictionary_large_texts_falls_back_within_page(void **state)
{
    (void)state;
    static uint8_t text[ROWS + 1000];
    pqt_view views[ROWS];
    for (int i = 0; i < ROWS + 1000; i++) text[i] = (uint8_t)(i * i % 251);
    for (int i = 0; i < ROWS; i++) views[i] = view_of(text + i, 1000);
    pqt_writer_options options = small_pages;
    one_column one;
    const pqt_schema_node leaf = {.name = "t", .type = PQT_BYTE_ARRAY};
    const pqt_column_options column = {.encoding = PQT_RLE_DICTIONARY};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &options, NULL};
    const pqt_column_values values = {.values = views};
    options.page_limit_bytes = 8000;
    options.dictionary_limit_bytes = 20000;
    column_writer c = {0};
    const chunk_info info = write_chunk(&c, &plan, &values);
    assert_int_equal(info.dictionary_coded_pages, 1);
    assert_true(c.dictionary.plain.size_bytes <= 28000);
    assert_int_equal(info.value_count, ROWS);
    column_writer_free(&c);
}

/* All of the chunk is one page, and all values differ: the dictionary is forgotten. */
static void test_dictionary_of_only_page_does_not_pay_fallback(void **state)
{
    (void)state;
    int32_t numbers[ROWS];
    for (int i = 0; i < ROWS; i++) numbers[i] = i * 7919;
    pqt_writer_options options = small_pages;
    options.page_rows = 20000;
    one_column one;
    const pqt_schema_node leaf = {.name = "n", .type = PQT_INT32};
    const pqt_column_options column = {.encoding = PQT_RLE_DICTIONARY,
                                       .bloom_filter = true};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &options, NULL};
    const pqt_column_values values = {.values = numbers};
    column_writer c = {0};
    const chunk_info info = write_chunk(&c, &plan, &values);
    assert_int_equal(info.dictionary_coded_pages, 0);
    assert_int_equal(info.other_pages, 1);
    assert_int_equal(info.encoding, PQT_PLAIN);
    assert_int_equal(c.dictionary_page.size_bytes, 0);
    assert_int_equal(load_u32le(info.pages[0].max.data), 999 * 7919);
    size_t bits = 0;
    for (size_t i = 0; i < c.bloom.bits.size_bytes; i++)
        bits += (size_t)__builtin_popcount(c.bloom.bits.data[i]);
    assert_true(bits > ROWS); /* the values are in the filter */
    column_writer_free(&c);
}

static chunk_info write_chosen(column_writer *c, const int64_t *numbers)
{
    pqt_writer_options options = small_pages;
    one_column one;
    const pqt_schema_node leaf = {.name = "n", .type = PQT_INT64};
    const pqt_column_options column = {.encoding = PQT_ENCODING_CHOSEN};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &options, NULL};
    const pqt_column_values values = {.values = numbers};
    return write_chunk(c, &plan, &values);
}

static void test_encoding_chosen_by_values(void **state)
{
    (void)state;
    int64_t numbers[ROWS];
    column_writer c = {0};
    for (int i = 0; i < ROWS; i++) numbers[i] = i * INT64_C(1000003) + i % 3;
    chunk_info info = write_chosen(&c, numbers);
    assert_int_equal(info.encoding, PQT_DELTA_BINARY_PACKED);
    assert_int_equal(info.other_pages, 4);
    assert_int_equal((int64_t)load_u64le(info.pages[3].min.data), numbers[900]);
    column_writer_free(&c);
    for (int i = 0; i < ROWS; i++) numbers[i] = i % 7 * INT64_C(0x123456789abcdef);
    info = write_chosen(&c, numbers);
    assert_int_equal(info.dictionary_coded_pages, 4);
    assert_int_equal(c.dictionary.count, 7);
    assert_int_equal((int64_t)load_u64le(info.pages[3].min.data), 0);
    column_writer_free(&c);
}

/* NaN are counted as often as they are there, however the page is encoded. */
static void test_nan_of_coded_and_plain_pages_counted(void **state)
{
    (void)state;
    double numbers[ROWS];
    for (int i = 0; i < ROWS; i++) numbers[i] = i % 4 ? 1.5 : (double)__builtin_nan("");
    for (int turn = 0; turn < 2; turn++) {
        one_column one;
        const pqt_schema_node leaf = {.name = "d", .type = PQT_DOUBLE};
        const pqt_column_options column = {.encoding =
                                               turn ? PQT_PLAIN : PQT_RLE_DICTIONARY};
        const column_plan plan = {schema_of(&one, leaf), 0, &column, &small_pages, NULL};
        const pqt_column_values values = {.values = numbers};
        column_writer c = {0};
        const chunk_info info = write_chunk(&c, &plan, &values);
        assert_int_equal(info.pages[0].nan_count, 75);
        assert_int_equal(info.statistics.nan_count, 250);
        assert_true(info.pages[0].has_range);
        column_writer_free(&c);
    }
}

static void test_add_value_of_unknown_refused(void **state)
{
    (void)state;
    one_column one;
    const pqt_schema_node leaf = {.name = "u",
                                  .type = PQT_INT32,
                                  .repetition = PQT_OPTIONAL,
                                  .logical.kind = PQT_LOGICAL_UNKNOWN};
    const pqt_column_options column = {0};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &small_pages, NULL};
    const int32_t numbers[8] = {0};
    const uint8_t validity[] = {0x00, 0x01};
    const pqt_column_values values = {.values = numbers, .validity = validity};
    column_writer c = {0};
    page_scratch scratch;
    page_scratch_init(&scratch, NULL);
    assert_ok(column_writer_init(&c, &plan, &error));
    assert_ok(column_writer_begin(&c, &values, 8, &error));
    assert_ok(column_writer_add(&c, 8, &scratch, &error));
    const pqt_column_values value = {.values = numbers, .validity = validity + 1};
    assert_ok(column_writer_begin(&c, &value, 1, &error));
    assert_fails(column_writer_add(&c, 1, &scratch, &error), PQT_INVALID, "nulls only");
    page_scratch_free(&scratch);
    column_writer_free(&c);
}

static void test_add_huge_value_refused(void **state)
{
    (void)state;
    one_column one;
    const pqt_schema_node leaf = {.name = "t", .type = PQT_BYTE_ARRAY};
    const pqt_column_options column = {0};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &small_pages, NULL};
    const uint8_t byte = 0;
    /* Only its size is looked at. */
    const pqt_view view = view_of(&byte, (size_t)INT32_MAX + 1);
    const pqt_column_values values = {.values = &view};
    column_writer c = {0};
    page_scratch scratch;
    page_scratch_init(&scratch, NULL);
    assert_ok(column_writer_init(&c, &plan, &error));
    assert_ok(column_writer_begin(&c, &values, 1, &error));
    assert_fails(column_writer_add(&c, 1, &scratch, &error), PQT_LIMIT, "2 GiB");
    page_scratch_free(&scratch);
    column_writer_free(&c);
}

/* A page of NaN only has no limits: then there is no column index at all. */
static void test_nan_page_no_column_index(void **state)
{
    (void)state;
    float numbers[ROWS];
    for (int i = 0; i < ROWS; i++) numbers[i] = i < 300 ? __builtin_nanf("") : 1.0f;
    one_column one;
    const pqt_schema_node leaf = {.name = "f", .type = PQT_FLOAT};
    const pqt_column_options column = {0};
    const column_plan plan = {schema_of(&one, leaf), 0, &column, &small_pages, NULL};
    const pqt_column_values values = {.values = numbers};
    column_writer c = {0};
    const chunk_info info = write_chunk(&c, &plan, &values);
    assert_false(metadata_has_column_index(&info));
    assert_non_null(info.statistics.min_value.data);
    column_writer_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_rows_limit_cut),
        cmocka_unit_test(test_pages_long_only_bytes_cut),
        cmocka_unit_test(test_pages_large_texts_bytes_cut),
        cmocka_unit_test(test_nulls_page_without_values_told),
        cmocka_unit_test(test_dictionary_too_large_rest_falls_back),
        cmocka_unit_test(test_dictionary_large_texts_falls_back_within_page),
        cmocka_unit_test(test_dictionary_of_only_page_does_not_pay_fallback),
        cmocka_unit_test(test_encoding_chosen_by_values),
        cmocka_unit_test(test_nan_of_coded_and_plain_pages_counted),
        cmocka_unit_test(test_add_value_of_unknown_refused),
        cmocka_unit_test(test_add_huge_value_refused),
        cmocka_unit_test(test_nan_page_no_column_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
