/*
 * One live file, open for questions: its footer, page indexes, and which rows belong to
 * which project. Kept as long as the file is live; nothing of it is an answer.
 */
#ifndef QUERY_SCAN_FILE_H
#define QUERY_SCAN_FILE_H

#include "base/arena.h"
#include "delta/delta.h"
#include "pqt.h"
#include "query/kept_input.h"
#include "table/row.h"

/* Rows of one project that stand together. */
typedef struct project_run {
    int32_t project_id;
    int32_t row_group;
    int64_t first_row; /* in the row group */
    int64_t row_count;
} project_run;

/* Slugs that a row group has, each with the project that bears it. */
typedef struct project_name {
    int32_t project_id;
    pqt_view slug;
} project_name;

typedef struct group_names {
    bool is_read;
    bool has_runs; /* its runs are in the file's */
    project_name *names;
    size_t count;
} group_names;

typedef struct scan_file {
    char *path;
    char *hash; /* as the log says; NULL: it does not */
    int32_t first_date;
    int32_t last_date;
    bool has_dates;
    uint64_t size_bytes; /* as the log says */
    uint64_t tail_bytes; /* read at once when it is opened */
    int64_t last_use;    /* for closing those that were not used for long */
    pqt_reader *reader;  /* NULL: not open */
    bool has_input;      /* `input` is open, for the reader to come */
    pqt_input input;
    kept_input *kept; /* that the reader reads, where the store is far; else NULL */
    int32_t columns[COLUMN_COUNT];
    bool has_index[COLUMN_COUNT];
    bool has_one_slug;  /* a project has the same in all its rows: a day's file of ours */
    bool has_directory; /* the runs of all row groups are there */
    project_run *runs;  /* ordered by project, row group, row */
    size_t run_count;
    size_t run_capacity;
    group_names *groups;
    arena memory; /* of names */
} scan_file;

/* What is known from the log alone. */
pqt_status scan_file_create(const delta_file *entry, scan_file **out, pqt_error *error);
/* NULL is fine. */
void scan_file_free(scan_file *file);

/* What opening a file of a store that is far will read first: bytes of `fetch->kept`.
 * False where it is open, or the store is near. */
pqt_status scan_file_prepare(scan_file *file, store *s, kept_fetch *fetch, bool *wanted,
                             pqt_error *error);

/*
 * Opens the file, unless it is open. One thread at a time for a file. CORRUPT where it
 * has not the archive's columns. Where the store is far, all that is read from here to
 * scan_file_settle is remembered in its cache.
 */
pqt_status scan_file_open(scan_file *file, store *s, pqt_error *error);

/* Reads what scan_file_find needs for this project: the project directory, or of a file
 * that is far only where scan_file_find_slug found it, if that is all of it. */
pqt_status scan_file_direct(scan_file *file, int32_t project_id, pqt_error *error);
/* Ends it: what is read now are pages of an answer. */
void scan_file_settle(scan_file *file);
/* Frees what opening read. */
void scan_file_close(scan_file *file);

/* Loads the page index of a column, unless it is loaded. As above, one thread. */
pqt_status scan_file_need(scan_file *file, enum archive_column column, pqt_error *error);

/* The runs of a project: *first and *count in file->runs. */
void scan_file_find(const scan_file *file, int32_t project_id, size_t *first,
                    size_t *count);

/* Calls back for each project of the file that bears the slug; row groups that cannot
 * have it are not read (unless `no_pruning`). */
typedef pqt_status (*scan_name_callback)(void *self, int32_t project_id,
                                         pqt_error *error);
pqt_status scan_file_find_slug(scan_file *file, pqt_view slug, bool no_pruning,
                               scan_name_callback callback, void *self, pqt_error *error);

#endif
