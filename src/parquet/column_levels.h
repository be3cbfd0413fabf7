/* Definition and repetition levels of a page, decoded. */
#ifndef PARQUET_COLUMN_LEVELS_H
#define PARQUET_COLUMN_LEVELS_H

#include "base/error.h"
#include "parquet/rle_decoder.h"
#include "pqt.h"

/* Levels as they are in a page. */
typedef struct coded_levels {
    pqt_view bytes;
    pqt_encoding encoding; /* RLE or BIT_PACKED */
    uint16_t max;          /* 0: there are no bytes, and all levels are 0 */
} coded_levels;

/* `count` levels. CORRUPT where they end early or one is above the highest. `scratch`
 * is overwritten. */
pqt_status column_levels_decode(coded_levels levels, rle_decoder *scratch, uint16_t *out,
                                size_t count, pqt_error *error);

/* A bit a level, set where it is the highest; of the last byte unused bits are 0.
 * `wide` has room for `count` levels, which are in it afterwards, unless `wide` is NULL:
 * only for a highest level of 1 in RLE. */
pqt_status column_levels_validity(coded_levels levels, rle_decoder *scratch,
                                  uint16_t *wide, uint8_t *bits, size_t count,
                                  pqt_error *error);

/* How many are `level`. */
size_t column_levels_count(const uint16_t *levels, size_t count, uint16_t level);

#endif
