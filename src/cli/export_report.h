/* What export and backfill print: a line a day, and a sum. */
#ifndef CLI_EXPORT_REPORT_H
#define CLI_EXPORT_REPORT_H

#include "cli/command.h"
#include "cli/days.h"
#include "cli/progress_bar.h"

typedef struct export_report {
    progress_bar bar;
    told_failures *told;
    bool dry_run;
    bool every_day; /* a line a day; failed days always have one */
    int64_t started_us;
    int64_t counts[PQA_DAY_PRUNED + 1]; /* days by outcome */
    int64_t rows_new, rows_changed;
    int64_t rows, views;
    uint64_t file_bytes;
    bool contradicted; /* a day failed with CORRUPT */
} export_report;

/* Appends a day's line: "2026-01-15  5,505,207 rows  12,033,143 views  57.9 MB  written".
 */
pqt_status export_append_day(const pqa_day *day, bool dry_run, buffer *out,
                             pqt_error *error);

/* As a pqa_day_callback, with an export_report: counts the day and prints its line. */
void export_take_day(void *self, const pqa_day *day);
/* Prints the sum of the days that were taken. */
pqt_status export_print_sum(export_report *r, pqt_error *error);
/* 3 where some days were done and others failed, 13 where the database contradicted, else
 * 0: what the status says. */
int export_choose_exit_code(const export_report *r, pqt_status status);

/* Opens the archive, exports the days, prints, and sets the exit code. */
typedef struct export_job {
    day_range range;
    bool every_day;
    bool skip_covered;
} export_job;
/* With --delete-after-export, delete_run does it. */
pqt_status export_run(invocation *in, const export_job *job, pqt_error *error);

#endif
