/* What there is in a table's log, as a listing says. */
#ifndef DELTA_LOG_LISTING_H
#define DELTA_LOG_LISTING_H

#include "delta/log_file.h"
#include "store/store.h"

/* A checkpoint of which all files are there. */
typedef struct listed_checkpoint {
    int64_t version;
    int32_t parts;       /* 0: one file */
    int64_t modified_ms; /* of its newest file */
} listed_checkpoint;

/* A listing may lack a version and have one behind it, where commits are made meanwhile:
 * whether there is a gap is told by reading. */
typedef struct log_listing {
    int64_t first_commit; /* -1: none seen */
    int64_t last_commit;
    listed_checkpoint *checkpoints; /* complete, ascending by version */
    size_t checkpoint_count;
    size_t checkpoint_capacity;
    int64_t v2_version; /* of the newest checkpoint in the form V2; -1: none */
    bool is_partial;    /* does not have the log's beginning */
    bool has_more;      /* was ended after `limit` files */

    log_checkpoint *parts; /* of the version at hand */
    size_t part_count;
    size_t part_capacity;
    size_t seen;
    size_t limit;
} log_listing;

/* Lists the log's files from version `from` on, at most `limit` (0: all). The caller
 * frees. */
pqt_status log_listing_read(store *s, const char *root, int64_t from, size_t limit,
                            log_listing *out, pqt_error *error);

/* Frees, and makes it empty. */
void log_listing_free(log_listing *listing);

#endif
