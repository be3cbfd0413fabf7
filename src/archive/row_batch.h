/*
 * Rows as columns, as the Parquet writer takes them: about a page of them at a time.
 *
 * Memory: 100 bytes a row of the capacity, and the texts that are copied in.
 */
#ifndef ARCHIVE_ROW_BATCH_H
#define ARCHIVE_ROW_BATCH_H

#include "base/arena.h"
#include "pqt.h"
#include "table/row.h"

/* Where a row of a merge comes from. Archived rows sort before database rows. */
typedef enum row_origin { ORIGIN_ARCHIVE = 0, ORIGIN_DATABASE = 1 } row_origin;

/* Parts of a batch that threads may fill at the same time. */
enum { ROW_BATCH_PART_ROWS = 2048, ROW_BATCH_PARTS = 16 };

typedef struct row_batch {
    size_t count;
    size_t capacity;
    size_t text_limit_bytes; /* rows are given out up to so many bytes of texts [8 MiB] */
    int64_t *ids;
    int32_t *project_ids;
    int32_t *version_ids;
    int32_t *view_counts;
    int32_t *dates;
    int32_t *statuses;
    pqt_view *project_slugs;
    pqt_view *version_slugs;
    pqt_view *paths;
    pqt_view *full_paths;
    uint8_t *has_version; /* bitmaps, lowest bit first */
    uint8_t *has_version_slug;
    uint8_t *has_full_path;
    uint8_t *origins;             /* a byte each */
    arena texts[ROW_BATCH_PARTS]; /* of what was copied in, one for each thread's part */
    arena memory;
} row_batch;

/* The caller frees. */
pqt_status row_batch_create(size_t capacity, row_batch **out, pqt_error *error);
/* NULL is fine. */
void row_batch_free(row_batch *batch);

/* Bytes of the rows' texts; what equal neighbours share counts for each. */
size_t row_batch_text_bytes(const row_batch *batch);

/* No rows, and no texts of its own. */
void row_batch_clear(row_batch *batch);

/* Sets row `at` (below the capacity) to show the row's texts, which are not copied. */
void row_batch_set(row_batch *batch, size_t at, const archive_row *row,
                   row_origin origin);

/* Appends a row; its texts are copied, those that equal the row's before are shared. The
 * batch must not be full. */
pqt_status row_batch_append_copy(row_batch *batch, const archive_row *row,
                                 row_origin origin, pqt_error *error);

void row_batch_get(const row_batch *batch, size_t at, archive_row *out);

/* The columns in the order of enum archive_column. */
void row_batch_columns(const row_batch *batch, pqt_column_values out[COLUMN_COUNT]);

#endif
