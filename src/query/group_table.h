/*
 * Views summed by a text: a hash table whose keys are copied once. All zero is empty.
 *
 * Memory: 40 bytes a group and its text.
 */
#ifndef QUERY_GROUP_TABLE_H
#define QUERY_GROUP_TABLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

typedef struct group {
    pqt_view key;
    bool is_null; /* the group of rows without a text */
    uint64_t hash;
    int64_t views;
} group;

typedef struct group_table {
    group *groups;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* group + 1; a power of two of them */
    size_t slot_count;
    size_t expected; /* the group behind the last one found */
    arena keys;
} group_table;

/* Adds views to a key's group; `*group` (may be NULL) is its number. Quick where keys
 * come in the order they came in before. */
pqt_status group_table_add(group_table *table, pqt_view key, bool is_null, int64_t views,
                           size_t *group, pqt_error *error);
/* Adds all groups of `other`. */
pqt_status group_table_join(group_table *table, const group_table *other,
                            pqt_error *error);

/*
 * Orders the groups by views, most first, ties by key bytewise with null first, and keeps
 * the first `limit` (0: all). The table can be added to no more.
 */
void group_table_order(group_table *table, size_t limit);

void group_table_free(group_table *table);

#endif
