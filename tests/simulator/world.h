/*
 * The truth beside the archive: what the site did, what its database holds, and what the
 * archive has shown to have. After every step the two are compared.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>

#include "base/arena.h"
#include "source/source.h"
#include "store/store.h"

enum {
    WORLD_ROWS = 160,
    WORLD_VERSIONS = 800,
    WORLD_DAYS = 5,
    WORLD_FIRST = 20116, /* 2025-01-28: the days lie in two months */
    WORLD_PROJECTS = 3,
    PROBLEM_BYTES = 400
};

/* Rows with different ids. */
typedef struct row_set {
    source_row rows[WORLD_ROWS];
    size_t count;
} row_set;

typedef struct world {
    uint64_t random; /* the state of its numbers */
    store *store;    /* what is really there */
    source_memory_table database;
    source_row database_rows[WORLD_ROWS];
    row_set site;    /* what the site believes to be in its database */
    row_set kept;    /* what the archive had, and must go on having */
    row_set pruned;  /* what the last prune took */
    row_set gone;    /* was forgotten, and must not be archived again */
    row_set archive; /* as it was read last */
    source_row versions[WORLD_VERSIONS]; /* every row as it ever was */
    size_t version_count;
    int64_t next_id;
    int32_t pruned_before;       /* INT32_MIN: nothing */
    bool is_damaged;             /* a live file may not be what was put */
    bool has_contradiction;      /* an id was used for another row */
    arena database_texts;        /* of rows that were put back */
    arena texts;                 /* of `archive`, until it is read again */
    char problem[PROBLEM_BYTES]; /* what is wrong; or empty */
} world;

/* NULL on no memory. */
world *world_create(uint64_t seed);
void world_free(world *w);

/* A number below `bound`. */
uint64_t world_random(world *w, uint64_t bound);

/* The site's own doings. */
void site_insert(world *w, bool reuses_id);
void site_update(world *w);
void site_remove(world *w);

/* Opens the database as pqa sees it. `identity` NULL: its own. */
pqt_status world_open_source(world *w, const char *identity, source **out,
                             pqt_error *error);

/* What a step was allowed to take away: by a prune before a date, or a project. */
typedef struct allowance {
    bool has_prune;
    int32_t before;
    bool has_undo;
    bool has_forget;
    bool is_forgotten; /* it was said to be done */
    int32_t project_id;
    bool has_restore; /* rows may come back into the database */
} allowance;

/* Compares; false where something is wrong, which `problem` then says. */
bool world_check(world *w, const allowance *allowed);

/* With nothing more to do: all closed days are archived, and gone from the database. */
bool world_check_end(world *w);

#endif
