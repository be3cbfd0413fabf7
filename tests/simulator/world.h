/*
 * The truth beside the archive: what the site did, what its database holds, and what the
 * archive has shown to have. After every step the two are compared.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>

#include "base/arena.h"
#include "delta/delta.h"
#include "source/source.h"
#include "store/store.h"
#include "tally.h"

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

/* What a file of the archive held when it was read: its bytes never change. */
typedef struct read_file {
    char *path;
    source_row *rows;
    size_t count;
    int64_t modified_ms; /* by the log */
} read_file;

typedef struct world {
    uint64_t random; /* the state of its numbers */
    tally *counted;
    store *store;          /* what is really there */
    delta_snapshot *known; /* the log as it was read last */
    int reads;
    read_file *read_files;
    size_t read_count;
    source_memory_table database;
    source_row database_rows[WORLD_ROWS];
    row_set site;    /* what the site believes to be in its database */
    row_set kept;    /* what the archive had, and must go on having */
    row_set pruned;  /* what the last prune took */
    row_set moved;   /* were deleted after their export: only the archive has them */
    row_set going;   /* only the archive has them, and they are being forgotten */
    row_set gone;    /* was forgotten, and must not be archived again */
    row_set archive; /* as it was read last */
    source_row versions[WORLD_VERSIONS]; /* every row as it ever was */
    size_t version_count;
    int64_t next_id;
    int32_t pruned_before;     /* INT32_MIN: nothing */
    bool is_damaged;           /* a live file may not be what was put */
    bool has_contradiction;    /* an id was used for another row */
    arena database_texts;      /* of rows that were put back */
    arena texts;               /* of rows that were read */
    source_memory_table other; /* another site's database */
    source_row other_rows[WORLD_ROWS];
    char problem[PROBLEM_BYTES]; /* what is wrong; or empty */
} world;

/* NULL on no memory. `counted` outlives it. */
world *world_create(uint64_t seed, tally *counted);
void world_free(world *w);

/* A number below `bound`. */
uint64_t world_random(world *w, uint64_t bound);

/* The site's own doings. */
void site_insert(world *w, bool reuses_id);
void site_update(world *w);
void site_remove(world *w);

/* Opens the database as pqa sees it; reading it fails at row `fail_at_row` (0: never). */
pqt_status world_open_source(world *w, size_t fail_at_row, source **out,
                             pqt_error *error);

/* Opens another site's, some of whose rows have ids of ours, and some are the same. */
pqt_status world_open_other(world *w, source **out, pqt_error *error);

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

/* A project's rows that only the archive has are to be forgotten. What the database has
 * meanwhile may be archived by another, before and after. */
void world_note_forget(world *w, int32_t project_id);

/* The database's rows of these days, as they are now. */
void world_note_rows(const world *w, int32_t since, int32_t until, row_set *out);

/* An export said that it archived these rows: `problem` says where that is not so.
 * Those of a project that `allowed` has forgotten may be gone again. */
void world_check_exported(world *w, const row_set *rows, const allowance *allowed);

/* Compares; false where something is wrong, which `problem` then says. */
bool world_check(world *w, const allowance *allowed);

/* With nothing more to do: all closed days are archived, and gone from the database. */
bool world_check_end(world *w);

#endif
