/* The file of Prometheus' textfile collector (its text format, version 0.0.4). */
#ifndef API_RUN_METRICS_H
#define API_RUN_METRICS_H

#include "api/totals.h"
#include "pqa.h"

/* When the last night that went well ended, in seconds since 1970, as the file tells; 0
 * where it tells none or cannot be read: then the alarm goes off with the first failure.
 */
int64_t run_metrics_read_success(const char *path);

/*
 * Replaces the file in one step; everybody may read it, as the collector is another user.
 * `former_success_s` is told where this night did not go well, `archive` NULL: it could
 * not be read.
 */
pqt_status run_metrics_write(const char *path, const pqa_night *night,
                             int64_t former_success_s, const archive_totals *archive,
                             pqt_error *error);

#endif
