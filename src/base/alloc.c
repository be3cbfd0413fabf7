#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

void *alloc_bytes(const pqt_allocator *allocator, size_t size_bytes)
{
    if (size_bytes == 0) size_bytes = 1;
    if (!allocator) return malloc(size_bytes);
    return allocator->resize(allocator->self, NULL, size_bytes);
}

void *alloc_zeroed(const pqt_allocator *allocator, size_t count, size_t size_bytes)
{
    size_t total;
    if (!checked_multiply(count, size_bytes, &total)) return NULL;
    if (!allocator) return calloc(1, total ? total : 1);
    void *pointer = alloc_bytes(allocator, total);
    if (pointer) memset(pointer, 0, total);
    return pointer;
}

void *alloc_resize(const pqt_allocator *allocator, void *pointer, size_t count,
                   size_t size_bytes)
{
    size_t total;
    if (!checked_multiply(count, size_bytes, &total)) return NULL;
    if (total == 0) total = 1;
    if (!allocator) return realloc(pointer, total);
    return allocator->resize(allocator->self, pointer, total);
}

void alloc_release(const pqt_allocator *allocator, void *pointer)
{
    if (!pointer) return;
    if (allocator)
        allocator->release(allocator->self, pointer);
    else
        free(pointer);
}

char *alloc_view_text(const pqt_allocator *allocator, pqt_view view)
{
    size_t total;
    if (!checked_add(view.size_bytes, 1, &total)) return NULL;
    char *copy = alloc_bytes(allocator, total);
    if (!copy) return NULL;
    if (view.size_bytes) memcpy(copy, view.data, view.size_bytes);
    copy[view.size_bytes] = 0;
    return copy;
}

char *alloc_text(const pqt_allocator *allocator, const char *text)
{
    return alloc_view_text(allocator, (pqt_view){(const uint8_t *)text, strlen(text)});
}

int alloc_grow(const pqt_allocator *allocator, void **array, size_t *capacity,
               size_t needed, size_t element_bytes)
{
    if (needed <= *capacity) return 0;
    size_t wanted;
    if (!checked_add(*capacity, *capacity / 2 + 8, &wanted) || wanted < needed)
        wanted = needed;
    void *grown = alloc_resize(allocator, *array, wanted, element_bytes);
    if (!grown) return -1;
    *array = grown;
    *capacity = wanted;
    return 0;
}
