/* Checking a split block bloom filter (BloomFilter.md). */
#ifndef PARQUET_BLOOM_FILTER_H
#define PARQUET_BLOOM_FILTER_H

#include "parquet/reader.h"

/* Values in PLAIN encoding without a length. */
typedef struct bloom_values {
    const pqt_view *values;
    size_t count;
} bloom_values;

/* The filter of a chunk. */
typedef struct bloom_place {
    const pqt_reader *reader;
    int32_t row_group;
    int32_t column;
} bloom_place;

/* Whether one of the values may be in the chunk; true where it has no filter, or one that
 * costs more to read than it may save. *bytes_read grows by what is asked of the input.
 */
pqt_status bloom_filter_check(const bloom_place *place, bloom_values values,
                              uint64_t *bytes_read, bool *may_contain, pqt_error *error);

#endif
