/* Byte views: comparison and making. */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <string.h>

#include "pqt_base.h"

static inline pqt_view view_of(const void *data, size_t size_bytes)
{
    return (pqt_view){data, size_bytes};
}

static inline pqt_view view_text(const char *text)
{
    return (pqt_view){(const uint8_t *)text, strlen(text)};
}

static inline bool view_equal(pqt_view a, pqt_view b)
{
    return a.size_bytes == b.size_bytes &&
           (a.data == b.data || a.size_bytes == 0 ||
            memcmp(a.data, b.data, a.size_bytes) == 0);
}

/* Bytewise, a shorter one before what it begins: <0, 0, >0. */
static inline int view_compare(pqt_view a, pqt_view b)
{
    if (a.data == b.data && a.size_bytes == b.size_bytes) return 0;
    const size_t shorter = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    const int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    if (order != 0) return order;
    return (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

static inline bool view_starts_with(pqt_view view, pqt_view start)
{
    return view.size_bytes >= start.size_bytes &&
           (start.size_bytes == 0 ||
            memcmp(view.data, start.data, start.size_bytes) == 0);
}

static inline bool view_ends_with(pqt_view view, pqt_view end)
{
    return view.size_bytes >= end.size_bytes &&
           (end.size_bytes == 0 || memcmp(view.data + view.size_bytes - end.size_bytes,
                                          end.data, end.size_bytes) == 0);
}

#endif
