#include "archive/restore.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/day.h"
#include "archive/file_check.h"
#include "archive/id_slugs.h"
#include "archive/row_merge.h"
#include "archive/site_row.h"
#include "archive/sorter.h"
#include "archive/upkeep.h"
#include "base/alloc.h"
#include "base/date.h"
#include "table/made_id.h"

enum { BATCH_ROWS = 4096 };

struct restoring {
    upkeep upkeep;
    const pqa_restore_options *options;
    pqa_restored_callback callback;
    void *self;
    sorter *sorter;
    int64_t version;  /* of the table that the rows are of */
    row_batch *batch; /* the next rows, of one date; empty at the end */
    int64_t *ids;     /* of the day's archived rows */
    size_t id_count, id_capacity;
    archive_sum expected;        /* of the day's archived rows, without slugs */
    id_slugs projects, versions; /* of the database, where rows of others are left out */
    bool is_told;                /* that the sequence is behind */
    pqt_status first_failure;
    pqt_error first_error;
};

/* --- Rows of the archive, by day --- */

/* The days that are read together: because a file holds rows of them. */
static int32_t find_unit_end(const struct restoring *r, int32_t first)
{
    const delta_snapshot *current = r->upkeep.table.current;
    int32_t end = first;
    for (int32_t i = 0; i < current->file_count; i++) {
        int32_t from, to;
        if (file_dates(&current->files[i], &from, &to, NULL) != PQT_OK) continue;
        if (from > end || to <= end) continue;
        end = to;
        i = -1; /* the unit has grown: look at all files again */
    }
    return end < r->options->until ? end : r->options->until;
}

static pqt_status sort_row(struct restoring *r, const archive_row *row, pqt_error *error)
{
    if (row->date < r->options->since || row->date > r->options->until) return PQT_OK;
    const struct row_key key = interner_key(
        row, ORIGIN_ARCHIVE, hash_bytes64(row->path.data, row->path.size_bytes));
    return sorter_add(r->sorter, &key, error);
}

static pqt_status sort_file(struct restoring *r, const delta_file *file, pqt_error *error)
{
    row_merge *merge = NULL;
    const archive_row *row = NULL;
    hash128 hash;
    TRY(row_merge_open(r->upkeep.context->store, &file, 1, &merge, error));
    pqt_status status;
    do {
        status = row_merge_next(merge, &row, &hash, error);
        if (status == PQT_OK && row) status = sort_row(r, row, error);
        if (status == PQT_OK)
            status = progress_check(r->upkeep.context->settings->progress, error);
    } while (status == PQT_OK && row);
    row_merge_free(merge);
    return status;
}

static pqt_status sort_unit(struct restoring *r, int32_t first, int32_t last,
                            pqt_error *error)
{
    const export_context *context = r->upkeep.context;
    const delta_snapshot *current = r->upkeep.table.current;
    const sorter_options options = {context->settings->memory_bytes,
                                    context->settings->temporary_directory,
                                    context->pool};
    TRY(sorter_create(&options, &r->sorter, error));
    r->version = current->version;
    for (int32_t i = 0; i < current->file_count; i++)
        if (current->files[i].row_count != 0 &&
            file_touches(&current->files[i], first, last))
            TRY(sort_file(r, &current->files[i], error));
    TRY(sorter_finish(r->sorter, error));
    return sorter_next(r->sorter, BATCH_ROWS, r->batch, error);
}

/* --- Projects and versions that are gone --- */

static pqt_status see_what_is_there(struct restoring *r, pqt_error *error)
{
    source *from = r->upkeep.context->source;
    TRY(source_begin(from, error));
    const pqt_status status = id_slugs_load(from, &r->projects, &r->versions, error);
    const pqt_status ended = source_end(from, status == PQT_OK ? error : NULL);
    return status == PQT_OK ? ended : status;
}

static bool is_gone(const struct restoring *r, const archive_row *row)
{
    return !id_slugs_get(&r->projects, row->project_id) ||
           (row->has_version && !id_slugs_get(&r->versions, row->version_id));
}

/* --- One day into the database --- */

static pqt_status insert_row(struct restoring *r, const archive_row *archived,
                             pqt_error *error)
{
    void *array = r->ids;
    const source_row row = site_row_of(archived);
    if (id_is_made(row.id))
        return error_set(error, PQT_INVALID,
                         "the day has rows that were imported from files without ids: "
                         "they cannot be put back. Export the day from the database "
                         "where that still has them");
    if (alloc_grow(NULL, &array, &r->id_capacity, r->id_count + 1, sizeof *r->ids) != 0)
        return error_no_memory(error, sizeof *r->ids);
    r->ids = array;
    r->ids[r->id_count++] = row.id;
    site_row_add(&r->expected, &row);
    return source_insert(r->upkeep.context->source, &row, error);
}

static pqt_status insert_batch(struct restoring *r, pqa_restored *day, pqt_error *error)
{
    archive_row row;
    for (size_t i = 0; i < r->batch->count; i++) {
        row_batch_get(r->batch, i, &row);
        if (r->options->leave_out_gone && is_gone(r, &row))
            day->left_out++;
        else
            TRY(insert_row(r, &row, error));
    }
    return progress_check(r->upkeep.context->settings->progress, error);
}

/* All rows of the day: after a failure, which is the day's, the others are skipped. A
 * failure of the sorter is returned. */
static pqt_status insert_day(struct restoring *r, pqa_restored *day, pqt_error *problem,
                             pqt_error *error)
{
    while (r->batch->count > 0 && r->batch->dates[0] == day->date) {
        day->rows += (int64_t)r->batch->count;
        if (day->status == PQT_OK) day->status = insert_batch(r, day, problem);
        TRY(sorter_next(r->sorter, BATCH_ROWS, r->batch, error));
    }
    return PQT_OK;
}

/* A writer that came in after the lock was lost may have archived and deleted what the
 * site made of these rows since. */
static pqt_status check_archive(struct restoring *r, pqt_error *error)
{
    TRY(upkeep_look_again(&r->upkeep, error));
    if (r->upkeep.table.current->version == r->version) return PQT_OK;
    return error_set(error, PQT_CONFLICT,
                     "somebody else changed the archive meanwhile; run it again");
}

static void tell_sequence(const struct restoring *r, const char *raise_sql)
{
    char text[1300];
    snprintf(
        text, sizeof text,
        "the sequence of ids may be behind the restored ones; pqa may not use it, or "
        "it is too far. As its owner, before the site inserts rows: %s;",
        raise_sql);
    progress_log(r->upkeep.context->settings->progress, text);
}

static pqt_status put_day(struct restoring *r, pqa_restored *day, pqt_error *problem,
                          pqt_error *error)
{
    source *to = r->upkeep.context->source;
    source_insertion done = {0};
    day->status = source_begin_insert(to, problem);
    const bool has_begun = day->status == PQT_OK;
    const pqt_status status = insert_day(r, day, problem, error);
    if (status != PQT_OK || day->status != PQT_OK) {
        if (has_begun) source_end_insert(to);
        return status;
    }
    day->status = check_archive(r, problem);
    if (day->status != PQT_OK) {
        source_end_insert(to);
        return PQT_OK;
    }
    day->status = source_commit_insert(to, &done, problem);
    day->inserted = done.inserted;
    day->equal = done.equal;
    if (done.sequence_is_behind && !r->is_told) tell_sequence(r, done.raise_sql);
    r->is_told = r->is_told || done.sequence_is_behind;
    return PQT_OK;
}

/* --- Read back --- */

static int compare_ids(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

struct reading_back {
    const struct restoring *restoring;
    archive_sum found;
};

static pqt_status take_row(void *self, const source_row *row, pqt_error *error)
{
    (void)error;
    struct reading_back *back = self;
    const struct restoring *r = back->restoring;
    if (bsearch(&row->id, r->ids, r->id_count, sizeof *r->ids, compare_ids))
        site_row_add(&back->found, row);
    return PQT_OK;
}

/* Every archived row of the day is in the database now, as the archive has it. */
static pqt_status read_back(struct restoring *r, int32_t date, pqt_error *error)
{
    source *from = r->upkeep.context->source;
    struct reading_back back = {.restoring = r};
    int64_t rows = 0;
    qsort(r->ids, r->id_count, sizeof *r->ids, compare_ids);
    TRY(source_begin(from, error));
    const pqt_status status =
        source_read(from, date, date, take_row, &back,
                    r->upkeep.context->settings->progress, &rows, error);
    const pqt_status ended = source_end(from, status == PQT_OK ? error : NULL);
    TRY(status);
    TRY(ended);
    return archive_sum_compare(&r->expected, &back.found, "the day read back", error);
}

/* --- Days --- */

/* What concerns one day's rows does not stop the others. */
static bool is_of_the_day(pqt_status status)
{
    return status == PQT_CORRUPT || status == PQT_INVALID;
}

static pqt_status report(struct restoring *r, pqa_restored *day, const pqt_error *problem,
                         pqt_error *error)
{
    if (day->status != PQT_OK) {
        snprintf(day->message, sizeof day->message, "%s", problem->message);
        if (r->first_failure == PQT_OK) {
            r->first_failure = day->status;
            r->first_error = *problem;
        }
    }
    if (r->callback) r->callback(r->self, day);
    if (day->status == PQT_OK || is_of_the_day(day->status)) return PQT_OK;
    if (error) *error = *problem;
    return day->status;
}

static pqt_status restore_day(struct restoring *r, int32_t date, pqt_error *error)
{
    pqa_restored day = {.date = date};
    pqt_error problem = {0};
    r->id_count = 0;
    r->expected = (archive_sum){0};
    if (r->batch->count > 0 && r->batch->dates[0] == date) {
        TRY(put_day(r, &day, &problem, error));
        if (day.status == PQT_OK) day.status = read_back(r, date, &problem);
    }
    TRY(store_check_lock(r->upkeep.context->store, r->upkeep.lock, error));
    return report(r, &day, &problem, error);
}

static pqt_status restore_unit(struct restoring *r, int32_t first, int32_t last,
                               pqt_error *error)
{
    pqt_status status = sort_unit(r, first, last, error);
    for (int32_t date = first; date <= last && status == PQT_OK; date++) {
        status = restore_day(r, date, error);
        progress_report(r->upkeep.context->settings->progress, "days",
                        date - r->options->since + 1,
                        r->options->until - r->options->since + 1);
    }
    row_batch_clear(r->batch);
    sorter_free(r->sorter);
    r->sorter = NULL;
    return status;
}

static pqt_status restore(struct restoring *r, pqt_error *error)
{
    const pqa_restore_options *o = r->options;
    int32_t date = o->since;
    if (o->until < o->since)
        return error_set(error, PQT_INVALID, "the last day is before the first");
    TRY(row_batch_create(BATCH_ROWS + 2, &r->batch, error));
    if (o->leave_out_gone) TRY(see_what_is_there(r, error));
    while (date <= o->until) {
        const int32_t end = find_unit_end(r, date);
        TRY(restore_unit(r, date, end, error));
        date = end + 1;
    }
    return PQT_OK;
}

pqt_status archive_restore(const export_context *context, int64_t now_ms,
                           const pqa_restore_options *options,
                           pqa_restored_callback callback, void *self, pqt_error *error)
{
    struct restoring r = {.options = options, .callback = callback, .self = self};
    pqt_status status = upkeep_begin(&r.upkeep, context, now_ms, false, error);
    if (status == PQT_OK) status = restore(&r, error);
    id_slugs_free(&r.projects);
    id_slugs_free(&r.versions);
    row_batch_free(r.batch);
    alloc_release(NULL, r.ids);
    upkeep_end(&r.upkeep);
    if (status != PQT_OK || r.first_failure == PQT_OK) return status;
    if (error) *error = r.first_error;
    return r.first_failure;
}
