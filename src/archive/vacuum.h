/*
 * Deleting objects that nobody needs any more: superseded longer ago than the grace
 * period, or put so long ago and never committed.
 *
 * Memory: 120 bytes an object that goes, and 16 bytes a removal in the log.
 */
#ifndef ARCHIVE_VACUUM_H
#define ARCHIVE_VACUUM_H

#include "archive/export.h"

/* As pqa_vacuum; `now_ms` is the clock's time. */
pqt_status archive_vacuum(const export_context *context, int64_t now_ms, bool remove,
                          pqa_vacuum_report *report, pqt_error *error);

#endif
