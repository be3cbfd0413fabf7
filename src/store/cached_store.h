/*
 * A view of a store for readers, with copies of what never changes in a directory of the
 * local disk (cache_folder.h): the log's commits and checkpoints whole, and of data files
 * what src/query asks to be remembered (store_remember). Whoever decides about safety
 * (verify, deletion, export) uses the store itself; the view refuses to write, so that it
 * cannot be taken for it.
 *
 * When a copy stands for the object:
 * - A file of the log is answered from a copy only after this view has listed it, and
 *   only with the size and the ETag that the listing gave: whoever deletes the table and
 *   makes another under the same names makes other ETags. A store whose listings have no
 *   ETags keeps no copies of its log.
 * - A data file's copy is found by path, size and the hash that the log has of it; where
 *   the log has none nothing is kept.
 * - A copy belongs to a place (store_identity: server, bucket and prefix), and is checked
 *   by its checksum when it is read.
 *
 * A whole listing also says where the log ends: a commit behind the last that it had is
 * not asked for, and a hint (_last_checkpoint) neither, since nothing is left to be found
 * by it. A question so sees the table as it was when it was listed.
 *
 * Memory: the names of at most CACHED_MOST_LISTED files of the log, about 150 bytes each.
 */
#ifndef STORE_CACHED_STORE_H
#define STORE_CACHED_STORE_H

#include "store/store.h"

enum { CACHED_MOST_LISTED = 1 << 16 };

/* NULL or zero members: defaults. */
typedef struct store_cache_options {
    const char *directory; /* [$XDG_CACHE_HOME/pqa, or ~/.cache/pqa] */
    uint64_t size_bytes;   /* at most so much is kept [1 GiB] */
} store_cache_options;

/*
 * Opens a view of `inner`, which must outlive it. INVALID for a size that is too small;
 * where the directory cannot be used, or there is no home for it, nothing is kept.
 */
pqt_status store_open_cached(store *inner, const store_cache_options *options,
                             store **out, pqt_error *error);

/*
 * Removes the copies of objects of `s` (a store or a view of it) whose key begins with
 * `prefix`; *removed (may be NULL) says how many. IO where one is left. What a process
 * that is asked a question at the same time keeps afterwards is not removed.
 */
pqt_status store_cache_forget(store *s, const store_cache_options *options,
                              const char *prefix, size_t *removed, pqt_error *error);

#endif
