#include "parquet/statistics.h"

#include <math.h>

#include "base/utf8.h"
#include "naive_decode.h"

static pqt_error error;
enum { COUNT = 60 };

static statistics_order order_of(pqt_type type, pqt_logical_type logical)
{
    return statistics_order_of(type, &logical);
}

static void test_order_by_logical_type_chosen(void **state)
{
    (void)state;
    const pqt_logical_type uint32 = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 32};
    const pqt_logical_type int8 = {
        .kind = PQT_LOGICAL_INTEGER, .bit_width = 8, .is_signed = true};
    const pqt_logical_type decimal = {.kind = PQT_LOGICAL_DECIMAL, .precision = 9};
    assert_int_equal(order_of(PQT_INT32, uint32), ORDER_UINT32);
    assert_int_equal(order_of(PQT_INT32, int8), ORDER_INT32);
    assert_int_equal(order_of(PQT_INT32, decimal), ORDER_INT32);
    assert_int_equal(order_of(PQT_FIXED_LEN_BYTE_ARRAY, decimal), ORDER_DECIMAL_BYTES);
    assert_int_equal(order_of(PQT_BYTE_ARRAY, decimal), ORDER_DECIMAL_BYTES);
    assert_int_equal(order_of(PQT_FIXED_LEN_BYTE_ARRAY,
                              (pqt_logical_type){.kind = PQT_LOGICAL_FLOAT16}),
                     ORDER_FLOAT16);
    assert_int_equal(
        order_of(PQT_BYTE_ARRAY, (pqt_logical_type){.kind = PQT_LOGICAL_GEOMETRY}),
        ORDER_NONE);
    assert_int_equal(order_of(PQT_INT96, (pqt_logical_type){0}), ORDER_NONE);
    assert_int_equal(order_of(PQT_FIXED_LEN_BYTE_ARRAY,
                              (pqt_logical_type){.kind = PQT_LOGICAL_INTERVAL}),
                     ORDER_NONE);
}

/* Adds in two pieces to two statistics and merges, then compares the bytes of both. */
static void assert_range(statistics_order order, const void *values, size_t width,
                         const void *min, const void *max)
{
    statistics a, b;
    statistics_bound bound;
    statistics_init(&a, order, NULL);
    statistics_init(&b, order, NULL);
    assert_ok(statistics_add(&a, values, COUNT / 2, &error));
    assert_ok(statistics_add(&b, (const uint8_t *)values + COUNT / 2 * width, COUNT / 2,
                             &error));
    assert_ok(statistics_merge(&a, &b, &error));
    const statistics_cut cut = {.limit_bytes = 64};
    statistics_min(&a, cut, &bound);
    assert_memory_equal(bound.value.data, min, width);
    assert_int_equal(bound.value.size_bytes, width);
    assert_ok(statistics_max(&a, cut, NULL, &bound, &error));
    assert_memory_equal(bound.value.data, max, width);
    assert_true(bound.is_exact);
    statistics_free(&a);
    statistics_free(&b);
}

static void test_numbers_signed_and_unsigned_in_their_order(void **state)
{
    (void)state;
    int32_t small[COUNT];
    int64_t large[COUNT];
    for (int i = 0; i < COUNT; i++) large[i] = small[i] = (i * 37 % COUNT) - 20;
    const int32_t low = -20, high = 39, zero = 0, minus_one = -1;
    const int64_t low64 = -20, high64 = 39, zero64 = 0, minus_one64 = -1;
    assert_range(ORDER_INT32, small, 4, &low, &high);
    assert_range(ORDER_UINT32, small, 4, &zero, &minus_one);
    assert_range(ORDER_INT64, large, 8, &low64, &high64);
    assert_range(ORDER_UINT64, large, 8, &zero64, &minus_one64);
}

static void test_floats_nan_ignored_zero_signed(void **state)
{
    (void)state;
    double values[COUNT];
    float narrow[COUNT];
    for (int i = 0; i < COUNT; i++) values[i] = i % 7 ? -0.5 * i : (double)NAN;
    for (int i = 0; i < COUNT; i++) narrow[i] = i % 2 ? 0.0f : (float)NAN;
    const double low = -29.5, high = -0.5;
    const float minus_zero = -0.0f, plus_zero = 0.0f;
    assert_range(ORDER_DOUBLE, values, 8, &low, &high);
    assert_range(ORDER_FLOAT, narrow, 4, &minus_zero, &plus_zero);
    statistics s;
    statistics_init(&s, ORDER_FLOAT, NULL);
    assert_ok(statistics_add(&s, (const float[]){NAN, NAN}, 2, &error));
    assert_false(s.has_range);
}

static void test_decimals_negative_before_positive(void **state)
{
    (void)state;
    statistics s;
    statistics_bound bound;
    const pqt_view values[] = {view_text("\x01\x02"), view_text("\xff\xfe"),
                               view_text("\x7f\x01"), view_text("\x80\x01")};
    statistics_init(&s, ORDER_DECIMAL_BYTES, NULL);
    assert_ok(statistics_add(&s, values, 4, &error));
    statistics_min(&s, (statistics_cut){0}, &bound);
    assert_view_is(bound.value, "\x80\x01");
    assert_ok(statistics_max(&s, (statistics_cut){0}, NULL, &bound, &error));
    assert_view_is(bound.value, "\x7f\x01");
    statistics_free(&s);
}

static void test_decimals_of_any_length_by_value(void **state)
{
    (void)state;
    /* In their order: -257, -256, -129, -128, -1, 0 (no bytes), 1, 127, 128, 256. */
    static const pqt_view ordered[] = {
        {(const uint8_t *)"\xfe\xff", 2},     {(const uint8_t *)"\xff\0", 2},
        {(const uint8_t *)"\xff\x7f", 2},     {(const uint8_t *)"\x80", 1},
        {(const uint8_t *)"\xff\xff\xff", 3}, {(const uint8_t *)"", 0},
        {(const uint8_t *)"\0\x01", 2},       {(const uint8_t *)"\x7f", 1},
        {(const uint8_t *)"\0\0\x80", 3},     {(const uint8_t *)"\x01\0", 2},
    };
    enum { VALUES = sizeof ordered / sizeof *ordered };
    for (int i = 0; i < VALUES; i++)
        for (int k = 0; k < VALUES; k++) {
            const int order =
                statistics_compare(ORDER_DECIMAL_BYTES, ordered[i], ordered[k]);
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
}

/* Half floats by their bits, least byte first: -inf, -2, -0, 0, 1, inf, NaN. */
static const uint8_t halves[][2] = {{0, 0xfc}, {0, 0xc0}, {0, 0x80}, {0, 0},
                                    {0, 0x3c}, {0, 0x7c}, {0, 0x7e}};

static void assert_halves(size_t first, size_t count, statistics_cut cut,
                          const uint8_t *min, const uint8_t *max)
{
    pqt_view views[7];
    statistics s;
    statistics_bound bound;
    for (size_t i = 0; i < count; i++) views[i] = view_of(halves[first + i], 2);
    statistics_init(&s, ORDER_FLOAT16, NULL);
    assert_ok(statistics_add(&s, views, count, &error));
    assert_int_equal(statistics_has_bounds(&s, cut.is_total), min != NULL);
    if (!min) return;
    statistics_min(&s, cut, &bound);
    assert_int_equal(bound.value.size_bytes, 2);
    assert_memory_equal(bound.value.data, min, 2);
    assert_ok(statistics_max(&s, cut, NULL, &bound, &error));
    assert_memory_equal(bound.value.data, max, 2);
}

static void test_half_floats_by_value(void **state)
{
    (void)state;
    const statistics_cut by_type = {0}, total = {.is_total = true};
    assert_halves(0, 7, by_type, halves[0], halves[5]);
    assert_halves(0, 7, total, halves[0], halves[5]);
    assert_halves(2, 1, by_type, halves[2], halves[3]); /* zeros count as one */
    assert_halves(2, 1, total, halves[2], halves[2]);
    assert_halves(6, 1, by_type, NULL, NULL);
    assert_halves(6, 1, total, halves[6], halves[6]);
}

static void test_total_order_zeros_and_nan_kept_apart(void **state)
{
    (void)state;
    const double zeros[] = {0.0, 0.0};
    const double nans[] = {-(double)NAN, (double)NAN};
    const statistics_cut total = {.is_total = true};
    statistics s;
    statistics_bound bound;
    statistics_init(&s, ORDER_DOUBLE, NULL);
    assert_ok(statistics_add(&s, nans, 2, &error));
    assert_false(statistics_has_bounds(&s, false));
    assert_true(statistics_has_bounds(&s, true));
    statistics_min(&s, total, &bound);
    assert_memory_equal(bound.value.data, &nans[0], 8);
    assert_ok(statistics_max(&s, total, NULL, &bound, &error));
    assert_memory_equal(bound.value.data, &nans[1], 8);
    assert_ok(statistics_add(&s, zeros, 2, &error)); /* NaN give way to numbers */
    statistics_min(&s, total, &bound);
    assert_memory_equal(bound.value.data, &zeros[0], 8);
    statistics_min(&s, (statistics_cut){0}, &bound);
    const double minus_zero = -0.0;
    assert_memory_equal(bound.value.data, &minus_zero, 8);
    statistics_clear(&s);
    assert_false(statistics_has_bounds(&s, true));
}

static void test_nan_counted_any_real(void **state)
{
    (void)state;
    const float floats[] = {1, NAN, -INFINITY, INFINITY, -NAN};
    const double doubles[] = {NAN, 0, INFINITY, NAN, NAN};
    const pqt_view views[] = {view_of(halves[6], 2), view_of(halves[5], 2),
                              view_of(halves[0], 2)};
    assert_int_equal(statistics_count_nan(ORDER_FLOAT, floats, 5), 2);
    assert_int_equal(statistics_count_nan(ORDER_DOUBLE, doubles, 5), 3);
    assert_int_equal(statistics_count_nan(ORDER_FLOAT16, views, 3), 1);
}

static void assert_cut(const char *text, statistics_cut cut, const char *min,
                       const char *max, bool is_exact)
{
    statistics s;
    statistics_bound bound;
    buffer scratch = {0};
    const pqt_view value = view_text(text);
    statistics_init(&s, ORDER_BYTES, NULL);
    assert_ok(statistics_add(&s, &value, 1, &error));
    statistics_min(&s, cut, &bound);
    assert_view_is(bound.value, min);
    assert_ok(statistics_max(&s, cut, &scratch, &bound, &error));
    assert_view_is(bound.value, max);
    assert_int_equal(bound.is_exact, is_exact);
    buffer_free(&scratch);
    statistics_free(&s);
}

static void test_cut_long_text_bounds_raised(void **state)
{
    (void)state;
    const statistics_cut text = {.limit_bytes = 4, .is_text = true},
                         bytes = {.limit_bytes = 4};
    assert_cut("abcd", text, "abcd", "abcd", true);
    assert_cut("abcdef", text, "abcd", "abce", false);
    assert_cut("abc\x7f~", text, "abc\x7f", "abc\xc2\x80", false);
    /* U+00E9 does not fit whole: it is not cut in two. */
    assert_cut("abc\xc3\xa9", text, "abc", "abd", false);
    assert_cut("a\xed\x9f\xbfz", text, "a\xed\x9f\xbf", "a\xee\x80\x80", false);
    assert_cut("\xf4\x8f\xbf\xbfz", text, "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbfz", true);
    assert_cut("ab\xff\xffz", bytes, "ab\xff\xff", "ac", false);
    assert_cut("\xff\xff\xff\xffz", bytes, "\xff\xff\xff\xff", "\xff\xff\xff\xffz", true);
}

/* Whatever the text: the limits bound it, and text stays text. */
static void test_cut_random_text_still_bounds(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a", "\x7f", "\xc3\xa9", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "\xe2\x82\xac", "z"};
    uint64_t seed = 9;
    for (int turn = 0; turn < 2000; turn++) {
        char text[64] = "";
        for (uint64_t n = naive_random(&seed) % 12; n > 0; n--)
            strcat(text, pieces[naive_random(&seed) % 7]);
        statistics s;
        statistics_bound bound;
        buffer scratch = {0};
        const pqt_view value = view_text(text);
        const statistics_cut cut = {.limit_bytes = 1 + naive_random(&seed) % 12,
                                    .is_text = true};
        statistics_init(&s, ORDER_BYTES, NULL);
        assert_ok(statistics_add(&s, &value, 1, &error));
        statistics_min(&s, cut, &bound);
        assert_true(view_compare(bound.value, value) <= 0);
        assert_true(utf8_is_valid(bound.value, NULL));
        assert_ok(statistics_max(&s, cut, &scratch, &bound, &error));
        assert_true(view_compare(bound.value, value) >= 0);
        assert_true(utf8_is_valid(bound.value, NULL));
        buffer_free(&scratch);
        statistics_free(&s);
    }
}

/* Against comparing every value: empty ones, shared beginnings, bytes above 0x7f. */
static void test_byte_arrays_random_limits_found(void **state)
{
    (void)state;
    uint64_t seed = 21;
    for (int turn = 0; turn < 600; turn++) {
        uint8_t memory[40][12];
        pqt_view values[40];
        const size_t shared = naive_random(&seed) % 10;
        pqt_view min = {0}, max = {0};
        statistics s;
        statistics_init(&s, ORDER_BYTES, NULL);
        for (size_t i = 0; i < 40; i++) {
            const size_t size_bytes = naive_random(&seed) % 13;
            for (size_t k = 0; k < 12; k++)
                memory[i][k] =
                    k < shared ? 'x' : (uint8_t)(naive_random(&seed) % 3 * 127);
            values[i] = view_of(size_bytes ? memory[i] : NULL, size_bytes);
            if (i == 0 || view_compare(values[i], min) < 0) min = values[i];
            if (i == 0 || view_compare(values[i], max) > 0) max = values[i];
        }
        assert_ok(statistics_add(&s, values, 17, &error));
        assert_ok(statistics_add(&s, values + 17, 23, &error));
        assert_true(view_equal(buffer_view(&s.min_bytes), min));
        assert_true(view_equal(buffer_view(&s.max_bytes), max));
        statistics_free(&s);
    }
}

static void test_compare_plain_values_in_order(void **state)
{
    (void)state;
    const uint32_t one = 1, top = UINT32_MAX;
    const pqt_view a = view_of(&one, 4), b = view_of(&top, 4);
    assert_true(statistics_compare(ORDER_UINT32, a, b) < 0);
    assert_true(statistics_compare(ORDER_INT32, a, b) > 0);
    assert_true(statistics_compare(ORDER_BYTES, view_text("a"), view_text("ab")) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_by_logical_type_chosen),
        cmocka_unit_test(test_numbers_signed_and_unsigned_in_their_order),
        cmocka_unit_test(test_floats_nan_ignored_zero_signed),
        cmocka_unit_test(test_decimals_negative_before_positive),
        cmocka_unit_test(test_decimals_of_any_length_by_value),
        cmocka_unit_test(test_half_floats_by_value),
        cmocka_unit_test(test_total_order_zeros_and_nan_kept_apart),
        cmocka_unit_test(test_nan_counted_any_real),
        cmocka_unit_test(test_cut_long_text_bounds_raised),
        cmocka_unit_test(test_cut_random_text_still_bounds),
        cmocka_unit_test(test_byte_arrays_random_limits_found),
        cmocka_unit_test(test_compare_plain_values_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
