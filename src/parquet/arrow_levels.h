/* Arrow's nested arrays as Dremel's levels: the entries of one leaf. */
#ifndef PARQUET_ARROW_LEVELS_H
#define PARQUET_ARROW_LEVELS_H

#include "parquet/arrow_import.h"

/* Slots of an array that stand one behind the other, counted from its buffers' start. */
typedef struct arrow_span {
    int64_t start;
    int64_t count;
} arrow_span;

typedef struct arrow_span_list {
    arrow_span *spans;
    size_t count;
    size_t capacity;
    size_t slot_count; /* in all of them */
} arrow_span_list;

typedef struct arrow_entry_list {
    uint16_t *definition;
    uint16_t *repetition;
    size_t count;
    size_t capacity;
} arrow_entry_list;

/* All zero but the allocator before the first use; reused from call to call. */
typedef struct arrow_levels {
    const pqt_allocator *allocator;
    const struct ArrowArray *array; /* the leaf's */
    arrow_entry_list entries;
    arrow_span_list slots; /* of the entries that are not null, in their order */
    arrow_entry_list next_entries;
    arrow_span_list next_slots;
} arrow_levels;

/*
 * The entries of `leaf` in rows [first, first + count), one at least, of the root's
 * array, which arrow_check has passed. INVALID where offsets, indexes or run ends are not
 * within what they point at, or there is a null where the schema has none.
 */
pqt_status arrow_levels_make(const import_field *leaf, const struct ArrowArray *root,
                             int64_t first, int64_t count, arrow_levels *out,
                             pqt_error *error);

void arrow_levels_free(arrow_levels *levels);

#endif
