/*
 * The rows of one day as one sorted file on the local disk, proven against the log: the
 * committed file read back once, or, where the day's rows lie in several files or with
 * those of other days, these merged.
 *
 * Memory: proof's, or row_merge's and file_writer's. Disk: a nameless copy of the rows.
 */
#ifndef ARCHIVE_COPY_ROWS_H
#define ARCHIVE_COPY_ROWS_H

#include "archive/export.h"
#include "archive/paged_file.h"
#include "archive/proof.h"

/* All zero is closed. */
typedef struct copy_rows {
    pqt_reader *reader; /* page indexes are loaded; threads may share it */
    archive_sum sum;
    proof proof;       /* of the file that is read back, or ... */
    paged_file merged; /* ... the file that was merged */
    written_file written;
} copy_rows;

/*
 * `files` are the live ones that have rows of the day. CORRUPT where one is not what the
 * log says, or not in the archive's order, as another program may have written it. The
 * caller closes, also after a failure; `out` must stay where it is.
 */
pqt_status copy_rows_open(const export_context *context, int32_t date,
                          const delta_file *const *files, size_t count, copy_rows *out,
                          pqt_error *error);
void copy_rows_close(copy_rows *rows);

#endif
