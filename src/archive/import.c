#include "archive/import.h"

#include <stdio.h>

#include "archive/import_source.h"
#include "base/clock.h"
#include "base/date.h"

static pqt_status find_files(const import_request *request, import_files *files,
                             pqt_error *error)
{
    for (size_t i = 0; i < request->place_count; i++)
        TRY(import_files_add(files, &request->places[i], error));
    if (files->count > 0) return import_files_survey(files, error);
    return error_set(error, PQT_NOT_FOUND,
                     "there is no file to import; expected files *.parquet, or folders "
                     "with such files");
}

static pqt_status check_any(const import_files *files, pqt_error *error)
{
    int64_t rows = 0, ours = 0;
    if (files->first <= files->last) return PQT_OK;
    for (size_t i = 0; i < files->count; i++) {
        rows += files->entries[i].rows;
        ours += files->entries[i].is_ours;
    }
    if (rows > 0)
        return error_set(error, PQT_NOT_FOUND,
                         "none of the %lld rows is of the days that are asked for",
                         (long long)rows);
    return error_set(error, PQT_NOT_FOUND,
                     "no file has rows: %zu files, of which %lld were written by pqa and "
                     "left out (a file that is named itself is not)",
                     files->count, (long long)ours);
}

static void report_files(const import_request *request, const import_files *files)
{
    for (size_t i = 0; request->callback && i < files->count; i++) {
        const import_entry *entry = &files->entries[i];
        const pqa_imported imported = {
            .path = entry->name,
            .size_bytes = entry->size_bytes,
            .first_date = entry->first,
            .last_date = entry->last,
            .rows = entry->rows,
            .rows_taken = entry->rows - entry->rows_left_out - entry->rows_doubled,
            .rows_doubled = entry->rows_doubled,
            .rows_left_out = entry->rows_left_out,
            .is_part = entry->path.is_part,
            .is_skipped = entry->is_ours};
        request->callback(request->self, &imported);
    }
}

static void log_parts(const import_files *files)
{
    char sentence[200];
    int64_t days = 0;
    for (int32_t date = files->first; date <= files->last; date++)
        days += files->days[date].rows > 0 && !files->days[date].is_whole;
    if (days == 0) return;
    snprintf(sentence, sizeof sentence,
             "of %lld days only files of single projects were there: these days are not "
             "noted as covered, an export adds the other projects",
             (long long)days);
    progress_log(files->progress, sentence);
}

static pqt_status export_files(const export_context *context,
                               const import_request *request, import_files *files,
                               pqt_error *error)
{
    pqa_settings settings = *context->settings;
    export_context with_files = *context;
    const pqa_export_options options = {.since = files->first,
                                        .until = files->last,
                                        .dry_run = request->options->dry_run};
    settings.memory_bytes /= 2;
    const sorter_options sorting = {settings.memory_bytes, settings.temporary_directory,
                                    context->pool};
    with_files.settings = &settings;
    TRY(import_source_open(files, context->source, &sorting, &with_files.source, error));
    const pqt_status status = archive_export(&with_files, &options, request->options->day,
                                             request->self, error);
    source_close(with_files.source);
    if (status == PQT_OK || status == PQT_CORRUPT) report_files(request, files);
    if (status == PQT_OK) log_parts(files);
    return status;
}

pqt_status archive_import(const export_context *context, const import_request *request,
                          pqt_error *error)
{
    import_files files = {.since = request->options->since,
                          .until = request->options->until,
                          .yesterday = clock_today_utc() - 1,
                          .progress = context->settings->progress};
    TRY(date_check_range(files.since, files.until, error));
    pqt_status status = find_files(request, &files, error);
    if (status == PQT_OK) status = check_any(&files, error);
    if (status == PQT_OK) status = export_files(context, request, &files, error);
    import_files_free(&files);
    return status;
}
