/*
 * Putting archived days back into the database: a transaction a day, read back and
 * compared.
 *
 * Memory: memory_bytes for sorting rows by day, 8 bytes a row of one day, and the values
 * of a row group.
 */
#ifndef ARCHIVE_RESTORE_H
#define ARCHIVE_RESTORE_H

#include "archive/export.h"

/* As pqa_restore, into the context's source; `now_ms` is the clock's time. */
pqt_status archive_restore(const export_context *context, int64_t now_ms,
                           const pqa_restore_options *options,
                           pqa_restored_callback callback, void *self, pqt_error *error);

#endif
