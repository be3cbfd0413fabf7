/* The RLE / bit-packed hybrid: levels, dictionary codes, booleans ("RLE" in
 * Encodings.md). */
#ifndef PARQUET_RLE_ENCODER_H
#define PARQUET_RLE_ENCODER_H

#include "base/buffer.h"

/*
 * Appends `count` values of `width` bits (0 to 32), choosing runs or packed groups by
 * which is smaller. No length is written before them.
 */
pqt_status rle_encode(const uint32_t *values, size_t count, unsigned width, buffer *out,
                      pqt_error *error);

/* Appends one run of `count` equal values. */
pqt_status rle_encode_run(uint32_t value, size_t count, unsigned width, buffer *out,
                          pqt_error *error);

#endif
