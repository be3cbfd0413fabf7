/* Partitions of whole days: found by their bounds, read, and dropped with their rows. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "source/postgres.h"

/* Everybody who uses the table waits while a partition is looked through under the lock.
 */
enum { MOST_LOCKED_MS = 10000 };

/* For the locks that a drop takes besides: of tables that the partition refers to, and of
 * the default partition. Who holds one may be waiting for us: that is no deadlock which
 * the site would lose, as long as we give up much sooner than the server looks for one
 * (deadlock_timeout, a second). */
enum { MORE_LOCKS_MS = 10 };

/* --- Which there are --- */

/* A bound that is no plain date (MINVALUE, infinity) makes no match. */
#define BOUND "''(\\d{4}-\\d\\d-\\d\\d)''"

/* Partitions by range of the date alone, at any level; outer ones first. */
static pqt_status make_list_sql(struct postgres *pg, int32_t since, int32_t until,
                                buffer *sql, pqt_error *error)
{
    char *date = PQescapeLiteral(pg->connection, pg->names.date, strlen(pg->names.date));
    if (!date) return error_no_memory(error, 1);
    pqt_status status = buffer_printf(
        sql, error,
        "WITH RECURSIVE tree(oid, parent, level) AS (SELECT i.inhrelid, i.inhparent, 1 "
        "FROM pg_inherits i WHERE i.inhparent = to_regclass($1) UNION ALL SELECT "
        "i.inhrelid, i.inhparent, t.level + 1 FROM pg_inherits i JOIN tree t ON "
        "i.inhparent = t.oid), bound AS (SELECT t.*, regexp_match(pg_get_expr("
        "c.relpartbound, c.oid), '^FOR VALUES FROM \\(" BOUND "\\) TO \\(" BOUND
        "\\)$') "
        "AS b FROM tree t JOIN pg_class c USING (oid) JOIN pg_partitioned_table p ON "
        "p.partrelid = t.parent JOIN pg_attribute a ON a.attrelid = t.parent AND "
        "a.attnum = p.partattrs[0] WHERE p.partstrat = 'r' AND p.partnatts = 1 AND "
        "a.attname = %s), days AS (SELECT oid, parent, level, b[1]::date - date "
        "'1970-01-01' AS first, b[2]::date - date '1970-01-01' - 1 AS last FROM bound "
        "WHERE b IS NOT NULL) SELECT d.oid, d.first, d.last, format('%%I.%%I', "
        "n.nspname, c.relname), format('%%I.%%I', pn.nspname, pc.relname) FROM days d "
        "JOIN pg_class c ON c.oid = d.oid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_class pc ON pc.oid = d.parent JOIN pg_namespace pn ON pn.oid = "
        "pc.relnamespace WHERE first >= %d AND last <= %d ORDER BY level, first",
        date, since, until);
    PQfreemem(date);
    return status == PQT_OK ? buffer_append_u8(sql, 0, error) : status;
}

static pqt_status take_partition(const PGresult *result, int at, source_partition *out,
                                 pqt_error *error)
{
    const int name =
        snprintf(out->name, sizeof out->name, "%s", PQgetvalue(result, at, 3));
    const int parent =
        snprintf(out->parent, sizeof out->parent, "%s", PQgetvalue(result, at, 4));
    out->number = (uint32_t)strtoul(PQgetvalue(result, at, 0), NULL, 10);
    out->first = (int32_t)strtol(PQgetvalue(result, at, 1), NULL, 10);
    out->last = (int32_t)strtol(PQgetvalue(result, at, 2), NULL, 10);
    if (name < (int)sizeof out->name && parent < (int)sizeof out->parent) return PQT_OK;
    return error_set(error, PQT_LIMIT, "the name of partition %s is too long", out->name);
}

static pqt_status take_partitions(const PGresult *result, source_partition **out,
                                  size_t *count, pqt_error *error)
{
    const size_t found = (size_t)PQntuples(result);
    source_partition *list = alloc_zeroed(NULL, found ? found : 1, sizeof *list);
    if (!list) return error_no_memory(error, found * sizeof *list);
    pqt_status status = PQT_OK;
    for (size_t i = 0; i < found && status == PQT_OK; i++)
        status = take_partition(result, (int)i, &list[i], error);
    if (status != PQT_OK) {
        alloc_release(NULL, list);
        return status;
    }
    *out = list;
    *count = found;
    return PQT_OK;
}

pqt_status postgres_partitions(void *self, int32_t since, int32_t until,
                               source_partition **out, size_t *count, pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0}, table = {0};
    PGresult *result = NULL;
    pqt_status status = names_quote(pg->names.page_views, &table, error);
    if (status == PQT_OK) status = make_list_sql(pg, since, until, &sql, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, (char *)table.data, &result, error);
    if (status == PQT_OK) status = take_partitions(result, out, count, error);
    PQclear(result);
    buffer_free(&sql);
    buffer_free(&table);
    return status;
}

/* --- What is in one --- */

/* Transactions from here on may have changed rows behind the snapshot's back. Not only
 * those that the snapshot lists: it does not list their subtransactions. */
static pqt_status note_snapshot(struct postgres *pg, source_partition *p,
                                pqt_error *error)
{
    PGresult *result = NULL;
    TRY(postgres_query(pg,
                       "SELECT txid_snapshot_xmin(txid_current_snapshot()) & 4294967295",
                       NULL, &result, error));
    p->oldest_open = (uint32_t)strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return PQT_OK;
}

static pqt_status make_copy_sql(const struct postgres *pg, const source_partition *p,
                                buffer *sql, pqt_error *error)
{
    TRY(buffer_append_text(sql, "COPY (SELECT ", error));
    TRY(names_columns(&pg->names, sql, error));
    TRY(buffer_printf(sql, error, " FROM %s) TO STDOUT (FORMAT binary)", p->name));
    return buffer_append_u8(sql, 0, error);
}

static pqt_status copy_partition(struct postgres *pg, source_partition *p,
                                 source_row_callback callback, void *self,
                                 const pqt_progress *progress, pqt_error *error)
{
    buffer sql = {0};
    pqt_status status = postgres_run(pg, "SET LOCAL statement_timeout = 0", error);
    if (status == PQT_OK) status = note_snapshot(pg, p, error);
    if (status == PQT_OK) status = make_copy_sql(pg, p, &sql, error);
    if (status == PQT_OK)
        status = postgres_copy_rows(pg, (char *)sql.data, -1, callback, self, progress,
                                    &p->rows, error);
    buffer_free(&sql);
    return status;
}

pqt_status postgres_read_partition(void *self, source_partition *partition,
                                   source_row_callback callback, void *callback_self,
                                   const pqt_progress *progress, pqt_error *error)
{
    struct postgres *pg = self;
    TRY(postgres_run(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error));
    const pqt_status status =
        copy_partition(pg, partition, callback, callback_self, progress, error);
    postgres_roll_back(pg);
    return status;
}

/* --- Dropping one --- */

/* The parent first, and the strongest lock at once: a transaction that holds a weaker one
 * and waits for the partition, while the parent is waited for, would be a deadlock. */
static pqt_status lock_partition(struct postgres *pg, const source_partition *p,
                                 pqt_error *error)
{
    char sql[2 * SOURCE_PARTITION_NAME_BYTES + 200];
    snprintf(sql, sizeof sql, "LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE", p->parent);
    TRY(postgres_run(pg, sql, error));
    snprintf(sql, sizeof sql, "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", p->name);
    TRY(postgres_run(pg, sql, error));
    snprintf(sql, sizeof sql, "SET LOCAL statement_timeout = %d", MOST_LOCKED_MS);
    return postgres_run(pg, sql, error);
}

/* Somebody may have given the name to another table meanwhile, or other bounds to it. */
static pqt_status check_identity(struct postgres *pg, const source_partition *p,
                                 pqt_error *error)
{
    source_partition *now = NULL;
    size_t count = 0;
    bool same = false;
    TRY(postgres_partitions(pg, p->first, p->last, &now, &count, error));
    for (size_t i = 0; i < count && !same; i++)
        same = now[i].number == p->number && now[i].first == p->first &&
               now[i].last == p->last && strcmp(now[i].name, p->name) == 0 &&
               strcmp(now[i].parent, p->parent) == 0;
    alloc_release(NULL, now);
    if (same) return PQT_OK;
    return error_set(error, PQT_CONFLICT, "somebody changed the partition meanwhile");
}

/*
 * A row version that the snapshot did not see is of a transaction that was open then or
 * began later. An age that has wrapped around counts as new too: that costs rows in
 * batches, no row.
 */
static pqt_status check_unchanged(struct postgres *pg, source_partition *p,
                                  pqt_error *error)
{
    char sql[SOURCE_PARTITION_NAME_BYTES + 200];
    PGresult *result = NULL;
    snprintf(sql, sizeof sql,
             "SELECT count(*), count(*) FILTER (WHERE age(xmin) <= age('%u'::xid)) FROM "
             "%s",
             (unsigned)p->oldest_open, p->name);
    TRY(postgres_query(pg, sql, NULL, &result, error));
    const int64_t rows = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    const int64_t changed = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    PQclear(result);
    if (changed == 0 && rows <= p->rows) {
        p->rows = rows;
        return PQT_OK;
    }
    return error_set(error, PQT_CONFLICT,
                     "%lld rows came or changed while it was compared",
                     (long long)(changed > 0 ? changed : rows - p->rows));
}

static pqt_status try_detach_and_drop(struct postgres *pg, const source_partition *p,
                                      pqt_error *error)
{
    char sql[2 * SOURCE_PARTITION_NAME_BYTES + 200];
    snprintf(sql, sizeof sql, "SET LOCAL lock_timeout = %d", MORE_LOCKS_MS);
    TRY(postgres_run(pg, sql, error));
    snprintf(sql, sizeof sql, "ALTER TABLE %s DETACH PARTITION %s", p->parent, p->name);
    TRY(postgres_run(pg, sql, error));
    snprintf(sql, sizeof sql, "DROP TABLE %s", p->name);
    return postgres_run(pg, sql, error);
}

static pqt_status detach_and_drop(struct postgres *pg, const source_partition *p,
                                  pqt_error *error)
{
    const pqt_status status = try_detach_and_drop(pg, p, error);
    if (status == PQT_TIMEOUT && error)
        error_prefix(error,
                     "a table that it refers to, or the default partition, is in "
                     "use");
    return status;
}

/* Rows that are compared twice or not at all would be the danger: all that decides is
 * looked at under the lock. */
static pqt_status drop_locked(struct postgres *pg, source_partition *p, pqt_error *error)
{
    TRY(check_identity(pg, p, error));
    TRY(postgres_check_droppable(pg, p->name, error));
    TRY(check_unchanged(pg, p, error));
    return detach_and_drop(pg, p, error);
}

pqt_status postgres_drop_partition(void *self, source_partition *partition,
                                   source_deletion *out, pqt_error *error)
{
    struct postgres *pg = self;
    TRY(postgres_check_droppable(pg, partition->name, error));
    TRY(postgres_run(pg, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", error));
    pqt_status status = lock_partition(pg, partition, error);
    const int64_t locked = clock_monotonic_us();
    out->is_transient =
        status == PQT_TIMEOUT && PQstatus(pg->connection) == CONNECTION_OK;
    if (status == PQT_OK) status = drop_locked(pg, partition, error);
    if (status == PQT_OK)
        status = postgres_commit(pg, out, error);
    else
        postgres_roll_back(pg);
    partition->locked_us = clock_monotonic_us() - locked;
    if (status == PQT_OK) out->deleted = partition->rows;
    return status;
}

bool postgres_is_alive(void *self)
{
    const struct postgres *pg = self;
    return PQstatus(pg->connection) == CONNECTION_OK;
}
