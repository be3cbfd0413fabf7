#include <stdio.h>

#include "api/handle.h"
#include "api/result.h"
#include "api/run_report.h"
#include "api/totals.h"
#include "archive/archive_table.h"
#include "base/clock.h"

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
    {"store", PQA_TEXT},
    {"source", PQA_TEXT},
    {"version", PQA_INT64},
    {"covered", PQA_TEXT},
    {"days", PQA_INT64},
    {"days_missing", PQA_INT64},
    {"newest_day", PQA_DATE},

    {"files", PQA_INT64},
    {"rows", PQA_INT64},
    {"views", PQA_INT64},
    {"size", PQA_BYTES_SIZE},
    {"pruned_before", PQA_DATE},
    {"newest_age_days", PQA_INT64},
    {"day_size", PQA_BYTES_SIZE},
    {"year_size", PQA_BYTES_SIZE},
    {"year_cost_cents", PQA_INT64},
    {"database_size", PQA_BYTES_SIZE},
    {"nights", PQA_INT64},
    {"nights_failed", PQA_INT64},
    {"last_night_ms", PQA_INT64},
};
enum { STATUS_COLUMNS = sizeof status_columns / sizeof *status_columns };

static const double CENTS_A_GB_AND_YEAR = 2.3 * 12;

/* What is not of the log. */
struct surroundings {
    run_history history;
    bool has_history;
    source_size database;
    bool has_database;
};

static pqt_status read_history(const char *path, struct surroundings *out,
                               pqt_error *error)
{
    if (!path) return PQT_OK;
    const pqt_status status = run_history_read(path, &out->history, error);
    if (status != PQT_OK) error_prefix(error, "the report of the nights");
    out->has_history = status == PQT_OK && out->history.nights > 0;
    return status;
}

static pqt_status look_around(pqa_archive *archive, const pqa_status_options *options,
                              struct surroundings *out, pqt_error *error)
{
    *out = (struct surroundings){0};
    if (!options) return PQT_OK;
    TRY(read_history(options->report_file, out, error));
    if (!options->ask_database) return PQT_OK;
    source *from = NULL;
    TRY(handle_source(archive, &from, error));
    TRY(source_size_read(from, &out->database, error));
    out->has_database = out->database.rows > 0;
    return PQT_OK;
}

static int64_t day_bytes(const archive_totals *t)
{
    return t->recent_days ? (int64_t)(t->recent_bytes / (uint64_t)t->recent_days) : 0;
}

static int64_t database_bytes(const source_size *size, int64_t rows)
{
    return (int64_t)((double)size->bytes / (double)size->rows * (double)rows);
}

static pqt_status add_status(const pqa_archive *archive, const scan *sc,
                             const struct surroundings *around, result *r,
                             pqt_error *error)
{
    archive_totals t;
    const int32_t first_kept = archive_table_first_kept(sc->snapshot);
    const char *from = delta_configuration(sc->snapshot, KEY_SOURCE);
    TRY(archive_totals_read(sc, &t, error));
    const int64_t year = day_bytes(&t) * 365;
    const bool no_days = t.recent_days == 0, no_nights = !around->has_history;
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
        {.number = first_kept, .is_null = first_kept == INT32_MIN},
        {.number = clock_today_utc() - t.newest_day, .is_null = !t.has_newest_day},
        {.number = day_bytes(&t), .is_null = no_days},
        {.number = year, .is_null = no_days},
        {.number = (int64_t)((double)year / 1e9 * CENTS_A_GB_AND_YEAR + 0.5),
         .is_null = no_days},
        {.number = around->has_database ? database_bytes(&around->database, t.rows) : 0,
         .is_null = !around->has_database},
        {.number = around->history.nights, .is_null = no_nights},
        {.number = around->history.failed, .is_null = no_nights},
        {.number = around->history.last_duration_us / 1000, .is_null = no_nights},
    };
    return result_append(r, row, error);
}

/* One row, so that programs get an object with these keys. */
pqt_status pqa_status(pqa_archive *archive, const pqa_status_options *options,
                      pqa_table *out, pqt_error *error)
{
    scan *sc = NULL;
    result *r = NULL;
    struct surroundings around;
    TRY(handle_scan(archive, &sc, error));
    TRY(look_around(archive, options, &around, error));
    TRY(result_create(status_columns, STATUS_COLUMNS, &r, error));
    const pqt_status status = add_status(archive, sc, &around, r, error);
    if (status == PQT_OK)
        result_finish(r, out);
    else
        result_free(r);
    return status;
}
