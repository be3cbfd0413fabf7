/*
 * Copies of days for one project or organization each: made behind an export, or by
 * themselves, and taken along by what takes days or projects away. They are outside the
 * table, and it never depends on them.
 *
 * Memory: copy_day's.
 */
#ifndef ARCHIVE_COPIES_H
#define ARCHIVE_COPIES_H

#include "archive/copy_members.h"
#include "archive/export.h"
#include "archive/project_rows.h"
#include "table/covered.h"

/* As pqa_copies; the source is only needed for organizations, and may be NULL. */
pqt_status archive_copies(const export_context *context,
                          const pqa_copies_options *options, pqt_error *error);

/* What copies behind an export need to know of it. */
typedef struct copies_of_export {
    const export_context *context;
    const pqa_export_options *options;
    pqa_day_callback callback; /* the export's own; may be NULL */
    void *self;
    covered written; /* days of which a file was */
    copy_members members;
    bool has_members;
    pqt_status failure; /* of noting a day */
} copies_of_export;

/* Before the export: reads which organization a project belongs to, where that is asked
 * for, so that what cannot be done is told before anything is. */
pqt_status copies_begin(copies_of_export *c, pqt_error *error);
/* As a pqa_day_callback, with a copies_of_export: passes the day on. */
void copies_note_day(void *self, const pqa_day *day);
/* After the days were committed, by the holder of the lock "writer". The first failure of
 * a copy is the status; all of them are told. */
pqt_status copies_make(copies_of_export *c, pqt_error *error);
void copies_end(copies_of_export *c);

/* Removes the copies of all days before that date. */
pqt_status copies_prune(const export_context *context, int32_t before, int64_t *count,
                        pqt_error *error);

/* Objects of the store that are about to go, and slugs of a project that is forgotten. */
typedef struct copies_lost {
    const char *const *paths; /* in the table, in order */
    size_t count;
    const project_slugs *slugs;
} copies_lost;

/* Notes in the manifests that these copies are not there any more; adds the days that
 * have such, also from a run before, to `days`. */
pqt_status copies_mark(const export_context *context, const copies_lost *lost,
                       covered *days, pqt_error *error);
/* Makes the days' copies again, organizations as they were. */
pqt_status copies_remake(const export_context *context, const covered *days,
                         pqt_error *error);

#endif
