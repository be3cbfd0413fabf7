/* Bitmaps, lowest bit first: bit i of a map is bit i % 8 of byte i / 8. */
#ifndef PARQUET_BITS_H
#define PARQUET_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool bits_get(const uint8_t *bits, size_t at)
{
    return bits[at / 8] >> at % 8 & 1;
}

/* Sets bits [at, at + count). */
void bits_set(uint8_t *bits, size_t at, size_t count);

/* Ones among [at, at + count). */
size_t bits_count(const uint8_t *bits, size_t at, size_t count);

/* Copies `count` bits; bits of `out` that are around them stay. */
void bits_copy(const uint8_t *in, size_t in_at, uint8_t *out, size_t out_at,
               size_t count);

/* A bit for each byte of `in`, which are 0 or 1; unused bits of the last byte are 0. */
void bits_pack(const uint8_t *in, uint8_t *out, size_t count);

/* A byte, 0 or 1, for each of the bits [at, at + count). */
void bits_unpack(const uint8_t *in, size_t at, uint8_t *out, size_t count);

#endif
