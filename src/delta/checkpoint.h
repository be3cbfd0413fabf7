/*
 * Checkpoints in the classic form (Delta protocol, "Checkpoints"): a Parquet file with a
 * row for each action that makes up the table at a version.
 */
#ifndef DELTA_CHECKPOINT_H
#define DELTA_CHECKPOINT_H

#include "delta/replay.h"

/* A tombstone is kept for so long after the delete: until then readers of older
 * snapshots may need the file, and vacuum has to know when it went. */
enum { CHECKPOINT_TOMBSTONE_DAYS = 7 };

/*
 * Adds what one file of a checkpoint says to `actions`; replay_take_checkpoint follows
 * the last. `name` begins every message. CORRUPT where it is damaged; UNSUPPORTED where
 * it is of the form V2 or has what is beyond (1,2). Memory: pages decompressed, of at
 * most 64 MiB each, and what is kept.
 */
pqt_status checkpoint_read(pqt_view bytes, const char *name, struct delta_replay *replay,
                           struct actions *actions, pqt_error *error);

/* What a checkpoint holds. */
typedef struct checkpoint_counts {
    int64_t actions;
    int64_t files;
} checkpoint_counts;

/* Appends the snapshot as a checkpoint's file: the same snapshot and time give the same
 * bytes. Tombstones older than CHECKPOINT_TOMBSTONE_DAYS at `now_ms` are left out. */
pqt_status checkpoint_encode(const delta_snapshot *snapshot, int64_t now_ms, buffer *out,
                             checkpoint_counts *counts, pqt_error *error);

#endif
