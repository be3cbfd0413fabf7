/*
 * Which copies a day is to have, which of them are there as they should be, and which are
 * there and should not.
 *
 * Memory: 500 bytes a copy, and 24 a run of rows in one.
 */
#ifndef ARCHIVE_COPY_PLAN_H
#define ARCHIVE_COPY_PLAN_H

#include "archive/copy_members.h"
#include "archive/copy_path.h"
#include "archive/copy_survey.h"
#include "base/sha256.h"

/* What is to be done with a copy. */
typedef enum copy_task { COPY_KEEP, COPY_WRITE, COPY_REMOVE, COPY_SKIP } copy_task;

typedef struct copy_item {
    const char *path; /* in the table; NULL: COPY_SKIP */
    copy_kind kind;
    copy_task task;
    pqt_view slug;
    const char *problem; /* why it is skipped */
    archive_sum sum;
    const copy_run *const *runs; /* in the order of rows */
    size_t run_count;
    const int32_t *projects; /* of an organization */
    size_t project_count;
    uint64_t size_bytes; /* of what is there, or was written */
    char sha256[SHA256_TEXT_BYTES];
    pqt_error failure; /* status PQT_OK: none */
} copy_item;

typedef struct copy_plan {
    copy_item *items; /* projects, then organizations, then what goes */
    size_t count, capacity;
    arena memory; /* of paths and lists */
} copy_plan;

/* What a plan is made of; all of it must outlive the plan. */
typedef struct copy_wish {
    int32_t date;
    bool per_project;
    bool per_organization;
    int64_t minimum_rows;
    const copy_survey *survey;
    const copy_members *members; /* used for organizations only */
    const copy_manifest *known;  /* what is there */
} copy_wish;

/* The caller frees, also after a failure. */
pqt_status copy_plan_make(const copy_wish *wish, copy_plan *out, pqt_error *error);
void copy_plan_free(copy_plan *plan);

#endif
