/* The demo database: SQLite with Read the Docs' tables and made-up page views. */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H

#include "pqt_base.h"

enum { DEMO_PROJECTS = 120, DEMO_DAYS = 90 };

typedef struct demo_counts {
    int64_t rows;
    int64_t views;
} demo_counts;

/*
 * Makes the database at `path`, which is not there yet, with DEMO_DAYS days that end with
 * `until`. The same `until` gives the same rows. UNSUPPORTED where built without SQLite.
 */
pqt_status demo_write(const char *path, int32_t until, demo_counts *counts,
                      pqt_error *error);

#endif
