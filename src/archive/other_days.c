#include "archive/other_days.h"

#include "archive/pass.h"
#include "base/date.h"

/* A file without statistics on its ids may have any. */
static bool may_share_ids(const delta_file *file, const export_day *d)
{
    int32_t first, last;
    if (file->row_count == 0 || d->database.row_count == 0) return false;
    if (file_dates(file, &first, &last, NULL) == PQT_OK && first <= d->date &&
        d->date <= last)
        return false;
    const delta_column_stats *ids = delta_stats(file, "id");
    if (!ids || !ids->has_range || ids->is_text) return true;
    return ids->min_number <= d->last_id && ids->max_number >= d->first_id;
}

bool other_days_may_share_ids(const delta_snapshot *snapshot, const export_day *d)
{
    for (int32_t i = 0; snapshot && i < snapshot->file_count; i++)
        if (may_share_ids(&snapshot->files[i], d)) return true;
    return false;
}

static pqt_status add_ids(const pqt_values *values, const export_day *d, id_list *out,
                          pqt_error *error)
{
    for (int64_t i = 0; i < values->row_count; i++) {
        const int64_t id = values->int64s[i];
        if (id >= d->first_id && id <= d->last_id) TRY(id_list_add(out, id, error));
    }
    return PQT_OK;
}

static pqt_status read_ids(const pqt_reader *reader, const char *path,
                           const export_day *d, id_list *out, pqt_error *error)
{
    const pqt_file_metadata *metadata = pqt_reader_metadata(reader);
    const int32_t column = pqt_schema_find(&metadata->schema, "id");
    if (column < 0)
        return error_set(error, PQT_CORRUPT, "%s: there is no column id", path);
    pqt_values values = {0};
    pqt_status status = PQT_OK;
    for (int32_t g = 0; g < metadata->row_group_count && status == PQT_OK; g++) {
        status = pqt_reader_read(reader, g, column, 0, metadata->row_groups[g].row_count,
                                 &values, error);
        if (status == PQT_OK && !values.int64s)
            status = error_set(error, PQT_CORRUPT, "%s: column id is not INT64", path);
        if (status == PQT_OK) status = add_ids(&values, d, out, error);
    }
    pqt_values_free(&values);
    return status;
}

static pqt_status read_file_ids(store *s, const char *path, const export_day *d,
                                id_list *out, pqt_error *error)
{
    buffer key = {0};
    pqt_input input;
    pqt_reader *reader = NULL;
    TRY(buffer_printf(&key, error, ARCHIVE_ROOT "/%s", path));
    key.data[key.size_bytes] = 0;
    pqt_status status = store_open_input(s, (char *)key.data, &input, error);
    buffer_free(&key);
    if (status == PQT_OK) status = pqt_reader_open(&input, NULL, &reader, error);
    if (status == PQT_OK) status = read_ids(reader, path, d, out, error);
    pqt_reader_close(reader);
    return status;
}

static pqt_status contradict(const export_day *d, const char *path, int64_t id,
                             pqt_error *error)
{
    char date[DATE_TEXT_BYTES];
    date_text(d->date, date);
    return error_set(
        error, PQT_CORRUPT,
        "day %s: the row with id %lld contradicts the archive: it is there "
        "under another day, in %s. Nothing was changed; was its date changed, "
        "or are ids used again?",
        date, (long long)id, path);
}

static pqt_status check_file(const export_context *context, const delta_file *file,
                             const export_day *d, id_list *ids, id_list *theirs,
                             pqt_error *error)
{
    bool found = false;
    int64_t id = 0;
    TRY(id_list_clear(theirs, error));
    TRY(read_file_ids(context->store, file->path, d, theirs, error));
    TRY(id_list_find_common(ids, theirs, &found, &id, error));
    return found ? contradict(d, file->path, id, error) : PQT_OK;
}

pqt_status other_days_check(const export_context *context, const delta_snapshot *snapshot,
                            const export_day *d, id_list *ids, pqt_error *error)
{
    id_list *theirs = NULL;
    TRY(id_list_create(context->settings->temporary_directory, &theirs, error));
    pqt_status status = PQT_OK;
    for (int32_t i = 0; snapshot && i < snapshot->file_count && status == PQT_OK; i++)
        if (may_share_ids(&snapshot->files[i], d))
            status = check_file(context, &snapshot->files[i], d, ids, theirs, error);
    id_list_free(theirs);
    const pqt_status cleared = id_list_clear(ids, status == PQT_OK ? error : NULL);
    return status == PQT_OK ? cleared : status;
}
