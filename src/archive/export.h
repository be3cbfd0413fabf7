/*
 * Moving days from the source into the archive: a merge by id, written, decoded again and
 * compared, put into the store, and only then committed.
 *
 * Memory: the sorter's, and about 48 MiB for writing and decoding.
 */
#ifndef ARCHIVE_EXPORT_H
#define ARCHIVE_EXPORT_H

#include "archive/file_writer.h"
#include "base/thread_pool.h"
#include "delta/delta.h"
#include "pqa.h"
#include "source/source.h"

/* What an export works with; all of it must outlive the call. */
typedef struct export_context {
    store *store;
    source *source;
    thread_pool *pool;
    const pqa_settings *settings;
} export_context;

/* How files of the table are written: nameless ones in the store's own folder, where it has
 * one, so that publishing is no copy. The texts are the context's. */
file_writer_options export_writer_options(const export_context *context);

/* As pqa_export. */
pqt_status archive_export(const export_context *context,
                          const pqa_export_options *options, pqa_day_callback callback,
                          void *self, pqt_error *error);

/* As archive_export for a caller that holds the store's lock "writer". */
pqt_status archive_export_locked(const export_context *context,
                                 const pqa_export_options *options,
                                 pqa_day_callback callback, void *self, pqt_error *error);

#endif
