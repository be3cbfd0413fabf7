/* PostgreSQL as a source: the connection and what its files share. */
#ifndef SOURCE_POSTGRES_H
#define SOURCE_POSTGRES_H

#include <libpq-fe.h>

#include "source/kind.h"

struct postgres {
    PGconn *connection;
    source_names names;
    arena memory; /* of the names */
    const pqt_progress
        *progress; /* asked whether to stop while the server is waited for */
    bool in_snapshot;
    bool id_needs_date; /* the id is unique with the date only: of a partitioned table */
    bool is_copying;    /* rows that are put back */
    buffer insertion;   /* what was not sent of them */
    slug_map projects;
    slug_map versions;
    slug_map organizations;
    uint64_t lag_mark;   /* of the log: what all replicas have to replay ... */
    int64_t lag_mark_us; /* ... and when the log was there */
};

/* Connects, without a word of the URL in the errors. */
pqt_status postgres_connect(struct postgres *pg, const char *url, pqt_error *error);

/* Runs SQL whose result has rows; the caller clears it. `parameter` (NULL: none) is $1.
 * The error has the server's words and the status of its SQLSTATE; CANCELLED where the
 * caller wants to stop, and the query is then abandoned. */
pqt_status postgres_query(struct postgres *pg, const char *sql, const char *parameter,
                          PGresult **out, pqt_error *error);
/* As postgres_query for a result of that kind. */
pqt_status postgres_expect(struct postgres *pg, const char *sql, const char *parameter,
                           ExecStatusType expected, PGresult **out, pqt_error *error);
/* Runs SQL without rows. */
pqt_status postgres_run(struct postgres *pg, const char *sql, pqt_error *error);
/* The error of the connection or the result (NULL: none). */
pqt_status postgres_error(const struct postgres *pg, const PGresult *result,
                          pqt_error *error);

/* The next piece of a COPY, which the caller frees with PQfreemem; *size < 0: no more. */
pqt_status postgres_copy_piece(struct postgres *pg, char **piece, int *size,
                               pqt_error *error);
/* The last result of what was sent; the caller clears it. */
pqt_status postgres_finish(struct postgres *pg, PGresult **out, pqt_error *error);
/* Cancels what the server does and reads what is left of it. */
void postgres_abandon(struct postgres *pg);

/* "COPY (SELECT ... WHERE date ...) ..." without what is behind the SELECT, appended. */
pqt_status postgres_select(const struct postgres *pg, int32_t since, int32_t until,
                           buffer *out, pqt_error *error);

/* Runs a COPY ... (FORMAT binary) of the page views' columns; `expected` rows (-1: not
 * known) are for the progress. */
pqt_status postgres_copy_rows(struct postgres *pg, const char *sql, int64_t expected,
                              source_row_callback callback, void *self,
                              const pqt_progress *progress, int64_t *row_count,
                              pqt_error *error);

/* How the server would read some days. */
typedef struct postgres_plan {
    int64_t rows;    /* -1: not known */
    bool is_scan;    /* it costs about as much as reading the whole table */
    char words[400]; /* the plan's lines, cut */
} postgres_plan;
pqt_status postgres_read_plan(struct postgres *pg, int32_t since, int32_t until,
                              postgres_plan *out, pqt_error *error);

/* The table with its partitions, their indexes and long values; rows by its statistics.
 */
pqt_status postgres_size(void *self, source_size *out, pqt_error *error);

/* Looks whether the tables and columns are there, of usable types and readable. */
pqt_status postgres_check_schema(struct postgres *pg, pqt_error *error);
/* As postgres_check_schema for the page views alone. */
pqt_status postgres_check_page_views(struct postgres *pg, pqt_error *error);
/* Whether the id is unique, by an index that is valid, alone or with the date; remembers
 * which, for statements that name rows. */
pqt_status postgres_id_is_unique(struct postgres *pg, bool *unique, pqt_error *error);

/* Putting rows back: struct source_functions has what each does. */
pqt_status postgres_begin_insert(void *self, pqt_error *error);
pqt_status postgres_insert(void *self, const source_row *row, pqt_error *error);
pqt_status postgres_commit_insert(void *self, source_insertion *out, pqt_error *error);
void postgres_end_insert(void *self);

void postgres_diagnose(void *self, int32_t day, source_finding_callback callback,
                       void *callback_self);

/* Deleting rows: struct source_functions has what each does. */
pqt_status postgres_prepare_delete(void *self, const source_delete_limits *limits,
                                   pqt_error *error);
pqt_status postgres_delete_rows(void *self, const source_row *rows, size_t count,
                                source_deletion *out, pqt_error *error);
pqt_status postgres_compare_rows(void *self, const source_row *rows, size_t count,
                                 source_deletion *out, pqt_error *error);
/* Also when the caller stops: the outcome of a commit is known then (but see
 * source_delete_rows). `out` says whether a failure is worth another try. */
pqt_status postgres_commit(struct postgres *pg, source_deletion *out, pqt_error *error);
void postgres_roll_back(struct postgres *pg);

/* Dropping partitions: struct source_functions has what each does. */
pqt_status postgres_partitions(void *self, int32_t since, int32_t until,
                               source_partition **out, size_t *count, pqt_error *error);
pqt_status postgres_read_partition(void *self, source_partition *partition,
                                   source_row_callback callback, void *callback_self,
                                   const pqt_progress *progress, pqt_error *error);
pqt_status postgres_drop_partition(void *self, source_partition *partition,
                                   source_deletion *out, pqt_error *error);
bool postgres_is_alive(void *self);
/* The first reason why a partition may not be dropped. */
pqt_status postgres_check_droppable(struct postgres *pg, const char *name,
                                    pqt_error *error);

pqt_status postgres_replica_lag(void *self, int64_t *lag_ms, pqt_error *error);
/* The first reason why rows may not be deleted. */
pqt_status postgres_check_deletable(struct postgres *pg, pqt_error *error);
void postgres_diagnose_delete(void *self, source_finding_callback callback,
                              void *callback_self);

#endif
