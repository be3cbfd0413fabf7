/* What the path of a file of the proof of concept says of its rows. */
#ifndef ARCHIVE_IMPORT_PATH_H
#define ARCHIVE_IMPORT_PATH_H

#include <stdbool.h>

#include "pqt_base.h"

/* ".../pageviews_2026-01-15.parquet", also with a suffix before the dot (_x1y2z3), and
 * before it ".../project/SLUG/2026/01/15/" or ".../org/SLUG/2026/01/15/". */
typedef struct import_path {
    bool has_date; /* the file's name has one */
    int32_t date;
    bool is_part;  /* rows of one project or organization only */
    pqt_view slug; /* of the project; data NULL: it does not say. Within the path. */
} import_path;

import_path import_path_read(const char *path);

/* Whether a file that was found below a folder is looked into: *.parquet, and no part of
 * its path begins with '_' or '.', as a table's log and temporary files do. */
bool import_path_is_taken(const char *path);

#endif
