#include "parquet/column_input.h"

#include "test_help.h"

static pqt_error error;

/* optional list of optional INT64, and an optional INT32. */
static const pqt_schema_node nodes[] = {
    {.name = "schema", .is_group = true, .child_count = 2, .parent = -1, .column = -1},
    {.name = "l",
     .repetition = PQT_OPTIONAL,
     .is_group = true,
     .child_count = 1,
     .column = -1,
     .max_definition_level = 1},
    {.name = "list",
     .repetition = PQT_REPEATED,
     .is_group = true,
     .child_count = 1,
     .parent = 1,
     .column = -1,
     .max_definition_level = 2,
     .max_repetition_level = 1},
    {.name = "element",
     .repetition = PQT_OPTIONAL,
     .type = PQT_INT64,
     .parent = 2,
     .max_definition_level = 3,
     .max_repetition_level = 1},
    {.name = "n",
     .repetition = PQT_OPTIONAL,
     .type = PQT_INT32,
     .column = 1,
     .max_definition_level = 1},
};
static const int32_t leaves[] = {3, 4};
static const pqt_schema schema = {nodes, 5, leaves, 2};

/* [1, null], null, [], [2] */
static const int64_t numbers[] = {1, 0, 0, 0, 2};
static const uint16_t definition[] = {3, 2, 0, 1, 3};
static const uint16_t repetition[] = {0, 1, 0, 0, 0};
static const pqt_column_values lists = {.values = numbers,
                                        .definition_levels = definition,
                                        .repetition_levels = repetition,
                                        .slot_count = 5};

static void assert_refused(int32_t column, pqt_column_values values, int64_t rows,
                           const char *part)
{
    column_input in;
    assert_fails(column_input_begin(&schema, column, &values, rows, &in, &error),
                 PQT_INVALID, part);
}

static void test_begin_levels_that_contradict_refused(void **state)
{
    (void)state;
    const uint16_t too_high[] = {3, 2, 0, 4, 3}, too_deep[] = {0, 1, 0, 2, 0};
    const uint16_t late[] = {1, 1, 0, 0, 0};
    const uint16_t of_nothing[] = {3, 0, 0, 1, 3}; /* a second entry that is no list */
    const uint16_t on_nothing[] = {1, 3, 0, 1, 3}; /* behind an empty list */
    pqt_column_values v = lists;
    assert_refused(0, v, 5, "4 rows of 5");
    v.definition_levels = too_high;
    assert_refused(0, v, 4, "a definition level is 4: the column's are at most 3");
    v.definition_levels = of_nothing;
    assert_refused(0, v, 4, "entry 1 repeats (level 1) what is not there");
    v.definition_levels = on_nothing;
    assert_refused(0, v, 4, "definition level 3 behind 1");
    v = lists;
    v.repetition_levels = too_deep;
    assert_refused(0, v, 4, "a repetition level is 2");
    v.repetition_levels = late;
    assert_refused(0, v, 3, "first repetition level");
    v.repetition_levels = NULL;
    assert_refused(0, v, 4, "needs repetition levels");
    v = lists;
    v.slot_count = -1;
    assert_refused(0, v, 0, "negative number of slots");
    v = lists;
    v.values = NULL;
    assert_refused(0, v, 4, "no values");
}

static void test_begin_validity_where_levels_are_needed_refused(void **state)
{
    (void)state;
    const uint8_t validity[] = {0xff};
    const pqt_column_values v = {.values = numbers,
                                 .validity = validity,
                                 .repetition_levels = repetition,
                                 .slot_count = 5};
    assert_refused(0, v, 4, "told by definition levels");
}

static void assert_piece(column_input *in, int64_t rows, int64_t slots, size_t values,
                         int64_t first)
{
    buffer scratch = {0};
    dense_values dense;
    const input_limits limits = {
        .rows = rows, .page_bytes = 1000, .value_bytes = 8, .array_bytes = 1000};
    const input_piece piece = column_input_fit(in, &limits);
    assert_int_equal(piece.rows, rows);
    assert_int_equal(piece.slots, slots);
    assert_ok(column_input_take(in, &piece, &scratch, &dense, &error));
    assert_int_equal(dense.count, values);
    if (values) assert_int_equal(((const int64_t *)dense.values)[0], first);
    buffer_free(&scratch);
}

static void test_pieces_of_whole_rows_taken(void **state)
{
    (void)state;
    const int64_t without_nulls[] = {1, 2};
    for (int turn = 0; turn < 2; turn++) {
        pqt_column_values v = lists;
        v.is_dense = turn == 1;
        if (v.is_dense) v.values = without_nulls;
        column_input in;
        assert_ok(column_input_begin(&schema, 0, &v, 4, &in, &error));
        assert_piece(&in, 1, 2, 1, 1);
        assert_piece(&in, 2, 2, 0, 0);
        assert_piece(&in, 1, 1, 1, 2);
    }
}

static void test_fit_page_left_too_small_nothing_or_one_row(void **state)
{
    (void)state;
    column_input in;
    assert_ok(column_input_begin(&schema, 0, &lists, 4, &in, &error));
    /* The first row takes a number and the levels of two entries. */
    const size_t needed = 8 + 2 * INPUT_LEVEL_BYTES;
    input_limits limits = {
        .rows = 4, .page_bytes = needed, .value_bytes = 8, .array_bytes = 1000};
    assert_int_equal(column_input_fit(&in, &limits).rows, 1);
    limits.page_bytes--;
    assert_int_equal(column_input_fit(&in, &limits).rows, 0);
    assert_int_equal(column_input_row(&in).slots, 2);
}

static void test_nulls_only_no_values_needed(void **state)
{
    (void)state;
    const uint8_t validity[] = {0};
    const pqt_column_values v = {.validity = validity};
    column_input in;
    buffer scratch = {0};
    dense_values dense;
    const input_piece piece = {8, 8};
    assert_ok(column_input_begin(&schema, 1, &v, 8, &in, &error));
    assert_ok(column_input_take(&in, &piece, &scratch, &dense, &error));
    assert_int_equal(dense.count, 0);
    buffer_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin_levels_that_contradict_refused),
        cmocka_unit_test(test_begin_validity_where_levels_are_needed_refused),
        cmocka_unit_test(test_pieces_of_whole_rows_taken),
        cmocka_unit_test(test_fit_page_left_too_small_nothing_or_one_row),
        cmocka_unit_test(test_nulls_only_no_values_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
