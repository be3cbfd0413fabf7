#include "archive/export.h"

#include <stdio.h>

#include "archive/archive_table.h"
#include "archive/commit_group.h"
#include "archive/contradiction.h"
#include "archive/copies.h"
#include "archive/day_file.h"
#include "archive/lost_days.h"
#include "archive/moved_ids.h"
#include "archive/pass.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/date.h"

enum {
    PAGE_ROWS_LEAST = 8192, /* a page ends at the first project's end behind these */
    PAGE_ROWS_MOST = 16384,
    ROWS_A_PASS = 4500000, /* about what fits into memory without runs */
    MOST_TRIES = 5
};

/* What lives as long as the export. */
struct exporting {
    const export_context *context;
    const pqa_export_options *options;
    pqa_day_callback callback;
    void *callback_self;
    buffer source_text; /* for pqa.source */
    archive_table table;
    commit_group group;
    covered unreadable; /* days whose file cannot be read: they failed, */
    covered lost;       /* or (rebuild) are written from the database alone */
    covered changed;    /* days that share a file, found to be changed */
    bool knows_more;    /* one of the three has grown: the pass is made again */
    int32_t done;       /* the last day that was committed */
    int32_t pruned;     /* the last that was reported as pruned */
    id_list *archived_only;
    id_list *database_only;
    id_list *scratch_ids;
    row_batch *sorted;
    row_batch *merged;
    pqt_status first_failure;
    pqt_error first_error;
};

/* --- Reporting --- */

/* A day that fails does not stop the others; the first failure is the export's. */
static pqa_day note_failure(struct exporting *e, int32_t date, pqt_status status,
                            const pqt_error *error)
{
    pqa_day failed = {.date = date, .outcome = PQA_DAY_FAILED, .status = status};
    snprintf(failed.message, sizeof failed.message, "%s", error->message);
    if (e->first_failure == PQT_OK) {
        e->first_failure = status;
        e->first_error = *error;
    }
    return failed;
}

/* --- The source --- */

static pqt_status check_source(struct exporting *e, pqt_error *error)
{
    source_identity identity;
    TRY(source_begin(e->context->source, error)); /* tells what is missing by name */
    const pqt_status identified = source_identify(e->context->source, &identity, error);
    TRY(source_end(e->context->source, identified == PQT_OK ? error : NULL));
    TRY(identified);
    if (!identity.id_is_unique)
        return error_set(
            error, PQT_UNSUPPORTED,
            "%s: the page views have no unique index on their id, alone or with the "
            "date; rows cannot be merged safely without one",
            e->context->source->name);
    if (identity.text[0] == 0) return PQT_OK; /* files do not say whose they are */
    TRY(archive_source_text(e->context->settings->environment, &identity, &e->source_text,
                            error));
    e->table.source_text = (const char *)e->source_text.data;
    return PQT_OK;
}

/* --- One day --- */

/* What became of a day, until its unit is done. */
struct day_result {
    pqa_day report;
    delta_file entry;
    bool is_new;
};

/* The days that one commit has to change together: because a file holds rows of them. A
 * unit of several days is written whole when any of its days changed; whether one did is
 * known only after its last day, and it is written in another pass. */
struct unit {
    int32_t first;
    int32_t last;
    bool is_to_write;
    bool is_changed;
    struct day_result *results;
};

/* A day on its way from the sorter into its file. */
struct day_stream {
    pass *pass;
    export_day *day;
    file_writer *writer; /* NULL: merged only */
    moved_ids moved;
    int64_t left; /* rows still in the sorter */
};

static pqt_status next_rows(struct exporting *e, pass *p, int64_t *left, pqt_error *error)
{
    TRY(sorter_next(p->sorter, PAGE_ROWS_LEAST, e->sorted, error));
    if (e->sorted->count == 0)
        return error_set(error, PQT_INTERNAL, "sorted rows are missing");
    *left -= (int64_t)e->sorted->count;
    return PQT_OK;
}

static pqt_status skip_rows(struct exporting *e, pass *p, int64_t left, pqt_error *error)
{
    while (left > 0) TRY(next_rows(e, p, &left, error));
    return PQT_OK;
}

/* Where the archive has nothing of the day, only ids that it may have elsewhere count. */
static pqt_status note_new_ids(struct exporting *e, const struct day_stream *stream,
                               pqt_error *error)
{
    const row_batch *rows = e->sorted;
    for (size_t i = 0; stream->moved.file_count > 0 && i < rows->count; i++)
        if (moved_ids_may_hold(&stream->moved, rows->ids[i]))
            TRY(id_list_add(e->database_only, rows->ids[i], error));
    return PQT_OK;
}

/* The next rows in order, merged. */
static pqt_status merge_rows(struct exporting *e, struct day_stream *stream,
                             const row_batch **rows, pqt_error *error)
{
    export_day *d = stream->day;
    TRY(next_rows(e, stream->pass, &stream->left, error));
    if (!d->has_archived) {
        *rows = e->sorted;
        d->rows_new += (int64_t)e->sorted->count;
        return note_new_ids(e, stream, error);
    }
    day_merge merge = {
        .day = d, .archived_only = e->archived_only, .database_only = e->database_only};
    *rows = e->merged;
    return day_merge_batch(&merge, e->sorted, e->merged, error);
}

/* Streams the day's rows, merged, into the writer. */
static pqt_status stream_day(struct exporting *e, struct day_stream *stream,
                             pqt_error *error)
{
    day_merge merge = {.day = stream->day,
                       .archived_only = e->archived_only,
                       .database_only = e->database_only};
    TRY(id_list_clear(e->archived_only, error)); /* of a day that failed */
    TRY(id_list_clear(e->database_only, error));
    while (stream->left > 0) {
        const row_batch *rows = NULL;
        TRY(progress_check(e->context->settings->progress, error));
        TRY(merge_rows(e, stream, &rows, error));
        if (stream->writer) TRY(file_writer_append(stream->writer, rows, error));
    }
    const pqt_status finished = day_merge_finish(&merge, error);
    if (merge.has_contradicting_id)
        contradiction_explain(e->context, stream->pass->base, &merge, error);
    TRY(finished);
    return moved_ids_check(&stream->moved, e->database_only, e->scratch_ids, error);
}

file_writer_options export_writer_options(const export_context *context)
{
    const pqa_settings *settings = context->settings;
    const char *directory = store_temporary_directory(context->store);
    return (file_writer_options){
        .temporary_directory = directory ? directory : settings->temporary_directory,
        .is_in_store = directory != NULL,
        .threads = thread_pool_size(context->pool),
        .compression_level = settings->compression_level,
        .portable = settings->portable};
}

static pqt_status make_writer(const struct exporting *e, file_writer **out,
                              pqt_error *error)
{
    const file_writer_options options = export_writer_options(e->context);
    return file_writer_create(&options, out, error);
}

/* Writes, checks and puts the file of a day whose rows changed. */
static pqt_status publish_day(struct exporting *e, const struct day_stream *stream,
                              struct day_result *result, pqt_error *error)
{
    const export_day *d = stream->day;
    arena *memory = &e->group.memory;
    file_writer *writer = stream->writer;
    written_file written;
    const char *path = NULL;
    const archive_sum expected = day_expected(d);
    TRY(file_writer_finish(writer, &written, error));
    row_batch_clear(e->sorted);
    row_batch_clear(e->merged);
    sorter_trim(stream->pass->sorter); /* checking wants the memory */
    TRY(file_writer_check(writer, &expected, e->context->pool, error));
    TRY(progress_check(e->context->settings->progress, error));
    const delta_snapshot *base = stream->pass->base;
    TRY(day_file_put(e->context->store, base, d->date, &written, memory, &path, error));
    if (d->has_archived || d->is_lost)
        TRY(day_file_read_back(e->context->store, path, &written, error));
    TRY(day_file_entry(&written, &expected, path, memory, &result->entry, error));
    result->is_new = !base || !delta_find(base, path); /* a lost one may be there again */
    result->report.file_bytes = written.size_bytes;
    result->report.path = path;
    return PQT_OK;
}

static void fill_report(const export_day *d, bool is_changed, pqa_day *report)
{
    const archive_sum sum = is_changed ? day_expected(d) : d->archived;
    report->date = d->date;
    report->outcome = is_changed ? PQA_DAY_WRITTEN : PQA_DAY_UNCHANGED;
    if (sum.row_count == 0) report->outcome = PQA_DAY_EMPTY;
    report->rows = sum.row_count;
    report->rows_read = d->database.row_count;
    report->views = sum.view_count;
    report->rows_new = is_changed ? d->rows_new : 0;
    report->rows_changed = is_changed ? d->rows_changed : 0;
}

/* Nothing to merge: the database has nothing more than the archive, row for row. */
static bool is_known_unchanged(const export_day *d)
{
    return d->database.row_count == 0 || archive_sum_equal(&d->database, &d->archived);
}

/* Merges and writes the rows, and publishes the file if something changed. */
static pqt_status write_rows(struct exporting *e, struct day_stream *stream,
                             struct unit *unit, struct day_result *result,
                             pqt_error *error)
{
    export_day *d = stream->day;
    if (unit->is_to_write) TRY(make_writer(e, &stream->writer, error));
    TRY(stream_day(e, stream, error));
    const archive_sum expected = day_expected(d);
    const bool is_changed = !archive_sum_equal(&expected, &d->archived);
    const bool is_written = is_changed || unit->last > unit->first;
    unit->is_changed = unit->is_changed || is_changed;
    if (is_written && expected.row_count > 0 && stream->writer)
        TRY(publish_day(e, stream, result, error));
    fill_report(d, is_changed, &result->report);
    return PQT_OK;
}

static pqt_status write_day(struct exporting *e, pass *p, export_day *d,
                            struct unit *unit, pqt_error *error)
{
    struct day_stream stream = {.pass = p, .day = d, .left = day_rows(d)};
    struct day_result *result = &unit->results[d->date - unit->first];
    pqt_status status =
        moved_ids_open(e->context->store, p->base, d, &stream.moved, error);
    if (status == PQT_OK) status = write_rows(e, &stream, unit, result, error);
    moved_ids_free(&stream.moved);
    file_writer_free(stream.writer);
    if (status != PQT_CORRUPT) return status;
    pqt_error ignored; /* the days behind it are still exported */
    const pqt_status skipped = skip_rows(e, p, stream.left, &ignored);
    return skipped == PQT_OK ? status : PQT_INTERNAL;
}

/* --- A unit of days --- */

/* Hands what the unit's days have become to the group that is committed. */
static pqt_status add_to_group(struct exporting *e, const pass *p,
                               const struct unit *unit, pqt_error *error)
{
    bool is_replaced = false;
    for (int32_t date = unit->first; date <= unit->last; date++) {
        const struct day_result *result = &unit->results[date - unit->first];
        if (result->is_new) TRY(commit_group_add(&e->group, &result->entry, error));
        is_replaced = is_replaced || result->is_new;
        /* Files may have some projects' rows only: an export has to add the others. */
        const source_day held = source_day_held(e->context->source, date);
        if (!p->days[date - p->first].is_wanted || held != SOURCE_DAY_WHOLE) continue;
        TRY(commit_group_cover(&e->group, date, error));
    }
    return is_replaced ? commit_group_replace(&e->group, unit->first, unit->last, error)
                       : PQT_OK;
}

static bool unit_is_unchanged(const pass *p, const struct unit *unit)
{
    for (int32_t date = unit->first; date <= unit->last; date++)
        if (!is_known_unchanged(&p->days[date - p->first])) return false;
    return true;
}

static bool knows_change(const struct exporting *e, const struct unit *unit)
{
    return unit->first == unit->last || covered_contains(&e->changed, unit->first);
}

static pqt_status go_again(struct exporting *e, covered *days, int32_t first,
                           int32_t last, pqt_error *error)
{
    e->knows_more = true;
    TRY(covered_add(days, first, last, error));
    return error_set(error, PQT_CONFLICT, "the pass is made again");
}

static pqt_status keep_day(struct exporting *e, pass *p, struct unit *unit, int32_t date,
                           pqt_error *error)
{
    const export_day *d = &p->days[date - p->first];
    TRY(skip_rows(e, p, day_rows(d), error));
    fill_report(d, false, &unit->results[date - unit->first].report);
    return PQT_OK;
}

/* The days behind a unit that failed are still exported. */
static pqt_status skip_days(struct exporting *e, pass *p, int32_t first, int32_t last)
{
    pqt_error ignored;
    pqt_status status = PQT_OK;
    for (int32_t date = first; date <= last && status == PQT_OK; date++)
        status = skip_rows(e, p, day_rows(&p->days[date - p->first]), &ignored);
    return status == PQT_OK ? PQT_OK : PQT_INTERNAL;
}

static pqt_status write_unit(struct exporting *e, pass *p, struct unit *unit,
                             pqt_error *error)
{
    int32_t date = unit->first;
    const bool unchanged = unit_is_unchanged(p, unit);
    unit->is_to_write = !e->options->dry_run && knows_change(e, unit);
    pqt_status status = PQT_OK;
    if (p->days[date - p->first].is_lost)
        status = lost_days_check(p, date, unit->last, e->options->accept_loss, error);
    for (; date <= unit->last && status == PQT_OK; date++)
        status = unchanged ? keep_day(e, p, unit, date, error)
                           : write_day(e, p, &p->days[date - p->first], unit, error);
    if (status == PQT_CORRUPT) TRY(skip_days(e, p, date, unit->last));
    if (status != PQT_OK || e->options->dry_run) return status;
    if (unit->is_changed && !unit->is_to_write)
        return go_again(e, &e->changed, unit->first, unit->last, error);
    return add_to_group(e, p, unit, error);
}

static pqt_status report_unit(struct exporting *e, const pass *p, const struct unit *unit,
                              pqt_error *error)
{
    commit_group_widen(&e->group, unit->first, unit->last);
    for (int32_t date = unit->first; date <= unit->last; date++)
        if (p->days[date - p->first].is_wanted)
            TRY(commit_group_day(&e->group, &unit->results[date - unit->first].report,
                                 error));
    return PQT_OK;
}

static pqt_status export_unit(struct exporting *e, pass *p, struct unit *unit,
                              pqt_error *error)
{
    const size_t days = (size_t)(unit->last - unit->first + 1);
    unit->results = arena_alloc(&e->group.memory, days, sizeof *unit->results);
    if (!unit->results) return error_no_memory(error, days * sizeof *unit->results);
    const pqt_status status = write_unit(e, p, unit, error);
    if (status != PQT_OK && status != PQT_CORRUPT) return status;
    for (int32_t date = unit->first; status == PQT_CORRUPT && date <= unit->last; date++)
        if (p->days[date - p->first].is_wanted)
            unit->results[date - unit->first].report =
                note_failure(e, date, status, error);
    return report_unit(e, p, unit, error);
}

/* --- A pass --- */

static void report_pruned(struct exporting *e, int32_t date)
{
    const pqa_day pruned = {.date = date, .outcome = PQA_DAY_PRUNED};
    if (date <= e->pruned) return;
    e->pruned = date;
    if (e->callback) e->callback(e->callback_self, &pruned);
}

/* Leaves out days that were pruned or (backfill) are there; false where none is left. */
static bool choose_days(struct exporting *e, pass *p)
{
    bool any = false;
    for (int32_t date = p->first; date <= p->last; date++) {
        export_day *d = &p->days[date - p->first];
        d->is_lost = covered_contains(&e->lost, date);
        d->is_wanted = d->is_wanted || d->is_lost; /* with all that share the file */
        if (!d->is_wanted) continue;
        if (source_day_held(e->context->source, date) == SOURCE_DAY_ABSENT) {
            d->is_wanted = false;
            continue;
        }
        if (archive_table_is_pruned(&e->table, date)) {
            report_pruned(e, date);
            d->is_wanted = false;
        }
        if (e->options->skip_covered && covered_contains(&e->table.covered, date))
            d->is_wanted = false;
        if (covered_contains(&e->unreadable, date)) d->is_wanted = false;
        any = any || d->is_wanted;
    }
    return any;
}

static pqt_status export_units(struct exporting *e, pass *p, pqt_error *error)
{
    int32_t date = p->first;
    while (date <= p->last) {
        struct unit unit = {.first = date, .last = pass_unit_end(p, date)};
        TRY(export_unit(e, p, &unit, error));
        if (commit_group_is_full(&e->group))
            TRY(commit_group_flush(&e->group, &e->done, error));
        progress_report(e->context->settings->progress, "days", unit.last - p->first + 1,
                        p->last - p->first + 1);
        date = unit.last + 1;
    }
    return PQT_OK;
}

/* Days that are done are committed also where a later one stops the export. */
static pqt_status export_days(struct exporting *e, pass *p, pqt_error *error)
{
    if (!choose_days(e, p)) return PQT_OK;
    TRY(pass_read(p, error));
    e->group.scope.read = p->base;
    const pqt_status status = export_units(e, p, error);
    const pqt_status flushed =
        commit_group_flush(&e->group, &e->done, status == PQT_OK ? error : NULL);
    return status == PQT_OK ? flushed : status;
}

/* Days whose file cannot be read fail, and no others; where they are to be written anew,
 * the pass is made without the file. */
static pqt_status leave_file(struct exporting *e, const pass *p, pqt_error *error)
{
    pqt_error failure;
    const pqt_error cause = *error;
    int32_t first, last;
    TRY(archive_table_read(&e->table, error));
    if (!delta_find(e->table.current, p->unreadable->path))
        return error_set(error, PQT_CONFLICT, "%s was replaced meanwhile",
                         p->unreadable->path);
    TRY(file_dates(p->unreadable, &first, &last, error));
    pass_find_unit(p, first, &first, &last);
    if (e->options->rebuild) return go_again(e, &e->lost, first, last, error);
    error_set(&failure, PQT_CORRUPT,
              "%s. Put the file back from a backup or the bucket's versions; where the "
              "database still has the day, pqa export --rebuild writes it anew",
              cause.message);
    for (int32_t date = first; date <= last; date++) {
        if (!p->days[date - p->first].is_wanted) continue;
        const pqa_day failed = note_failure(e, date, PQT_CORRUPT, &failure);
        if (e->callback) e->callback(e->callback_self, &failed);
    }
    return go_again(e, &e->unreadable, first, last, error);
}

/* The pass keeps its own snapshot: days committed on the way change the current one. */
static pqt_status try_pass(struct exporting *e, int32_t since, int32_t until,
                           pqt_error *error)
{
    pass p;
    delta_snapshot *base = NULL;
    if (!e->table.current && !e->options->dry_run)
        TRY(archive_table_create(&e->table, error));
    if (e->table.current)
        TRY(delta_snapshot_read(e->context->store, ARCHIVE_ROOT, &base, error));
    pqt_status status = pass_open(e->context, base, since, until, &p, error);
    if (status == PQT_OK) status = export_days(e, &p, error);
    if (status == PQT_CORRUPT && p.unreadable) status = leave_file(e, &p, error);
    pass_free(&p);
    delta_snapshot_free(base);
    return status;
}

static pqt_status run_pass(struct exporting *e, int32_t since, int32_t until,
                           pqt_error *error)
{
    pqt_status status = PQT_CONFLICT;
    for (int tries = 0; tries < MOST_TRIES && status == PQT_CONFLICT;
         tries += !e->knows_more) {
        e->knows_more = false;
        TRY(archive_table_read(&e->table, error));
        if (e->done >= since) since = e->done + 1; /* before the conflict */
        status = since > until ? PQT_OK : try_pass(e, since, until, error);
    }
    return status;
}

/* --- Which passes --- */

/* Days a pass: all where the rows are few or not known, or where each pass would read the
 * whole table; else what fits into memory. */
static pqt_status choose_pass_days(const struct exporting *e, int32_t *days,
                                   pqt_error *error)
{
    const int32_t since = e->options->since, until = e->options->until;
    source_estimate whole, one_day;
    *days = until - since + 1;
    TRY(source_begin(e->context->source, error));
    pqt_status status =
        source_estimate_read(e->context->source, since, until, &whole, error);
    if (status == PQT_OK)
        status = source_estimate_read(e->context->source, since, since, &one_day, error);
    TRY(source_end(e->context->source, status == PQT_OK ? error : NULL));
    TRY(status);
    if (one_day.is_scan || whole.rows <= ROWS_A_PASS) return PQT_OK;
    const int64_t fitting = (int64_t)*days * ROWS_A_PASS / whole.rows;
    *days = fitting < 1 ? 1 : (int32_t)fitting;
    return PQT_OK;
}

static pqt_status run_passes(struct exporting *e, pqt_error *error)
{
    const int32_t until = e->options->until;
    int32_t days = 1;
    if (until > e->options->since) TRY(choose_pass_days(e, &days, error));
    for (int32_t since = e->options->since; since <= until; since += days) {
        const int32_t end = until - since < days ? until : since + days - 1;
        TRY(run_pass(e, since, end, error));
    }
    return PQT_OK;
}

static pqt_status check_days(const pqa_export_options *options, pqt_error *error)
{
    const int32_t today = clock_today_utc();
    char last[DATE_TEXT_BYTES];
    TRY(date_check_range(options->since, options->until, error));
    date_text(options->until, last);
    if (options->until > today)
        return error_set(error, PQT_INVALID, "the day %s is in the future", last);
    if (options->until == today && !options->include_open)
        return error_set(
            error, PQT_INVALID,
            "the day %s is not over yet (in UTC); to export it all the same, "
            "say --include-open (include_open=True in Python)",
            last);
    return PQT_OK;
}

static pqt_status prepare(struct exporting *e, pqt_error *error)
{
    const char *directory = e->context->settings->temporary_directory;
    TRY(check_source(e, error));
    TRY(archive_table_read(&e->table, error));
    TRY(id_list_create(directory, &e->archived_only, error));
    TRY(id_list_create(directory, &e->database_only, error));
    TRY(id_list_create(directory, &e->scratch_ids, error));
    TRY(row_batch_create(PAGE_ROWS_MOST + 2, &e->sorted, error));
    return row_batch_create(PAGE_ROWS_MOST + 2, &e->merged, error);
}

static void release(struct exporting *e)
{
    commit_group_free(&e->group);
    buffer_free(&e->source_text);
    archive_table_free(&e->table);
    covered_free(&e->unreadable);
    covered_free(&e->lost);
    covered_free(&e->changed);
    id_list_free(e->archived_only);
    id_list_free(e->database_only);
    id_list_free(e->scratch_ids);
    row_batch_free(e->sorted);
    row_batch_free(e->merged);
}

pqt_status archive_export_locked(const export_context *context,
                                 const pqa_export_options *options,
                                 pqa_day_callback callback, void *self, pqt_error *error)
{
    struct exporting e = {.context = context,
                          .options = options,
                          .callback = callback,
                          .callback_self = self,
                          .done = INT32_MIN,
                          .pruned = INT32_MIN};
    e.group = (commit_group){.table = &e.table,
                             .callback = callback,
                             .callback_self = self,
                             .dry_run = options->dry_run};
    e.table = (archive_table){.store = context->store,
                              .adopt_source = context->settings->adopt_source,
                              .progress = context->settings->progress};
    pqt_error own; /* what days failed for is told by the callback, too */
    if (!error) error = &own;
    TRY(check_days(options, error));
    pqt_status status = prepare(&e, error);
    if (status == PQT_OK) status = run_passes(&e, error);
    release(&e);
    if (status != PQT_OK || e.first_failure == PQT_OK) return status;
    *error = e.first_error;
    return e.first_failure;
}

/* Copies also where a day contradicted: the others were committed. */
static pqt_status export_with_copies(const export_context *context,
                                     const pqa_export_options *options,
                                     pqa_day_callback callback, void *self,
                                     pqt_error *error)
{
    copies_of_export copies = {
        .context = context, .options = options, .callback = callback, .self = self};
    pqt_status status = copies_begin(&copies, error);
    if (status == PQT_OK)
        status = archive_export_locked(context, options, copies_note_day, &copies, error);
    if (status == PQT_OK || status == PQT_CORRUPT) {
        const pqt_status copied = copies_make(&copies, status == PQT_OK ? error : NULL);
        if (status == PQT_OK) status = copied;
    }
    copies_end(&copies);
    return status;
}

pqt_status archive_export(const export_context *context,
                          const pqa_export_options *options, pqa_day_callback callback,
                          void *self, pqt_error *error)
{
    void *lock = NULL;
    TRY(check_days(options, error)); /* before the lock: it is the caller's mistake */
    if (!options->dry_run) TRY(store_lock(context->store, "writer", &lock, error));
    const pqt_status status = export_with_copies(context, options, callback, self, error);
    store_unlock(context->store, lock);
    return status;
}
