/*
 * The rows of several sorted files of the archive as one sequence in the order of a file
 * of several days.
 *
 * Memory: 524,288 rows' values in all, as far as each file needs no more than a row
 * group and no less than 8,192 rows.
 */
#ifndef ARCHIVE_ROW_MERGE_H
#define ARCHIVE_ROW_MERGE_H

#include "delta/delta.h"
#include "table/row.h"

typedef struct row_merge row_merge;

/* The files' entries must outlive the merge. The caller frees. */
pqt_status row_merge_open(store *s, const delta_file *const *files, size_t count,
                          row_merge **out, pqt_error *error);
/*
 * The next row and its hash, valid until the next call; NULL at the end. There, CORRUPT
 * where a file's rows do not add up to what the log says of it.
 */
pqt_status row_merge_next(row_merge *merge, const archive_row **row, hash128 *hash,
                          pqt_error *error);
/* NULL is fine. */
void row_merge_free(row_merge *merge);

#endif
