#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/view.h"
#include "cli/command.h"
#include "cli/export_report.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

enum {
    FILE_PATH,
    FILE_FIRST_DATE,
    FILE_LAST_DATE,
    FILE_ROWS,
    FILE_TAKEN,
    FILE_DOUBLED,
    FILE_LEFT_OUT,
    FILE_COLUMNS
};

struct file_line {
    pqt_view path;
    int64_t numbers[FILE_COLUMNS]; /* the path's is not used */
    bool has_dates;
};

typedef struct import_report {
    export_report days; /* first: what tells of days takes the report for one of these */
    struct file_line *files;
    size_t count, capacity;
    arena memory;
    int64_t skipped;
    bool failed_to_keep;
} import_report;

static void take_file(void *self, const pqa_imported *file)
{
    import_report *const r = self;
    void *array = r->files;
    if (file->is_skipped) {
        r->skipped++;
        return;
    }
    const pqt_view path = arena_copy(&r->memory, view_text(file->path));
    if (!path.data ||
        alloc_grow(NULL, &array, &r->capacity, r->count + 1, sizeof *r->files) != 0) {
        r->failed_to_keep = true;
        return;
    }
    r->files = array;
    r->files[r->count++] = (struct file_line){path,
                                              {[FILE_FIRST_DATE] = file->first_date,
                                               [FILE_LAST_DATE] = file->last_date,
                                               [FILE_ROWS] = file->rows,
                                               [FILE_TAKEN] = file->rows_taken,
                                               [FILE_DOUBLED] = file->rows_doubled,
                                               [FILE_LEFT_OUT] = file->rows_left_out},
                                              file->first_date <= file->last_date};
}

/* --- The table of files --- */

static pqt_status fill_column(const import_report *r, int column, arena *memory,
                              pqa_column *out, pqt_error *error)
{
    int64_t *numbers = arena_alloc(memory, r->count, sizeof *numbers);
    uint8_t *valid = arena_alloc(memory, r->count, sizeof *valid);
    if (!numbers || !valid) return error_no_memory(error, r->count * sizeof *numbers);
    for (size_t i = 0; i < r->count; i++) {
        numbers[i] = r->files[i].numbers[column];
        valid[i] = r->files[i].has_dates;
    }
    out->int64s = numbers;
    if (out->kind == PQA_DATE) out->valid = valid;
    return PQT_OK;
}

static pqt_status print_files(const import_report *r, int format, pqt_error *error)
{
    pqa_column columns[FILE_COLUMNS] = {
        [FILE_PATH] = {.name = "path", .kind = PQA_TEXT},
        [FILE_FIRST_DATE] = {.name = "first_date", .kind = PQA_DATE},
        [FILE_LAST_DATE] = {.name = "last_date", .kind = PQA_DATE},
        [FILE_ROWS] = {.name = "rows", .kind = PQA_INT64},
        [FILE_TAKEN] = {.name = "taken", .kind = PQA_INT64},
        [FILE_DOUBLED] = {.name = "doubled", .kind = PQA_INT64},
        [FILE_LEFT_OUT] = {.name = "left_out", .kind = PQA_INT64}};
    arena memory = {0};
    const pqa_table table = {
        .columns = columns, .column_count = FILE_COLUMNS, .row_count = (int64_t)r->count};
    pqt_view *paths = arena_alloc(&memory, r->count, sizeof *paths);
    pqt_status status = paths ? PQT_OK : error_no_memory(error, r->count * sizeof *paths);
    for (size_t i = 0; paths && i < r->count; i++) paths[i] = r->files[i].path;
    columns[FILE_PATH].texts = paths;
    for (int i = FILE_FIRST_DATE; i < FILE_COLUMNS && status == PQT_OK; i++)
        status = fill_column(r, i, &memory, &columns[i], error);
    if (status == PQT_OK) status = output_table(&table, format, error);
    arena_free(&memory);
    return status;
}

static pqt_status print_report(import_report *r, int format, pqt_error *error)
{
    if (r->failed_to_keep) return error_no_memory(error, r->count * sizeof *r->files);
    if (r->count == 0) return PQT_OK;
    TRY(print_files(r, format, error));
    if (r->skipped > 0)
        message_print("%lld files were written by pqa, and left out",
                      (long long)r->skipped);
    return format == FORMAT_TABLE ? export_print_sum(&r->days, error) : PQT_OK;
}

/* --- The command --- */

static pqt_status import_files(const struct options *o, const pqa_import_options *options,
                               import_report *report, pqt_error *error)
{
    pqa_archive *archive = NULL;
    TRY(session_open(o, !o->dry_run, &report->days.bar, &archive, error));
    const pqt_status status =
        pqa_import_files(archive, options, take_file, report, error);
    progress_bar_clear(&report->days.bar);
    pqa_close(archive);
    return status;
}

pqt_status run_import_files(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    import_report report = {.days = {.told = &in->told,
                                     .dry_run = o->dry_run,
                                     .every_day = o->format == FORMAT_TABLE,
                                     .started_us = clock_monotonic_us()}};
    const pqa_import_options options = {
        .paths = in->arguments,
        .path_count = in->argument_count,
        .since = option_given(o, OPTION_SINCE) ? o->since : INT32_MIN,
        .until = option_given(o, OPTION_UNTIL) ? o->until : INT32_MAX,
        .dry_run = o->dry_run,
        .day = export_take_day};
    pqt_status status = import_files(o, &options, &report, error);
    in->exit_code = export_choose_exit_code(&report.days, status);
    const pqt_status printed =
        print_report(&report, o->format, status == PQT_OK ? error : NULL);
    if (status == PQT_OK) status = printed;
    alloc_release(NULL, report.files);
    arena_free(&report.memory);
    return status;
}
