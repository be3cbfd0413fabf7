/*
 * The dates that the archive has exported, days without rows included: a list of ranges,
 * as text in the table's configuration: "2026-01-01..2026-01-31,2026-02-03".
 */
#ifndef TABLE_COVERED_H
#define TABLE_COVERED_H

#include <stdbool.h>

#include "base/buffer.h"

typedef struct covered_range {
    int32_t first;
    int32_t last; /* inclusive */
} covered_range;

/* Ordered, disjoint and not touching. All zero is empty. */
typedef struct covered {
    covered_range *ranges;
    size_t count;
    size_t capacity;
} covered;

/* NULL text is empty. CORRUPT where it is not such a list. The caller frees `out`. */
pqt_status covered_parse(const char *text, covered *out, pqt_error *error);
/* Appends the text, with a NUL behind it that the size does not count. */
pqt_status covered_write(const covered *c, buffer *out, pqt_error *error);
pqt_status covered_add(covered *c, int32_t first, int32_t last, pqt_error *error);
bool covered_contains(const covered *c, int32_t date);
/* How many days in all; and of those within [first, last] that are missing. */
int64_t covered_days(const covered *c);
int64_t covered_missing(const covered *c, int32_t first, int32_t last);
void covered_free(covered *c);

#endif
