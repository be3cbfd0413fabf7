#include "parquet/bits.h"

#include <string.h>

void bits_set(uint8_t *bits, size_t at, size_t count)
{
    if (count == 0) return;
    const size_t first = at / 8, last = (at + count - 1) / 8;
    const unsigned from = 0xffu << at % 8, to = 0xffu >> (7 - (at + count - 1) % 8);
    if (first == last) {
        bits[first] |= (uint8_t)(from & to);
        return;
    }
    bits[first] |= (uint8_t)from;
    memset(bits + first + 1, 0xff, last - first - 1);
    bits[last] |= (uint8_t)to;
}

/* Bits of a word; without an instruction for it, as in Hacker's Delight, 5-1. */
static size_t count_word(uint64_t word)
{
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) +
           (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (size_t)(word * UINT64_C(0x0101010101010101) >> 56);
}

size_t bits_count(const uint8_t *bits, size_t at, size_t count)
{
    size_t ones = 0;
    for (; count > 0 && at % 8 != 0; at++, count--) ones += bits_get(bits, at);
    for (; count >= 64; at += 64, count -= 64) {
        uint64_t word;
        memcpy(&word, bits + at / 8, sizeof word);
        ones += count_word(word);
    }
    for (; count > 0; at++, count--) ones += bits_get(bits, at);
    return ones;
}

/* Puts the lowest `count` bits, at most 8, of `value` at any place of one or two bytes.
 */
static void put_bits(uint8_t *out, size_t at, unsigned value, unsigned count)
{
    const unsigned shift = at % 8;
    const unsigned mask = ((1u << count) - 1) << shift, bits = value << shift & mask;
    out += at / 8;
    out[0] = (uint8_t)((out[0] & ~mask) | (bits & 0xff));
    if (mask >> 8) out[1] = (uint8_t)((out[1] & ~(mask >> 8)) | bits >> 8);
}

/* Up to eight bits from any position; the byte behind is read only where it is needed. */
static unsigned load_bits(const uint8_t *in, size_t at, unsigned count)
{
    const unsigned shift = at % 8;
    const unsigned low = in[at / 8];
    const unsigned high = shift + count > 8 ? in[at / 8 + 1] : 0;
    return low >> shift | high << (8 - shift);
}

void bits_copy(const uint8_t *in, size_t in_at, uint8_t *out, size_t out_at, size_t count)
{
    const size_t to_byte = (8 - out_at % 8) % 8;
    const unsigned head = (unsigned)(to_byte < count ? to_byte : count);
    if (head > 0) put_bits(out, out_at, load_bits(in, in_at, head), head);
    in_at += head, out_at += head, count -= head;
    if (in_at % 8 == 0) {
        if (count >= 8) memcpy(out + out_at / 8, in + in_at / 8, count / 8);
        in_at += count / 8 * 8, out_at += count / 8 * 8, count %= 8;
    }
    for (; count >= 8; count -= 8, in_at += 8, out_at += 8)
        out[out_at / 8] = (uint8_t)load_bits(in, in_at, 8);
    if (count > 0)
        put_bits(out, out_at, load_bits(in, in_at, (unsigned)count), (unsigned)count);
}

/* Eight at a time: the product has in its highest byte bit 8 i of `bytes` at bit i. */
void bits_pack(const uint8_t *in, uint8_t *out, size_t count)
{
    const size_t whole = count / 8;
    for (size_t i = 0; i < whole; i++) {
        uint64_t bytes;
        memcpy(&bytes, in + i * 8, sizeof bytes);
        out[i] = (uint8_t)(bytes * UINT64_C(0x0102040810204080) >> 56);
    }
    if (count % 8 == 0) return;
    out[whole] = 0;
    for (size_t i = whole * 8; i < count; i++)
        out[whole] = (uint8_t)(out[whole] | in[i] << i % 8);
}

/* Bit i of a byte in byte i; a sum then carries it to the byte's highest bit. */
static uint64_t bytes_of_bits(uint8_t bits)
{
    const uint64_t apart =
        bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
    return (apart + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
}

void bits_unpack(const uint8_t *in, size_t at, uint8_t *out, size_t count)
{
    size_t i = 0;
    for (; i < count && (at + i) % 8 != 0; i++) out[i] = bits_get(in, at + i);
    for (; count - i >= 8; i += 8) {
        const uint64_t bytes = bytes_of_bits(in[(at + i) / 8]);
        memcpy(out + i, &bytes, sizeof bytes);
    }
    for (; i < count; i++) out[i] = bits_get(in, at + i);
}
