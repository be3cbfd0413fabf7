#include <stdio.h>

#include "api/handle.h"
#include "api/result.h"
#include "api/totals.h"

/* --- Files --- */

static result_value date_value(const scan_file *file, int32_t date)
{
    return (result_value){.number = date, .is_null = !file->has_dates};
}

static pqt_status add_file(const scan_file *file, const delta_file *entry, result *r,
                           pqt_error *error)
{
    const bool verified = delta_tag(entry, TAG_SHA256) && delta_tag(entry, TAG_ROW_HASH);
    char key[1024];
    snprintf(key, sizeof key, ARCHIVE_ROOT "/%s", entry->path);
    const result_value row[] = {
        {.text = view_text(key)},
        date_value(file, file->first_date),
        date_value(file, file->last_date),
        {.number = entry->row_count, .is_null = entry->row_count < 0},
        {.number = (int64_t)entry->size_bytes},
        {.text = view_text(verified ? "yes" : "no")},
    };
    return result_append(r, row, error);
}

pqt_status pqa_files(pqa_archive *archive, pqa_table *out, pqt_error *error)
{
    static const result_column columns[] = {
        {"path", PQA_TEXT},  {"first_date", PQA_DATE}, {"last_date", PQA_DATE},
        {"rows", PQA_INT64}, {"size", PQA_BYTES_SIZE}, {"verified", PQA_TEXT}};
    scan *sc = NULL;
    result *r = NULL;
    TRY(handle_scan(archive, &sc, error));
    TRY(result_create(columns, 6, &r, error));
    for (int32_t i = 0; i < sc->snapshot->file_count; i++) {
        const pqt_status status =
            add_file(sc->files[i], &sc->snapshot->files[i], r, error);
        if (status == PQT_OK) continue;
        result_free(r);
        return status;
    }
    result_finish(r, out);
    return PQT_OK;
}

/* --- Status --- */

static const result_column status_columns[] = {
    {"store", PQA_TEXT},      {"source", PQA_TEXT},     {"version", PQA_INT64},
    {"covered", PQA_TEXT},    {"days", PQA_INT64},      {"days_missing", PQA_INT64},
    {"newest_day", PQA_DATE}, {"files", PQA_INT64},     {"rows", PQA_INT64},
    {"views", PQA_INT64},     {"size", PQA_BYTES_SIZE},
};
enum { STATUS_COLUMNS = sizeof status_columns / sizeof *status_columns };

static pqt_status add_status(const pqa_archive *archive, const scan *sc, result *r,
                             pqt_error *error)
{
    archive_totals t;
    const char *from = delta_configuration(sc->snapshot, KEY_SOURCE);
    TRY(archive_totals_read(sc, &t, error));
    const result_value row[STATUS_COLUMNS] = {
        {.text = view_text(archive->settings.store)},
        {.text = view_text(from ? from : ""), .is_null = !from},
        {.number = sc->snapshot->version},
        {.text = view_text(t.covered)},
        {.number = t.days},
        {.number = t.days_missing},
        {.number = t.newest_day, .is_null = !t.has_newest_day},
        {.number = t.file_count},
        {.number = t.rows},
        {.number = t.views},
        {.number = (int64_t)t.size_bytes},
    };
    return result_append(r, row, error);
}

/* One row, so that programs get an object with these keys. */
pqt_status pqa_status(pqa_archive *archive, pqa_table *out, pqt_error *error)
{
    scan *sc = NULL;
    result *r = NULL;
    TRY(handle_scan(archive, &sc, error));
    TRY(result_create(status_columns, STATUS_COLUMNS, &r, error));
    const pqt_status status = add_status(archive, sc, r, error);
    if (status == PQT_OK)
        result_finish(r, out);
    else
        result_free(r);
    return status;
}
