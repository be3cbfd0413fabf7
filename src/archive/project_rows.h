/*
 * Whether a file holds rows of a project: by its column of project ids, which is a few
 * runs, without the others.
 *
 * Memory: the ids of one row group.
 */
#ifndef ARCHIVE_PROJECT_ROWS_H
#define ARCHIVE_PROJECT_ROWS_H

#include "base/arena.h"
#include "store/store.h"

/* Slugs that a project was found with. All zero is empty. */
typedef struct project_slugs {
    pqt_view *slugs;
    size_t count, capacity;
    arena texts;
} project_slugs;

/* Rows of the project in a file of the table; their slugs are added to `slugs` (may be
 * NULL). NOT_FOUND where the file is not there, CORRUPT or INVALID where it is no such
 * file. */
pqt_status project_rows_count(store *s, const char *path, int32_t project_id,
                              project_slugs *slugs, int64_t *count, pqt_error *error);

void project_slugs_free(project_slugs *slugs);

#endif
