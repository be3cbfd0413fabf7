/*
 * A split block bloom filter (BloomFilter.md) being filled: it begins large enough for
 * the rows of a row group and is folded to the size that its values need.
 */
#ifndef PARQUET_BLOOM_FILTER_WRITER_H
#define PARQUET_BLOOM_FILTER_WRITER_H

#include "base/buffer.h"

typedef struct bloom_filter {
    buffer bits; /* blocks of 32 bytes, a power of two of them; empty: no filter */
} bloom_filter;

/* Makes an empty filter for at most `value_count` distinct values; reuses its memory. */
pqt_status bloom_filter_start(bloom_filter *f, int64_t value_count, pqt_error *error);
void bloom_filter_free(bloom_filter *f);

/* `plain`: PLAIN without a length. */
void bloom_filter_add(bloom_filter *f, pqt_view plain);

/* Halves the filter while at most about one absent value in a hundred passes it. */
void bloom_filter_fold(bloom_filter *f);

#endif
