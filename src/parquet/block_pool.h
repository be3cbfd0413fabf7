/*
 * Blocks of bytes that stay where they are until they are given back; the next taker
 * reuses their memory. A block may be shown: somebody reads it until the showing ends,
 * also when it was given back before. All zero is an empty pool.
 */
#ifndef PARQUET_BLOCK_POOL_H
#define PARQUET_BLOCK_POOL_H

#include <stdbool.h>

#include "base/error.h"

enum { BLOCK_SLACK_BYTES = 64 }; /* may be read and written behind the end of a block */

typedef struct block {
    uint8_t *data;
    size_t capacity_bytes;
    bool is_taken;
    bool is_shown;
} block;

typedef struct block_pool {
    const pqt_allocator *allocator;
    block *blocks;
    size_t capacity;
    size_t count;      /* that exist */
    size_t first_free; /* none before it is free */
} block_pool;

/* At least `size_bytes`, not initialised, aligned for any type. */
pqt_status block_pool_take(block_pool *pool, size_t size_bytes, uint8_t **out,
                           pqt_error *error);

/* `data` is the start of a block that was taken; NULL is fine. */
void block_pool_give_back(block_pool *pool, const uint8_t *data);
void block_pool_show(block_pool *pool, const uint8_t *data);

/* What nobody else may use as long as it is not given back: bytes that can be written
 * anew, 0 where the block is shown. */
size_t block_pool_room(const block_pool *pool, const uint8_t *data);

/* Nothing is shown any more. */
void block_pool_end_showing(block_pool *pool);

/* Gives all back; the memory stays for what comes next. */
void block_pool_reset(block_pool *pool);

void block_pool_free(block_pool *pool);

#endif
