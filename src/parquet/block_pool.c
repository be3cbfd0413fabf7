#include "parquet/block_pool.h"

#include "base/alloc.h"
#include "base/checked.h"

static bool is_free(const block *b)
{
    return !b->is_taken && !b->is_shown;
}

static block *find_block(const block_pool *pool, const uint8_t *data)
{
    for (size_t i = 0; data && i < pool->count; i++)
        if (pool->blocks[i].data == data) return &pool->blocks[i];
    return NULL;
}

/* A new, empty block behind those that exist. */
static pqt_status add_block(block_pool *pool, block **out, pqt_error *error)
{
    void *blocks = pool->blocks;
    if (alloc_grow(pool->allocator, &blocks, &pool->capacity, pool->count + 1,
                   sizeof(block)) != 0)
        return error_no_memory(error, (pool->count + 1) * sizeof(block));
    pool->blocks = blocks;
    pool->blocks[pool->count] = (block){0};
    *out = &pool->blocks[pool->count++];
    return PQT_OK;
}

/* The first free block that is large enough, else any free one, else a new one. */
static pqt_status choose_block(block_pool *pool, size_t size_bytes, block **out,
                               pqt_error *error)
{
    block *small = NULL;
    while (pool->first_free < pool->count && !is_free(&pool->blocks[pool->first_free]))
        pool->first_free++;
    for (size_t i = pool->first_free; i < pool->count; i++) {
        block *b = &pool->blocks[i];
        if (!is_free(b)) continue;
        small = b;
        if (b->data && b->capacity_bytes >= size_bytes) break;
    }
    *out = small;
    return small ? PQT_OK : add_block(pool, out, error);
}

pqt_status block_pool_take(block_pool *pool, size_t size_bytes, uint8_t **out,
                           pqt_error *error)
{
    block *b = NULL;
    TRY(choose_block(pool, size_bytes, &b, error));
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
    b->is_taken = true;
    *out = b->data;
    return PQT_OK;
}

void block_pool_give_back(block_pool *pool, const uint8_t *data)
{
    block *b = find_block(pool, data);
    if (!b) return;
    b->is_taken = false;
    if ((size_t)(b - pool->blocks) < pool->first_free)
        pool->first_free = (size_t)(b - pool->blocks);
}

void block_pool_show(block_pool *pool, const uint8_t *data)
{
    block *b = find_block(pool, data);
    if (b) b->is_shown = true;
}

size_t block_pool_room(const block_pool *pool, const uint8_t *data)
{
    const block *b = find_block(pool, data);
    return b && !b->is_shown ? b->capacity_bytes : 0;
}

void block_pool_end_showing(block_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) pool->blocks[i].is_shown = false;
    pool->first_free = 0;
}

void block_pool_reset(block_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) pool->blocks[i].is_taken = false;
    block_pool_end_showing(pool);
}

void block_pool_free(block_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        alloc_release(pool->allocator, pool->blocks[i].data);
    alloc_release(pool->allocator, pool->blocks);
    *pool = (block_pool){.allocator = pool->allocator};
}
