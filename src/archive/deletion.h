/*
 * Deleting from the database what the archive provably has: exported first, read back
 * from the store, and only rows that are equal in every column.
 *
 * Memory: archive_export's; then memory_bytes of rows, a row group of the file and a
 * batch, twice.
 */
#ifndef ARCHIVE_DELETION_H
#define ARCHIVE_DELETION_H

#include "archive/export.h"

/* As pqa_delete_exported. `from` is the database that rows are deleted from, opened for
 * deletion; context->source is what is exported. */
pqt_status archive_delete(const export_context *context, source *from,
                          const pqa_delete_options *options,
                          pqa_deleted_callback callback, void *self, pqt_error *error);

#endif
