/* What deleting prints: a line a day, and a sum. */
#ifndef CLI_DELETE_REPORT_H
#define CLI_DELETE_REPORT_H

#include "cli/export_report.h"

/* Appends a day's line: "2026-01-15   5,505,100 rows deleted        107 kept ...". */
pqt_status delete_append_day(const pqa_deleted_day *day, bool dry_run, buffer *out,
                             pqt_error *error);

/* Opens the archive, exports the days, deletes what it has of them, prints, and sets the
 * exit code. Of `job`, every_day is about the export's lines; no day is left out. */
pqt_status delete_run(invocation *in, const export_job *job, pqt_error *error);

#endif
