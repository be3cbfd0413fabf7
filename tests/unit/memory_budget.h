/* Memory that ends: what would bring the bytes in use above the limit fails. */
#ifndef MEMORY_BUDGET_H
#define MEMORY_BUDGET_H

#include <stdlib.h>

#include "pqt_base.h"

typedef struct memory_budget {
    size_t limit_bytes;
    size_t used_bytes;
    size_t peak_bytes;
    size_t refused_bytes; /* the last block that was not given */
} memory_budget;

enum { BUDGET_HEAD_BYTES = 16 };

static inline size_t *memory_budget_size(void *pointer)
{
    return (size_t *)(void *)((uint8_t *)pointer - BUDGET_HEAD_BYTES);
}

static inline void *memory_budget_resize(void *self, void *pointer, size_t size_bytes)
{
    memory_budget *budget = self;
    const size_t before = pointer ? *memory_budget_size(pointer) : 0;
    const size_t others = budget->used_bytes - before;
    if (size_bytes > budget->limit_bytes - others) {
        budget->refused_bytes = size_bytes;
        return NULL;
    }
    uint8_t *block = realloc(pointer ? memory_budget_size(pointer) : NULL,
                             size_bytes + BUDGET_HEAD_BYTES);
    if (!block) return NULL;
    budget->used_bytes = others + size_bytes;
    if (budget->used_bytes > budget->peak_bytes) budget->peak_bytes = budget->used_bytes;
    *(size_t *)(void *)block = size_bytes;
    return block + BUDGET_HEAD_BYTES;
}

static inline void memory_budget_release(void *self, void *pointer)
{
    memory_budget *budget = self;
    if (!pointer) return;
    budget->used_bytes -= *memory_budget_size(pointer);
    free(memory_budget_size(pointer));
}

static inline pqt_allocator memory_budget_allocator(memory_budget *budget)
{
    return (pqt_allocator){memory_budget_resize, memory_budget_release, budget};
}

#endif
