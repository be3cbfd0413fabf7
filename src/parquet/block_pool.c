#include "parquet/block_pool.h"

#include "base/alloc.h"
#include "base/checked.h"

/* A new, empty block behind those that exist. */
static pqt_status add_block(block_pool *pool, pqt_error *error)
{
    void *blocks = pool->blocks;
    if (alloc_grow(pool->allocator, &blocks, &pool->capacity, pool->count + 1,
                   sizeof(block)) != 0)
        return error_no_memory(error, (pool->count + 1) * sizeof(block));
    pool->blocks = blocks;
    pool->blocks[pool->count++] = (block){0};
    return PQT_OK;
}

pqt_status block_pool_take(block_pool *pool, size_t size_bytes, uint8_t **out,
                           pqt_error *error)
{
    if (pool->used == pool->count) TRY(add_block(pool, error));
    block *b = &pool->blocks[pool->used];
    if (!b->data || b->capacity_bytes < size_bytes) {
        size_t padded;
        if (!checked_add(size_bytes, size_bytes / 8 + BLOCK_SLACK_BYTES, &padded))
            return error_no_memory(error, size_bytes);
        alloc_release(pool->allocator, b->data);
        b->capacity_bytes = 0;
        b->data = alloc_bytes(pool->allocator, padded);
        if (!b->data) return error_no_memory(error, padded);
        b->capacity_bytes = padded - BLOCK_SLACK_BYTES;
    }
    pool->used++;
    *out = b->data;
    return PQT_OK;
}

void block_pool_reset(block_pool *pool)
{
    pool->used = 0;
}

void block_pool_free(block_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        alloc_release(pool->allocator, pool->blocks[i].data);
    alloc_release(pool->allocator, pool->blocks);
    *pool = (block_pool){.allocator = pool->allocator};
}
