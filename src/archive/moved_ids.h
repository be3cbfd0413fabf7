/*
 * Ids of a day's new rows that the archive has on other days: a row that moved there, or
 * an id used again, would be counted twice. Files are told apart by the statistics of
 * their ids, which hardly overlap where ids grow with time.
 *
 * Memory: ids and dates of one row group, and two id_lists.
 */
#ifndef ARCHIVE_MOVED_IDS_H
#define ARCHIVE_MOVED_IDS_H

#include "archive/archive_table.h"
#include "archive/day.h"
#include "archive/export.h"
#include "base/arena.h"

/* Files with rows of other days whose ids overlap with those of a day's database rows. */
typedef struct moved_ids {
    store *store;
    const delta_file **files;
    size_t file_count;
    const export_day *day;
    arena memory;
} moved_ids;

/* Rows of the day itself are left out: they are merged. `base` NULL: no files. The caller
 * frees. */
pqt_status moved_ids_open(store *s, const delta_snapshot *base, const export_day *day,
                          moved_ids *out, pqt_error *error);

/* Whether one of the files may hold the id. */
bool moved_ids_may_hold(const moved_ids *moved, int64_t id);

/*
 * Compares the files' ids with `ids`, the new rows' (those that moved_ids_may_hold
 * suffice); `scratch` is an empty list. CORRUPT, naming id and file, where one is in
 * both.
 */
pqt_status moved_ids_check(const moved_ids *moved, id_list *ids, id_list *scratch,
                           pqt_error *error);

void moved_ids_free(moved_ids *moved);

/* Before a file's rows of days before `before` are live again: CORRUPT, naming id and
 * files, where a live file has one of their ids meanwhile. */
pqt_status moved_ids_check_return(const export_context *context,
                                  const delta_snapshot *live, const delta_file *returning,
                                  int32_t before, pqt_error *error);

#endif
