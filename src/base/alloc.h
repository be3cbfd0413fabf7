/* All memory of the libraries is had here. A NULL allocator means the C library's. */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include "pqt_base.h"

/* Each returns NULL when it cannot, also where count * size overflows. Size 0 gives a
 * valid pointer. The memory of alloc_zeroed is zero. */
void *alloc_bytes(const pqt_allocator *allocator, size_t size_bytes);
void *alloc_zeroed(const pqt_allocator *allocator, size_t count, size_t size_bytes);

/* As realloc for `count` elements; on NULL the old block stays valid. */
void *alloc_resize(const pqt_allocator *allocator, void *pointer, size_t count,
                   size_t size_bytes);

/* Frees; NULL is fine. */
void alloc_release(const pqt_allocator *allocator, void *pointer);

/* A copy of `text` with its end, or NULL. */
char *alloc_text(const pqt_allocator *allocator, const char *text);
/* A copy of a view with a NUL behind it, or NULL. */
char *alloc_view_text(const pqt_allocator *allocator, pqt_view view);

/*
 * Makes `*array` hold at least `needed` elements, growing by half; `*capacity` counts
 * elements. Returns 0, or -1 when it cannot (the array is as before).
 */
int alloc_grow(const pqt_allocator *allocator, void **array, size_t *capacity,
               size_t needed, size_t element_bytes);

#endif
