/*
 * Where rows come from: a database with a table of page views, and the small tables of
 * projects and versions. One table of functions a kind; callers see no kind. A source
 * belongs to one thread.
 *
 * Everything between source_begin and source_end is read in one snapshot of the database.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/progress.h"

/* What a site calls its tables and columns; NULL members take Read the Docs' names. A
 * name may have a schema before a '.'; names are quoted, never interpolated as they are.
 */
typedef struct source_names {
    const char *page_views; /* analytics_pageview */
    const char *id, *project_id, *version_id, *path, *full_path, *view_count, *date,
        *status;
    const char *projects;              /* projects_project */
    const char *project_key;           /* id */
    const char *project_slug;          /* slug */
    const char *versions;              /* builds_version */
    const char *version_key;           /* id */
    const char *version_slug;          /* slug */
    const char *organizations;         /* organizations_organization */
    const char *organization_key;      /* id */
    const char *organization_slug;     /* slug */
    const char *organization_projects; /* organizations_organization_projects */
    const char *organization_projects_organization; /* organization_id */
    const char *organization_projects_project;      /* project_id */
} source_names;

typedef enum source_invalid_utf8 {
    SOURCE_REFUSE_INVALID_UTF8, /* stops, naming the row's id */
    SOURCE_ESCAPE_INVALID_UTF8  /* each bad byte, and NUL, becomes \xHH */
} source_invalid_utf8;

typedef struct source_options {
    source_names names;
    source_invalid_utf8 invalid_utf8; /* SQLite; PostgreSQL's text is valid already */
    const char *temporary_directory;
    const pqt_progress *progress; /* asked whether to stop while the database is waited
                                     for; may be NULL, must outlive the source */
    bool for_deletion;            /* opened for writing too: source_prepare_delete */
} source_options;

/* A page view as the database has it; views are valid until the callback returns. */
typedef struct source_row {
    int64_t id;
    int32_t project_id;
    int32_t version_id; /* 0 unless has_version */
    int32_t view_count;
    int32_t date; /* days since 1970-01-01 */
    int16_t status;
    bool has_version;
    bool has_full_path;
    pqt_view path;
    pqt_view full_path;
} source_row;

typedef pqt_status (*source_row_callback)(void *self, const source_row *row,
                                          pqt_error *error);

/* An id and its slug, in the snapshot. */
typedef struct source_slug {
    int32_t id;
    pqt_view slug;
} source_slug;

/* Ordered by id; valid until the next source_begin or source_close. */
typedef struct source_slugs {
    const source_slug *slugs;
    size_t count;
} source_slugs;

/* What identifies the database and says whether merging by id is safe. */
enum { SOURCE_IDENTITY_BYTES = 512 };
typedef struct source_identity {
    char text[SOURCE_IDENTITY_BYTES]; /* kind, system identifier or file, database, table;
                                         a long one is cut and ends with its SHA-256 */
    bool id_is_unique;                /* within a day: a primary key or unique index on
                                         the id, alone or with the date */
    bool ids_may_return;              /* SQLite without AUTOINCREMENT */
} source_identity;

typedef struct source_estimate {
    int64_t rows; /* -1: not known */
    bool is_scan; /* the whole table is read, whatever the days */
} source_estimate;

/* Columns that not every question needs: an index may have all of the others. */
enum source_wanted {
    SOURCE_WANT_VERSION = 1 << 0,
    SOURCE_WANT_PATH = 1 << 1,
    SOURCE_WANT_FULL_PATH = 1 << 2
};

/* Rows of one project: since <= date <= until, and the status. */
typedef struct source_slice {
    int32_t project_id;
    int32_t since;
    int32_t until;
    bool any_status;
    int16_t status;
    uint32_t wanted; /* bits of enum source_wanted */
} source_slice;

/* Of a day in files that were exported earlier: what they hold of it. */
typedef enum source_day {
    SOURCE_DAY_ABSENT, /* no row */
    SOURCE_DAY_PART,   /* rows of some projects */
    SOURCE_DAY_WHOLE   /* rows of all */
} source_day;

/* What the page views take in the database now, indexes included. */
typedef struct source_size {
    int64_t rows; /* -1: not known; PostgreSQL's is an estimate */
    int64_t bytes;
} source_size;

/* One line of what doctor found: ok, or what to do. */
typedef enum source_finding_level {
    SOURCE_FINDING_OK,
    SOURCE_FINDING_ADVICE,
    SOURCE_FINDING_PROBLEM
} source_finding_level;
typedef void (*source_finding_callback)(void *self, source_finding_level level,
                                        const char *subject, const char *text);

/* How rows are deleted; all must be given. */
typedef struct source_delete_limits {
    int32_t lock_timeout_ms;      /* for the locks of one batch */
    int32_t statement_timeout_ms; /* for one statement (PostgreSQL) */
} source_delete_limits;

/* What became of a batch: deleted + kept + those that were gone before = its rows. */
typedef struct source_deletion {
    int64_t deleted;
    int64_t kept;      /* the id is there, but some column has another value */
    bool is_transient; /* after a failure: nothing was deleted; the batch may be tried
                          again */
} source_deletion;
/* What became of rows that were put back. */
typedef struct source_insertion {
    int64_t inserted;
    int64_t equal;           /* were there already, with the same values */
    bool sequence_is_behind; /* that of the ids may be, and was left so: no right to use
                                it, or too far */
    char raise_sql[1024];    /* then: what its owner may run */
} source_insertion;

/* A part of the table that holds all rows of some whole days, and no others. */
enum { SOURCE_PARTITION_NAME_BYTES = 280 };
typedef struct source_partition {
    char name[SOURCE_PARTITION_NAME_BYTES]; /* quoted, with its schema */
    char parent[SOURCE_PARTITION_NAME_BYTES];
    int32_t first, last;  /* its days */
    uint32_t number;      /* the database's own */
    int64_t rows;         /* that source_read_partition saw, or that were dropped */
    uint32_t oldest_open; /* transaction that it may not have seen */
    int64_t locked_us;    /* how long it was locked; after source_drop_partition */
} source_partition;

typedef struct source source;

struct source_functions {
    pqt_status (*identify)(void *self, source_identity *out, pqt_error *error);
    pqt_status (*begin)(void *self, pqt_error *error); /* NULL: nothing to do */
    pqt_status (*project_slugs)(void *self, source_slugs *out, pqt_error *error);
    pqt_status (*version_slugs)(void *self, source_slugs *out, pqt_error *error);
    pqt_status (*organizations)(void *self, source_slugs *out, pqt_error *error);
    pqt_status (*date_range)(void *self, int32_t *first, int32_t *last, bool *empty,
                             pqt_error *error);
    pqt_status (*estimate)(void *self, int32_t since, int32_t until, source_estimate *out,
                           pqt_error *error);
    pqt_status (*size)(void *self, source_size *out, pqt_error *error);
    pqt_status (*read)(void *self, int32_t since, int32_t until,
                       source_row_callback callback, void *callback_self,
                       const pqt_progress *progress, int64_t *row_count,
                       pqt_error *error);
    pqt_status (*read_project)(void *self, const source_slice *slice,
                               source_row_callback callback, void *callback_self,
                               const pqt_progress *progress, int64_t *row_count,
                               pqt_error *error);
    pqt_status (*slice_versions)(void *self, const source_slice *slice, source_slugs *out,
                                 pqt_error *error);
    pqt_status (*has_day)(void *self, int32_t day, bool *has_rows, pqt_error *error);
    pqt_status (*end)(void *self, pqt_error *error); /* NULL: nothing to do */
    pqt_status (*resolve_slug)(void *self, pqt_view slug, int32_t *project_id,
                               bool *found, pqt_error *error);
    void (*diagnose)(void *self, int32_t day, source_finding_callback callback,
                     void *callback_self);
    pqt_status (*prepare_delete)(void *self, const source_delete_limits *limits,
                                 pqt_error *error);
    pqt_status (*delete_rows)(void *self, const source_row *rows, size_t count,
                              source_deletion *out, pqt_error *error);
    pqt_status (*compare_rows)(void *self, const source_row *rows, size_t count,
                               source_deletion *out, pqt_error *error);
    pqt_status (*replica_lag)(void *self, int64_t *lag_ms, pqt_error *error);
    void (*diagnose_delete)(void *self, source_finding_callback callback,
                            void *callback_self);
    pqt_status (*has_project)(void *self, int32_t project_id, bool *has_rows,
                              pqt_error *error);
    /* NULL, with the three behind it: there are no partitions */
    pqt_status (*partitions)(void *self, int32_t since, int32_t until,
                             source_partition **out, size_t *count, pqt_error *error);
    pqt_status (*read_partition)(void *self, source_partition *partition,
                                 source_row_callback callback, void *callback_self,
                                 const pqt_progress *progress, pqt_error *error);
    pqt_status (*drop_partition)(void *self, source_partition *partition,
                                 source_deletion *out, pqt_error *error);
    bool (*is_alive)(void *self);
    pqt_status (*begin_insert)(void *self, pqt_error *error); /* NULL: cannot */
    pqt_status (*insert)(void *self, const source_row *row, pqt_error *error);
    pqt_status (*commit_insert)(void *self, source_insertion *out, pqt_error *error);
    void (*end_insert)(void *self);
    source_day (*earlier_day)(void *self, int32_t day); /* NULL: a database */
    void (*release)(void *self);
};

struct source {
    const struct source_functions *functions;
    void *self;
    char *name; /* for messages; without a password */
};

/* pqa_use_sqlite (pqa.h). */
pqt_status source_use_sqlite(const void *routines, pqt_error *error);

/*
 * Opens `url`: postgresql://... (or postgres://), or sqlite:PATH. NOT_FOUND, DENIED or IO
 * with the database's own words; UNSUPPORTED where the kind is not built. `options` NULL:
 * defaults. The caller closes.
 */
pqt_status source_open(const char *url, const source_options *options, source **out,
                       pqt_error *error);
/* NULL is fine. Ends an open snapshot. */
void source_close(source *s);

pqt_status source_identify(source *s, source_identity *out, pqt_error *error);

/* Opens one snapshot (PostgreSQL: REPEATABLE READ READ ONLY), checks the tables and
 * columns and their types; NOT_FOUND, DENIED, UNSUPPORTED by name. */
pqt_status source_begin(source *s, pqt_error *error);
/* The small tables, whole, as maps. */
pqt_status source_project_slugs(source *s, source_slugs *out, pqt_error *error);
pqt_status source_version_slugs(source *s, source_slugs *out, pqt_error *error);
/* The projects that belong to organizations: a project's id and the slug of one, in any
 * order of slugs; a project may be in several. NOT_FOUND, DENIED where the tables are not
 * there or cannot be read, which nothing else asks for. */
pqt_status source_organizations(source *s, source_slugs *out, pqt_error *error);
/* First and last date that have rows. */
pqt_status source_date_range(source *s, int32_t *first, int32_t *last, bool *empty,
                             pqt_error *error);
/* What reading these days would cost, by the database's planner. */
pqt_status source_estimate_read(source *s, int32_t since, int32_t until,
                                source_estimate *out, pqt_error *error);

/* Outside or inside a snapshot. */
pqt_status source_size_read(source *s, source_size *out, pqt_error *error);

/*
 * Calls back for every row with since <= date <= until, in no order, in one scan.
 * `*row_count` is the database's own count (PostgreSQL: COPY's), which must equal the
 * number of calls. A value that does not fit stops with LIMIT, naming the row's id; text
 * that is not valid, a null or another type with UNSUPPORTED, naming it too. Memory: one
 * row.
 */
pqt_status source_read(source *s, int32_t since, int32_t until,
                       source_row_callback callback, void *self,
                       const pqt_progress *progress, int64_t *row_count,
                       pqt_error *error);

/*
 * As source_read for the rows of one project, while somebody waits for an answer: wants
 * an index that begins with the project's id, as Read the Docs' unique ones do, or one on
 * the date; without either each call reads the whole table. SQLite: a row whose date is
 * no text is in no range. Rows have no id (0), and of the columns that may be wanted only
 * those that are: others are null, or empty.
 */
pqt_status source_read_project(source *s, const source_slice *slice,
                               source_row_callback callback, void *self,
                               const pqt_progress *progress, int64_t *row_count,
                               pqt_error *error);

/* Slugs of the versions that such rows have; valid until the next call, or source_end.
 * Reads the same rows once more, and the versions by their key. */
pqt_status source_slice_versions(source *s, const source_slice *slice, source_slugs *out,
                                 pqt_error *error);

/* Whether there are page views of a day, of any project; wants an index on the date. */
pqt_status source_has_day(source *s, int32_t day, bool *has_rows, pqt_error *error);

pqt_status source_end(source *s, pqt_error *error);

/* Whether its rows are those of earlier exports: then an archive may have them already
 * with more views, and other slugs, which are newer. */
static inline bool source_is_earlier(const source *s)
{
    return s->functions->earlier_day != NULL;
}

/* What it holds of a day; a database answers for all of every day. */
static inline source_day source_day_held(const source *s, int32_t day)
{
    return source_is_earlier(s) ? s->functions->earlier_day(s->self, day)
                                : SOURCE_DAY_WHOLE;
}

/* The project that bears the slug now; outside or inside a snapshot. */
pqt_status source_resolve_slug(source *s, pqt_view slug, int32_t *project_id, bool *found,
                               pqt_error *error);

/* Looks at connection, rights, tables and columns, the plan of `day`'s scan,
 * AUTOINCREMENT; tells everything it finds. */
void source_diagnose(source *s, int32_t day, source_finding_callback callback,
                     void *self);

/*
 * Looks whether rows may be deleted from the database at all, and sets the limits.
 * Refused by name: a replica (DENIED), no right to delete (DENIED), a table whose rows'
 * deletion would change or delete more than them or be changed on the way: foreign keys
 * that cascade, triggers, rules, row-level security, a view (UNSUPPORTED). SQLite without
 * AUTOINCREMENT is refused too: ids would return.
 */
pqt_status source_prepare_delete(source *s, const source_delete_limits *limits,
                                 pqt_error *error);

/*
 * Deletes, in one transaction, those of the rows whose id and every column the database
 * has exactly so (texts byte by byte, null only like null). After a failure nothing was
 * deleted, unless the answer to the commit was lost. CORRUPT where more rows went than
 * were asked for: undone. Memory: the batch, twice.
 */
pqt_status source_delete_rows(source *s, const source_row *rows, size_t count,
                              source_deletion *out, pqt_error *error);

/* As source_delete_rows, and deletes nothing: `deleted` is what would be. */
pqt_status source_compare_rows(source *s, const source_row *rows, size_t count,
                               source_deletion *out, pqt_error *error);

/*
 * The partitions whose days are all within since..until, those that hold others first.
 * None where the kind or the table has none. The caller releases the list
 * (alloc_release).
 */
pqt_status source_partitions(source *s, int32_t since, int32_t until,
                             source_partition **out, size_t *count, pqt_error *error);
/* Calls back for every row of the partition, as source_read, outside a snapshot of the
 * caller's. */
pqt_status source_read_partition(source *s, source_partition *partition,
                                 source_row_callback callback, void *self,
                                 const pqt_progress *progress, pqt_error *error);
/*
 * Drops a partition that source_read_partition has read, in one transaction, under a lock
 * that nobody reads or writes beside. CONFLICT where a row came or changed since it was
 * read; UNSUPPORTED or DENIED, by name, where more than its rows would go or change
 * (foreign keys, triggers, publications), or it is not the user's. After a failure it is
 * there as it was, unless the answer to the commit was lost (the connection is then not
 * alive). Rows that went since it was read are no hindrance; `out` has how many were
 * dropped.
 */
pqt_status source_drop_partition(source *s, source_partition *partition,
                                 source_deletion *out, pqt_error *error);
/* Whether the connection still can be used. */
bool source_is_alive(source *s);

/* How far the slowest replica is behind; 0 without replicas. DENIED where it cannot be
 * seen. */
pqt_status source_replica_lag(source *s, int64_t *lag_ms, pqt_error *error);

/* Tells everything that source_prepare_delete would refuse, and what else concerns a
 * deletion. */
void source_diagnose_delete(source *s, source_finding_callback callback, void *self);

/* Whether there are page views of the project; outside a snapshot. */
pqt_status source_has_project(source *s, int32_t project_id, bool *has_rows,
                              pqt_error *error);

/*
 * Puts rows back in one transaction: begin, insert each, commit; or end, which leaves
 * nothing of them. Not within a snapshot. A row whose id is there with the same values
 * counts as equal; one with other values is CORRUPT, naming the id; a project or version
 * that is gone where a foreign key wants it is INVALID. After a failure of insert the
 * transaction must be ended; one of commit has ended it, and nothing was put back, unless
 * its answer was lost. The sequence that the ids come from is raised to the highest,
 * where it may be. UNSUPPORTED where the kind cannot. Memory: 256 KiB.
 */
pqt_status source_begin_insert(source *s, pqt_error *error);
pqt_status source_insert(source *s, const source_row *row, pqt_error *error);
pqt_status source_commit_insert(source *s, source_insertion *out, pqt_error *error);
void source_end_insert(source *s);

/*
 * Rows that a test owns, and may change whenever no function of the source runs; the
 * source reads them where they are, and deletes from them. `on_delete` (may be NULL) is
 * called before and after the rows of a batch go: an error of the first leaves them, one
 * of the second is an answer that was lost.
 */
typedef struct source_memory_table {
    source_row *rows;
    size_t row_count;
    size_t row_capacity; /* room for rows that are put back; 0: none are taken */
    arena *texts;        /* of such rows */
    pqt_status (*on_delete)(void *self, bool is_done, pqt_error *error);
    void *self;
} source_memory_table;

/* A source of rows in memory, for tests; copies what it is given, but for `table`. */
typedef struct source_memory {
    const source_row *rows;
    size_t row_count;
    const source_slug *projects;
    size_t project_count;
    const source_slug *versions;
    size_t version_count;
    const source_slug *organizations; /* as source_organizations gives them */
    size_t organization_count;
    source_identity identity;
    size_t fail_at_row;         /* 1..: IO at this row; 0: none */
    source_memory_table *table; /* instead of `rows`; NULL: none */
} source_memory;
pqt_status source_open_memory(const source_memory *content, source **out,
                              pqt_error *error);

#endif
