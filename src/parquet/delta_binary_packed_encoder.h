/*
 * DELTA_BINARY_PACKED (Encodings.md): blocks of 256 deltas in 4 miniblocks of 64, which
 * is smaller than the usual 128 and the largest that all readers take.
 */
#ifndef PARQUET_DELTA_BINARY_PACKED_ENCODER_H
#define PARQUET_DELTA_BINARY_PACKED_ENCODER_H

#include "base/buffer.h"

typedef enum delta_layout {
    DELTA_TIGHT,  /* as few bits as can be */
    DELTA_ALIGNED /* whole bytes, equal deltas equal bytes: where a codec follows */
} delta_layout;

typedef struct delta_values {
    const int64_t *values;
    size_t count;
    unsigned type_bits; /* 32 or 64: where deltas wrap */
    delta_layout layout;
} delta_values;

/* Appends the values' encoding. */
pqt_status delta_encode(const delta_values *input, buffer *out, pqt_error *error);

#endif
