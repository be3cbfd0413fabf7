#include "parquet/bit_unpack.h"

#include <stdlib.h>

#include "naive_encode.h"

enum { MOST = 320, MOST_BYTES = MOST * 8 };

/* A bit of bytes that are followed by zeros. */
static uint64_t bits_at(pqt_view in, size_t bit, unsigned width)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        const size_t byte = (bit + i) / 8;
        if (byte < in.size_bytes)
            value |= (uint64_t)(in.data[byte] >> (bit + i) % 8 & 1) << i;
    }
    return value;
}

/* As many bytes as are needed, fewer or more, at any address, and not one behind them. */
static pqt_view random_bytes(uint8_t **memory, size_t needed, uint64_t *random)
{
    const size_t shift = below(random, 8), size = below(random, needed + 40);
    *memory = malloc(shift + size ? shift + size : 1);
    for (size_t i = 0; i < shift + size; i++)
        (*memory)[i] = (uint8_t)naive_random(random);
    return view_of(*memory + shift, size);
}

static void every_width_is_unpacked(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (unsigned width = 0; width <= 64; width++)
        for (int round = 0; round < 60; round++) {
            uint64_t wide[MOST];
            uint32_t narrow[MOST], scalar[MOST];
            uint8_t *memory;
            const size_t count = below(&random, MOST / 8 + 1) * 8;
            const pqt_view in = random_bytes(&memory, count * width / 8, &random);
            bit_unpack_u64(in, count, width, wide);
            for (size_t i = 0; i < count; i++)
                assert_true(wide[i] == bits_at(in, i * width, width));
            if (width <= 32) {
                bit_unpack_u32(in, count, width, narrow);
                bit_unpack_u32_scalar(in, count, width, scalar);
                for (size_t i = 0; i < count; i++) {
                    assert_true(narrow[i] == wide[i]);
                    assert_true(scalar[i] == wide[i]);
                }
            }
            free(memory);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_is_unpacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
