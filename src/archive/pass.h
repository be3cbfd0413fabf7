/*
 * One pass over the source for a range of days: which days and files take part, the rows
 * of both sides in the sorter, and the sums of each day.
 */
#ifndef ARCHIVE_PASS_H
#define ARCHIVE_PASS_H

#include "archive/day.h"
#include "archive/export.h"
#include "archive/id_slugs.h"
#include "archive/sorter.h"

typedef struct pass {
    const export_context *context;
    const delta_snapshot *base; /* NULL: there is no table yet */
    int32_t first;              /* days[i].date is first + i */
    int32_t last;
    export_day *days;
    sorter *sorter;
    int64_t rows_read;   /* of the database */
    const delta_file *unreadable; /* the base's file for which pass_read failed, or NULL */
    struct stage *stage; /* rows of the database on their way to the sorter */
    id_slugs database_projects, database_versions;
    id_slugs archived_projects, archived_versions; /* by day and id */
} pass;

/* Prepares a pass over [since, until]; files that reach beyond widen it by days that are
 * only kept. Days are wanted unless the caller says otherwise. The caller frees, also
 * after a failure. */
pqt_status pass_open(const export_context *context, const delta_snapshot *base,
                     int32_t since, int32_t until, pass *out, pqt_error *error);

/* Reads both sides and sorts. The source's snapshot is over when it returns. Files are left
 * out whose unit has no day that is wanted, or one that is lost. CORRUPT where an archived
 * file is gone or cannot be read: `unreadable` is set then. */
pqt_status pass_read(pass *p, pqt_error *error);

/* The last day that must be committed together with day `first`: because a file holds
 * rows of both. */
int32_t pass_unit_end(const pass *p, int32_t first);
/* Likewise the first and the last day of the unit that `date` is in. */
void pass_find_unit(const pass *p, int32_t date, int32_t *first, int32_t *last);

void pass_free(pass *p);

#endif
