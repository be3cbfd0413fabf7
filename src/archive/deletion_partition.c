/* Partitions whose days the archive has row for row: dropped instead of emptied. */
#include <stdio.h>

#include "archive/day.h"
#include "archive/deletion_run.h"
#include "archive/site_row.h"
#include "base/alloc.h"
#include "base/text.h"

/* --- What both sides have --- */

struct counting {
    struct deleting *d;
    archive_sum found;
};

static pqt_status count_row(void *self, const source_row *row, pqt_error *error)
{
    struct counting *counting = self;
    struct deleting *d = counting->d;
    if (row->date < d->options.since || row->date > d->options.until)
        return error_set(error, PQT_CORRUPT,
                         "the row with id %lld is not of the partition's days",
                         (long long)row->id);
    d->exported[row->date - d->options.since].rows_dropped++;
    site_row_add(&counting->found, row);
    return PQT_OK;
}

static pqt_status add_group(struct deleting *d, int32_t group, const source_partition *p,
                            archive_sum *sum, pqt_error *error)
{
    archive_row row;
    TRY(progress_check(progress_of(d), error));
    TRY(file_rows_load(&d->group, group, error));
    for (int64_t i = 0; i < d->group.count; i++) {
        file_rows_get(&d->group, i, &row);
        if (row.date < p->first || row.date > p->last) continue;
        const source_row plain = site_row_of(&row);
        site_row_add(sum, &plain);
    }
    return PQT_OK;
}

static pqt_status add_file(struct deleting *d, const delta_file *file,
                           const source_partition *p, archive_sum *sum, pqt_error *error)
{
    TRY(deletion_prove(d, file, error));
    const int32_t groups = pqt_reader_metadata(d->proven.reader)->row_group_count;
    pqt_status status =
        file_rows_open(d->proven.reader, d->proven.path, &d->group, error);
    for (int32_t g = 0; status == PQT_OK && g < groups; g++)
        status = add_group(d, g, p, sum, error);
    file_rows_free(&d->group);
    return status;
}

/* The partition's files, as the snapshot has them. */
struct partition_files {
    arena memory;
    const char **paths;
    size_t count;
};

static pqt_status sum_archive(struct deleting *d, const source_partition *p,
                              struct partition_files *files, archive_sum *sum,
                              pqt_error *error)
{
    TRY(deletion_list_files(d, p->first, p->last, &files->memory, &files->paths,
                            &files->count, error));
    for (size_t i = 0; i < files->count; i++) {
        const delta_file *file = delta_find(d->snapshot, files->paths[i]);
        if (!file)
            return error_set(error, PQT_CONFLICT, "%s is not in the archive any more",
                             files->paths[i]);
        TRY(add_file(d, file, p, sum, error));
    }
    return PQT_OK;
}

/* Every row of the partition, compared with the proven bytes: the same sum of hashes. */
static pqt_status compare(struct deleting *d, source_partition *p,
                          struct partition_files *files, pqt_error *error)
{
    struct counting counting = {.d = d};
    archive_sum expected = {0};
    TRY(source_read_partition(d->from, p, count_row, &counting, progress_of(d), error));
    if (p->rows == 0) return PQT_OK; /* nothing to prove */
    TRY(sum_archive(d, p, files, &expected, error));
    return archive_sum_compare(&expected, &counting.found, p->name, error);
}

/* --- One partition --- */

static pqt_status drop(struct deleting *d, source_partition *p,
                       const struct partition_files *files, pqt_error *error)
{
    int64_t wait_ms = DELETION_FIRST_WAIT_MS;
    for (int tries = 1;; tries++) {
        source_deletion done;
        TRY(progress_check(progress_of(d), error));
        TRY(deletion_wait_for_replicas(d, error));
        TRY(deletion_check_live(d, files->paths, files->count, error));
        const pqt_status status = source_drop_partition(d->from, p, &done, error);
        if (status == PQT_OK || !done.is_transient || tries == DELETION_MOST_TRIES)
            return status;
        TRY(deletion_wait(d, &wait_ms, error));
    }
}

static void note_days(struct deleting *d, const source_partition *p, bool is_dropped)
{
    for (int32_t date = p->first; date <= p->last; date++) {
        struct exported_day *day = &d->exported[date - d->options.since];
        day->is_dropped = is_dropped;
        if (!is_dropped) day->rows_dropped = 0;
    }
    struct exported_day *first = &d->exported[p->first - d->options.since];
    if (!is_dropped) return;
    first->locked_us = p->locked_us;
    if (p->first == p->last) first->rows_dropped = p->rows;
}

static void tell_outcome(const struct deleting *d, const source_partition *p,
                         const pqt_error *problem)
{
    char text[1100], rows[SHORT_TEXT_BYTES], time[SHORT_TEXT_BYTES];
    text_count(p->rows, rows);
    text_duration(p->locked_us, time);
    if (problem)
        snprintf(text, sizeof text,
                 "partition %s stays, and its rows are deleted in batches: %.600s",
                 p->name, problem->message);
    else
        snprintf(text, sizeof text,
                 "partition %s was detached and dropped with %s rows; it was locked for "
                 "%s",
                 p->name, rows, time);
    progress_log(progress_of(d), text);
}

/* Whatever is against it is no failure: the batches look at every row again. */
static bool falls_back(const struct deleting *d, pqt_status status)
{
    return status != PQT_CANCELLED && status != PQT_NOMEM && source_is_alive(d->from);
}

static pqt_status try_partition(struct deleting *d, source_partition *p, pqt_error *error)
{
    struct partition_files files = {0};
    pqt_error problem = {0};
    pqt_status status = compare(d, p, &files, &problem);
    if (status == PQT_OK) status = drop(d, p, &files, &problem);
    arena_free(&files.memory);
    note_days(d, p, status == PQT_OK);
    if (status != PQT_OK && !falls_back(d, status)) {
        if (error) *error = problem;
        return status;
    }
    tell_outcome(d, p, status == PQT_OK ? NULL : &problem);
    return PQT_OK;
}

/* --- All of them --- */

/* All its days were exported in this run, and not all are gone with a partition around.
 */
static bool is_candidate(const struct deleting *d, const source_partition *p)
{
    bool any_left = false;
    for (int32_t date = p->first; date <= p->last; date++) {
        const struct exported_day *day = &d->exported[date - d->options.since];
        if (!day->is_archived && !day->is_empty) return false;
        any_left = any_left || !day->is_dropped;
    }
    return any_left;
}

pqt_status deletion_drop_partitions(struct deleting *d, pqt_error *error)
{
    source_partition *list = NULL;
    size_t count = 0;
    if (d->options.dry_run || !d->snapshot) return PQT_OK;
    pqt_status status = source_partitions(d->from, d->options.since, d->options.until,
                                          &list, &count, error);
    for (size_t i = 0; status == PQT_OK && i < count; i++)
        if (is_candidate(d, &list[i])) status = try_partition(d, &list[i], error);
    alloc_release(NULL, list);
    return status;
}
