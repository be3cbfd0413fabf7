/*
 * Encoders as plain as Encodings.md reads, for the decoders' tests: a bit at a time, with
 * block sizes, run lengths and widths that our own encoders never choose.
 */
#ifndef NAIVE_ENCODE_H
#define NAIVE_ENCODE_H

#include "base/buffer.h"
#include "naive_decode.h"

static inline void put_byte(buffer *out, unsigned value)
{
    pqt_error error;
    assert_ok(buffer_append_u8(out, (uint8_t)value, &error));
}

static inline void put_bytes(buffer *out, const void *bytes, size_t size_bytes)
{
    pqt_error error;
    if (size_bytes) assert_ok(buffer_append(out, bytes, size_bytes, &error));
}

static inline void put_varint(buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) put_byte(out, (unsigned)(value & 0x7f) | 0x80);
    put_byte(out, (unsigned)value);
}

static inline void put_zigzag(buffer *out, uint64_t value)
{
    put_varint(out, value << 1 ^ (uint64_t)((int64_t)value >> 63));
}

static inline void put_number(buffer *out, uint64_t value, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) put_byte(out, value >> 8 * i & 0xff);
}

/* `count` values of `width` bits, padded with zero values to `padded`. */
static inline void put_packed(buffer *out, const uint64_t *values, size_t count,
                              size_t padded, unsigned width)
{
    const size_t first = out->size_bytes;
    for (size_t i = 0; i < (padded * width + 7) / 8; i++) put_byte(out, 0);
    for (size_t i = 0; i < count; i++)
        for (unsigned bit = 0; bit < width; bit++) {
            const size_t at = i * width + bit;
            out->data[first + at / 8] |= (uint8_t)((values[i] >> bit & 1) << at % 8);
        }
}

static inline unsigned width_of(uint64_t value)
{
    unsigned width = 0;
    for (; value; value >>= 1) width++;
    return width;
}

static inline size_t below(uint64_t *random, size_t limit)
{
    return (size_t)(naive_random(random) % limit);
}

/* The hybrid, in runs of random kinds and lengths. */
static inline void put_hybrid(buffer *out, const uint32_t *values, size_t count,
                              unsigned width, uint64_t *random)
{
    for (size_t at = 0; at < count;) {
        size_t same = 1;
        while (at + same < count && values[at + same] == values[at]) same++;
        const size_t left = count - at;
        if (below(random, 2)) {
            const size_t run = 1 + below(random, same);
            put_varint(out, (uint64_t)run << 1);
            put_number(out, values[at], (width + 7) / 8);
            at += run;
            continue;
        }
        const size_t groups = 1 + below(random, 40);
        uint64_t packed[320] = {0};
        const size_t taken = groups * 8 < left ? groups * 8 : left;
        for (size_t i = 0; i < taken; i++) packed[i] = values[at + i];
        put_varint(out, (uint64_t)groups << 1 | 1);
        put_packed(out, packed, taken, groups * 8, width);
        at += taken;
    }
}

/* DELTA_BINARY_PACKED of a type of `bits` (32 or 64): deltas wrap at the type's width. */
static inline void put_delta(buffer *out, const int64_t *values, size_t count,
                             unsigned bits, size_t block_values, size_t miniblocks)
{
    const uint64_t mask = bits == 64 ? UINT64_MAX : UINT32_MAX;
    const size_t in_miniblock = block_values / miniblocks;
    put_varint(out, block_values);
    put_varint(out, miniblocks);
    put_varint(out, count);
    put_zigzag(out, count ? (uint64_t)values[0] : 0);
    for (size_t at = 1; at < count; at += block_values) {
        const size_t here = count - at < block_values ? count - at : block_values;
        uint64_t least = 0;
        for (size_t i = 0; i < here; i++) {
            uint64_t delta =
                ((uint64_t)values[at + i] - (uint64_t)values[at + i - 1]) & mask;
            if (bits == 32) delta = (uint64_t)(int64_t)(int32_t)delta;
            if (i == 0 || (int64_t)delta < (int64_t)least) least = delta;
        }
        put_zigzag(out, least);
        const size_t widths_at = out->size_bytes;
        for (size_t m = 0; m < miniblocks; m++) put_byte(out, 0);
        for (size_t m = 0; m * in_miniblock < here; m++) {
            uint64_t deltas[1024] = {0}, all = 0;
            const size_t first = at + m * in_miniblock;
            const size_t many = here - m * in_miniblock < in_miniblock
                                    ? here - m * in_miniblock
                                    : in_miniblock;
            for (size_t i = 0; i < many; i++) {
                deltas[i] = ((uint64_t)values[first + i] -
                             (uint64_t)values[first + i - 1] - least) &
                            mask;
                all |= deltas[i];
            }
            out->data[widths_at + m] = (uint8_t)width_of(all);
            put_packed(out, deltas, many, in_miniblock, width_of(all));
        }
    }
}

static inline void put_lengths(buffer *out, const int64_t *lengths, size_t count,
                               uint64_t *random)
{
    static const size_t blocks[][2] = {
        {128, 4}, {128, 1}, {256, 2}, {1024, 1}, {512, 16}};
    const size_t *shape = blocks[below(random, 5)];
    put_delta(out, lengths, count, 32, shape[0], shape[1]);
}

#endif
