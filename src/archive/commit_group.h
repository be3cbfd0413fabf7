/*
 * Days of one pass that are committed together: a commit costs as much as a small day,
 * and a backfill has many of both.
 *
 * Memory: 4 KiB a day that waits, at most 16 files or 400 days.
 */
#ifndef ARCHIVE_COMMIT_GROUP_H
#define ARCHIVE_COMMIT_GROUP_H

#include "archive/archive_table.h"
#include "pqa.h"

typedef struct commit_group {
    archive_table *table;
    commit_scope scope;        /* of what waits; its `read` is the pass's */
    pqa_day_callback callback; /* may be NULL; told of a day when it is committed */
    void *callback_self;
    bool dry_run; /* days are only reported */
    bool covers_more;
    bool has_dates; /* scope.first and scope.last are set */
    delta_file *adds;
    size_t add_count, add_capacity;
    delta_remove *removes;
    size_t remove_count, remove_capacity;
    pqa_day *days;
    size_t day_count, day_capacity;
    int64_t row_count; /* of the days that wait */
    arena memory;      /* of the entries' texts, which the caller fills */
} commit_group;

/* The file of a day; the entry's texts must be in the group's memory. */
pqt_status commit_group_add(commit_group *group, const delta_file *entry,
                            pqt_error *error);
/* All live files of these dates go when the group is committed. */
pqt_status commit_group_replace(commit_group *group, int32_t first, int32_t last,
                                pqt_error *error);
/* The archive covers the day from now on. */
pqt_status commit_group_cover(commit_group *group, int32_t date, pqt_error *error);
/* The dates are done, behind those before. */
void commit_group_widen(commit_group *group, int32_t first, int32_t last);
/* A day is done: it is reported when it is committed. Days come in order. */
pqt_status commit_group_day(commit_group *group, const pqa_day *day, pqt_error *error);

/* Whether so much waits that it is time to commit. */
bool commit_group_is_full(const commit_group *group);

/* Commits what waits, reports the days, and is empty then; after a failure nothing of it
 * was committed (but see delta_commit), and it is empty too. *last (may be NULL) becomes
 * the last day that was committed. */
pqt_status commit_group_flush(commit_group *group, int32_t *last, pqt_error *error);

void commit_group_free(commit_group *group);

#endif
