#include "parquet/bloom_filter_writer.h"

#include "base/hash.h"
#include "naive_decode.h"

static pqt_error error;

/* BloomFilter.md's check, word for word. */
static bool contains(const bloom_filter *f, uint64_t value)
{
    static const uint32_t salts[] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                     0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};
    const uint64_t hash = hash_xxh64(&value, sizeof value);
    const uint64_t blocks = f->bits.size_bytes / 32;
    const uint8_t *block = f->bits.data + 32 * ((hash >> 32) * blocks >> 32);
    for (size_t i = 0; i < 8; i++) {
        const uint32_t bit = (uint32_t)hash * salts[i] >> 27;
        if (!(load_u32le(block + 4 * i) >> bit & 1)) return false;
    }
    return true;
}

static void test_fold_few_values_small_and_right(void **state)
{
    (void)state;
    bloom_filter f = {0};
    assert_ok(bloom_filter_start(&f, 1000000, &error));
    for (uint64_t i = 0; i < 5000; i++) bloom_filter_add(&f, view_of(&i, sizeof i));
    bloom_filter_fold(&f);
    assert_true(f.bits.size_bytes <= 16384);
    size_t passed = 0;
    for (uint64_t i = 0; i < 5000; i++) assert_true(contains(&f, i));
    for (uint64_t i = 5000; i < 55000; i++) passed += contains(&f, i);
    assert_true(passed < 1500);
    bloom_filter_free(&f);
}

static void test_start_any_number_of_values_bounded(void **state)
{
    (void)state;
    bloom_filter f = {0};
    assert_ok(bloom_filter_start(&f, INT64_MAX, &error));
    assert_int_equal(f.bits.size_bytes, 1 << 27);
    bloom_filter_free(&f);
}

static void test_fold_full_filter_kept(void **state)
{
    (void)state;
    bloom_filter f = {0};
    assert_ok(bloom_filter_start(&f, 5000, &error));
    const size_t size_bytes = f.bits.size_bytes;
    for (uint64_t i = 0; i < 5000; i++) bloom_filter_add(&f, view_of(&i, sizeof i));
    bloom_filter_fold(&f);
    assert_int_equal(f.bits.size_bytes, size_bytes);
    bloom_filter_free(&f);
}

static void test_fold_nothing_in_it_one_block(void **state)
{
    (void)state;
    bloom_filter f = {0};
    assert_ok(bloom_filter_start(&f, 5000, &error));
    bloom_filter_fold(&f);
    assert_int_equal(f.bits.size_bytes, 32);
    assert_false(contains(&f, 1));
    bloom_filter_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_few_values_small_and_right),
        cmocka_unit_test(test_start_any_number_of_values_bounded),
        cmocka_unit_test(test_fold_full_filter_kept),
        cmocka_unit_test(test_fold_nothing_in_it_one_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
