/*
 * Decoders as plain as Encodings.md reads, for the encoders' tests: a bit at a time, and
 * a failed assertion where bytes end too early.
 */
#ifndef NAIVE_DECODE_H
#define NAIVE_DECODE_H

#include "test_help.h"

#include "base/cursor.h"

static inline uint64_t naive_bits(const uint8_t *bytes, size_t first_bit, unsigned width)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        const size_t bit = first_bit + i;
        value |= (uint64_t)(bytes[bit / 8] >> bit % 8 & 1) << i;
    }
    return value;
}

static inline uint64_t naive_varint(cursor *c)
{
    uint64_t value = 0;
    assert_true(cursor_varint(c, &value));
    return value;
}

static inline const uint8_t *naive_take(cursor *c, size_t size_bytes)
{
    pqt_view view = {0};
    assert_true(cursor_bytes(c, size_bytes, &view));
    return view.data;
}

/* `count` values of the hybrid; returns how many runs of equal values it had. */
static inline size_t naive_rle(cursor *c, unsigned width, size_t count, uint32_t *out)
{
    size_t runs = 0;
    for (size_t at = 0; at < count;) {
        const uint64_t header = naive_varint(c);
        if (header & 1) {
            const size_t values = (size_t)(header >> 1) * 8;
            const uint8_t *bytes = naive_take(c, values / 8 * width);
            for (size_t i = 0; i < values && at < count; i++)
                out[at++] = (uint32_t)naive_bits(bytes, i * width, width);
            continue;
        }
        const uint8_t *bytes = naive_take(c, (width + 7) / 8);
        const uint32_t value = (uint32_t)naive_bits(bytes, 0, width);
        assert_true(header >> 1 > 0 && header >> 1 <= count - at);
        for (uint64_t i = 0; i < header >> 1; i++) out[at++] = value;
        runs++;
    }
    return runs;
}

/* DELTA_BINARY_PACKED of at most `capacity` values; returns how many there were. */
static inline size_t naive_delta(cursor *c, int64_t *out, size_t capacity)
{
    const uint64_t block_values = naive_varint(c);
    const uint64_t miniblocks = naive_varint(c);
    const uint64_t count = naive_varint(c);
    uint64_t value = (uint64_t)zigzag_decode(naive_varint(c));
    assert_true(block_values % 128 == 0 && miniblocks > 0 &&
                block_values / miniblocks % 32 == 0);
    assert_true(count <= capacity);
    if (count) out[0] = (int64_t)value;
    for (uint64_t at = 1; at < count;) {
        const uint64_t base = (uint64_t)zigzag_decode(naive_varint(c));
        const uint8_t *widths = naive_take(c, miniblocks);
        for (uint64_t m = 0; m < miniblocks && at < count; m++) {
            const size_t values = block_values / miniblocks;
            const uint8_t *bytes = naive_take(c, values * widths[m] / 8);
            for (size_t i = 0; i < values && at < count; i++) {
                value += base + naive_bits(bytes, i * widths[m], widths[m]);
                out[at++] = (int64_t)value;
            }
        }
    }
    return count;
}

/* Numbers that repeat from seed to seed (splitmix64). */
static inline uint64_t naive_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
