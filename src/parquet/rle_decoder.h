/*
 * The RLE / bit-packed hybrid (Encodings.md), given out as pieces: a run of one value, or
 * values that were packed. Runs longer than what is asked for are cut, a last packed run
 * that promises more bytes than there are gives what there is.
 */
#ifndef PARQUET_RLE_DECODER_H
#define PARQUET_RLE_DECODER_H

#include "base/cursor.h"

enum { RLE_AHEAD = 256 };

typedef struct rle_decoder {
    cursor in;
    unsigned width;    /* bits, 0..32 */
    uint64_t run_left; /* of `run_value` */
    uint32_t run_value;
    uint64_t packed_left; /* values that are not in `ahead` yet */
    pqt_view packed;      /* of the run, and what is behind it */
    size_t ahead_at;
    size_t ahead_count;
    uint32_t ahead[RLE_AHEAD];
} rle_decoder;

typedef struct rle_piece {
    size_t count;
    const uint32_t *values; /* NULL: `count` times `value` */
    uint32_t value;
} rle_piece;

/* `width` at most 32. The bytes have no length before them. */
void rle_decoder_start(rle_decoder *d, pqt_view bytes, unsigned width);

/* The next piece, of 1 to `wanted` values; false where the bytes end or make no sense. */
bool rle_next(rle_decoder *d, size_t wanted, rle_piece *piece);

bool rle_skip(rle_decoder *d, size_t count);

/* Levels; false also where one is above `max`. */
bool rle_decode_levels(rle_decoder *d, uint16_t max, uint16_t *out, size_t count);

/* Values of width 1 as bits, lowest first, in whole bytes (the last one filled with 0).
 */
bool rle_decode_bits(rle_decoder *d, uint8_t *bits, size_t count);

#endif
