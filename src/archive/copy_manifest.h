/*
 * What is known of a day's copies: an object beside the table that lists them, what they
 * hold, and what they were made from. A copy that may be there is in it before it is put;
 * nothing else is ever decided by it.
 *
 * Memory: 300 bytes a copy, and three times that while it is read or written.
 */
#ifndef ARCHIVE_COPY_MANIFEST_H
#define ARCHIVE_COPY_MANIFEST_H

#include "store/store.h"
#include "table/row.h"

typedef struct copy_entry {
    const char *path; /* in the table */
    bool is_pending;  /* an object of that name may be there, with whatever rows */
    archive_sum sum;
    uint64_t size_bytes;
    const char *sha256;
    const int32_t *projects; /* an organization's, that have rows on the day */
    size_t project_count;
} copy_entry;

/* A file of the archive that has rows of the day. */
typedef struct copy_origin {
    const char *path;
    const char *sha256; /* "": not known */
} copy_origin;

typedef struct copy_manifest {
    int32_t date;
    bool is_there;
    bool per_project;
    bool per_organization;
    int64_t minimum_rows;
    hash128 members; /* which project belongs to which organization */
    copy_origin *origins;
    size_t origin_count;
    copy_entry *entries; /* ordered by path */
    size_t count;
    arena memory;
} copy_manifest;

/* Reads the day's; one that is not there is no error. CORRUPT where it is damaged. The
 * caller frees, also after a failure. */
pqt_status copy_manifest_read(store *s, int32_t date, copy_manifest *out,
                              pqt_error *error);
pqt_status copy_manifest_write(store *s, const copy_manifest *manifest, pqt_error *error);
pqt_status copy_manifest_remove(store *s, int32_t date, pqt_error *error);
/* The entry of that path, or NULL. */
const copy_entry *copy_manifest_find(const copy_manifest *manifest, const char *path);
void copy_manifest_free(copy_manifest *manifest);

#endif
