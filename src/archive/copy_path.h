/* Names of copies and of the manifests that list them, below the table's root. */
#ifndef ARCHIVE_COPY_PATH_H
#define ARCHIVE_COPY_PATH_H

#include "base/arena.h"
#include "base/error.h"

typedef enum copy_kind { COPY_PROJECT, COPY_ORGANIZATION } copy_kind;

/* Why the slug cannot be a folder's name: empty, "." or "..", a '/', a control character,
 * no UTF-8, more than 255 bytes. NULL: it can. */
const char *copy_slug_problem(pqt_view slug);

/* "project/django/2026/01/15/pageviews_2026-01-15.parquet" or "org/...", in the arena. */
pqt_status copy_path_make(copy_kind kind, pqt_view slug, int32_t date, arena *memory,
                          const char **out, pqt_error *error);
/* The slug in a path that copy_path_make made, empty in any other. */
pqt_view copy_path_slug(const char *path, copy_kind *kind);

#define COPY_MANIFEST_START "_pqa/copies/"
/* "_pqa/copies/2026-01-15.json" */
enum { COPY_MANIFEST_BYTES = 64 };
void copy_manifest_path(int32_t date, char path[COPY_MANIFEST_BYTES]);
/* The date of a manifest's path; INVALID where it is none. */
pqt_status copy_manifest_date(const char *path, int32_t *date, pqt_error *error);

#endif
