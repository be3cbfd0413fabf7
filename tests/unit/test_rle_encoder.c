#include "parquet/rle_encoder.h"

#include "naive_decode.h"

static pqt_error error;
enum { MOST = 3000 };

static size_t round_trip(const uint32_t *values, size_t count, unsigned width,
                         bool is_compressed)
{
    static uint32_t back[MOST];
    buffer out = {0};
    assert_ok(
        rle_encode(&(rle_values){values, count, width, is_compressed}, &out, &error));
    cursor c = cursor_of(buffer_view(&out));
    naive_rle(&c, width, count, back);
    assert_int_equal(cursor_left(&c), 0);
    if (count) assert_memory_equal(back, values, count * sizeof *values);
    const size_t size_bytes = out.size_bytes;
    buffer_free(&out);
    return size_bytes;
}

/* The size where no codec follows; with one only that it comes back. */
static size_t assert_round_trip(const uint32_t *values, size_t count, unsigned width)
{
    round_trip(values, count, width, true);
    return round_trip(values, count, width, false);
}

static void test_encode_random_runs_round_trip(void **state)
{
    (void)state;
    static uint32_t values[MOST];
    uint64_t seed = 7;
    for (int turn = 0; turn < 400; turn++) {
        const unsigned width = 1 + (unsigned)(naive_random(&seed) % 32);
        const size_t count = naive_random(&seed) % MOST;
        const uint64_t longest = 1 + naive_random(&seed) % 40;
        for (size_t i = 0; i < count;) {
            const uint32_t value = (uint32_t)(naive_random(&seed) >> (64 - width));
            for (uint64_t n = 1 + naive_random(&seed) % longest; n > 0 && i < count; n--)
                values[i++] = value;
        }
        assert_round_trip(values, count, width);
    }
}

static void test_encode_one_long_run_few_bytes(void **state)
{
    (void)state;
    static uint32_t values[MOST];
    for (size_t i = 0; i < MOST; i++) values[i] = 5;
    assert_true(assert_round_trip(values, MOST, 3) <= 4);
}

static void test_encode_no_runs_packed_once(void **state)
{
    (void)state;
    uint32_t values[80];
    for (uint32_t i = 0; i < 80; i++) values[i] = i % 7;
    assert_int_equal(assert_round_trip(values, 80, 3), 1 + 80 * 3 / 8);
}

static void test_encode_run_inside_packed_found(void **state)
{
    (void)state;
    uint32_t values[300];
    for (uint32_t i = 0; i < 300; i++) values[i] = i < 11 || i > 280 ? i % 5 : 4;
    assert_true(assert_round_trip(values, 300, 3) < 24);
}

static void test_encode_compressed_short_runs_packed(void **state)
{
    (void)state;
    uint32_t values[1000];
    for (uint32_t i = 0; i < 1000; i++) values[i] = i / 20 % 50;
    assert_true(round_trip(values, 1000, 8, false) < 200);
    assert_true(round_trip(values, 1000, 8, true) > 1000);
    for (uint32_t i = 0; i < 1000; i++) values[i] = 7;
    assert_true(round_trip(values, 1000, 8, true) < 5);
}

static void test_encode_nothing_no_bytes(void **state)
{
    (void)state;
    assert_int_equal(assert_round_trip(NULL, 0, 1), 0);
}

static void test_encode_width_zero_round_trip(void **state)
{
    (void)state;
    const uint32_t values[9] = {0};
    assert_int_equal(assert_round_trip(values, 9, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode_random_runs_round_trip),
        cmocka_unit_test(test_encode_one_long_run_few_bytes),
        cmocka_unit_test(test_encode_no_runs_packed_once),
        cmocka_unit_test(test_encode_run_inside_packed_found),
        cmocka_unit_test(test_encode_compressed_short_runs_packed),
        cmocka_unit_test(test_encode_nothing_no_bytes),
        cmocka_unit_test(test_encode_width_zero_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
