/*
 * The pages of an answer, from a store that is far: all columns of many slices in one
 * round. A store that is near is read as the answer is worked out.
 *
 * Memory: PAGE_FETCH_BYTES, or the pages of one slice where they are more.
 */
#ifndef QUERY_PAGE_FETCH_H
#define QUERY_PAGE_FETCH_H

#include "query/scan.h"

enum { PAGE_FETCH_BYTES = 64 << 20 };

/* Brings these columns' pages of slices [first, *end) of `all`; *end is behind the last
 * that fit. The slices of a file stand together. */
pqt_status page_fetch(const slices *all, uint32_t columns, size_t first, size_t *end,
                      pqt_error *error);

/* Drops them; also after a failure. */
void page_fetch_drop(const slices *all, size_t first, size_t end);

#endif
