#include "parquet/bits.h"

#include <stdlib.h>

#include "naive_encode.h"

enum { BYTES = 64, BITS = BYTES * 8, ROUNDS = 4000 };

static void fill(uint8_t *bytes, uint64_t *random)
{
    for (size_t i = 0; i < BYTES; i++) bytes[i] = (uint8_t)naive_random(random);
}

/* A range of bits; often short, as runs of levels are. */
static void choose(uint64_t *random, size_t *at, size_t *count)
{
    *at = below(random, BITS);
    *count = below(random, below(random, 2) ? BITS - *at + 1 : (BITS - *at) % 20 + 1);
}

static void set_bits_are_those_of_the_range(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t bits[BYTES], before[BYTES];
        size_t at, count, ones = 0;
        fill(bits, &random);
        memcpy(before, bits, BYTES);
        choose(&random, &at, &count);
        bits_set(bits, at, count);
        for (size_t i = 0; i < BITS; i++) {
            const bool is_inside = i >= at && i < at + count;
            assert_int_equal(bits_get(bits, i), is_inside || bits_get(before, i));
            ones += is_inside && bits_get(before, i);
        }
        assert_int_equal(bits_count(before, at, count), ones);
    }
}

static void copied_bits_leave_those_around_them(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t in[BYTES], out[BYTES], before[BYTES];
        size_t at, count;
        fill(in, &random);
        fill(out, &random);
        memcpy(before, out, BYTES);
        choose(&random, &at, &count);
        const size_t from = below(&random, BITS - count + 1);
        /* Only the bytes that the bits are in. */
        const size_t size = (from + count + 7) / 8;
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, in, size);
        bits_copy(exact, from, out, at, count);
        free(exact);
        for (size_t i = 0; i < BITS; i++)
            assert_int_equal(bits_get(out, i), i >= at && i < at + count
                                                   ? bits_get(in, from + i - at)
                                                   : bits_get(before, i));
    }
}

static void bytes_become_bits_and_bits_bytes(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t bits[BYTES], again[BYTES], bytes[BITS + 1];
        size_t at, count;
        fill(bits, &random);
        choose(&random, &at, &count);
        bytes[count] = 0xee;
        bits_unpack(bits, at, bytes, count);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(bytes[i], bits_get(bits, at + i));
        assert_int_equal(bytes[count], 0xee);
        memset(again, 0xee, sizeof again);
        bits_pack(bytes, again, count);
        for (size_t i = 0; i < count; i++) assert_int_equal(bits_get(again, i), bytes[i]);
        for (size_t i = count; i % 8 != 0; i++) assert_false(bits_get(again, i));
        if ((count + 7) / 8 < BYTES) assert_int_equal(again[(count + 7) / 8], 0xee);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_bits_are_those_of_the_range),
        cmocka_unit_test(copied_bits_leave_those_around_them),
        cmocka_unit_test(bytes_become_bits_and_bits_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
