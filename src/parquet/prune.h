/*
 * Whether a predicate can hold for any of some values, by what a file says of them. What
 * the file says is trusted, but for limits that make no sense (of a wrong size, NaN, the
 * smallest above the largest), which say nothing.
 */
#ifndef PARQUET_PRUNE_H
#define PARQUET_PRUNE_H

#include "parquet/predicate.h"

/* Of a column chunk or a page. */
typedef struct value_bounds {
    pqt_view min; /* data NULL: not known */
    pqt_view max;
    int64_t null_count;  /* -1: not known */
    int64_t value_count; /* nulls included */
    bool is_null;        /* said to have nothing but nulls */
} value_bounds;

bool prune_by_bounds(const predicate *p, const value_bounds *bounds);

/* Bounds of a chunk; those of an UNDEFINED order are left out. */
value_bounds prune_chunk_bounds(const pqt_column_chunk *chunk);

/* Bounds of a page of `row_count` rows, of a column that is not repeated. */
value_bounds prune_page_bounds(const pqt_column_chunk *chunk, const pqt_page_index *index,
                               int32_t page, int64_t row_count);

/* Whether all data pages of the chunk hold codes of the dictionary, as far as the footer
 * tells. */
bool prune_is_coded(const pqt_column_chunk *chunk);

#endif
