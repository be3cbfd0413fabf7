#include "archive/verify.h"

#include "archive/archive_table.h"
#include "archive/contradiction.h"
#include "archive/day_file.h"
#include "archive/file_check.h"
#include "archive/file_rows.h"
#include "archive/pass.h"
#include "base/date.h"
#include "table/object_key.h"

struct verifying {
    const export_context *context;
    const pqa_verify_options *options;
    const delta_snapshot *snapshot;
    pqa_verified_callback callback;
    void *self;
    pqt_status worst;
    pqt_error first_error;
};

static void report(struct verifying *v, pqa_verified *verified, pqt_status status,
                   const pqt_error *error)
{
    verified->status = status;
    verified->message = status == PQT_OK ? "" : error->message;
    if (status != PQT_OK && v->worst == PQT_OK) {
        v->worst = status;
        v->first_error = *error;
        v->first_error.status = status;
    }
    if (v->callback) v->callback(v->self, verified);
}

/* --- Files --- */

static pqt_status check_size(struct verifying *v, const delta_file *file,
                             pqt_error *error)
{
    uint64_t size = 0;
    TRY(table_object_size(v->context->store, file->path, &size, error));
    return file_compare_size(file, size, error);
}

static pqt_status check_bytes(struct verifying *v, const delta_file *file,
                              pqt_error *error)
{
    char found[SHA256_TEXT_BYTES];
    uint64_t size = 0;
    TRY(day_file_hash(v->context->store, file->path, &size, found, error));
    TRY(file_compare_size(file, size, error));
    return file_compare_hash(file, found, error);
}

static pqt_status check_rows(struct verifying *v, const delta_file *file,
                             pqt_error *error)
{
    pqt_reader *reader = NULL;
    file_content content;
    pqt_status status = file_open(v->context->store, file->path, &reader, error);
    const bool is_ours = delta_tag(file, TAG_ROW_HASH) != NULL;
    if (status == PQT_OK)
        status =
            file_check(reader, file->path, is_ours, v->context->pool, &content, error);
    if (status == PQT_OK) status = file_compare_content(file, &content, error);
    pqt_reader_close(reader);
    return status;
}

/* A file that is gone or cannot be read is as bad as one with wrong bytes. */
static pqt_status check_file(struct verifying *v, const delta_file *file,
                             pqt_error *error)
{
    const pqa_verify_depth depth = v->options->depth;
    pqt_status status = depth == PQA_VERIFY_SIZES ? check_size(v, file, error)
                                                  : check_bytes(v, file, error);
    if (status == PQT_OK && depth == PQA_VERIFY_ROWS) status = check_rows(v, file, error);
    if (status == PQT_NOT_FOUND || status == PQT_UNSUPPORTED || status == PQT_INVALID)
        return PQT_CORRUPT;
    return status;
}

static pqt_status verify_files(struct verifying *v, pqt_error *error)
{
    const delta_snapshot *snapshot = v->snapshot;
    for (int32_t i = 0; i < snapshot->file_count; i++) {
        const delta_file *file = &snapshot->files[i];
        pqa_verified verified = {
            .path = file->path, .rows = file->row_count, .size_bytes = file->size_bytes};
        pqt_error problem = {0};
        TRY(progress_check(v->context->settings->progress, error));
        const pqt_status dated =
            file_dates(file, &verified.first_date, &verified.last_date, &problem);
        if (dated == PQT_OK && (verified.last_date < v->options->since ||
                                verified.first_date > v->options->until))
            continue;
        const pqt_status status = check_file(v, file, &problem);
        report(v, &verified, status, &problem);
        progress_report(v->context->settings->progress, "files", i + 1,
                        snapshot->file_count);
    }
    return PQT_OK;
}

/* --- Against the database --- */

static pqt_status compare_day(struct verifying *v, pass *p, export_day *d,
                              row_batch *sorted, row_batch *merged, pqt_error *error)
{
    id_list *archived_only = NULL, *database_only = NULL;
    const char *directory = v->context->settings->temporary_directory;
    int64_t left = day_rows(d);
    pqt_status status = id_list_create(directory, &archived_only, error);
    if (status == PQT_OK) status = id_list_create(directory, &database_only, error);
    day_merge merge = {
        .day = d, .archived_only = archived_only, .database_only = database_only};
    pqt_status found = PQT_OK;
    while (status == PQT_OK && left > 0) {
        status = sorter_next(p->sorter, sorted->capacity - 2, sorted, error);
        left -= (int64_t)sorted->count;
        if (status == PQT_OK && found == PQT_OK)
            found = day_merge_batch(&merge, sorted, merged, error);
    }
    if (status == PQT_OK && found == PQT_OK) found = day_merge_finish(&merge, error);
    if (merge.has_contradicting_id)
        contradiction_explain(v->context, v->snapshot, &merge, error);
    id_list_free(archived_only);
    id_list_free(database_only);
    TRY(status);
    TRY(found);
    if (d->rows_new == 0 && d->rows_changed == 0) return PQT_OK;
    return error_set(
        error, PQT_CORRUPT,
        "%lld rows of the database are not in the archive and %lld have more "
        "views there; export the day again",
        (long long)d->rows_new, (long long)d->rows_changed);
}

/* After a merge that found all partners. */
static int64_t count_archived_only(const export_day *d)
{
    return d->archived.row_count - (d->database.row_count - d->rows_new);
}

static pqt_status compare_days(struct verifying *v, pass *p, pqt_error *error)
{
    row_batch *sorted = NULL, *merged = NULL;
    pqt_status status = row_batch_create(4098, &sorted, error);
    if (status == PQT_OK) status = row_batch_create(4098, &merged, error);
    for (int32_t date = p->first; status == PQT_OK && date <= p->last; date++) {
        export_day *d = &p->days[date - p->first];
        pqa_verified verified = {.path = "database",
                                 .first_date = date,
                                 .last_date = date,
                                 .rows = d->database.row_count};
        pqt_error problem = {0};
        const pqt_status found = compare_day(v, p, d, sorted, merged, &problem);
        if (found != PQT_OK && found != PQT_CORRUPT) {
            status = found;
            if (error) *error = problem;
        } else if (d->is_wanted) {
            verified.rows_archived_only = count_archived_only(d);
            report(v, &verified, found, &problem);
        }
    }
    row_batch_free(sorted);
    row_batch_free(merged);
    return status;
}

static bool has_date(const struct verifying *v, const covered *c, int32_t date)
{
    if (date < archive_table_first_kept(v->snapshot)) return false;
    if (covered_contains(c, date)) return true;
    for (int32_t i = 0; i < v->snapshot->file_count; i++)
        if (file_touches(&v->snapshot->files[i], date, date)) return true;
    return false;
}

/* Narrows [*first, *last] to dates that the archive claims to have; false where there are
 * none. */
static bool narrow(const struct verifying *v, const covered *c, int32_t *first,
                   int32_t *last)
{
    int32_t from = INT32_MAX, to = INT32_MIN;
    if (c->count > 0) {
        from = c->ranges[0].first;
        to = c->ranges[c->count - 1].last;
    }
    for (int32_t i = 0; i < v->snapshot->file_count; i++) {
        int32_t file_first, file_last;
        const delta_file *file = &v->snapshot->files[i];
        if (file_dates(file, &file_first, &file_last, NULL) != PQT_OK) continue;
        if (file_first < from) from = file_first;
        if (file_last > to) to = file_last;
    }
    if (from > *first) *first = from;
    if (to < *last) *last = to;
    return *first <= *last;
}

/* Days that the archive does not cover are not compared: they are not its claim. */
static pqt_status verify_days(struct verifying *v, const covered *c, pqt_error *error)
{
    int32_t first = v->options->since, last = v->options->until;
    if (!narrow(v, c, &first, &last)) return PQT_OK;
    pass p;
    pqt_status status = pass_open(v->context, v->snapshot, first, last, &p, error);
    for (int32_t date = first; status == PQT_OK && date <= last; date++)
        p.days[date - p.first].is_wanted = has_date(v, c, date);
    if (status == PQT_OK) status = pass_read(&p, error);
    if (status == PQT_OK) status = compare_days(v, &p, error);
    pass_free(&p);
    return status;
}

static pqt_status verify_database(struct verifying *v, pqt_error *error)
{
    covered c = {0};
    TRY(covered_parse(delta_configuration(v->snapshot, KEY_COVERED), &c, error));
    const pqt_status status = verify_days(v, &c, error);
    covered_free(&c);
    return status;
}

pqt_status archive_verify(const export_context *context,
                          const pqa_verify_options *options,
                          pqa_verified_callback callback, void *self, pqt_error *error)
{
    delta_snapshot *snapshot = NULL;
    TRY(delta_snapshot_read(context->store, ARCHIVE_ROOT, &snapshot, error));
    struct verifying v = {.context = context,
                          .options = options,
                          .snapshot = snapshot,
                          .callback = callback,
                          .self = self};
    pqt_status status = verify_files(&v, error);
    if (status == PQT_OK && options->against_database && v.worst == PQT_OK)
        status = verify_database(&v, error);
    delta_snapshot_free(snapshot);
    if (status != PQT_OK || v.worst == PQT_OK) return status;
    if (error) *error = v.first_error;
    return v.worst;
}
