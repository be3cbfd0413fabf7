/*
 * The archive open for questions: a snapshot of the table with its files' footers, page
 * indexes and project directories kept as long as they are live.
 *
 * Memory: about 1 MiB an open file of 5 million rows. At most SCAN_OPEN_FILES files, with
 * project directories of at most SCAN_DIRECTORY_BYTES, stay open from one question to the
 * next; while one is answered it may be twice as many.
 */
#ifndef QUERY_SCAN_H
#define QUERY_SCAN_H

#include "base/thread_pool.h"
#include "delta/delta.h"
#include "query/scan_file.h"

enum { SCAN_OPEN_FILES = 300, SCAN_DIRECTORY_BYTES = 256 << 20 };

typedef struct scan {
    store *store;
    thread_pool *pool;
    thread_pool *waiting; /* threads that wait for a store that is far; NULL: none yet */
    delta_snapshot *snapshot;
    scan_file **files;                  /* as in the snapshot */
    pqt_values (*values)[COLUMN_COUNT]; /* one set a thread; memory kept for the next */
    int thread_count;
    int64_t uses;    /* counts questions */
    bool no_pruning; /* for tests: statistics, indexes and filters decide nothing */
} scan;

/* Opens the table at ARCHIVE_ROOT of the store. Store and pool must outlive the scan. */
pqt_status scan_open(store *s, thread_pool *pool, scan **out, pqt_error *error);
/* Sees later commits; drops what is kept of files that are gone. */
pqt_status scan_refresh(scan *sc, pqt_error *error);
/* NULL is fine. */
void scan_close(scan *sc);

/* Rows that a question has to look at. */
typedef struct slice {
    scan_file *file;
    int32_t row_group;
    int64_t first_row;
    int64_t row_count;
    bool check_project; /* rows of other projects are among them */
    bool check_dates;   /* the file has dates outside the range */
} slice;

typedef struct slices {
    slice *slices;
    size_t count;
    size_t capacity;
} slices;

/*
 * All rows of a project in files that may have dates in [since, until], with these
 * columns' page indexes loaded. Files are opened in parallel, and not more at a time than
 * may stay open: begins at file number `*next` of the snapshot (0 at first) and moves it
 * behind the last file looked at; at the snapshot's file_count all are done. Slices are
 * valid until the next call; `out` is emptied first, the caller frees with slices_free.
 */
typedef struct slice_request {
    int32_t project_id;
    int32_t since;
    int32_t until;
    uint32_t columns; /* bit 1 << archive_column */
} slice_request;
pqt_status scan_collect(scan *sc, const slice_request *request, int32_t *next,
                        slices *out, pqt_error *error);
void slices_free(slices *all);

/*
 * The project that bore the slug last by the archive, and how many others bore it (with
 * the first few) in the files that had to be read to say so: those with dates in
 * [since, until], and the newest down to the first that has the slug. found is false
 * where none did.
 */
enum { SLUG_OTHERS_SHOWN = 5 };
typedef struct slug_answer {
    bool found;
    int32_t project_id;
    int32_t others[SLUG_OTHERS_SHOWN];
    size_t other_count;
} slug_answer;
typedef struct slug_request {
    pqt_view slug;
    int32_t since;
    int32_t until;
} slug_request;
pqt_status scan_find_slug(scan *sc, const slug_request *request, slug_answer *out,
                          pqt_error *error);

#endif
