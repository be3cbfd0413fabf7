/*
 * Compacting: the files of a month that is over become one, in the order of one file.
 *
 * Memory: rewrite's, and 8 bytes a live file.
 */
#ifndef ARCHIVE_COMPACT_H
#define ARCHIVE_COMPACT_H

#include "archive/export.h"

/* Rows of a month may come so many days after its end; then it is compacted. */
enum { COMPACT_LATE_DAYS = 7 };

/* As pqa_compact; `now_ms` is the clock's time. */
pqt_status archive_compact(const export_context *context, int64_t now_ms,
                           const pqa_compact_options *options,
                           pqa_compacted_callback callback, void *self, pqt_error *error);

#endif
