#include "parquet/spread.h"

#include <stdlib.h>

#include "naive_encode.h"
#include "parquet/bits.h"

enum { MOST = 300, ROUNDS = 3000, SLACK = 9 };

static const size_t slot_sizes[] = {1, 4, 8, 16};

/* Bits of which few, many, none or all are set, in the bytes that may be read. */
static uint8_t *random_validity(size_t bits, uint64_t *random)
{
    const size_t size = bits / 8 + SLACK, set = below(random, 11);
    uint8_t *validity = calloc(size, 1);
    for (size_t i = 0; i < size * 8; i++)
        if (below(random, 10) < set) bits_set(validity, i, 1);
    return validity;
}

static void assert_spread(const spreading *s, const uint8_t *values)
{
    const uint8_t *slots = s->slots;
    static const uint8_t zero[16];
    for (size_t i = 0; i < s->count; i++) {
        const bool is_valid = bits_get(s->validity, s->at + i);
        assert_memory_equal(slots + i * s->slot_bytes, is_valid ? values : zero,
                            s->slot_bytes);
        if (is_valid) values += s->slot_bytes;
    }
}

static void values_go_to_the_slots_that_are_not_null(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int round = 0; round < ROUNDS; round++) {
        const size_t slot_bytes = slot_sizes[below(&random, 4)];
        const size_t count = below(&random, MOST), at = below(&random, 20);
        const size_t size = count ? count * slot_bytes : 1;
        uint8_t *validity = random_validity(at + count, &random);
        uint8_t *slots = malloc(size), *scalar = malloc(size), *values = malloc(size);
        for (size_t i = 0; i < size; i++) values[i] = (uint8_t)naive_random(&random);
        memcpy(slots, values, size);
        memcpy(scalar, values, size);
        spreading s = {slots,    slot_bytes, count, bits_count(validity, at, count),
                       validity, at};
        spread_values(&s);
        assert_spread(&s, values);
        s.slots = scalar;
        spread_values_scalar(&s);
        assert_spread(&s, values);
        free(validity);
        free(slots);
        free(scalar);
        free(values);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_to_the_slots_that_are_not_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
