/*
 * Rows in memory, small: paths and everything that many rows share are kept once, a row
 * is 16 bytes. Sorted by ranks, that is by small numbers.
 *
 * Memory: row_store_bytes says how much, sorting included; the caller stops adding when
 * it reaches its budget.
 */
#ifndef ARCHIVE_ROW_STORE_H
#define ARCHIVE_ROW_STORE_H

#include "archive/interner.h"
#include "archive/row_batch.h"
#include "base/thread_pool.h"

typedef struct row_store row_store;

pqt_status row_store_create(row_store **out, pqt_error *error);
/* NULL is fine. */
void row_store_free(row_store *held);

/* Adds a row, whose texts are copied (but see interner_add on slugs). LIMIT at 2^32 - 2
 * rows. Not after row_store_sort. */
pqt_status row_store_add(row_store *held, const struct row_key *key, pqt_error *error);
/* For the hints of what adding will touch. */
const interner *row_store_interner(const row_store *held);

size_t row_store_count(const row_store *held);
/* Bytes used now and, where rows are sorted, then. */
size_t row_store_bytes(const row_store *held);

/* Sorts by archive_row_compare, rows that are equal by it in the order of adding. */
pqt_status row_store_sort(row_store *held, thread_pool *pool, pqt_error *error);

/*
 * Fills `batch` with the next rows in order, of one date only: at least `least` rows and
 * then up to the next project, never more than the batch's capacity less one or its limit
 * of texts, and never ending between two rows of the same id; nor between rows of one path
 * of which one has an id that was made (made_id.h), unless they fill the batch. An empty
 * batch is the end.
 * Its texts are the store's or the batch's own, valid until the batch is cleared and the
 * store freed.
 */
pqt_status row_store_next(row_store *held, size_t least, row_batch *batch,
                          pqt_error *error);

/* Sorts by id instead; a row is then asked for by its place. Memory: 8 bytes a row, of
 * which 4 stay. */
pqt_status row_store_sort_by_id(row_store *held, pqt_error *error);
/* The row at a place in order, below row_store_count. Its texts are the store's or in
 * `texts`. */
pqt_status row_store_get(const row_store *held, size_t at, arena *texts, archive_row *out,
                         pqt_error *error);

/* Where all rows were given out, frees them and their texts. */
void row_store_trim(row_store *held);

#endif
