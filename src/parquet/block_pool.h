/*
 * Blocks of bytes that are taken one after the other, stay where they are, and are given
 * back all at once; the next taker reuses their memory. All zero is an empty pool.
 */
#ifndef PARQUET_BLOCK_POOL_H
#define PARQUET_BLOCK_POOL_H

#include "base/error.h"

enum { BLOCK_SLACK_BYTES = 32 }; /* may be written behind the end of a block */

typedef struct block {
    uint8_t *data;
    size_t capacity_bytes;
} block;

typedef struct block_pool {
    const pqt_allocator *allocator;
    block *blocks;
    size_t capacity;
    size_t count; /* that exist */
    size_t used;  /* that are taken */
} block_pool;

/* At least `size_bytes`, not initialised, aligned for any type. */
pqt_status block_pool_take(block_pool *pool, size_t size_bytes, uint8_t **out,
                           pqt_error *error);

/* Gives all back; the memory stays for what comes next. */
void block_pool_reset(block_pool *pool);

void block_pool_free(block_pool *pool);

#endif
