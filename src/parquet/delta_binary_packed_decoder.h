/* DELTA_BINARY_PACKED (Encodings.md). */
#ifndef PARQUET_DELTA_BINARY_PACKED_DECODER_H
#define PARQUET_DELTA_BINARY_PACKED_DECODER_H

#include "base/cursor.h"
#include "base/error.h"

enum { DELTA_AHEAD = 32 };

typedef struct delta_decoder {
    cursor in;
    uint64_t total; /* values, by the header */
    uint64_t left;  /* not given out yet */
    bool first_is_due;
    uint64_t last;
    uint64_t min_delta;
    size_t miniblock_count;
    size_t miniblock_values;
    pqt_view widths; /* of the miniblocks of this block that were not begun */
    pqt_view packed; /* of the begun miniblock, and what is behind it */
    unsigned width;
    size_t packed_left; /* deltas in the begun miniblock that are not taken */
    size_t ahead_at;
    size_t ahead_count;
    int64_t ahead[DELTA_AHEAD]; /* values that were not asked for yet */
} delta_decoder;

/* Reads the header. CORRUPT where its numbers make no sense. */
pqt_status delta_decoder_start(delta_decoder *d, pqt_view bytes, pqt_error *error);

/* The next values; sums wrap at the type's width. CORRUPT where there are not so many. */
pqt_status delta_decode_i32(delta_decoder *d, int32_t *out, size_t count,
                            pqt_error *error);
pqt_status delta_decode_i64(delta_decoder *d, int64_t *out, size_t count,
                            pqt_error *error);
pqt_status delta_skip(delta_decoder *d, size_t count, pqt_error *error);

/* What is behind the values, once all were given out. */
pqt_view delta_rest(const delta_decoder *d);

#endif
