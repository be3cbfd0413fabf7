#include "base/hash.h"

#include "test_help.h"

static void hash128_sum_ignores_order(void **state)
{
    (void)state;
    hash128 forward = {0}, backward = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        const uint32_t j = 999 - i;
        forward = hash128_add(forward, hash_bytes128(&i, 4));
        backward = hash128_add(backward, hash_bytes128(&j, 4));
    }
    assert_true(hash128_equal(forward, backward));
    const hash128 one = hash_bytes128("x", 1);
    assert_true(hash128_equal(hash128_subtract(hash128_add(forward, one), one), forward));
    assert_false(hash128_equal(forward, one));
}

static void hash128_text_round_trip(void **state)
{
    (void)state;
    const hash128 value = {0x0123456789abcdef, 0xfedcba9876543210};
    char text[HASH128_TEXT_BYTES];
    hash128 back;
    hash128_text(value, text);
    assert_string_equal(text, "fedcba98765432100123456789abcdef");
    assert_int_equal(hash128_parse(text, &back), 0);
    assert_true(hash128_equal(value, back));
    assert_int_equal(hash128_parse("fedc", &back), -1);
    assert_int_equal(hash128_parse("+edcba98765432100123456789abcdef", &back), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash128_sum_ignores_order),
        cmocka_unit_test(hash128_text_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
