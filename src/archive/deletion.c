#include "archive/deletion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/copies.h"
#include "archive/deletion_run.h"
#include "archive/site_row.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/date.h"

enum {
    DEFAULT_BATCH_ROWS = 5000,
    DEFAULT_LOCK_TIMEOUT_MS = 2000,
    DEFAULT_STATEMENT_TIMEOUT_MS = 60000,
    BATCH_LIMIT_BYTES = 8 << 20, /* of texts, but for one row */
    LOOK_EVERY_MS = 500,         /* at replicas that are behind */
    NAP_MS = 50 /* asleep at most, before the caller's wish is looked at */
};

/* --- Waiting --- */

static pqt_status sleep_ms(const struct deleting *d, int64_t milliseconds,
                           pqt_error *error)
{
    const int64_t end = clock_monotonic_us() + milliseconds * 1000;
    for (;;) {
        TRY(progress_check(progress_of(d), error));
        const int64_t left_ms = (end - clock_monotonic_us()) / 1000;
        if (left_ms <= 0) return PQT_OK;
        const long nap = left_ms < NAP_MS ? (long)left_ms : NAP_MS;
        const struct timespec time = {.tv_nsec = nap * 1000000};
        nanosleep(&time, NULL);
    }
}

pqt_status deletion_wait(const struct deleting *d, int64_t *wait_ms, pqt_error *error)
{
    const int64_t more = (int64_t)(random_number() % DELETION_FIRST_WAIT_MS);
    const int64_t now = *wait_ms;
    *wait_ms *= 2;
    return sleep_ms(d, now + more, error);
}

pqt_status deletion_wait_for_replicas(struct deleting *d, pqt_error *error)
{
    const int64_t most_ms = (int64_t)d->options.max_replica_lag_s * 1000;
    bool is_told = false;
    while (most_ms > 0) {
        int64_t lag_ms = 0;
        TRY(source_replica_lag(d->from, &lag_ms, error));
        if (lag_ms <= most_ms) break;
        char text[160];
        snprintf(
            text, sizeof text,
            "a replica is %lld s behind: the deletion waits until it is %d s or less",
            (long long)lag_ms / 1000, (int)d->options.max_replica_lag_s);
        if (!is_told) progress_log(progress_of(d), text);
        is_told = true;
        TRY(sleep_ms(d, LOOK_EVERY_MS, error));
    }
    return PQT_OK;
}

/* --- Whether the archive still is what was proven --- */

static pqt_status refuse_changed(const char *path, pqt_error *error)
{
    return error_set(error, PQT_CONFLICT,
                     "%s is not in the archive any more: somebody else changed it "
                     "meanwhile; nothing more is deleted, run it again",
                     path);
}

/* Another commit may have come between (a prune, a compaction by another engine): the
 * files must still be live. */
pqt_status deletion_check_live(struct deleting *d, const char *const *paths, size_t count,
                               pqt_error *error)
{
    bool changed = false;
    if (d->lock) TRY(store_check_lock(d->context->store, d->lock, error));
    TRY(delta_snapshot_probe(d->context->store, ARCHIVE_ROOT, d->snapshot, &changed,
                             error));
    if (!changed) return PQT_OK;
    delta_snapshot *now = NULL;
    TRY(delta_snapshot_read(d->context->store, ARCHIVE_ROOT, &now, error));
    delta_snapshot_free(d->snapshot);
    d->snapshot = now;
    for (size_t i = 0; i < count; i++)
        if (!delta_find(now, paths[i])) return refuse_changed(paths[i], error);
    return PQT_OK;
}

/* --- A batch --- */

static pqt_status try_batch(struct deleting *d, size_t count, source_deletion *out,
                            pqt_error *error)
{
    TRY(progress_check(progress_of(d), error));
    TRY(deletion_wait_for_replicas(d, error));
    TRY(deletion_check_live(d, (const char *const[]){d->proven.path}, 1, error));
    if (d->options.dry_run)
        return source_compare_rows(d->from, d->rows, count, out, error);
    return source_delete_rows(d->from, d->rows, count, out, error);
}

/* Somebody else's locks: tried again a few times, each time after a longer while. */
static pqt_status insist(struct deleting *d, size_t count, source_deletion *out,
                         pqt_error *error)
{
    int64_t wait_ms = DELETION_FIRST_WAIT_MS;
    for (int tries = 1;; tries++) {
        *out = (source_deletion){0};
        const pqt_status status = try_batch(d, count, out, error);
        if (status == PQT_OK || !out->is_transient || tries == DELETION_MOST_TRIES)
            return status;
        TRY(deletion_wait(d, &wait_ms, error));
    }
}

static pqt_status run_batch(struct deleting *d, size_t count, pqt_error *error)
{
    source_deletion done;
    const int64_t started = clock_monotonic_us();
    TRY(insist(d, count, &done, error));
    const int64_t taken = clock_monotonic_us() - started;
    if (taken > d->day.longest_batch_us) d->day.longest_batch_us = taken;
    d->day.batches++;
    d->day.rows_deleted += done.deleted;
    d->day.rows_kept += done.kept;
    d->day.rows_gone += (int64_t)count - done.deleted - done.kept;
    return PQT_OK;
}

/* --- Rows, in order of their ids: neighbours in the table are then in one batch --- */

/* Rows from `at` on, as many as make a batch. */
static pqt_status fill_batch(struct deleting *d, size_t at, size_t *count,
                             pqt_error *error)
{
    const size_t left = row_store_count(d->held) - at;
    const size_t most =
        left < (size_t)d->options.batch_rows ? left : (size_t)d->options.batch_rows;
    size_t bytes = 0;
    arena_free(&d->texts);
    for (*count = 0; *count < most; ++*count) {
        archive_row row;
        TRY(row_store_get(d->held, at + *count, &d->texts, &row, error));
        bytes += row.path.size_bytes + row.full_path.size_bytes;
        if (*count > 0 && bytes > BATCH_LIMIT_BYTES) break;
        d->rows[*count] = site_row_of(&row);
    }
    return PQT_OK;
}

static pqt_status delete_batches(struct deleting *d, pqt_error *error)
{
    TRY(row_store_sort_by_id(d->held, error));
    for (size_t at = 0, count; at < row_store_count(d->held); at += count) {
        TRY(fill_batch(d, at, &count, error));
        TRY(run_batch(d, count, error));
        const pqa_deleted_day *day = &d->day;
        progress_report(progress_of(d), "rows deleted",
                        day->rows_deleted + day->rows_kept + day->rows_gone,
                        d->proven.content.sum.row_count);
        TRY(sleep_ms(d, d->options.pause_ms, error));
    }
    return PQT_OK;
}

/* Deletes the rows that are held, and holds none then. */
static pqt_status delete_held(struct deleting *d, pqt_error *error)
{
    pqt_status status = d->held ? delete_batches(d, error) : PQT_OK;
    row_store_free(d->held);
    d->held = NULL;
    return status;
}

/* --- A file --- */

static pqt_status hold_row(struct deleting *d, const archive_row *row, pqt_error *error)
{
    const struct row_key key = interner_key(
        row, ORIGIN_ARCHIVE, hash_bytes64(row->path.data, row->path.size_bytes));
    return row_store_add(d->held, &key, error);
}

/* Those of the day; what does not fit into memory is deleted before more is read. */
static pqt_status hold_group(struct deleting *d, int32_t index, pqt_error *error)
{
    TRY(progress_check(progress_of(d), error));
    TRY(file_rows_load(&d->group, index, error));
    if (!d->held) TRY(row_store_create(&d->held, error));
    for (int64_t i = 0; i < d->group.count; i++) {
        archive_row row;
        file_rows_get(&d->group, i, &row);
        if (row.date == d->day.date) TRY(hold_row(d, &row, error));
    }
    const size_t sorting = row_store_count(d->held) * sizeof(uint32_t);
    const size_t limit = d->context->settings->memory_bytes;
    return row_store_bytes(d->held) + sorting < limit ? PQT_OK : delete_held(d, error);
}

static pqt_status delete_proven(struct deleting *d, pqt_error *error)
{
    const int32_t groups = pqt_reader_metadata(d->proven.reader)->row_group_count;
    pqt_status status =
        file_rows_open(d->proven.reader, d->proven.path, &d->group, error);
    for (int32_t g = 0; status == PQT_OK && g < groups; g++)
        status = hold_group(d, g, error);
    file_rows_free(&d->group);
    if (status == PQT_OK) return delete_held(d, error);
    row_store_free(d->held);
    d->held = NULL;
    return status;
}

/* A file of several days stays proven from one to the next. */
pqt_status deletion_prove(struct deleting *d, const delta_file *file, pqt_error *error)
{
    const proof_tools tools = {d->context->store,
                               d->context->settings->temporary_directory,
                               d->context->pool, progress_of(d)};
    if (d->proven.path && strcmp(d->proven.path, file->path) == 0) return PQT_OK;
    proof_close(&d->proven);
    return proof_open(&tools, file, &d->proven, error);
}

static pqt_status delete_file(struct deleting *d, const delta_file *file,
                              pqt_error *error)
{
    if (!proof_is_possible(file)) {
        d->day.rows_unverified += file->row_count > 0 ? file->row_count : 0;
        snprintf(d->day.message, sizeof d->day.message,
                 "%.200s was written by another program and has nothing to check it by: "
                 "no row is deleted on its word",
                 file->path);
        d->day.status = PQT_UNSUPPORTED;
        return PQT_OK;
    }
    TRY(deletion_prove(d, file, error));
    return delete_proven(d, error);
}

/* --- A day --- */

pqt_status deletion_list_files(const struct deleting *d, int32_t first, int32_t last,
                               arena *memory, const char ***paths, size_t *count,
                               pqt_error *error)
{
    const size_t most = d->snapshot ? (size_t)d->snapshot->file_count : 0;
    *count = 0;
    *paths = arena_alloc(memory, most + 1, sizeof **paths);
    if (!*paths) return error_no_memory(error, most * sizeof **paths);
    for (size_t i = 0; i < most; i++) {
        const delta_file *file = &d->snapshot->files[i];
        if (file->row_count == 0 || !file_touches(file, first, last)) continue;
        (*paths)[*count] = arena_text(memory, view_text(file->path));
        if (!(*paths)[(*count)++]) return error_no_memory(error, strlen(file->path));
    }
    return PQT_OK;
}

static pqt_status delete_files(struct deleting *d, pqt_error *error)
{
    arena memory = {0};
    const char **paths = NULL;
    size_t count = 0;
    pqt_status status =
        deletion_list_files(d, d->day.date, d->day.date, &memory, &paths, &count, error);
    for (size_t i = 0; status == PQT_OK && i < count; i++) {
        const delta_file *file = delta_find(d->snapshot, paths[i]);
        if (file)
            status = delete_file(d, file, error);
        else
            status = error_set(error, PQT_CONFLICT,
                               "%s is not in the archive any more: somebody else changed "
                               "it meanwhile; run it again",
                               paths[i]);
    }
    arena_free(&memory);
    return status;
}

/* What the export would have put into the archive before. */
static void add_expected(struct deleting *d, const struct exported_day *exported)
{
    pqa_deleted_day *day = &d->day;
    day->rows_deleted += exported->rows_new + exported->rows_changed;
    day->rows_kept -= exported->rows_changed;
    if (day->rows_kept < 0) day->rows_kept = 0;
}

static void note_failure(struct deleting *d, pqt_status status, const pqt_error *error)
{
    if (d->first_failure != PQT_OK) return;
    d->first_failure = status;
    d->first_error = *error;
    d->first_error.status = status;
}

static void report_day(struct deleting *d, pqt_status status, const pqt_error *error)
{
    if (status != PQT_OK) {
        d->day.status = status;
        snprintf(d->day.message, sizeof d->day.message, "%s", error->message);
    }
    if (d->day.status != PQT_OK) {
        pqt_error first = {.status = d->day.status};
        snprintf(first.message, sizeof first.message, "%s", d->day.message);
        note_failure(d, d->day.status, &first);
    }
    if (d->callback) d->callback(d->self, &d->day);
}

static void note_dropped(struct deleting *d, const struct exported_day *exported)
{
    d->day.is_dropped = true;
    d->day.batches = exported->locked_us > 0 ? 1 : 0;
    d->day.longest_batch_us = exported->locked_us;
    d->day.rows_deleted = exported->rows_dropped;
    d->day.rows_gone = exported->rows - exported->rows_dropped;
}

/* A file that does not verify is no reason to leave the other days alone; a database that
 * does not answer is. */
static pqt_status delete_day(struct deleting *d, int32_t date, pqt_error *error)
{
    const struct exported_day *exported = &d->exported[date - d->options.since];
    pqt_error problem = {0};
    if (!exported->is_archived) return PQT_OK;
    d->day = (pqa_deleted_day){.date = date};
    pqt_status status = PQT_OK;
    if (exported->is_dropped)
        note_dropped(d, exported);
    else if (exported->rows_read > 0)
        status = delete_files(d, &problem);
    else
        d->day.rows_gone = exported->rows; /* nothing to prove it for */
    if (d->options.dry_run && status == PQT_OK) add_expected(d, exported);
    report_day(d, status, &problem);
    if (status == PQT_OK || status == PQT_CORRUPT) return PQT_OK;
    if (error) *error = problem;
    return status;
}

/* --- The whole --- */

static void take_exported(void *self, const pqa_day *day)
{
    struct deleting *d = self;
    if (day->date < d->options.since || day->date > d->options.until) return;
    struct exported_day *out = &d->exported[day->date - d->options.since];
    *out = (struct exported_day){.is_archived = day->outcome == PQA_DAY_WRITTEN ||
                                                day->outcome == PQA_DAY_UNCHANGED,
                                 .is_empty = day->outcome == PQA_DAY_EMPTY,
                                 .rows = day->rows,
                                 .rows_read = day->rows_read,
                                 .rows_new = day->rows_new,
                                 .rows_changed = day->rows_changed};
    d->any_archived = d->any_archived || out->is_archived;
    if (d->options.exported) d->options.exported(d->self, day);
}

/* Copies that fail hold nothing back. */
static void copy_days(struct deleting *d, copies_of_export *copies)
{
    pqt_error problem = {0};
    const pqt_status status = copies_make(copies, &problem);
    note_failure(d, status, &problem);
}

/* The days that were exported are deleted also where one of them contradicted. */
static pqt_status export_days(struct deleting *d, pqt_error *error)
{
    const pqa_export_options options = {.since = d->options.since,
                                        .until = d->options.until,
                                        .dry_run = d->options.dry_run,
                                        .copies = d->options.copies};
    copies_of_export copies = {
        .context = d->context, .options = &options, .callback = take_exported, .self = d};
    pqt_error problem = {0};
    pqt_status status = copies_begin(&copies, &problem);
    if (status == PQT_OK)
        status = archive_export_locked(d->context, &options, copies_note_day, &copies,
                                       &problem);
    const bool goes_on = status == PQT_OK || (status == PQT_CORRUPT && d->any_archived);
    if (goes_on) note_failure(d, status, &problem);
    if (goes_on) copy_days(d, &copies);
    copies_end(&copies);
    if (!goes_on && error) *error = problem;
    return goes_on ? PQT_OK : status;
}

static pqt_status check_origin(const struct deleting *d, const source_identity *identity,
                               pqt_error *error)
{
    const char *environment = d->context->settings->environment;
    const char *text = delta_configuration(d->snapshot, KEY_SOURCE);
    bool is_same = false;
    TRY(archive_source_is(d->snapshot, environment, identity, &is_same, error));
    if (is_same) return PQT_OK;
    return error_set(
        error, PQT_CORRUPT,
        "%s is not the database that the archive was made from; nothing is "
        "deleted. It is '%s: %.180s', and the archive was made from '%.180s'",
        d->from->name, environment, identity->text, text ? text : "");
}

static pqt_status read_archive(struct deleting *d, const source_identity *identity,
                               pqt_error *error)
{
    const pqt_status status =
        delta_snapshot_read(d->context->store, ARCHIVE_ROOT, &d->snapshot, error);
    if (status == PQT_NOT_FOUND && d->options.dry_run) return PQT_OK;
    TRY(status);
    return check_origin(d, identity, error);
}

static pqt_status delete_days(struct deleting *d, const source_identity *identity,
                              pqt_error *error)
{
    TRY(export_days(d, error));
    TRY(read_archive(d, identity, error));
    if (d->options.drop_partitions) TRY(deletion_drop_partitions(d, error));
    for (int32_t date = d->options.since; date <= d->options.until; date++)
        TRY(delete_day(d, date, error));
    if (d->first_failure == PQT_OK) return PQT_OK;
    if (error) *error = d->first_error;
    return d->first_failure;
}

/* The database that rows go from must be the one that they were read from. */
static pqt_status check_databases(struct deleting *d, source_identity *identity,
                                  pqt_error *error)
{
    source_identity exported;
    const source_delete_limits limits = {d->options.lock_timeout_ms,
                                         d->options.statement_timeout_ms};
    TRY(source_prepare_delete(d->from, &limits, error));
    TRY(source_identify(d->from, identity, error));
    TRY(source_identify(d->context->source, &exported, error));
    if (!identity->id_is_unique || identity->ids_may_return)
        return error_set(error, PQT_UNSUPPORTED,
                         "%s: ids that are not unique, or that return, cannot be deleted "
                         "by",
                         d->from->name);
    if (strcmp(identity->text, exported.text) == 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "the database to delete from is another than the one that is "
                     "exported; nothing is deleted: '%.200s', and exported is '%.200s'",
                     identity->text, exported.text);
}

static pqt_status check_days(const pqa_delete_options *options, pqt_error *error)
{
    const int32_t today = clock_today_utc();
    char last[DATE_TEXT_BYTES];
    TRY(date_check_range(options->since, options->until, error));
    date_text(options->until, last);
    if (options->until >= today)
        return error_set(error, PQT_INVALID,
                         "the day %s is not over yet (in UTC): its rows are not deleted",
                         last);
    return PQT_OK;
}

static int32_t choose(int32_t given, int32_t standard)
{
    return given > 0 ? given : standard;
}

static pqt_status prepare(struct deleting *d, pqt_error *error)
{
    pqa_delete_options *o = &d->options;
    o->batch_rows = choose(o->batch_rows, DEFAULT_BATCH_ROWS);
    o->lock_timeout_ms = choose(o->lock_timeout_ms, DEFAULT_LOCK_TIMEOUT_MS);
    o->statement_timeout_ms =
        choose(o->statement_timeout_ms, DEFAULT_STATEMENT_TIMEOUT_MS);
    const size_t days = (size_t)((int64_t)o->until - o->since + 1);
    d->exported = alloc_zeroed(NULL, days, sizeof *d->exported);
    d->rows = alloc_zeroed(NULL, (size_t)o->batch_rows, sizeof *d->rows);
    if (d->exported && d->rows) return PQT_OK;
    return error_no_memory(error, days * sizeof *d->exported);
}

static pqt_status run(struct deleting *d, pqt_error *error)
{
    source_identity identity;
    TRY(prepare(d, error));
    TRY(check_databases(d, &identity, error));
    if (!d->options.dry_run)
        TRY(store_lock(d->context->store, "writer", &d->lock, error));
    return delete_days(d, &identity, error);
}

pqt_status archive_delete(const export_context *context, source *from,
                          const pqa_delete_options *options,
                          pqa_deleted_callback callback, void *self, pqt_error *error)
{
    struct deleting d = {.context = context,
                         .from = from,
                         .options = *options,
                         .callback = callback,
                         .self = self};
    TRY(check_days(options, error));
    const pqt_status status = run(&d, error);
    proof_close(&d.proven);
    delta_snapshot_free(d.snapshot);
    store_unlock(context->store, d.lock);
    arena_free(&d.texts);
    alloc_release(NULL, d.rows);
    alloc_release(NULL, d.exported);
    return status;
}
