/*
 * What contradicts, where a merge only found that an id of the database has no partner in
 * the archive's row with that id.
 *
 * Memory: row_merge's of one file.
 */
#ifndef ARCHIVE_CONTRADICTION_H
#define ARCHIVE_CONTRADICTION_H

#include "archive/day.h"
#include "archive/export.h"

/*
 * Appends, where the rows have other values: "its path is '/b' in the database and '/a'
 * in the archive".
 */
pqt_status contradiction_write(const archive_row *archived, const archive_row *database,
                               buffer *out, pqt_error *error);

/*
 * After day_merge_finish found merge->contradicting_id: looks for the row on both sides
 * once more, outside a snapshot of the source, and sets an error that names the columns.
 * The error that is there stays where a row is not found again.
 */
void contradiction_explain(const export_context *context, const delta_snapshot *snapshot,
                           const day_merge *merge, pqt_error *error);

#endif
