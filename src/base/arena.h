/* Memory that is freed all at once. All zero is an empty arena. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "pqt_base.h"

typedef struct arena {
    struct arena_block *newest;
    size_t allocated_bytes; /* of all blocks */
    const pqt_allocator *allocator;
} arena;

/* Aligned for any type, zeroed; NULL when it cannot, or count * size overflows. */
void *arena_alloc(arena *a, size_t count, size_t size_bytes);

/* A copy of the bytes, unaligned and tight; data NULL when it cannot. */
pqt_view arena_copy(arena *a, pqt_view view);

/* A copy of one behind the other; data NULL when it cannot. */
pqt_view arena_concatenate(arena *a, pqt_view first, pqt_view second);

/* A copy with a NUL behind it, or NULL. */
char *arena_text(arena *a, pqt_view view);

/* Frees all; the arena can be used again. */
void arena_free(arena *a);

#endif
