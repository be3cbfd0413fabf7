/* Deleting rows that the archive has, a batch a transaction. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "source/postgres.h"
#include "source/postgres_arrays.h"

/* --- Limits --- */

pqt_status postgres_prepare_delete(void *self, const source_delete_limits *limits,
                                   pqt_error *error)
{
    struct postgres *pg = self;
    char sql[160];
    snprintf(sql, sizeof sql, "SET lock_timeout = %d; SET statement_timeout = %d",
             (int)limits->lock_timeout_ms, (int)limits->statement_timeout_ms);
    TRY(postgres_run(pg, sql, error));
    return postgres_check_deletable(pg, error);
}

/* --- The statements --- */

static const char *const casts[SOURCE_COLUMN_COUNT] = {
    [SOURCE_ID] = "bigint[]",          [SOURCE_PROJECT_ID] = "integer[]",
    [SOURCE_VERSION_ID] = "integer[]", [SOURCE_PATH] = "text[]",
    [SOURCE_FULL_PATH] = "text[]",     [SOURCE_VIEW_COUNT] = "integer[]",
    [SOURCE_DATE] = "date[]",          [SOURCE_STATUS] = "smallint[]",
};

/* "unnest($1::bigint[], ...) AS a(c0, ...)" */
static pqt_status append_batch(buffer *sql, pqt_error *error)
{
    TRY(buffer_append_text(sql, "unnest(", error));
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++)
        TRY(buffer_printf(sql, error, "%s$%d::%s", i ? ", " : "", i + 1, casts[i]));
    TRY(buffer_append_text(sql, ") AS a(", error));
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++)
        TRY(buffer_printf(sql, error, "%sc%d", i ? ", " : "", i));
    return buffer_append_text(sql, ")", error);
}

/* With the date where the id is unique with it only: '=' lets the server look into the
 * one partition of the day, and no index has it without the id. */
static pqt_status append_id(const struct postgres *pg, buffer *sql, pqt_error *error)
{
    TRY(buffer_append_text(sql, "v.", error));
    TRY(names_quote(pg->names.id, sql, error));
    TRY(buffer_append_text(sql, " = a.c0", error));
    if (!pg->id_needs_date) return PQT_OK;
    TRY(buffer_append_text(sql, " AND v.", error));
    TRY(names_quote(pg->names.date, sql, error));
    return buffer_printf(sql, error, " = a.c%d", SOURCE_DATE);
}

/*
 * Every column. IS NOT DISTINCT FROM is right for nulls, and no index but the id's can
 * serve it, whatever the planner believes of the others. Collation "C": a site's own may
 * call different texts equal.
 */
static pqt_status append_same(const struct postgres *pg, buffer *sql, pqt_error *error)
{
    for (int i = 1; i < SOURCE_COLUMN_COUNT; i++) {
        const bool is_text = i == SOURCE_PATH || i == SOURCE_FULL_PATH;
        TRY(buffer_append_text(sql, i > 1 ? " AND v." : "v.", error));
        TRY(names_quote(names_column(&pg->names, (enum source_column)i), sql, error));
        TRY(buffer_printf(sql, error, "%s IS NOT DISTINCT FROM a.c%d",
                          is_text ? " COLLATE \"C\"" : "", i));
    }
    return PQT_OK;
}

static pqt_status make_delete(const struct postgres *pg, buffer *sql, pqt_error *error)
{
    TRY(buffer_append_text(sql, "DELETE FROM ", error));
    TRY(names_quote(pg->names.page_views, sql, error));
    TRY(buffer_append_text(sql, " AS v USING ", error));
    TRY(append_batch(sql, error));
    TRY(buffer_append_text(sql, " WHERE ", error));
    TRY(append_id(pg, sql, error));
    TRY(buffer_append_text(sql, " AND ", error));
    TRY(append_same(pg, sql, error));
    TRY(buffer_append_text(sql, " RETURNING a.c0", error));
    return buffer_append_u8(sql, 0, error);
}

/* How many of the ids are there, and how many with the very same row. */
static pqt_status make_compare(const struct postgres *pg, buffer *sql, pqt_error *error)
{
    TRY(buffer_append_text(sql, "SELECT count(*), count(*) FILTER (WHERE ", error));
    TRY(append_same(pg, sql, error));
    TRY(buffer_append_text(sql, ") FROM ", error));
    TRY(names_quote(pg->names.page_views, sql, error));
    TRY(buffer_append_text(sql, " AS v JOIN ", error));
    TRY(append_batch(sql, error));
    TRY(buffer_append_text(sql, " ON ", error));
    TRY(append_id(pg, sql, error));
    return buffer_append_u8(sql, 0, error);
}

/* --- Asking --- */

/* What may go well when it is done again: a lock that was not had, a deadlock, a
 * serialization failure. */
static bool is_transient(const PGresult *result)
{
    static const char *const states[] = {"55P03", "40P01", "40001"};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (strcmp(state, states[i]) == 0) return true;
    return false;
}

static pqt_status send_batch(struct postgres *pg, const char *sql,
                             const postgres_arrays *batch, PGresult **out,
                             pqt_error *error)
{
    const char *values[SOURCE_COLUMN_COUNT];
    int lengths[SOURCE_COLUMN_COUNT], formats[SOURCE_COLUMN_COUNT];
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++) {
        values[i] = (const char *)batch->columns[i].data;
        lengths[i] = (int)batch->columns[i].size_bytes;
        formats[i] = 1;
    }
    if (!PQsendQueryParams(pg->connection, sql, SOURCE_COLUMN_COUNT, NULL, values,
                           lengths, formats, 0))
        return postgres_error(pg, NULL, error);
    const pqt_status status = postgres_finish(pg, out, error);
    if (status == PQT_CANCELLED) postgres_abandon(pg);
    return status;
}

/* The caller clears the result; a failure says whether it is worth another try. */
static pqt_status run_batch(struct postgres *pg, const char *sql,
                            const postgres_arrays *batch, ExecStatusType expected,
                            PGresult **out, source_deletion *outcome, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(send_batch(pg, sql, batch, &result, error));
    if (PQresultStatus(result) == expected) {
        *out = result;
        return PQT_OK;
    }
    outcome->is_transient = is_transient(result);
    const pqt_status status = postgres_error(pg, result, error);
    PQclear(result);
    return status;
}

static pqt_status count_batch(struct postgres *pg, const postgres_arrays *batch,
                              int64_t *present, int64_t *same, source_deletion *outcome,
                              pqt_error *error)
{
    buffer sql = {0};
    PGresult *result = NULL;
    pqt_status status = make_compare(pg, &sql, error);
    if (status == PQT_OK)
        status = run_batch(pg, (char *)sql.data, batch, PGRES_TUPLES_OK, &result, outcome,
                           error);
    buffer_free(&sql);
    TRY(status);
    *present = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    *same = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    PQclear(result);
    return PQT_OK;
}

/* --- One batch --- */

/* Rows of a batch, and which of them the database says to have deleted. */
struct deleted_batch {
    const source_row *rows;
    size_t count;
    int64_t *ids; /* in order */
    size_t id_count;
    source_row *left; /* those that did not go */
    size_t left_count;
};

static int compare_ids(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static pqt_status take_ids(const PGresult *result, struct deleted_batch *b,
                           pqt_error *error)
{
    const size_t count = (size_t)PQntuples(result);
    b->ids = alloc_zeroed(NULL, count, sizeof *b->ids);
    if (!b->ids) return error_no_memory(error, count * sizeof *b->ids);
    for (size_t i = 0; i < count; i++)
        b->ids[i] = strtoll(PQgetvalue(result, (int)i, 0), NULL, 10);
    b->id_count = count;
    qsort(b->ids, count, sizeof *b->ids, compare_ids);
    return PQT_OK;
}

static pqt_status delete_batch(struct postgres *pg, struct deleted_batch *b,
                               source_deletion *out, pqt_error *error)
{
    buffer sql = {0};
    postgres_arrays batch;
    PGresult *result = NULL;
    pqt_status status = postgres_arrays_make(b->rows, b->count, &batch, error);
    if (status == PQT_OK) status = make_delete(pg, &sql, error);
    if (status == PQT_OK)
        status =
            run_batch(pg, (char *)sql.data, &batch, PGRES_TUPLES_OK, &result, out, error);
    postgres_arrays_free(&batch);
    buffer_free(&sql);
    TRY(status);
    out->deleted = strtoll(PQcmdTuples(result), NULL, 10);
    status = take_ids(result, b, error);
    PQclear(result);
    return status;
}

static pqt_status list_left(struct deleted_batch *b, pqt_error *error)
{
    b->left = alloc_zeroed(NULL, b->count, sizeof *b->left);
    if (!b->left) return error_no_memory(error, b->count * sizeof *b->left);
    for (size_t i = 0; i < b->count; i++)
        if (!bsearch(&b->rows[i].id, b->ids, b->id_count, sizeof *b->ids, compare_ids))
            b->left[b->left_count++] = b->rows[i];
    if (b->left_count == b->count - b->id_count) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "the database deleted %zu rows, and %zu of %zu are not among them; "
                     "nothing was deleted",
                     b->id_count, b->left_count, b->count);
}

/* Looks at the rows that did not go: their ids are free, or they have changed. */
static pqt_status count_left(struct postgres *pg, const struct deleted_batch *b,
                             source_deletion *out, pqt_error *error)
{
    postgres_arrays batch;
    int64_t same = 0;
    pqt_status status = postgres_arrays_make(b->left, b->left_count, &batch, error);
    if (status == PQT_OK) status = count_batch(pg, &batch, &out->kept, &same, out, error);
    postgres_arrays_free(&batch);
    TRY(status);
    if (same == 0) return PQT_OK;
    return error_set(error, PQT_UNSUPPORTED,
                     "%lld rows that the archive has exactly so are still there after "
                     "they were deleted: something in the database keeps them",
                     (long long)same);
}

/* An id that is there twice (a table that others inherit from) must not go twice. */
static pqt_status delete_and_count(struct postgres *pg, struct deleted_batch *b,
                                   source_deletion *out, pqt_error *error)
{
    TRY(delete_batch(pg, b, out, error));
    if ((uint64_t)out->deleted > b->count || (uint64_t)out->deleted != b->id_count)
        return error_set(error, PQT_CORRUPT,
                         "%lld rows would have gone for %zu of the archive: ids are not "
                         "unique; nothing was deleted",
                         (long long)out->deleted, b->count);
    if (b->id_count == b->count) return PQT_OK;
    TRY(list_left(b, error));
    return count_left(pg, b, out, error);
}

/* Also when the caller stops, or the first error stands already. */
void postgres_roll_back(struct postgres *pg)
{
    const pqt_progress *progress = pg->progress;
    pg->progress = NULL;
    (void)postgres_run(pg, "ROLLBACK", NULL);
    pg->progress = progress;
}

/* The commit is waited for also when the caller stops: its outcome is known then. A
 * transaction that had failed answers ROLLBACK without an error. */
pqt_status postgres_commit(struct postgres *pg, source_deletion *out, pqt_error *error)
{
    const pqt_progress *progress = pg->progress;
    PGresult *result = NULL;
    pg->progress = NULL;
    pqt_status status = PQsendQuery(pg->connection, "COMMIT")
                            ? postgres_finish(pg, &result, error)
                            : postgres_error(pg, NULL, error);
    pg->progress = progress;
    if (status == PQT_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
        out->is_transient = is_transient(result);
        status = postgres_error(pg, result, error);
    } else if (status == PQT_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        status = error_set(error, PQT_IO, "the transaction was undone by the database");
    }
    PQclear(result);
    return status;
}

pqt_status postgres_delete_rows(void *self, const source_row *rows, size_t count,
                                source_deletion *out, pqt_error *error)
{
    struct postgres *pg = self;
    struct deleted_batch batch = {.rows = rows, .count = count};
    TRY(postgres_run(pg, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", error));
    pqt_status status = delete_and_count(pg, &batch, out, error);
    alloc_release(NULL, batch.ids);
    alloc_release(NULL, batch.left);
    if (status == PQT_OK) return postgres_commit(pg, out, error);
    postgres_roll_back(pg);
    return status;
}

pqt_status postgres_compare_rows(void *self, const source_row *rows, size_t count,
                                 source_deletion *out, pqt_error *error)
{
    struct postgres *pg = self;
    postgres_arrays batch;
    int64_t present = 0;
    pqt_status status = postgres_arrays_make(rows, count, &batch, error);
    if (status == PQT_OK)
        status = count_batch(pg, &batch, &present, &out->deleted, out, error);
    if (status == PQT_OK) out->kept = present - out->deleted;
    postgres_arrays_free(&batch);
    return status;
}

/* --- Replicas --- */

/*
 * replay_lag stands still where a replica does. So a point of the log is remembered with
 * its time, until all have replayed it: they are at least as far behind as it is old.
 */
static int64_t lag_by_mark(struct postgres *pg, uint64_t written, uint64_t replayed)
{
    const int64_t now = clock_monotonic_us();
    if (pg->lag_mark == 0 || replayed >= pg->lag_mark) {
        pg->lag_mark = written;
        pg->lag_mark_us = now;
    }
    return (now - pg->lag_mark_us) / 1000;
}

pqt_status postgres_replica_lag(void *self, int64_t *lag_ms, pqt_error *error)
{
    struct postgres *pg = self;
    PGresult *result = NULL;
    TRY(postgres_query(
        pg,
        "SELECT count(*) FILTER (WHERE state IS NULL), count(replay_lsn), "
        "coalesce(ceil(max(extract(epoch FROM replay_lag)) * 1000), 0)::bigint, "
        "pg_current_wal_lsn() - '0/0', coalesce(min(replay_lsn - '0/0'), 0) FROM "
        "pg_stat_replication",
        NULL, &result, error));
    const bool is_hidden = strcmp(PQgetvalue(result, 0, 0), "0") != 0;
    const bool has_replicas = strcmp(PQgetvalue(result, 0, 1), "0") != 0;
    const int64_t told = strtoll(PQgetvalue(result, 0, 2), NULL, 10);
    const uint64_t written = strtoull(PQgetvalue(result, 0, 3), NULL, 10);
    const uint64_t replayed = strtoull(PQgetvalue(result, 0, 4), NULL, 10);
    PQclear(result);
    if (is_hidden)
        return error_set(error, PQT_DENIED,
                         "no right to see how far replicas are; GRANT pg_monitor TO the "
                         "user that pqa connects as, or leave --max-replica-lag out");
    const int64_t seen = has_replicas ? lag_by_mark(pg, written, replayed) : 0;
    *lag_ms = told > seen ? told : seen;
    return PQT_OK;
}
