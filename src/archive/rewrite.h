/*
 * Live files written anew as one: several days joined, or rows left out. Written, decoded
 * again and compared like an export's file, and put into the store; the caller commits.
 *
 * Memory: row_merge's, and about 48 MiB for writing and decoding.
 */
#ifndef ARCHIVE_REWRITE_H
#define ARCHIVE_REWRITE_H

#include "archive/export.h"
#include "table/row.h"

typedef struct rewrite {
    const export_context *context; /* its source may be NULL */
    const delta_file *const *files;
    size_t file_count;
    bool (*keeps)(const void *self, const archive_row *row); /* NULL: all rows */
    const void *self;
    bool count_only; /* write nothing: find out what would stay */
    arena *memory;   /* of the entry's texts */
} rewrite;

typedef struct rewritten {
    archive_sum kept;
    archive_sum left_out;
    bool has_file;    /* something was kept, and written */
    delta_file entry; /* of the new file */
} rewritten;

/* CORRUPT where the files are not what the log says, or not in the archive's order (as
 * another program may have written them). After a failure nothing needs to be undone: an
 * object that was put is not in the log. */
pqt_status rewrite_files(const rewrite *r, rewritten *out, pqt_error *error);

#endif
