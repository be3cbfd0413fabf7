/*
 * What became of the nights: a line of JSON each in a file, the newest last, and the file
 * for Prometheus' textfile collector.
 *
 * Memory: the file, 1,000 lines of about 1 KiB.
 */
#ifndef API_RUN_REPORT_H
#define API_RUN_REPORT_H

#include "pqa.h"

/* Appends the night's line to the file and drops what is more than 1,000 lines back; a
 * file that is not there is made. The file is replaced in one step. */
pqt_status run_report_append(const char *path, const pqa_night *night, pqt_error *error);

/* What the file tells; a line that is no night's is passed over. */
typedef struct run_history {
    int64_t nights;
    int64_t failed;
    int64_t last_started_ms; /* meaningless without nights */
    int64_t last_duration_us;
    int last_exit_code;
    int64_t last_success_ms; /* its end; 0: none */
} run_history;

/* NOT_FOUND where there is no such file. */
pqt_status run_history_read(const char *path, run_history *out, pqt_error *error);

#endif
