/*
 * The archive open for questions: a snapshot of the table with its files' footers, page
 * indexes and project directories kept as long as the snapshot lives, and slices of rows
 * read from them with pruning.
 *
 * Memory: a file's footer and indexes (about 1 MiB a day of 5 million rows), within a
 * limit over all files; and the pages of the slices that are being read.
 */
#ifndef QUERY_SCAN_H
#define QUERY_SCAN_H

#include "base/thread_pool.h"
#include "delta/delta.h"
#include "pqt.h"

typedef struct scan scan;

/* Opens the table at ARCHIVE_ROOT of the store. Both must outlive the scan. */
pqt_status scan_open(store *s, thread_pool *pool, scan **out, pqt_error *error);
/* Sees later commits; drops what is kept of files that are gone. */
pqt_status scan_refresh(scan *sc, pqt_error *error);
const delta_snapshot *scan_snapshot(const scan *sc);
/* NULL is fine. */
void scan_close(scan *sc);

#endif
