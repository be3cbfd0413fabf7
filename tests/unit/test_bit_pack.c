#include "parquet/bit_pack.h"

#include "naive_decode.h"

static void test_pack_every_width_same_bits(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned width = 0; width <= 64; width++) {
        uint64_t wide[64];
        uint32_t narrow[64];
        uint8_t packed[64 * 8 + 8] = {0};
        const uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
        for (size_t i = 0; i < 64; i++) {
            wide[i] = naive_random(&seed) & mask;
            narrow[i] = (uint32_t)wide[i];
        }
        memset(packed, 0xee, sizeof packed);
        bit_pack_u64(wide, 64, width, packed);
        for (size_t i = 0; i < 64; i++)
            assert_int_equal(naive_bits(packed, i * width, width), wide[i]);
        assert_int_equal(packed[64 * width / 8], 0xee);
        if (width > 32) continue;
        uint8_t again[64 * 4 + 8];
        bit_pack_u32(narrow, 64, width, again);
        assert_memory_equal(again, packed, 64 * width / 8);
    }
}

static void test_pack_eight_values_no_byte_more(void **state)
{
    (void)state;
    const uint32_t values[8] = {1, 0, 1, 1, 0, 0, 0, 1};
    uint8_t packed[2] = {0, 0xee};
    bit_pack_u32(values, 8, 1, packed);
    assert_int_equal(packed[0], 0x8d);
    assert_int_equal(packed[1], 0xee);
}

static void test_bit_width_limits_counted(void **state)
{
    (void)state;
    assert_int_equal(bit_width_u64(0), 0);
    assert_int_equal(bit_width_u64(1), 1);
    assert_int_equal(bit_width_u64(255), 8);
    assert_int_equal(bit_width_u64(256), 9);
    assert_int_equal(bit_width_u64(UINT64_MAX), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack_every_width_same_bits),
        cmocka_unit_test(test_pack_eight_values_no_byte_more),
        cmocka_unit_test(test_bit_width_limits_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
