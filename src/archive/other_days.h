/*
 * Whether ids that are new on a day are in the archive under another day already: then
 * they were used again, or the row's date was changed. Files whose range of ids does not
 * meet the day's are not read.
 *
 * Memory: as two id_lists, and the ids of one row group.
 */
#ifndef ARCHIVE_OTHER_DAYS_H
#define ARCHIVE_OTHER_DAYS_H

#include "archive/day.h"
#include "archive/export.h"

/* Whether any file of other days may have ids of this day's database rows. */
bool other_days_may_share_ids(const delta_snapshot *snapshot, const export_day *d);

/* CORRUPT, naming the id, where one of `ids` is in a file of other days. Empties `ids`.
 */
pqt_status other_days_check(const export_context *context, const delta_snapshot *snapshot,
                            const export_day *d, id_list *ids, pqt_error *error);

#endif
