/*
 * Bytes of a file that were fetched before they are needed, many ranges in one round. All
 * zero holds nothing. Filled by one thread, then read by many.
 */
#ifndef PARQUET_READ_AHEAD_H
#define PARQUET_READ_AHEAD_H

#include "parquet/reader.h"

typedef struct read_ahead {
    const pqt_reader *reader;
    pqt_byte_range *wanted; /* what the next fetch brings */
    size_t wanted_count;
    size_t wanted_capacity;
    pqt_byte_range *ranges; /* what is here: ascending and apart */
    uint8_t **blocks;       /* one a range */
    size_t count;
    size_t capacity;
    uint64_t bytes_read;
} read_ahead;

/* Notes a range of the file for the next fetch; they may come in any order and overlap.
 */
pqt_status read_ahead_want(read_ahead *ahead, pqt_byte_range range, pqt_error *error);

/* Drops what is here and brings what is wanted, ranges as near as the reader's gap_bytes
 * in one. Ranges in the reader's tail are left out. */
pqt_status read_ahead_fetch(read_ahead *ahead, pqt_error *error);

/* The bytes from `offset` on that are here; of size 0 where there are none. `ahead` NULL
 * has nothing. */
pqt_view read_ahead_find(const read_ahead *ahead, uint64_t offset);

void read_ahead_free(read_ahead *ahead);

#endif
