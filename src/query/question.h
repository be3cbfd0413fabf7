/*
 * Answers from slices: each reads only the columns that the question needs, filters, and
 * adds up; slices are worked on in parallel, what the threads found is joined at the end.
 * Days that the archive has not may be answered by the database, into the same sums.
 */
#ifndef QUERY_QUESTION_H
#define QUERY_QUESTION_H

#include "query/group_table.h"
#include "query/scan.h"
#include "source/source.h"
#include "table/covered.h"

typedef struct question_filter {
    int32_t project_id;
    int32_t since;
    int32_t until;
    bool any_status;
    int16_t status;
    bool has_version;
    pqt_view version_slug;
    const covered *archived; /* days of the range that the archive answers; NULL: all */
    const covered *live;     /* and those that the database does; NULL: none */
    source *from;            /* the database, in a snapshot; needed with `live` */
    const pqt_progress *progress; /* asked while the database is read; may be NULL */
    bool with_details;            /* question_views: all columns; not with `live` */
} question_filter;

/* What views are summed by. */
typedef enum question_group { GROUP_PATH, GROUP_FULL_PATH, GROUP_VERSION } question_group;

/* Sums by a column, ordered as group_table_order does with `limit`. `out` is all zero
 * before; the caller frees it, also after a failure. */
pqt_status question_sum(scan *sc, const question_filter *filter, question_group by,
                        size_t limit, group_table *out, pqt_error *error);

/* Views of each day: `views` has until - since + 1 numbers, added to. */
pqt_status question_days(scan *sc, const question_filter *filter, int64_t *views,
                         pqt_error *error);

/* The other columns of a row. */
typedef struct view_details {
    int64_t id;
    int32_t version_id;
    int32_t status;
    bool has_version_id;
    bool has_full_path;
    pqt_view project_slug;
    pqt_view full_path;
} view_details;

/* A row of a page view; texts and details are in the list's memory. */
typedef struct view_row {
    int32_t date;
    bool has_version;
    pqt_view version;
    pqt_view path;
    int64_t views;
    const view_details *details; /* NULL unless the filter wants them */
} view_row;

typedef struct view_rows {
    view_row *rows;
    size_t count;
    size_t capacity;
    arena texts;
} view_rows;

/* All rows: date descending, then path, version (null first). The caller frees with
 * view_rows_free, also after a failure. */
pqt_status question_views(scan *sc, const question_filter *filter, view_rows *out,
                          pqt_error *error);
void view_rows_free(view_rows *rows);

#endif
