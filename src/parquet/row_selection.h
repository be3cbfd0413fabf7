/* Rows of a row group, as ranges that are ascending and apart. All zero is empty. */
#ifndef PARQUET_ROW_SELECTION_H
#define PARQUET_ROW_SELECTION_H

#include <stdbool.h>

#include "base/error.h"

/* Rows [first, end). */
typedef struct row_range {
    int64_t first;
    int64_t end;
} row_range;

/* Ascending and apart. */
typedef struct row_ranges {
    const row_range *ranges;
    size_t count;
} row_ranges;

typedef struct row_selection {
    const pqt_allocator *allocator;
    row_range *ranges;
    size_t count;
    size_t capacity;
    int64_t row_count; /* of all ranges */
} row_selection;

static inline row_ranges row_selection_ranges(const row_selection *s)
{
    return (row_ranges){s->ranges, s->count};
}

void row_selection_clear(row_selection *selection);

/* Appends a range that begins at or behind the end of the last; an empty one is none. */
pqt_status row_selection_add(row_selection *selection, row_range range, pqt_error *error);

/* Replaces `out` by the rows that are in both. */
pqt_status row_selection_intersect(const row_selection *a, const row_selection *b,
                                   row_selection *out, pqt_error *error);

/* Replaces `out` by the rows of `in` whose bit is set; bits count over the selection. */
pqt_status row_selection_filter(const row_selection *in, const uint8_t *bits,
                                row_selection *out, pqt_error *error);

/* Replaces `out` by the rows of `in` and those between ranges that are at most
 * `gap_rows` apart. */
pqt_status row_selection_widen(const row_selection *in, int64_t gap_rows,
                               row_selection *out, pqt_error *error);

/* Sets the bits of `wide`'s rows that are in `in`; `bits` is all 0, a bit a row. */
void row_selection_mark(const row_selection *in, const row_selection *wide,
                        uint8_t *bits);

void row_selection_free(row_selection *selection);

#endif
