/* Putting rows back: copied into a table of the transaction's own, compared with what is
 * there, and inserted from it. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "source/insertion.h"
#include "source/postgres.h"

enum { PIECE_BYTES = 1 << 18, LOOK_EVERY_MS = 100 };

/* A sequence that is further behind is left to its owner. */
#define MOST_NUMBERS 100000000

#define ROWS "pqa_restored_rows"

/* --- SQL --- */

/* Appends every column but the id: "a.x, a.y" with that prefix. */
static pqt_status append_values(const struct postgres *pg, const char *prefix,
                                buffer *out, pqt_error *error)
{
    for (int i = SOURCE_ID + 1; i < SOURCE_COLUMN_COUNT; i++) {
        TRY(buffer_printf(out, error, "%s%s.", i > SOURCE_ID + 1 ? ", " : "", prefix));
        TRY(names_quote(names_column(&pg->names, (enum source_column)i), out, error));
    }
    return PQT_OK;
}

/* Appends " AND t.date = r.date" where the id alone does not name a row. */
static pqt_status append_same_date(const struct postgres *pg, buffer *out,
                                   pqt_error *error)
{
    if (!pg->id_needs_date) return PQT_OK;
    TRY(buffer_append_text(out, " AND t.", error));
    TRY(names_quote(pg->names.date, out, error));
    TRY(buffer_append_text(out, " = r.", error));
    return names_quote(pg->names.date, out, error);
}

/* Appends " FROM rows r JOIN page_views t ON t.id = r.id". */
static pqt_status append_join(const struct postgres *pg, buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(out, " FROM " ROWS " r JOIN ", error));
    TRY(names_quote(pg->names.page_views, out, error));
    TRY(buffer_append_text(out, " t ON t.", error));
    TRY(names_quote(pg->names.id, out, error));
    TRY(buffer_append_text(out, " = r.", error));
    TRY(names_quote(pg->names.id, out, error));
    return append_same_date(pg, out, error);
}

static pqt_status make_table_sql(const struct postgres *pg, buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(
        out, "CREATE TEMPORARY TABLE " ROWS " ON COMMIT DROP AS SELECT ", error));
    TRY(names_columns(&pg->names, out, error));
    TRY(buffer_append_text(out, " FROM ", error));
    TRY(names_quote(pg->names.page_views, out, error));
    return buffer_append_text(out, " WITH NO DATA", error);
}

/* The ids whose rows differ; the archive's values are taken as the site's types. */
static pqt_status make_unequal_sql(const struct postgres *pg, buffer *out,
                                   pqt_error *error)
{
    TRY(buffer_append_text(out, "SELECT r.", error));
    TRY(names_quote(pg->names.id, out, error));
    TRY(append_join(pg, out, error));
    TRY(buffer_append_text(out, " WHERE (", error));
    TRY(append_values(pg, "t", out, error));
    TRY(buffer_append_text(out, ") IS DISTINCT FROM (", error));
    TRY(append_values(pg, "r", out, error));
    return buffer_append_text(out, ") ORDER BY 1 LIMIT 1", error);
}

/* The identity column's own numbers are overridden; elsewhere the words mean nothing. */
static pqt_status make_insert_sql(const struct postgres *pg, buffer *out,
                                  pqt_error *error)
{
    TRY(buffer_append_text(out, "INSERT INTO ", error));
    TRY(names_quote(pg->names.page_views, out, error));
    TRY(buffer_append_text(out, " (", error));
    TRY(names_columns(&pg->names, out, error));
    TRY(buffer_append_text(out, ") OVERRIDING SYSTEM VALUE SELECT ", error));
    TRY(names_columns(&pg->names, out, error));
    TRY(buffer_append_text(out, " FROM " ROWS " r WHERE NOT EXISTS (SELECT FROM ",
                           error));
    TRY(names_quote(pg->names.page_views, out, error));
    TRY(buffer_append_text(out, " t WHERE t.", error));
    TRY(names_quote(pg->names.id, out, error));
    TRY(buffer_append_text(out, " = r.", error));
    TRY(names_quote(pg->names.id, out, error));
    TRY(append_same_date(pg, out, error));
    return buffer_append_text(out, ")", error);
}

static pqt_status make_count_sql(const struct postgres *pg, buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(out, "SELECT count(*)", error));
    return append_join(pg, out, error);
}

typedef pqt_status (*sql_maker)(const struct postgres *pg, buffer *out, pqt_error *error);

static pqt_status run_made(struct postgres *pg, sql_maker make, ExecStatusType expected,
                           PGresult **out, pqt_error *error)
{
    buffer sql = {0};
    pqt_status status = make(pg, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = postgres_expect(pg, (char *)sql.data, NULL, expected, out, error);
    buffer_free(&sql);
    return status;
}

/* --- Beginning --- */

/* Whether the user may, and may read the day back: what is missing is said as a statement
 * that gives it. */
static pqt_status check_rights(struct postgres *pg, const char *table, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(postgres_query(pg,
                       "SELECT has_any_column_privilege(to_regclass($1), 'INSERT'), "
                       "has_database_privilege(current_database(), 'TEMPORARY'), "
                       "quote_ident(current_database()), quote_ident(current_user)",
                       table, &result, error));
    const bool may_insert = *PQgetvalue(result, 0, 0) == 't';
    const bool may_stage = *PQgetvalue(result, 0, 1) == 't';
    pqt_status status = PQT_OK;
    if (!may_insert)
        status = error_set(error, PQT_DENIED,
                           "no right to put rows back; GRANT INSERT ON %.150s TO %.100s",
                           table, PQgetvalue(result, 0, 3));
    else if (!may_stage)
        status = error_set(error, PQT_DENIED,
                           "no right to a table of the transaction's own, for the rows "
                           "to put back; GRANT TEMPORARY ON DATABASE %.100s TO %.100s",
                           PQgetvalue(result, 0, 2), PQgetvalue(result, 0, 3));
    PQclear(result);
    return status;
}

static pqt_status check_may_insert(struct postgres *pg, pqt_error *error)
{
    buffer table = {0};
    TRY(postgres_check_schema(pg, error));
    pqt_status status = names_quote(pg->names.page_views, &table, error);
    if (status == PQT_OK) status = check_rights(pg, (const char *)table.data, error);
    buffer_free(&table);
    return status;
}

pqt_status postgres_begin_insert(void *self, pqt_error *error)
{
    struct postgres *pg = self;
    PGresult *result = NULL;
    bool unique = false;
    buffer_clear(&pg->insertion);
    TRY(check_may_insert(pg, error));
    TRY(postgres_id_is_unique(pg, &unique, error));
    TRY(postgres_run(pg, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", error));
    pqt_status status = postgres_run(pg, "SET CONSTRAINTS ALL IMMEDIATE", error);
    if (status == PQT_OK)
        status = run_made(pg, make_table_sql, PGRES_COMMAND_OK, &result, error);
    PQclear(result);
    result = NULL;
    if (status == PQT_OK)
        status = postgres_expect(pg, "COPY " ROWS " FROM STDIN", NULL, PGRES_COPY_IN,
                                 &result, error);
    PQclear(result);
    pg->is_copying = status == PQT_OK;
    if (status != PQT_OK) postgres_end_insert(pg);
    return status;
}

/* --- Rows as COPY's text --- */

static pqt_status append_text(buffer *out, pqt_view text, pqt_error *error)
{
    static const char special[] = "\\\b\f\n\r\t\v", letters[] = "\\bfnrtv";
    size_t from = 0;
    for (size_t i = 0; i < text.size_bytes; i++) {
        const char *found = text.data[i] ? strchr(special, text.data[i]) : NULL;
        if (!found) continue;
        TRY(buffer_append(out, text.data + from, i - from, error));
        const char escape[] = {'\\', letters[found - special]};
        TRY(buffer_append(out, escape, sizeof escape, error));
        from = i + 1;
    }
    return buffer_append(out, text.data + from, text.size_bytes - from, error);
}

static pqt_status append_row(buffer *out, const source_row *row, pqt_error *error)
{
    char date[DATE_TEXT_BYTES], version[16];
    date_text(row->date, date);
    snprintf(version, sizeof version, "%d", row->version_id);
    TRY(buffer_printf(out, error, "%lld\t%d\t%s\t", (long long)row->id, row->project_id,
                      row->has_version ? version : "\\N"));
    TRY(append_text(out, row->path, error));
    TRY(buffer_append_u8(out, '\t', error));
    if (row->has_full_path)
        TRY(append_text(out, row->full_path, error));
    else
        TRY(buffer_append_text(out, "\\N", error));
    return buffer_printf(out, error, "\t%d\t%s\t%d\n", row->view_count, date,
                         row->status);
}

/* Waits until the server takes what was sent, or the caller wants to stop. */
static pqt_status flush_sent(struct postgres *pg, pqt_error *error)
{
    int left;
    while ((left = PQflush(pg->connection)) > 0) {
        struct pollfd socket = {.fd = PQsocket(pg->connection),
                                .events = POLLIN | POLLOUT};
        TRY(progress_check(pg->progress, error));
        if (poll(&socket, 1, LOOK_EVERY_MS) > 0 && (socket.revents & POLLIN) &&
            !PQconsumeInput(pg->connection))
            return postgres_error(pg, NULL, error);
    }
    return left == 0 ? PQT_OK : postgres_error(pg, NULL, error);
}

static pqt_status send_piece(struct postgres *pg, pqt_error *error)
{
    const int size = (int)pg->insertion.size_bytes;
    if (PQputCopyData(pg->connection, (const char *)pg->insertion.data, size) != 1)
        return postgres_error(pg, NULL, error);
    buffer_clear(&pg->insertion);
    return flush_sent(pg, error);
}

pqt_status postgres_insert(void *self, const source_row *row, pqt_error *error)
{
    struct postgres *pg = self;
    TRY(append_row(&pg->insertion, row, error));
    if (pg->insertion.size_bytes > INT32_MAX)
        return error_set(error, PQT_LIMIT, "the row with id %lld is too long",
                         (long long)row->id);
    return pg->insertion.size_bytes < PIECE_BYTES ? PQT_OK : send_piece(pg, error);
}

/* --- The end --- */

static pqt_status end_copy(struct postgres *pg, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(send_piece(pg, error));
    if (PQputCopyEnd(pg->connection, NULL) != 1) return postgres_error(pg, NULL, error);
    pg->is_copying = false;
    TRY(flush_sent(pg, error));
    TRY(postgres_finish(pg, &result, error));
    pqt_status status = PQT_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = postgres_error(pg, result, error);
    PQclear(result);
    return status;
}

static pqt_status refuse_unequal(struct postgres *pg, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(run_made(pg, make_unequal_sql, PGRES_TUPLES_OK, &result, error));
    const bool found = PQntuples(result) > 0;
    const int64_t id = found ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return found ? insertion_contradict(id, error) : PQT_OK;
}

static pqt_status count_equal(struct postgres *pg, int64_t *count, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(run_made(pg, make_count_sql, PGRES_TUPLES_OK, &result, error));
    *count = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return PQT_OK;
}

/* Which constraint stands against it, by the SQLSTATE behind the words. */
static pqt_status explain(const PGresult *result, pqt_status status, pqt_error *error)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    if (state && strcmp(state, "23503") == 0)
        return insertion_lacks_parent(detail ? detail : "a foreign key", error);
    if (state && strncmp(state, "23", 2) == 0)
        return error_set(error, PQT_CORRUPT, "%s %s; nothing of the day was put back",
                         PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
                         detail ? detail : "");
    return status;
}

static pqt_status insert_rows(struct postgres *pg, int64_t *count, pqt_error *error)
{
    buffer sql = {0};
    PGresult *result = NULL;
    pqt_status status = make_insert_sql(pg, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK && !PQsendQuery(pg->connection, (char *)sql.data))
        status = postgres_error(pg, NULL, error);
    buffer_free(&sql);
    if (status == PQT_OK) status = postgres_finish(pg, &result, error);
    if (status == PQT_CANCELLED) postgres_abandon(pg);
    TRY(status);
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        *count = strtoll(PQcmdTuples(result), NULL, 10);
    else
        status = explain(result, postgres_error(pg, result, error), error);
    PQclear(result);
    return status;
}

/* --- The sequence of ids --- */

/* The sequence that the id owns; how many numbers it is behind the highest restored id,
 * or -1 where that cannot be seen. No row where the id owns none. */
static pqt_status make_behind_sql(const struct postgres *pg, buffer *out,
                                  pqt_error *error)
{
    char *id = PQescapeLiteral(pg->connection, pg->names.id, strlen(pg->names.id));
    char *column = PQescapeIdentifier(pg->connection, pg->names.id, strlen(pg->names.id));
    pqt_status status = PQT_OK;
    if (!id || !column)
        status = error_no_memory(error, 1);
    else
        status = buffer_printf(
            out, error,
            "SELECT s::text, CASE WHEN NOT has_sequence_privilege(s, 'USAGE') OR step < "
            "1 "
            "THEN -1 ELSE greatest(0, ceil(((SELECT max(%s) FROM " ROWS
            ") - "
            "coalesce(pg_sequence_last_value(s), first - step))::numeric / "
            "step))::bigint END FROM (SELECT s, seqincrement AS step, seqstart AS first "
            "FROM pg_sequence JOIN (SELECT pg_get_serial_sequence($1, %s)::regclass AS "
            "s) owned ON s = seqrelid) q",
            column, id);
    PQfreemem(id);
    PQfreemem(column);
    return status == PQT_OK ? buffer_append_u8(out, 0, error) : status;
}

static pqt_status look_behind(struct postgres *pg, char name[200], int64_t *behind,
                              pqt_error *error)
{
    buffer sql = {0}, table = {0};
    PGresult *result = NULL;
    *behind = 0;
    pqt_status status = names_quote(pg->names.page_views, &table, error);
    if (status == PQT_OK) status = make_behind_sql(pg, &sql, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, (char *)table.data, &result, error);
    if (status == PQT_OK && PQntuples(result) > 0) {
        snprintf(name, 200, "%s", PQgetvalue(result, 0, 0));
        *behind = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    }
    PQclear(result);
    buffer_free(&sql);
    buffer_free(&table);
    return status;
}

/* Sets it to the highest id or the number after its last, whichever is more: it cannot
 * fall. */
static pqt_status write_raise_sql(const struct postgres *pg, char out[1024],
                                  pqt_error *error)
{
    buffer table = {0}, id = {0};
    pqt_status status = names_quote(pg->names.page_views, &table, error);
    if (status == PQT_OK) status = names_quote(pg->names.id, &id, error);
    const char *name = (const char *)table.data, *column = (const char *)id.data;
    char *text =
        status == PQT_OK ? PQescapeLiteral(pg->connection, name, strlen(name)) : NULL;
    char *word = PQescapeLiteral(pg->connection, pg->names.id, strlen(pg->names.id));
    if (status == PQT_OK && (!text || !word)) status = error_no_memory(error, 1);
    if (status == PQT_OK)
        snprintf(out, 1024,
                 "SELECT setval(s, greatest(nextval(s), (SELECT max(%s) FROM %s))) FROM "
                 "(SELECT pg_get_serial_sequence(%s, %s)::regclass AS s) q",
                 column, name, text, word);
    PQfreemem(text);
    PQfreemem(word);
    buffer_free(&table);
    buffer_free(&id);
    return status;
}

/* Takes numbers until it is as far: setting it could put it back, where the site takes
 * numbers meanwhile. They stay taken where the transaction is undone. */
static pqt_status raise_sequence(struct postgres *pg, source_insertion *done,
                                 pqt_error *error)
{
    char name[200], sql[300];
    int64_t behind = 0;
    PGresult *result = NULL;
    TRY(look_behind(pg, name, &behind, error));
    done->sequence_is_behind = behind < 0 || behind > MOST_NUMBERS;
    if (done->sequence_is_behind) return write_raise_sql(pg, done->raise_sql, error);
    if (behind == 0) return PQT_OK;
    snprintf(sql, sizeof sql,
             "SELECT count(nextval($1::regclass)) FROM generate_series(1, %lld)",
             (long long)behind);
    TRY(postgres_query(pg, sql, name, &result, error));
    PQclear(result);
    return PQT_OK;
}

pqt_status postgres_commit_insert(void *self, source_insertion *out, pqt_error *error)
{
    struct postgres *pg = self;
    source_insertion done = {0};
    pqt_status status = end_copy(pg, error);
    if (status == PQT_OK) status = refuse_unequal(pg, error);
    if (status == PQT_OK) status = count_equal(pg, &done.equal, error);
    if (status == PQT_OK) status = insert_rows(pg, &done.inserted, error);
    if (status == PQT_OK) status = raise_sequence(pg, &done, error);
    if (status == PQT_OK) status = postgres_run(pg, "COMMIT", error);
    if (status != PQT_OK)
        postgres_end_insert(pg);
    else
        *out = done;
    return status;
}

/* Also when the caller stops, the transaction must end. */
void postgres_end_insert(void *self)
{
    struct postgres *pg = self;
    const pqt_progress *progress = pg->progress;
    pg->progress = NULL;
    if (pg->is_copying && PQputCopyEnd(pg->connection, "stopped") == 1) {
        PGresult *result;
        while ((result = PQgetResult(pg->connection))) PQclear(result);
    }
    pg->is_copying = false;
    postgres_run(pg, "ROLLBACK", NULL);
    pg->progress = progress;
    buffer_free(&pg->insertion);
}
