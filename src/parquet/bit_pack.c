#include "parquet/bit_pack.h"

#include "base/cursor.h"

/* Bits on their way out, at most 63 of them. */
typedef struct packer {
    uint64_t bits;
    unsigned count;
    uint8_t *out;
} packer;

/* `width` at most 32. */
static inline void put_bits(packer *p, uint64_t value, unsigned width)
{
    p->bits |= value << p->count;
    p->count += width;
    if (p->count < 32) return;
    store_u32le(p->out, (uint32_t)p->bits);
    p->out += 4;
    p->bits >>= 32;
    p->count -= 32;
}

static inline void end_bits(packer *p)
{
    for (; p->count >= 8; p->count -= 8, p->bits >>= 8) *p->out++ = (uint8_t)p->bits;
}

void bit_pack_u32(const uint32_t *values, size_t count, unsigned width, uint8_t *out)
{
    packer p = {.out = out};
    if (width == 8) {
        for (size_t i = 0; i < count; i++) out[i] = (uint8_t)values[i];
        return;
    }
    for (size_t i = 0; i < count; i++) put_bits(&p, values[i], width);
    end_bits(&p);
}

void bit_pack_u64(const uint64_t *values, size_t count, unsigned width, uint8_t *out)
{
    packer p = {.out = out};
    if (width <= 32) {
        for (size_t i = 0; i < count; i++) put_bits(&p, values[i], width);
    } else {
        for (size_t i = 0; i < count; i++) {
            put_bits(&p, values[i] & UINT32_MAX, 32);
            put_bits(&p, values[i] >> 32, width - 32);
        }
    }
    end_bits(&p);
}
