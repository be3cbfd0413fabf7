/*
 * A day's copies, brought to what the archive has of the day. The manifest names what may
 * be there before anything is put, and what is there when all is done: stopped anywhere,
 * the next run finds every object.
 *
 * Memory: copy_rows', copy_survey's, copy_plan's and the manifest's; while copies are put
 * a copy_writer's for each thread.
 */
#ifndef ARCHIVE_COPY_DAY_H
#define ARCHIVE_COPY_DAY_H

#include "archive/copy_members.h"
#include "archive/copy_writer.h"
#include "archive/export.h"

/* What the days have in common. */
typedef struct copy_work {
    const export_context *context;
    const pqa_copy_options *options; /* neither kind: those that the day has */
    const delta_snapshot *snapshot;
    const copy_members *members; /* NULL: as `from` has them, or where that is NULL too as
                                    the day's copies were made */
    source *from;
    copy_members read_members; /* from there, once they were needed */
    thread_pool *pool;         /* that puts and removes */
    bool looks;                /* whether the objects are there, too */
    copy_writer *writers;      /* one a thread of the pool */
    pqt_status first_failure;  /* of a copy */
    pqt_error first_error;
} copy_work;

/* Brings the day's copies about and tells of each. A copy that fails is told, kept in
 * `first_failure` and no error; what concerns the whole day is. */
pqt_status copy_day_make(copy_work *work, int32_t date, pqt_error *error);

/* Removes the day's copies and then its manifest; *count becomes how many there were. */
pqt_status copy_day_remove(copy_work *work, int32_t date, int64_t *count,
                           pqt_error *error);

#endif
