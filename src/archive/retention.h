/*
 * Pruning: days before a date leave the archive, which remembers it, and can come back as
 * long as their objects are kept.
 *
 * Memory: 3 KiB a file that goes, and rewrite's where a file also holds later days.
 */
#ifndef ARCHIVE_RETENTION_H
#define ARCHIVE_RETENTION_H

#include "archive/export.h"

/* As pqa_prune and pqa_prune_undo; `now_ms` is the clock's time. */
pqt_status archive_prune(const export_context *context, int64_t now_ms,
                         const pqa_prune_options *options, pqa_pruned *out,
                         pqt_error *error);
pqt_status archive_prune_undo(const export_context *context, int64_t now_ms,
                              pqa_pruned *out, pqt_error *error);

/* Where prunes note what undoing them needs: below the table's root. */
#define PRUNE_RECORD_START "_pqa/prune-"
/* The record's path if the last prune can still be undone by it, else NULL; valid as long
 * as the snapshot and `path` are. */
enum { PRUNE_RECORD_BYTES = 80 };
const char *prune_record_path(const delta_snapshot *snapshot,
                              char path[PRUNE_RECORD_BYTES]);

#endif
