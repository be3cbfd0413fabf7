/* The file of Prometheus' textfile collector (its text format, version 0.0.4). */
#ifndef API_RUN_METRICS_H
#define API_RUN_METRICS_H

#include "api/totals.h"
#include "pqa.h"

/* Replaces the file in one step. `archive` NULL: it could not be read. When the last
 * night went well is kept from the file that is there where this one did not. */
pqt_status run_metrics_write(const char *path, const pqa_night *night,
                             const archive_totals *archive, pqt_error *error);

#endif
