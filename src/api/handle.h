/*
 * What a pqa_archive holds: the settings, and what has been opened so far. Each part is
 * opened when it is first needed and closed with the archive.
 */
#ifndef API_HANDLE_H
#define API_HANDLE_H

#include "base/arena.h"
#include "base/thread_pool.h"
#include "pqa.h"
#include "query/scan.h"
#include "source/source.h"
#include "store/store.h"

struct pqa_archive {
    pqa_settings settings; /* texts in `memory`, defaults filled in */
    arena memory;
    store *store;
    store *view; /* of a store that is far, for questions only; NULL: not needed, or no
                    cache is wanted */
    pqt_error missing; /* why there is no store; `store` is then an empty one */
    thread_pool *pool;
    source *source; /* NULL until handle_source */
    bool is_origin; /* it was seen to be what the archive was made from */
    scan *scan;     /* NULL until handle_scan */
};

/* The store; NOT_FOUND where there is none. */
pqt_status handle_store(pqa_archive *archive, store **out, pqt_error *error);

/* The source of the settings, opened once. NOT_FOUND where no db is set: says how. */
pqt_status handle_source(pqa_archive *archive, source **out, pqt_error *error);

/* The same in a new snapshot, which the caller ends with source_end; a connection that
 * was lost since it was last used is made anew. */
pqt_status handle_snapshot(pqa_archive *archive, source **out, pqt_error *error);

/* The scan, opened once and refreshed at every call. */
pqt_status handle_scan(pqa_archive *archive, scan **out, pqt_error *error);
/* The same for questions, which may be answered from copies on this machine. */
pqt_status handle_question_scan(pqa_archive *archive, scan **out, pqt_error *error);

/* Removes this machine's copies of the table, where the store is far. */
pqt_status handle_forget_copies(pqa_archive *archive, pqt_error *error);

/* Fills in the defaults of settings that are zero; texts are copied into `memory`. */
pqt_status settings_complete(const pqa_settings *given, arena *memory, pqa_settings *out,
                             pqt_error *error);

/* Opens the store of the settings, which must have one. */
pqt_status settings_open_store(const pqa_settings *settings, bool create, store **out,
                               pqt_error *error);

/* Opens the source that the settings name; the caller closes. */
pqt_status settings_open_source(const pqa_settings *settings, source **out,
                                pqt_error *error);

/* The database that rows are deleted from: delete_db, or else db. The caller closes. */
pqt_status settings_open_delete_source(const pqa_settings *settings, source **out,
                                       pqt_error *error);

#endif
