#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/date.h"
#include "source/copy_binary.h"
#include "source/postgres.h"

enum { ROWS_BETWEEN_CHECKS = 4096 };

/* --- Who it is --- */

/* A right must be asked for before the function stands in a query: it is looked at when
 * the query begins, whichever branch of a CASE is taken. */
static pqt_status may_call(struct postgres *pg, const char *function, bool *may,
                           pqt_error *error)
{
    PGresult *result = NULL;
    TRY(postgres_query(pg, "SELECT has_function_privilege($1, 'execute')", function,
                       &result, error));
    *may = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    PQclear(result);
    return PQT_OK;
}

/* The one text that `sql` gives, or "unknown" where the function may not be called. */
static pqt_status ask_control(struct postgres *pg, const char *function, const char *sql,
                              char out[32], pqt_error *error)
{
    bool may = false;
    PGresult *result = NULL;
    snprintf(out, 32, "unknown");
    TRY(may_call(pg, function, &may, error));
    if (!may) return PQT_OK;
    TRY(postgres_query(pg, sql, NULL, &result, error));
    snprintf(out, 32, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return PQT_OK;
}

static pqt_status identify_postgres(void *self, source_identity *out, pqt_error *error)
{
    struct postgres *pg = self;
    source_identity identity = {0};
    PGresult *result = NULL;
    char system[32], timeline[32];
    TRY(ask_control(pg, "pg_control_system()",
                    "SELECT system_identifier FROM pg_control_system()", system, error));
    TRY(ask_control(pg, "pg_control_checkpoint()",
                    "SELECT timeline_id FROM pg_control_checkpoint()", timeline, error));
    TRY(postgres_id_is_unique(pg, &identity.id_is_unique, error));
    TRY(postgres_query(pg,
                       "SELECT current_database(), oid::text FROM pg_database WHERE "
                       "datname = current_database()",
                       NULL, &result, error));
    const pqt_status status = identity_set_text(
        &identity, error, "postgresql system %s timeline %s database %s (%s) table %s",
        system, timeline, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1),
        pg->names.page_views);
    PQclear(result);
    if (status == PQT_OK) *out = identity;
    return status;
}

/* --- The snapshot --- */

static pqt_status end_postgres(void *self, pqt_error *error)
{
    struct postgres *pg = self;
    if (!pg->in_snapshot) return PQT_OK;
    pg->in_snapshot = false;
    slug_map_clear(&pg->projects);
    slug_map_clear(&pg->versions);
    slug_map_clear(&pg->organizations);
    const pqt_progress *progress = pg->progress;
    pg->progress = NULL; /* also when the caller stops, the snapshot must end */
    const pqt_status status = postgres_run(pg, "ROLLBACK", error);
    pg->progress = progress;
    return status;
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

/* `sql` selects ids and slugs. */
static pqt_status load_selected(struct postgres *pg, const char *sql, slug_map *map,
                                pqt_error *error)
{
    PGresult *result = NULL;
    slug_map_clear(map);
    pqt_status status = postgres_query(pg, sql, NULL, &result, error);
    for (int i = 0; status == PQT_OK && i < PQntuples(result); i++) {
        const int64_t id = strtoll(PQgetvalue(result, i, 0), NULL, 10);
        const pqt_view text =
            view_of(PQgetvalue(result, i, 1), (size_t)PQgetlength(result, i, 1));
        if (!PQgetisnull(result, i, 1)) status = slug_map_add(map, id, text, error);
    }
    PQclear(result);
    return status;
}

static pqt_status load_slugs(struct postgres *pg, const char *table, const char *key,
                             const char *slug, slug_map *map, pqt_error *error)
{
    buffer sql = {0};
    pqt_status status = buffer_append_text(&sql, "SELECT ", error);
    if (status == PQT_OK) status = names_quote(key, &sql, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, ", ", error);
    if (status == PQT_OK) status = names_quote(slug, &sql, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, " FROM ", error);
    if (status == PQT_OK) status = names_quote(table, &sql, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, " ORDER BY 1", error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK) status = load_selected(pg, (char *)sql.data, map, error);
    buffer_free(&sql);
    return status;
}

static pqt_status postgres_organizations(void *self, source_slugs *out, pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    pqt_status status = names_organizations(&pg->names, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = load_selected(pg, (char *)sql.data, &pg->organizations, error);
    buffer_free(&sql);
    if (status == PQT_OK)
        *out = (source_slugs){pg->organizations.slugs, pg->organizations.count};
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

static pqt_status postgres_slice_versions(void *self, const source_slice *slice,
                                          source_slugs *out, pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    pqt_status status = names_versions_sql(&pg->names, slice, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = load_selected(pg, (char *)sql.data, &pg->versions, error);
    if (status == PQT_OK) *out = (source_slugs){pg->versions.slugs, pg->versions.count};
    buffer_free(&sql);
    return status;
}

static pqt_status postgres_has_day(void *self, int32_t day, bool *has_rows,
                                   pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    PGresult *result = NULL;
    pqt_status status = names_day_sql(&pg->names, day, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, NULL, &result, error);
    if (status == PQT_OK) *has_rows = strcmp(PQgetvalue(result, 0, 0), "0") != 0;
    PQclear(result);
    buffer_free(&sql);
    return status;
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
    postgres_plan plan;
    TRY(postgres_read_plan(pg, since, until, &plan, error));
    *out = (source_estimate){plan.rows, plan.is_scan};
    return PQT_OK;
}

/* --- Reading --- */

struct reading {
    struct postgres *pg;
    copy_binary parser;
    const pqt_progress *progress;
    int64_t expected_rows; /* -1: not known */
    int64_t rows;
};

static pqt_status feed_piece(struct reading *reading, char *piece, int size,
                             pqt_error *error)
{
    const pqt_status status =
        copy_binary_feed(&reading->parser, view_of(piece, (size_t)size), error);
    PQfreemem(piece);
    return status;
}

static pqt_status feed_pieces(struct reading *reading, pqt_error *error)
{
    char *piece = NULL;
    int size = 0;
    for (;;) {
        TRY(postgres_copy_piece(reading->pg, &piece, &size, error));
        if (size < 0) return PQT_OK;
        TRY(feed_piece(reading, piece, size, error));
        if (++reading->rows % ROWS_BETWEEN_CHECKS != 0) continue;
        progress_report(reading->progress, "rows", reading->rows, reading->expected_rows);
        TRY(progress_check(reading->progress, error));
    }
}

/* The COPY's own count, from its command tag. */
static pqt_status take_count(struct postgres *pg, int64_t *row_count, pqt_error *error)
{
    PGresult *result = NULL;
    TRY(postgres_finish(pg, &result, error));
    pqt_status status = PQT_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = postgres_error(pg, result, error);
    else
        *row_count = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return status;
}

static pqt_status run_copy(struct reading *reading, const char *sql, int64_t *row_count,
                           pqt_error *error)
{
    PGresult *result = NULL;
    TRY(postgres_expect(reading->pg, sql, NULL, PGRES_COPY_OUT, &result, error));
    PQclear(result);
    pqt_status status = feed_pieces(reading, error);
    if (status == PQT_OK) status = take_count(reading->pg, row_count, error);
    if (status == PQT_OK) return copy_binary_finish(&reading->parser, error);
    postgres_abandon(reading->pg); /* so that the connection can be used again */
    return status;
}

pqt_status postgres_copy_rows(struct postgres *pg, const char *sql, int64_t expected,
                              source_row_callback callback, void *self,
                              const pqt_progress *progress, int64_t *row_count,
                              pqt_error *error)
{
    struct reading reading = {.pg = pg,
                              .parser = {.callback = callback, .self = self},
                              .progress = progress,
                              .expected_rows = expected};
    const pqt_status status = run_copy(&reading, sql, row_count, error);
    copy_binary_free(&reading.parser);
    return status;
}

/* Copies what the SELECT behind "COPY (" gives. */
static pqt_status copy_selected(struct postgres *pg, buffer *sql, int64_t expected,
                                source_row_callback callback, void *self,
                                const pqt_progress *progress, int64_t *row_count,
                                pqt_error *error)
{
    TRY(buffer_append_text(sql, ") TO STDOUT (FORMAT binary)", error));
    TRY(buffer_append_u8(sql, 0, error));
    return postgres_copy_rows(pg, (const char *)sql->data, expected, callback, self,
                              progress, row_count, error);
}

static pqt_status read_postgres(void *self, int32_t since, int32_t until,
                                source_row_callback callback, void *callback_self,
                                const pqt_progress *progress, int64_t *row_count,
                                pqt_error *error)
{
    struct postgres *pg = self;
    source_estimate expected;
    buffer sql = {0};
    pqt_status status = postgres_estimate(pg, since, until, &expected, error);
    if (status == PQT_OK) status = buffer_append_text(&sql, "COPY (", error);
    if (status == PQT_OK) status = postgres_select(pg, since, until, &sql, error);
    if (status == PQT_OK)
        status = copy_selected(pg, &sql, expected.rows, callback, callback_self, progress,
                               row_count, error);
    buffer_free(&sql);
    return status;
}

static pqt_status read_postgres_project(void *self, const source_slice *slice,
                                        source_row_callback callback, void *callback_self,
                                        const pqt_progress *progress, int64_t *row_count,
                                        pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    pqt_status status = buffer_append_text(&sql, "COPY (", error);
    if (status == PQT_OK) status = names_slice_sql(&pg->names, slice, &sql, error);
    if (status == PQT_OK)
        status = copy_selected(pg, &sql, -1, callback, callback_self, progress, row_count,
                               error);
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

static pqt_status make_project_sql(const struct postgres *pg, int32_t project_id,
                                   buffer *sql, pqt_error *error)
{
    TRY(buffer_append_text(sql, "SELECT EXISTS (SELECT FROM ", error));
    TRY(names_quote(pg->names.page_views, sql, error));
    TRY(buffer_append_text(sql, " WHERE ", error));
    TRY(names_quote(pg->names.project_id, sql, error));
    TRY(buffer_printf(sql, error, " = %d)", project_id));
    return buffer_append_u8(sql, 0, error);
}

static pqt_status postgres_has_project(void *self, int32_t project_id, bool *has_rows,
                                       pqt_error *error)
{
    struct postgres *pg = self;
    buffer sql = {0};
    PGresult *result = NULL;
    pqt_status status = make_project_sql(pg, project_id, &sql, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, NULL, &result, error);
    if (status == PQT_OK) *has_rows = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    PQclear(result);
    buffer_free(&sql);
    return status;
}

/* --- Opening --- */

static void release_postgres(void *self)
{
    struct postgres *pg = self;
    PQfinish(pg->connection);
    buffer_free(&pg->insertion);
    slug_map_clear(&pg->projects);
    slug_map_clear(&pg->versions);
    slug_map_clear(&pg->organizations);
    arena_free(&pg->memory);
    alloc_release(NULL, pg);
}

static const struct source_functions postgres_functions = {
    .identify = identify_postgres,
    .begin = begin_postgres,
    .project_slugs = postgres_project_slugs,
    .version_slugs = postgres_version_slugs,
    .organizations = postgres_organizations,
    .date_range = postgres_date_range,
    .estimate = postgres_estimate,
    .size = postgres_size,
    .read = read_postgres,
    .read_project = read_postgres_project,
    .slice_versions = postgres_slice_versions,
    .has_day = postgres_has_day,
    .end = end_postgres,
    .resolve_slug = resolve_in_postgres,
    .diagnose = postgres_diagnose,
    .prepare_delete = postgres_prepare_delete,
    .delete_rows = postgres_delete_rows,
    .compare_rows = postgres_compare_rows,
    .replica_lag = postgres_replica_lag,
    .diagnose_delete = postgres_diagnose_delete,
    .has_project = postgres_has_project,
    .partitions = postgres_partitions,
    .read_partition = postgres_read_partition,
    .drop_partition = postgres_drop_partition,
    .is_alive = postgres_is_alive,
    .begin_insert = postgres_begin_insert,
    .insert = postgres_insert,
    .commit_insert = postgres_commit_insert,
    .end_insert = postgres_end_insert,
    .release = release_postgres,
};

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
    pg->progress = options->progress;
    pqt_status status = names_complete(&options->names, &pg->memory, &pg->names, error);
    if (status == PQT_OK) {
        status = postgres_connect(pg, url, error);
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
