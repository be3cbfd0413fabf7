/*
 * Which projects a day's file holds, where, and what their rows add up to: all that tells
 * whether a copy has changed, without writing it.
 *
 * Memory: 100 bytes a project and row group, and the values of a row group for each of at
 * most four threads.
 */
#ifndef ARCHIVE_COPY_SURVEY_H
#define ARCHIVE_COPY_SURVEY_H

#include "base/arena.h"
#include "base/thread_pool.h"
#include "pqt.h"
#include "table/row.h"

/* Rows of one project that stand together in a row group. */
typedef struct copy_run {
    int32_t row_group;
    int32_t project_id;
    int64_t first_row; /* in the group */
    pqt_view slug;
    archive_sum sum;
} copy_run;

/* In the order of the file. Rows without a slug, whose project is gone, are in no run. */
typedef struct copy_survey {
    copy_run *runs;
    size_t count;
    arena memory;
} copy_survey;

/* `name` is for messages. The caller frees, also after a failure. */
pqt_status copy_survey_read(const pqt_reader *reader, const char *name, thread_pool *pool,
                            copy_survey *out, pqt_error *error);
void copy_survey_free(copy_survey *survey);

#endif
