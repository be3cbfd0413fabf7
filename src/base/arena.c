#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/alloc.h"
#include "base/checked.h"

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 1 << 20 };

struct arena_block {
    struct arena_block *older;
    size_t used_bytes;
    size_t size_bytes;
    alignas(max_align_t) uint8_t bytes[];
};

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_IS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_IS_WATCHED 1
#endif
#endif

static size_t next_block_bytes(const arena *a, size_t needed)
{
#ifdef ARENA_IS_WATCHED
    (void)a;
    return needed; /* a block a piece, so that reads behind it are seen */
#else
    size_t size = a->newest ? a->newest->size_bytes * 2 : FIRST_BLOCK_BYTES;
    if (size > LARGEST_BLOCK_BYTES) size = LARGEST_BLOCK_BYTES;
    return size < needed ? needed : size;
#endif
}

static struct arena_block *add_block(arena *a, size_t needed)
{
    const size_t size = next_block_bytes(a, needed);
    size_t total;
    if (!checked_add(size, sizeof(struct arena_block), &total)) return NULL;
    struct arena_block *block = alloc_bytes(a->allocator, total);
    if (!block) return NULL;
    *block = (struct arena_block){.older = a->newest, .size_bytes = size};
    a->newest = block;
    a->allocated_bytes += total;
    return block;
}

static uint8_t *take(arena *a, size_t size_bytes, size_t alignment)
{
    struct arena_block *block = a->newest;
    size_t start = block ? (block->used_bytes + alignment - 1) & ~(alignment - 1) : 0;
    if (!block || start > block->size_bytes || size_bytes > block->size_bytes - start) {
        block = add_block(a, size_bytes);
        if (!block) return NULL;
        start = 0;
    }
    block->used_bytes = start + size_bytes;
    return block->bytes + start;
}

void *arena_alloc(arena *a, size_t count, size_t size_bytes)
{
    size_t total;
    if (!checked_multiply(count, size_bytes, &total)) return NULL;
    void *pointer = take(a, total, alignof(max_align_t));
    if (pointer) memset(pointer, 0, total);
    return pointer;
}

pqt_view arena_copy(arena *a, pqt_view view)
{
    uint8_t *copy = take(a, view.size_bytes, 1);
    if (copy && view.size_bytes) memcpy(copy, view.data, view.size_bytes);
    return (pqt_view){copy, copy ? view.size_bytes : 0};
}

pqt_view arena_concatenate(arena *a, pqt_view first, pqt_view second)
{
    size_t total;
    if (!checked_add(first.size_bytes, second.size_bytes, &total)) return (pqt_view){0};
    uint8_t *copy = take(a, total, 1);
    if (!copy) return (pqt_view){0};
    if (first.size_bytes) memcpy(copy, first.data, first.size_bytes);
    if (second.size_bytes)
        memcpy(copy + first.size_bytes, second.data, second.size_bytes);
    return (pqt_view){copy, total};
}

char *arena_text(arena *a, pqt_view view)
{
    size_t total;
    if (!checked_add(view.size_bytes, 1, &total)) return NULL;
    uint8_t *copy = take(a, total, 1);
    if (!copy) return NULL;
    if (view.size_bytes) memcpy(copy, view.data, view.size_bytes);
    copy[view.size_bytes] = 0;
    return (char *)copy;
}

void arena_free(arena *a)
{
    while (a->newest) {
        struct arena_block *older = a->newest->older;
        alloc_release(a->allocator, a->newest);
        a->newest = older;
    }
    a->allocated_bytes = 0;
}
