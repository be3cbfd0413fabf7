/* Rows for tests: few projects, paths and versions, so that many things are equal. */
#ifndef RANDOM_ROWS_H
#define RANDOM_ROWS_H

#include <stdio.h>

#include "base/arena.h"
#include "table/row.h"

typedef struct random_rows {
    uint64_t state;
    arena texts;
    int64_t next_id;
} random_rows;

static inline uint32_t random_below(random_rows *r, uint32_t limit)
{
    r->state = r->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(r->state >> 33) % limit;
}

static inline pqt_view random_text(random_rows *r, const char *start, uint32_t limit)
{
    char text[100];
    snprintf(text, sizeof text, "%s%u", start, random_below(r, limit));
    return arena_copy(&r->texts, (pqt_view){(const uint8_t *)text, strlen(text)});
}

/* Ids are unique, in a random order of magnitude, also negative. */
static inline archive_row random_row(random_rows *r, uint32_t days)
{
    const uint32_t project = random_below(r, 7);
    archive_row row = {
        .id = ((int64_t)random_below(r, 5) - 2) * INT64_C(3000000000) + ++r->next_id,
        .project_id = (int32_t)project,
        .view_count = (int32_t)random_below(r, 50),
        .date = 20000 + (int32_t)random_below(r, days),
        .status = random_below(r, 10) ? 200 : 404,
        .has_version = random_below(r, 8) != 0,
        .path = random_text(r, "/page-", 60),
    };
    char slug[20];
    snprintf(slug, sizeof slug, "project-%u", project / 2);
    row.project_slug =
        arena_copy(&r->texts, (pqt_view){(const uint8_t *)slug, strlen(slug)});
    if (row.has_version) {
        row.version_id = 100 + (int32_t)random_below(r, 4);
        row.has_version_slug = row.version_id != 103;
        if (row.has_version_slug) {
            snprintf(slug, sizeof slug, "v%d", row.version_id - 100);
            row.version_slug =
                arena_copy(&r->texts, (pqt_view){(const uint8_t *)slug, strlen(slug)});
        }
    }
    row.has_full_path = random_below(r, 9) != 0;
    if (row.has_full_path)
        row.full_path =
            random_below(r, 5)
                ? arena_concatenate(&r->texts, random_text(r, "/en/v", 4), row.path)
                : random_text(r, "/other-", 1000);
    return row;
}

#endif
