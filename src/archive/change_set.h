/*
 * Files that come and go in one commit, and the dates they are about.
 *
 * Memory: 4 KiB a file that comes.
 */
#ifndef ARCHIVE_CHANGE_SET_H
#define ARCHIVE_CHANGE_SET_H

#include "archive/archive_table.h"

/* All zero is empty. */
typedef struct change_set {
    bool is_rearrangement; /* dataChange is false: the same rows in other files */
    delta_file *adds;
    size_t add_count, add_capacity;
    delta_remove *removes;
    size_t remove_count, remove_capacity;
    bool has_dates;
    int32_t first, last; /* of all files */
    arena memory;        /* for the entries' texts, which the caller fills */
} change_set;

/* Neither copies texts: an added file's belong into `memory`, a removed one's are the
 * snapshot's. UNSUPPORTED where the log has no dates of the file. */
pqt_status change_set_add(change_set *set, const delta_file *file, pqt_error *error);
pqt_status change_set_remove(change_set *set, const delta_file *file, pqt_error *error);

/* Commits on top of the table as it was read, as archive_table_commit does; `pairs` are
 * settings that change. */
pqt_status change_set_commit(const change_set *set, archive_table *table,
                             const char *operation, const delta_pair *pairs,
                             int32_t pair_count, pqt_error *error);

void change_set_free(change_set *set);

#endif
