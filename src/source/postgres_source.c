#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/date.h"
#include "source/copy_binary.h"
#include "source/postgres.h"

enum { ROWS_BETWEEN_CHECKS = 4096 };

/* --- Errors --- */

/* SQLSTATEs, or the classes that begin them, that a caller acts on. */
static const struct {
    const char *state;
    pqt_status status;
} states[] = {
    {"42501", PQT_DENIED},    {"28", PQT_DENIED},       {"42P01", PQT_NOT_FOUND},
    {"42703", PQT_NOT_FOUND}, {"3D000", PQT_NOT_FOUND}, {"3F000", PQT_NOT_FOUND},
    {"40", PQT_TIMEOUT},      {"53", PQT_TIMEOUT},      {"55P03", PQT_TIMEOUT},
    {"57", PQT_TIMEOUT},      {"08", PQT_TIMEOUT},      {"22", PQT_INVALID},
};

static pqt_status status_of_state(const char *state)
{
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0)
            return states[i].status;
    return PQT_IO;
}

/* Before there is a session libpq has only words. */
static pqt_status status_of_words(const char *words)
{
    static const struct {
        const char *part;
        pqt_status status;
    } known[] = {
        {"authentication failed", PQT_DENIED},
        {"no pg_hba.conf entry", PQT_DENIED},
        {"no password supplied", PQT_DENIED},
        {"permission denied", PQT_DENIED},
        {"does not exist", PQT_NOT_FOUND},
        {"Connection refused", PQT_NOT_FOUND},
        {"No such file", PQT_NOT_FOUND},
        {"could not translate host", PQT_NOT_FOUND},
        {"starting up", PQT_TIMEOUT},
        {"shutting down", PQT_TIMEOUT},
        {"too many clients", PQT_TIMEOUT},
        {"timeout expired", PQT_TIMEOUT},
        {"closed the connection", PQT_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(words, known[i].part)) return known[i].status;
    return PQT_IO;
}

pqt_status postgres_error(const struct postgres *pg, const PGresult *result,
                          pqt_error *error)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *words = result ? PQresultErrorMessage(result) : "";
    if (*words == 0) words = PQerrorMessage(pg->connection);
    const pqt_status status = state ? status_of_state(state) : status_of_words(words);
    size_t length = strlen(words);
    while (length && strchr("\n ", words[length - 1])) length--;
    return error_set(error, status, "%.*s", (int)length, words);
}

pqt_status postgres_query(struct postgres *pg, const char *sql, const char *parameter,
                          PGresult **out, pqt_error *error)
{
    PGresult *result = PQexecParams(pg->connection, sql, parameter ? 1 : 0, NULL,
                                    &parameter, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
        *out = result;
        return PQT_OK;
    }
    const pqt_status status = postgres_error(pg, result, error);
    PQclear(result);
    return status;
}

pqt_status postgres_run(struct postgres *pg, const char *sql, pqt_error *error)
{
    PGresult *result = PQexec(pg->connection, sql);
    pqt_status status = PQT_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = postgres_error(pg, result, error);
    PQclear(result);
    return status;
}

/* --- Who it is --- */

static pqt_status identify_postgres(void *self, source_identity *out, pqt_error *error)
{
    struct postgres *pg = self;
    PGresult *result = NULL;
    TRY(postgres_query(
        pg,
        "SELECT CASE WHEN has_function_privilege('pg_control_system()', 'execute') THEN "
        "(SELECT system_identifier::text FROM pg_control_system()) ELSE 'unknown' END, "
        "CASE WHEN has_function_privilege('pg_control_checkpoint()', 'execute') THEN "
        "(SELECT timeline_id::text FROM pg_control_checkpoint()) ELSE 'unknown' END, "
        "current_database(), oid::text FROM pg_database WHERE datname = "
        "current_database()",
        NULL, &result, error));
    source_identity identity = {0};
    snprintf(identity.text, sizeof identity.text,
             "postgresql system %s timeline %s database %s (%s) table %s",
             PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2),
             PQgetvalue(result, 0, 3), pg->names.page_views);
    PQclear(result);
    TRY(postgres_id_is_unique(pg, &identity.id_is_unique, error));
    *out = identity;
    return PQT_OK;
}

/* --- The snapshot --- */

static pqt_status end_postgres(void *self, pqt_error *error)
{
    struct postgres *pg = self;
    if (!pg->in_snapshot) return PQT_OK;
    pg->in_snapshot = false;
    slug_map_clear(&pg->projects);
    slug_map_clear(&pg->versions);
    return postgres_run(pg, "ROLLBACK", error);
}

static pqt_status begin_postgres(void *self, pqt_error *error)
{
    struct postgres *pg = self;
    TRY(end_postgres(pg, error));
    TRY(postgres_run(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error));
    pg->in_snapshot = true;
    const pqt_status status = postgres_check_schema(pg, error);
    if (status != PQT_OK) end_postgres(pg, NULL);
    return status;
}

static pqt_status load_slugs(struct postgres *pg, const char *table, const char *key,
                             const char *slug, slug_map *map, pqt_error *error)
{
    buffer sql = {0};
    PGresult *result = NULL;
    slug_map_clear(map);
    pqt_status status = buffer_append_text(&sql, "SELECT ", error);
    if (status == PQT_OK) status = names_quote(key, &sql, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, ", ", error);
    if (status == PQT_OK) status = names_quote(slug, &sql, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, " FROM ", error);
    if (status == PQT_OK) status = names_quote(table, &sql, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, " ORDER BY 1", error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, NULL, &result, error);
    for (int i = 0; status == PQT_OK && i < PQntuples(result); i++) {
        const int64_t id = strtoll(PQgetvalue(result, i, 0), NULL, 10);
        const pqt_view text =
            view_of(PQgetvalue(result, i, 1), (size_t)PQgetlength(result, i, 1));
        if (!PQgetisnull(result, i, 1)) status = slug_map_add(map, id, text, error);
    }
    PQclear(result);
    buffer_free(&sql);
    return status;
}

static pqt_status postgres_project_slugs(void *self, source_slugs *out, pqt_error *error)
{
    struct postgres *pg = self;
    TRY(load_slugs(pg, pg->names.projects, pg->names.project_key, pg->names.project_slug,
                   &pg->projects, error));
    *out = (source_slugs){pg->projects.slugs, pg->projects.count};
    return PQT_OK;
}

static pqt_status postgres_version_slugs(void *self, source_slugs *out, pqt_error *error)
{
    struct postgres *pg = self;
    TRY(load_slugs(pg, pg->names.versions, pg->names.version_key, pg->names.version_slug,
                   &pg->versions, error));
    *out = (source_slugs){pg->versions.slugs, pg->versions.count};
    return PQT_OK;
}

static pqt_status make_date_range_sql(const struct postgres *pg, buffer *sql,
                                      pqt_error *error)
{
    static const char *const parts[] = {"SELECT min(", ") - date '1970-01-01', max(",
                                        ") - date '1970-01-01' FROM "};
    for (int i = 0; i < 3; i++) {
        TRY(buffer_append_text(sql, parts[i], error));
        TRY(names_quote(i < 2 ? pg->names.date : pg->names.page_views, sql, error));
    }
    TRY(buffer_append_text(sql, " WHERE ", error));
    TRY(names_quote(pg->names.date, sql, error));
    TRY(buffer_append_text(sql, " BETWEEN date '0001-01-01' AND date '9999-12-31'",
                           error));
    return buffer_append_u8(sql, 0, error);
}

static pqt_status postgres_date_range(void *self, int32_t *first, int32_t *last,
                                      bool *empty, pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    PGresult *result = NULL;
    pqt_status status = make_date_range_sql(pg, &sql, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, NULL, &result, error);
    if (status == PQT_OK) {
        *empty = PQgetisnull(result, 0, 0);
        if (!*empty) {
            *first = (int32_t)strtol(PQgetvalue(result, 0, 0), NULL, 10);
            *last = (int32_t)strtol(PQgetvalue(result, 0, 1), NULL, 10);
        }
    }
    PQclear(result);
    buffer_free(&sql);
    return status;
}

pqt_status postgres_select(const struct postgres *pg, int32_t since, int32_t until,
                           buffer *out, pqt_error *error)
{
    char first[DATE_TEXT_BYTES], last[DATE_TEXT_BYTES];
    date_text(since, first);
    date_text(until, last);
    TRY(buffer_append_text(out, "SELECT ", error));
    TRY(names_columns(&pg->names, out, error));
    TRY(buffer_append_text(out, " FROM ", error));
    TRY(names_quote(pg->names.page_views, out, error));
    TRY(buffer_append_text(out, " WHERE ", error));
    TRY(names_quote(pg->names.date, out, error));
    if (since == until) return buffer_printf(out, error, " = date '%s'", first);
    return buffer_printf(out, error, " BETWEEN date '%s' AND date '%s'", first, last);
}

static pqt_status postgres_estimate(void *self, int32_t since, int32_t until,
                                    source_estimate *out, pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    PGresult *result = NULL;
    pqt_status status = buffer_append_text(&sql, "EXPLAIN ", error);
    if (status == PQT_OK) status = postgres_select(pg, since, until, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, NULL, &result, error);
    if (status == PQT_OK) {
        const char *plan = PQgetvalue(result, 0, 0);
        const char *found = strstr(plan, " rows=");
        *out = (source_estimate){found ? strtoll(found + 6, NULL, 10) : -1,
                                 strstr(plan, "Seq Scan") != NULL};
    }
    PQclear(result);
    buffer_free(&sql);
    return status;
}

/* --- Reading --- */

struct reading {
    struct postgres *pg;
    copy_binary parser;
    const pqt_progress *progress;
    source_estimate expected;
    int64_t rows;
};

static void cancel_query(struct postgres *pg)
{
    char message[256];
    PGcancel *cancel = PQgetCancel(pg->connection);
    if (!cancel) return;
    PQcancel(cancel, message, sizeof message);
    PQfreeCancel(cancel);
}

/* Reads what is left of a COPY that nobody wants any more, so that the connection can be
 * used again. */
static void drain(struct postgres *pg)
{
    cancel_query(pg);
    char *piece = NULL;
    while (PQgetCopyData(pg->connection, &piece, 0) > 0) PQfreemem(piece);
    PGresult *result;
    while ((result = PQgetResult(pg->connection))) PQclear(result);
}

static pqt_status feed_pieces(struct reading *reading, pqt_error *error)
{
    char *piece = NULL;
    int size;
    while ((size = PQgetCopyData(reading->pg->connection, &piece, 0)) > 0) {
        const pqt_status status =
            copy_binary_feed(&reading->parser, view_of(piece, (size_t)size), error);
        PQfreemem(piece);
        TRY(status);
        if (++reading->rows % ROWS_BETWEEN_CHECKS != 0) continue;
        progress_report(reading->progress, "rows", reading->rows, reading->expected.rows);
        TRY(progress_check(reading->progress, error));
    }
    if (size == -2) return postgres_error(reading->pg, NULL, error);
    return PQT_OK;
}

/* The COPY's own count, from its command tag. */
static pqt_status take_count(struct postgres *pg, int64_t *row_count, pqt_error *error)
{
    PGresult *result = PQgetResult(pg->connection);
    pqt_status status = PQT_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = postgres_error(pg, result, error);
    else
        *row_count = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    while ((result = PQgetResult(pg->connection))) PQclear(result);
    return status;
}

static pqt_status run_copy(struct reading *reading, const char *sql, int64_t *row_count,
                           pqt_error *error)
{
    PGresult *result = PQexec(reading->pg->connection, sql);
    pqt_status status = PQT_OK;
    if (PQresultStatus(result) != PGRES_COPY_OUT)
        status = postgres_error(reading->pg, result, error);
    PQclear(result);
    TRY(status);
    status = feed_pieces(reading, error);
    if (status != PQT_OK) {
        drain(reading->pg);
        return status;
    }
    TRY(take_count(reading->pg, row_count, error));
    return copy_binary_finish(&reading->parser, error);
}

static pqt_status read_postgres(void *self, int32_t since, int32_t until,
                                source_row_callback callback, void *callback_self,
                                const pqt_progress *progress, int64_t *row_count,
                                pqt_error *error)
{
    struct postgres *pg = self;
    struct reading reading = {.pg = pg,
                              .parser = {.callback = callback, .self = callback_self},
                              .progress = progress};
    buffer sql = {0};
    pqt_status status = postgres_estimate(pg, since, until, &reading.expected, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, "COPY (", error);
    if (status == PQT_OK) status = postgres_select(pg, since, until, &sql, error);
    if (status == PQT_OK)
        status = buffer_append_text(&sql, ") TO STDOUT (FORMAT binary)", error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK) status = run_copy(&reading, (char *)sql.data, row_count, error);
    copy_binary_free(&reading.parser);
    buffer_free(&sql);
    return status;
}

static pqt_status make_resolve_sql(const struct postgres *pg, buffer *sql,
                                   pqt_error *error)
{
    TRY(buffer_append_text(sql, "SELECT ", error));
    TRY(names_quote(pg->names.project_key, sql, error));
    TRY(buffer_append_text(sql, " FROM ", error));
    TRY(names_quote(pg->names.projects, sql, error));
    TRY(buffer_append_text(sql, " WHERE ", error));
    TRY(names_quote(pg->names.project_slug, sql, error));
    TRY(buffer_append_text(sql, " = $1 ORDER BY 1 DESC LIMIT 1", error));
    return buffer_append_u8(sql, 0, error);
}

static pqt_status resolve_in_postgres(void *self, pqt_view slug, int32_t *project_id,
                                      bool *found, pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    PGresult *result = NULL;
    char *text = alloc_view_text(NULL, slug);
    pqt_status status = text ? PQT_OK : error_no_memory(error, slug.size_bytes);
    if (status == PQT_OK) status = make_resolve_sql(pg, &sql, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, text, &result, error);
    if (status == PQT_OK) {
        *found = PQntuples(result) > 0;
        if (*found) *project_id = (int32_t)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    }
    PQclear(result);
    buffer_free(&sql);
    alloc_release(NULL, text);
    return status;
}

/* --- Opening --- */

static void release_postgres(void *self)
{
    struct postgres *pg = self;
    PQfinish(pg->connection);
    slug_map_clear(&pg->projects);
    slug_map_clear(&pg->versions);
    arena_free(&pg->memory);
    alloc_release(NULL, pg);
}

static const struct source_functions postgres_functions = {
    .identify = identify_postgres,
    .begin = begin_postgres,
    .project_slugs = postgres_project_slugs,
    .version_slugs = postgres_version_slugs,
    .date_range = postgres_date_range,
    .estimate = postgres_estimate,
    .read = read_postgres,
    .end = end_postgres,
    .resolve_slug = resolve_in_postgres,
    .diagnose = postgres_diagnose,
    .release = release_postgres,
};

/* Notices (a table that is not there yet, say) must not reach stderr. */
static void ignore_notice(void *self, const PGresult *result)
{
    (void)self;
    (void)result;
}

static pqt_status connect_postgres(struct postgres *pg, const char *url, pqt_error *error)
{
    static const char *const keywords[] = {"dbname", "fallback_application_name",
                                           "client_encoding", NULL};
    const char *const values[] = {url, "pqa", "UTF8", NULL};
    pg->connection = PQconnectdbParams(keywords, values, 1);
    if (!pg->connection) return error_no_memory(error, 1);
    if (PQstatus(pg->connection) != CONNECTION_OK) return postgres_error(pg, NULL, error);
    PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
    return postgres_run(pg,
                        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; "
                        "SET statement_timeout = 0; SET client_encoding = 'UTF8'; "
                        "SET idle_in_transaction_session_timeout = 0; "
                        /* rows hidden by a policy are an error, not an absence */
                        "SET row_security = off",
                        error);
}

/* The database as messages name it: without user and password. */
static void name_connection(const struct postgres *pg, char *name, size_t size)
{
    const char *host = PQhost(pg->connection), *database = PQdb(pg->connection);
    snprintf(name, size, "postgresql://%s/%s", host && *host != '/' ? host : "",
             database ? database : "");
}

pqt_status source_open_postgres(const char *url, const source_options *options,
                                source **out, pqt_error *error)
{
    struct postgres *pg = alloc_zeroed(NULL, 1, sizeof *pg);
    if (!pg) return error_no_memory(error, sizeof *pg);
    pqt_status status = names_complete(&options->names, &pg->memory, &pg->names, error);
    if (status == PQT_OK) {
        status = connect_postgres(pg, url, error);
        if (status != PQT_OK) error_prefix(error, "cannot open the database");
    }
    if (status != PQT_OK) {
        release_postgres(pg);
        return status;
    }
    char name[200];
    name_connection(pg, name, sizeof name);
    return source_make(&postgres_functions, pg, name, out, error);
}
