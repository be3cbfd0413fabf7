#include "parquet/bits.h"

#include <string.h>

void bits_set(uint8_t *bits, size_t at, size_t count)
{
    for (; count > 0 && at % 8 != 0; at++, count--)
        bits[at / 8] |= (uint8_t)(1u << at % 8);
    if (count >= 8) memset(bits + at / 8, 0xff, count / 8);
    at += count / 8 * 8;
    for (count %= 8; count > 0; at++, count--) bits[at / 8] |= (uint8_t)(1u << at % 8);
}

size_t bits_count(const uint8_t *bits, size_t at, size_t count)
{
    size_t ones = 0;
    for (; count > 0 && at % 8 != 0; at++, count--) ones += bits_get(bits, at);
    for (; count >= 64; at += 64, count -= 64) {
        uint64_t word;
        memcpy(&word, bits + at / 8, sizeof word);
        ones += (size_t)__builtin_popcountll(word);
    }
    for (; count > 0; at++, count--) ones += bits_get(bits, at);
    return ones;
}

static void copy_bit(const uint8_t *in, size_t in_at, uint8_t *out, size_t out_at)
{
    const uint8_t mask = (uint8_t)(1u << out_at % 8);
    out[out_at / 8] = bits_get(in, in_at) ? (uint8_t)(out[out_at / 8] | mask)
                                          : (uint8_t)(out[out_at / 8] & ~mask);
}

/* Eight bits from any position; the byte behind is read only where it is needed. */
static uint8_t load_bits(const uint8_t *in, size_t at)
{
    const unsigned shift = at % 8;
    const unsigned low = in[at / 8];
    const unsigned high = shift ? (unsigned)in[at / 8 + 1] << (8 - shift) : 0;
    return (uint8_t)(low >> shift | high);
}

void bits_copy(const uint8_t *in, size_t in_at, uint8_t *out, size_t out_at, size_t count)
{
    for (; count > 0 && out_at % 8 != 0; count--) copy_bit(in, in_at++, out, out_at++);
    for (; count >= 8; count -= 8, in_at += 8, out_at += 8)
        out[out_at / 8] = load_bits(in, in_at);
    for (; count > 0; count--) copy_bit(in, in_at++, out, out_at++);
}
