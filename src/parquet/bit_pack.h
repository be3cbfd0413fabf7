/* Values packed at a fixed width, lowest bits first ("RLE" in Encodings.md). */
#ifndef PARQUET_BIT_PACK_H
#define PARQUET_BIT_PACK_H

#include "pqt_base.h"

/* How many bits the value needs; 0 for 0. */
static inline unsigned bit_width_u64(uint64_t value)
{
    return value ? 64u - (unsigned)__builtin_clzll(value) : 0;
}

/*
 * Packs `count` (a multiple of 8) values of `width` bits (at most 32, 64) into
 * width * count / 8 bytes at `out`. Bits of a value above the width must be 0.
 */
void bit_pack_u32(const uint32_t *values, size_t count, unsigned width, uint8_t *out);
void bit_pack_u64(const uint64_t *values, size_t count, unsigned width, uint8_t *out);

#endif
