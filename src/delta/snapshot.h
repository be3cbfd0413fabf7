/* Reading a table from a given place of its log on. */
#ifndef DELTA_SNAPSHOT_H
#define DELTA_SNAPSHOT_H

#include "delta/delta.h"
#include "delta/log_listing.h"

/*
 * Reads the table from a checkpoint (NULL: the first commit) to the version behind which
 * there is none, at least `last`. *is_damaged where it was the checkpoint that could not
 * be read. The caller frees.
 */
pqt_status snapshot_read_from(store *s, const char *root, const listed_checkpoint *from,
                              int64_t last, delta_snapshot **out, bool *is_damaged,
                              pqt_error *error);

/* The version that _last_checkpoint names; -1 where it is not there or says nothing. */
pqt_status snapshot_read_hint(store *s, const char *root, int64_t *version,
                              pqt_error *error);

#endif
