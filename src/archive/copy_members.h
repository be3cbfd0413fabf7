/*
 * Which projects belong to which organizations: as the database has it, or as the copies
 * of a day were made.
 *
 * Memory: 40 bytes and the slug for each project in each organization.
 */
#ifndef ARCHIVE_COPY_MEMBERS_H
#define ARCHIVE_COPY_MEMBERS_H

#include "archive/copy_manifest.h"
#include "source/source.h"

/* Ordered by project, then slug; none twice. All zero is empty. */
typedef struct copy_members {
    source_slug *members;
    size_t count, capacity;
    hash128 hash; /* equal where the members are */
    arena texts;
} copy_members;

/* In a snapshot of its own. NOT_FOUND where the database has no such tables. The caller
 * frees, also after a failure. */
pqt_status copy_members_read(source *from, copy_members *out, pqt_error *error);
/* As the manifest's organizations have them; the hash is the manifest's. */
pqt_status copy_members_of(const copy_manifest *manifest, copy_members *out,
                           pqt_error *error);
/* The first of a project's; *count becomes how many there are. */
const source_slug *copy_members_find(const copy_members *members, int32_t project_id,
                                     size_t *count);
void copy_members_free(copy_members *members);

#endif
