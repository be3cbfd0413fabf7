/* What may be passed over: each rule by itself, and against all values in the bounds. */
#include "parquet/prune.h"
#include "test_help.h"

/* --- Integers within bounds, all of them --- */

static const pqt_schema_node int_node = {.name = "n",
                                         .type = PQT_INT32,
                                         .repetition = PQT_OPTIONAL,
                                         .max_definition_level = 1};

static bool holds(pqt_comparison comparison, int32_t value, int32_t wanted)
{
    switch (comparison) {
    case PQT_NOT_EQUAL:
        return value != wanted;
    case PQT_LESS:
        return value < wanted;
    case PQT_LESS_OR_EQUAL:
        return value <= wanted;
    case PQT_GREATER:
        return value > wanted;
    case PQT_GREATER_OR_EQUAL:
        return value >= wanted;
    default:
        return value == wanted;
    }
}

static predicate int_predicate(pqt_comparison comparison, const int32_t *value,
                               pqt_view *view, arena *memory)
{
    static const int32_t column_nodes[] = {0};
    const pqt_schema schema = {&int_node, 1, column_nodes, 1};
    pqt_error error;
    predicate p;
    *view = view_of(value, sizeof *value);
    const pqt_predicate in = {0, comparison, view, 1};
    assert_ok(predicate_make(&schema, &in, memory, &p, &error));
    return p;
}

/* A bound is passed over exactly where no value in it fulfils the predicate. */
static void integers_are_pruned_where_no_value_fulfils(void **state)
{
    (void)state;
    arena memory = {0};
    for (int comparison = PQT_EQUAL; comparison <= PQT_IN; comparison++)
        for (int32_t wanted = -1; wanted <= 5; wanted++)
            for (int32_t min = 0; min <= 4; min++)
                for (int32_t max = min; max <= 4; max++) {
                    pqt_view view;
                    const predicate p = int_predicate((pqt_comparison)comparison, &wanted,
                                                      &view, &memory);
                    const value_bounds bounds = {.min = view_of(&min, 4),
                                                 .max = view_of(&max, 4),
                                                 .null_count = -1,
                                                 .value_count = 10};
                    bool may = false;
                    for (int32_t v = min; v <= max; v++)
                        may |= holds((pqt_comparison)comparison, v, wanted);
                    assert_int_equal(prune_by_bounds(&p, &bounds), may);
                }
    arena_free(&memory);
}

static void senseless_limits_say_nothing(void **state)
{
    (void)state;
    arena memory = {0};
    pqt_view view;
    const int32_t wanted = 7, low = 1, high = 3;
    const predicate p = int_predicate(PQT_EQUAL, &wanted, &view, &memory);
    const value_bounds cases[] = {
        {.null_count = -1},
        {.min = view_of(&high, 4), .max = view_of(&low, 4), .null_count = -1},
        {.min = view_of(&low, 4), .max = view_of(&high, 3), .null_count = -1},
        {.min = view_of(&low, 4), .null_count = 3, .value_count = 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!prune_by_bounds(&p, &cases[i])) fail_msg("case %zu", i);
    arena_free(&memory);
}

static void nulls_are_pruned_by_their_count(void **state)
{
    (void)state;
    static const int32_t column_nodes[] = {0};
    const pqt_schema schema = {&int_node, 1, column_nodes, 1};
    pqt_error error;
    arena memory = {0};
    predicate null, not_null;
    const pqt_predicate is_null = {0, PQT_IS_NULL, NULL, 0};
    const pqt_predicate is_not_null = {0, PQT_IS_NOT_NULL, NULL, 0};
    assert_ok(predicate_make(&schema, &is_null, &memory, &null, &error));
    assert_ok(predicate_make(&schema, &is_not_null, &memory, &not_null, &error));
    static const struct {
        value_bounds bounds;
        bool may_null, may_not_null;
    } cases[] = {
        {{.null_count = -1, .value_count = 5}, true, true},
        {{.null_count = 0, .value_count = 5}, false, true},
        {{.null_count = 2, .value_count = 5}, true, true},
        {{.null_count = 5, .value_count = 5}, true, false},
        {{.null_count = -1, .value_count = 5, .is_null = true}, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(prune_by_bounds(&null, &cases[i].bounds), cases[i].may_null);
        assert_int_equal(prune_by_bounds(&not_null, &cases[i].bounds),
                         cases[i].may_not_null);
    }
    arena_free(&memory);
}

/* --- Other orders --- */

/* Texts and reals whose limits may be cut, NaN, or zeros of either sign. */
static void cut_and_real_limits_are_used_with_care(void **state)
{
    (void)state;
    static const int32_t column_nodes[] = {0};
    static const pqt_schema_node text = {.name = "t", .type = PQT_BYTE_ARRAY};
    static const pqt_schema_node real = {.name = "r", .type = PQT_DOUBLE};
    const double zero = 0.0, minus_zero = -0.0, nan = (double)__builtin_nanf(""), one = 1;
    const pqt_view a = view_text("ab"), b = view_text("ac");
    const struct {
        const pqt_schema_node *node;
        pqt_comparison comparison;
        pqt_view wanted, min, max;
        bool may;
    } cases[] = {
        {&text, PQT_EQUAL, view_text("abz"), a, b, true},
        {&text, PQT_EQUAL, view_text("aa"), a, b, false},
        {&text, PQT_EQUAL, view_text("acz"), a, b, false},
        {&text, PQT_NOT_EQUAL, a, a, a, true},
        {&text, PQT_LESS, a, a, b, false},
        {&text, PQT_GREATER, view_text(""), a, b, true},
        {&text, PQT_EQUAL, view_text(""), view_of("", 0), b, true},
        {&real, PQT_EQUAL, view_of(&minus_zero, 8), view_of(&zero, 8), view_of(&one, 8),
         true},
        {&real, PQT_EQUAL, view_of(&zero, 8), view_of(&one, 8), view_of(&nan, 8), true},
        {&real, PQT_EQUAL, view_of(&nan, 8), view_of(&zero, 8), view_of(&one, 8), false},
        {&real, PQT_NOT_EQUAL, view_of(&one, 8), view_of(&one, 8), view_of(&one, 8),
         true},
        {&real, PQT_NOT_EQUAL, view_of(&nan, 8), view_of(&one, 8), view_of(&one, 8),
         true},
        {&real, PQT_LESS, view_of(&zero, 8), view_of(&minus_zero, 8), view_of(&one, 8),
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_error error;
        arena memory = {0};
        predicate p;
        const pqt_schema schema = {cases[i].node, 1, column_nodes, 1};
        const pqt_predicate in = {0, cases[i].comparison, &cases[i].wanted, 1};
        assert_ok(predicate_make(&schema, &in, &memory, &p, &error));
        const value_bounds bounds = {
            .min = cases[i].min, .max = cases[i].max, .null_count = -1};
        if (prune_by_bounds(&p, &bounds) != cases[i].may) fail_msg("case %zu", i);
        arena_free(&memory);
    }
}

/* --- What the footer says --- */

static void limits_of_an_undefined_order_are_left_out(void **state)
{
    (void)state;
    const int32_t one = 1;
    pqt_column_chunk chunk = {.value_count = 3,
                              .statistics = {.min_value = view_of(&one, 4),
                                             .max_value = view_of(&one, 4),
                                             .null_count = 2}};
    value_bounds bounds = prune_chunk_bounds(&chunk);
    assert_null(bounds.min.data);
    assert_null(bounds.max.data);
    assert_int_equal(bounds.null_count, 2);
    chunk.order = PQT_ORDER_TYPE_DEFINED;
    bounds = prune_chunk_bounds(&chunk);
    assert_non_null(bounds.min.data);
    assert_non_null(bounds.max.data);
}

static void chunks_are_coded_only_where_the_footer_proves_it(void **state)
{
    (void)state;
    static const struct {
        pqt_encoding encodings[3];
        int32_t encoding_count;
        pqt_encoding_stats stats[2];
        int32_t stats_count;
        bool is_coded;
    } cases[] = {
        {{PQT_PLAIN_DICTIONARY, PQT_RLE, PQT_BIT_PACKED}, 3, {{0}}, 0, true},
        {{PQT_PLAIN_DICTIONARY, PQT_RLE, PQT_PLAIN}, 3, {{0}}, 0, false},
        {{PQT_RLE_DICTIONARY, PQT_RLE, PQT_PLAIN}, 3, {{0}}, 0, false},
        {{PQT_RLE}, 1, {{0}}, 0, false},
        {{PQT_PLAIN}, 0, {{0}}, 0, false},
        {{PQT_PLAIN}, 1, {{2, PQT_PLAIN, 1}, {0, PQT_RLE_DICTIONARY, 4}}, 2, true},
        {{PQT_PLAIN}, 1, {{3, PQT_PLAIN, 1}, {3, PQT_RLE_DICTIONARY, 4}}, 2, false},
        {{PQT_PLAIN}, 1, {{0, PQT_PLAIN, 0}, {0, PQT_PLAIN_DICTIONARY, 4}}, 2, true},
        {{PQT_PLAIN_DICTIONARY}, 1, {{2, PQT_PLAIN, 1}}, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pqt_column_chunk chunk = {.encodings = cases[i].encodings,
                                        .encoding_count = cases[i].encoding_count,
                                        .encoding_stats = cases[i].stats,
                                        .encoding_stats_count = cases[i].stats_count};
        if (prune_is_coded(&chunk) != cases[i].is_coded) fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_pruned_where_no_value_fulfils),
        cmocka_unit_test(senseless_limits_say_nothing),
        cmocka_unit_test(nulls_are_pruned_by_their_count),
        cmocka_unit_test(cut_and_real_limits_are_used_with_care),
        cmocka_unit_test(limits_of_an_undefined_order_are_left_out),
        cmocka_unit_test(chunks_are_coded_only_where_the_footer_proves_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
