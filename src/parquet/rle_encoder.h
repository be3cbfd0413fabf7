/* The RLE / bit-packed hybrid: levels, dictionary codes, booleans ("RLE" in
 * Encodings.md). */
#ifndef PARQUET_RLE_ENCODER_H
#define PARQUET_RLE_ENCODER_H

#include "base/buffer.h"

typedef struct rle_values {
    const uint32_t *values;
    size_t count;
    unsigned width;     /* 0 to 32 */
    bool is_compressed; /* a codec follows: it shortens short runs better */
} rle_values;

/* Appends the values, choosing runs or packed groups by which is smaller. No length is
 * written before them. */
pqt_status rle_encode(const rle_values *input, buffer *out, pqt_error *error);

/* Appends one run of `count` equal values. */
pqt_status rle_encode_run(uint32_t value, size_t count, unsigned width, buffer *out,
                          pqt_error *error);

#endif
