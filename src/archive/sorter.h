/*
 * Sorting rows in bounded memory: in memory as long as they fit, else in sorted runs on
 * the disk that are merged when the rows are given out.
 *
 * Memory: `memory_bytes` for rows; where there are runs, then about 3 MiB for each of at
 * most 24 of them (run_file.h).
 */
#ifndef ARCHIVE_SORTER_H
#define ARCHIVE_SORTER_H

#include "archive/interner.h"
#include "base/thread_pool.h"

typedef struct sorter_options {
    size_t memory_bytes;
    const char *temporary_directory;
    thread_pool *pool; /* may be NULL */
} sorter_options;

typedef struct sorter sorter;

/* The directory's name and the pool must outlive the sorter. */
pqt_status sorter_create(const sorter_options *options, sorter **out, pqt_error *error);
/* Adds a row, copied (but see interner_add on slugs). Archived rows must be added before
 * those of the database, so that equal ones come out in that order. */
pqt_status sorter_add(sorter *s, const struct row_key *key, pqt_error *error);
/* For the hints of what adding will touch; valid until the next row is added. */
const interner *sorter_interner(const sorter *s);
/* Ends adding. */
pqt_status sorter_finish(sorter *s, pqt_error *error);
/* As row_store_next: the next rows of one date, in order; an empty batch is the end. */
pqt_status sorter_next(sorter *s, size_t least, row_batch *batch, pqt_error *error);
/* Where all rows were given out, frees what held them; batches must have been cleared. */
void sorter_trim(sorter *s);
/* How many runs were written. */
size_t sorter_run_count(const sorter *s);
/* NULL is fine. */
void sorter_free(sorter *s);

#endif
