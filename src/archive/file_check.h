/*
 * Decoding a file of the archive in full: what verification before publishing, and
 * `verify` later, rest on.
 *
 * Memory: a row group's values (about 25 MiB in our files) for each thread, at most four.
 */
#ifndef ARCHIVE_FILE_CHECK_H
#define ARCHIVE_FILE_CHECK_H

#include "base/thread_pool.h"
#include "pqt.h"
#include "table/row.h"

/* What a file turned out to hold. */
typedef struct file_content {
    archive_sum sum;
    int32_t first_date; /* meaningless without rows */
    int32_t last_date;
} file_content;

/*
 * Decodes every page of every column and adds up the rows, row groups in parallel.
 * `must_be_sorted` also compares the order of all rows (dates apart: a file of several
 * days is sorted by project first). CORRUPT with the file, row group and row.
 */
pqt_status file_check(const pqt_reader *reader, const char *name, bool must_be_sorted,
                      thread_pool *pool, file_content *out, pqt_error *error);

/* CORRUPT, naming what differs, where the sums are not equal. */
pqt_status archive_sum_compare(const archive_sum *expected, const archive_sum *found,
                               const char *name, pqt_error *error);

/* Compares what a file turned out to be with the log, as far as the log tells; CORRUPT,
 * naming what differs. The hash is the SHA-256 of all its bytes, as text. */
pqt_status file_compare_size(const delta_file *file, uint64_t found, pqt_error *error);
pqt_status file_compare_hash(const delta_file *file, const char *found, pqt_error *error);
/* Rows, views, row hash and dates. */
pqt_status file_compare_content(const delta_file *file, const file_content *found,
                                pqt_error *error);

/* What the log says of a file's rows; what it does not say is taken from `found`. CORRUPT
 * where its views or its row hash are none. */
pqt_status file_expected_sum(const delta_file *file, const archive_sum *found,
                             archive_sum *expected, pqt_error *error);

#endif
