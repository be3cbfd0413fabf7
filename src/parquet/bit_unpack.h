/* Values packed at a fixed width, lowest bits first ("RLE" in Encodings.md). */
#ifndef PARQUET_BIT_UNPACK_H
#define PARQUET_BIT_UNPACK_H

#include "pqt_base.h"

/*
 * Unpacks `count` (a multiple of 8) values of `width` bits (at most 32, 64). `in` may be
 * shorter than they need: the missing bytes count as zero. Never reads behind it; what is
 * in it behind the values does not matter, and makes unpacking faster.
 */
void bit_unpack_u32(pqt_view in, size_t count, unsigned width, uint32_t *out);
void bit_unpack_u64(pqt_view in, size_t count, unsigned width, uint64_t *out);

/* As bit_unpack_u32, without the processor's vectors: what tests compare it with. */
void bit_unpack_u32_scalar(pqt_view in, size_t count, unsigned width, uint32_t *out);

#endif
