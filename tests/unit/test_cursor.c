#include "base/cursor.h"

#include "base/checked.h"
#include "test_help.h"

static void cursor_reads_stop_at_the_end(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 5};
    cursor c = cursor_of(view_of(bytes, sizeof bytes));
    uint32_t word;
    uint64_t big;
    uint8_t byte;
    assert_true(cursor_u32le(&c, &word));
    assert_int_equal(word, 0x04030201);
    assert_false(cursor_u32le(&c, &word));
    assert_false(cursor_u64le(&c, &big));
    assert_false(cursor_skip(&c, SIZE_MAX));
    assert_true(cursor_u8(&c, &byte));
    assert_false(cursor_u8(&c, &byte));
    assert_int_equal(cursor_left(&c), 0);
}

static void cursor_varint_limits(void **state)
{
    (void)state;
    const uint8_t largest[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    const uint8_t over[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2};
    const uint8_t endless[] = {0x80, 0x80};
    uint64_t value = 0;
    cursor c = cursor_of(view_of(largest, sizeof largest));
    assert_true(cursor_varint(&c, &value));
    assert_true(value == UINT64_MAX);
    c = cursor_of(view_of(over, sizeof over));
    assert_false(cursor_varint(&c, &value));
    c = cursor_of(view_of(endless, sizeof endless));
    assert_false(cursor_varint(&c, &value));
    assert_int_equal(cursor_left(&c), 2);
}

static void zigzag_round_trip(void **state)
{
    (void)state;
    const int64_t values[] = {0, -1, 1, INT64_MIN, INT64_MAX, 1234567};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_true(zigzag_decode(zigzag_encode(values[i])) == values[i]);
}

static void checked_arithmetic_says_overflow(void **state)
{
    (void)state;
    size_t result;
    assert_false(checked_add(SIZE_MAX, 1, &result));
    assert_false(checked_multiply(SIZE_MAX / 2, 3, &result));
    assert_true(range_within(5, 5, 10));
    assert_false(range_within(5, UINT64_MAX, 10));
    assert_false(range_within(11, 0, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursor_reads_stop_at_the_end),
        cmocka_unit_test(cursor_varint_limits),
        cmocka_unit_test(zigzag_round_trip),
        cmocka_unit_test(checked_arithmetic_says_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
