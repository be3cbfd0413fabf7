#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/date.h"
#include "base/utf8.h"
#include "source/sqlite.h"

enum {
    ROWS_BETWEEN_CHECKS = 4096,
    BUSY_TIMEOUT_MS = 10000,
    STEPS_BETWEEN_CHECKS = 100000
};

/* --- Errors --- */

static pqt_status status_of_code(int code)
{
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return PQT_NOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return PQT_TIMEOUT;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
        return PQT_DENIED;
    case SQLITE_CANTOPEN:
        return PQT_NOT_FOUND;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return PQT_IO;
    case SQLITE_INTERRUPT:
        return PQT_CANCELLED;
    default:
        return PQT_IO;
    }
}

pqt_status sqlite_error(const struct sqlite *db, pqt_error *error)
{
    const int code = sqlite3_errcode(db->connection);
    return error_set(error, status_of_code(code), "%s", sqlite3_errmsg(db->connection));
}

pqt_status sqlite_prepare(const struct sqlite *db, const char *sql, sqlite3_stmt **out,
                          pqt_error *error)
{
    if (sqlite3_prepare_v2(db->connection, sql, -1, out, NULL) == SQLITE_OK)
        return PQT_OK;
    return sqlite_error(db, error);
}

pqt_status sqlite_run(const struct sqlite *db, const char *sql, pqt_error *error)
{
    if (sqlite3_exec(db->connection, sql, NULL, NULL, NULL) == SQLITE_OK) return PQT_OK;
    return sqlite_error(db, error);
}

/* --- Text --- */

/* The text with each bad byte, and NUL, as \xHH. */
static pqt_status escape_bytes(pqt_view text, buffer *out, pqt_error *error)
{
    while (text.size_bytes > 0) {
        size_t good = text.size_bytes;
        utf8_is_valid(text, &good);
        const uint8_t *nul = memchr(text.data, 0, good);
        if (nul) good = (size_t)(nul - text.data);
        TRY(buffer_append(out, text.data, good, error));
        if (good == text.size_bytes) break;
        TRY(buffer_printf(out, error, "\\x%02x", text.data[good]));
        text = view_of(text.data + good + 1, text.size_bytes - good - 1);
    }
    return PQT_OK;
}

static pqt_status check_text(const struct sqlite *db, const char *column, int64_t id,
                             buffer *escaped, pqt_view *text, pqt_error *error)
{
    size_t offset = 0;
    const uint8_t *nul = memchr(text->data, 0, text->size_bytes);
    const bool valid = utf8_is_valid(*text, &offset);
    if (valid && !nul) return PQT_OK;
    if (db->invalid_utf8 == SOURCE_REFUSE_INVALID_UTF8)
        return error_set(error, PQT_UNSUPPORTED,
                         "row with id %lld: %s has %s at byte %zu; correct the row, or "
                         "export with --invalid-utf8=escape",
                         (long long)id, column, valid ? "a NUL" : "invalid UTF-8",
                         valid ? (size_t)(nul - text->data) : offset);
    buffer_clear(escaped);
    TRY(escape_bytes(*text, escaped, error));
    *text = buffer_view(escaped);
    return PQT_OK;
}

/* --- Rows --- */

struct reading {
    const struct sqlite *db;
    sqlite3_stmt *statement;
    buffer path;
    buffer full_path;
};

static const char *type_name(int type)
{
    static const char *const names[] = {
        [SQLITE_INTEGER] = "an integer", [SQLITE_FLOAT] = "a real number",
        [SQLITE_TEXT] = "a text",        [SQLITE_BLOB] = "a blob",
        [SQLITE_NULL] = "null",
    };
    return type >= SQLITE_INTEGER && type <= SQLITE_NULL ? names[type] : "unknown";
}

static pqt_status refuse_type(const char *column, int64_t id, int type,
                              const char *wanted, pqt_error *error)
{
    return error_set(error, PQT_UNSUPPORTED, "row with id %lld: %s is %s; expected %s",
                     (long long)id, column, type_name(type), wanted);
}

static pqt_status read_integer(const struct reading *reading, enum source_column column,
                               int bits, int64_t id, int64_t *out, pqt_error *error)
{
    const char *name = names_column(&reading->db->names, column);
    const int type = sqlite3_column_type(reading->statement, (int)column);
    if (type != SQLITE_INTEGER) return refuse_type(name, id, type, "an integer", error);
    *out = sqlite3_column_int64(reading->statement, (int)column);
    return source_check_range(*out, bits, name, id, error);
}

static pqt_status read_text(struct reading *reading, enum source_column column,
                            int64_t id, buffer *escaped, pqt_view *out, pqt_error *error)
{
    const char *name = names_column(&reading->db->names, column);
    const int type = sqlite3_column_type(reading->statement, (int)column);
    if (type != SQLITE_TEXT) return refuse_type(name, id, type, "a text", error);
    const void *text = sqlite3_column_text(reading->statement, (int)column);
    if (!text) return error_no_memory(error, 1);
    *out = view_of(text, (size_t)sqlite3_column_bytes(reading->statement, (int)column));
    return check_text(reading->db, name, id, escaped, out, error);
}

static pqt_status read_date(const struct reading *reading, int64_t id, int32_t *out,
                            pqt_error *error)
{
    const void *text = sqlite3_column_text(reading->statement, SOURCE_DATE);
    const int size = sqlite3_column_bytes(reading->statement, SOURCE_DATE);
    const pqt_status status =
        date_parse_iso(view_of(text, text ? (size_t)size : 0), out, error);
    if (status == PQT_OK) return PQT_OK;
    error_prefix(error, "row with id %lld: date", (long long)id);
    if (error) error->status = PQT_UNSUPPORTED;
    return PQT_UNSUPPORTED;
}

static pqt_status read_row(struct reading *reading, source_row *row, pqt_error *error)
{
    int64_t project = 0, version = 0, views = 0, status = 0;
    sqlite3_stmt *statement = reading->statement;
    TRY(read_integer(reading, SOURCE_ID, 64, 0, &row->id, error));
    TRY(read_integer(reading, SOURCE_PROJECT_ID, 32, row->id, &project, error));
    row->has_version = sqlite3_column_type(statement, SOURCE_VERSION_ID) != SQLITE_NULL;
    if (row->has_version)
        TRY(read_integer(reading, SOURCE_VERSION_ID, 32, row->id, &version, error));
    TRY(read_integer(reading, SOURCE_VIEW_COUNT, 32, row->id, &views, error));
    TRY(read_integer(reading, SOURCE_STATUS, 16, row->id, &status, error));
    TRY(read_date(reading, row->id, &row->date, error));
    TRY(read_text(reading, SOURCE_PATH, row->id, &reading->path, &row->path, error));
    row->has_full_path = sqlite3_column_type(statement, SOURCE_FULL_PATH) != SQLITE_NULL;
    row->full_path = (pqt_view){0};
    if (row->has_full_path)
        TRY(read_text(reading, SOURCE_FULL_PATH, row->id, &reading->full_path,
                      &row->full_path, error));
    row->project_id = (int32_t)project;
    row->version_id = (int32_t)version;
    row->view_count = (int32_t)views;
    row->status = (int16_t)status;
    return PQT_OK;
}

static pqt_status step_rows(struct reading *reading, source_row_callback callback,
                            void *callback_self, const pqt_progress *progress,
                            int64_t *row_count, pqt_error *error)
{
    int code;
    while ((code = sqlite3_step(reading->statement)) == SQLITE_ROW) {
        source_row row;
        TRY(read_row(reading, &row, error));
        TRY(callback(callback_self, &row, error));
        if (++*row_count % ROWS_BETWEEN_CHECKS != 0) continue;
        progress_report(progress, "rows", *row_count, 0);
        TRY(progress_check(progress, error));
    }
    return code == SQLITE_DONE ? PQT_OK : sqlite_error(reading->db, error);
}

/* "SELECT id, typeof(date) FROM table WHERE date IS NULL OR date < '' OR date >= x''":
 * null and numbers stand before texts in an index, blobs behind them, so that none of the
 * dates themselves is looked at. */
static pqt_status make_odd_dates_sql(const struct sqlite *db, buffer *sql,
                                     pqt_error *error)
{
    const char *const names[] = {db->names.id,   db->names.date, db->names.page_views,
                                 db->names.date, db->names.date, db->names.date};
    static const char *const words[] = {"SELECT ", ", typeof(",    ") FROM ",
                                        " WHERE ", " IS NULL OR ", " < '' OR "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        TRY(buffer_append_text(sql, words[i], error));
        TRY(names_quote(names[i], sql, error));
    }
    return buffer_append(sql, " >= x'' LIMIT 1", sizeof " >= x'' LIMIT 1", error);
}

/* Dates are texts; those of another type would not be seen by the range at all. */
static pqt_status refuse_odd_dates(const struct sqlite *db, pqt_error *error)
{
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    pqt_status status = make_odd_dates_sql(db, &sql, error);
    if (status == PQT_OK)
        status = sqlite_prepare(db, (char *)sql.data, &statement, error);
    const int code = status == PQT_OK ? sqlite3_step(statement) : SQLITE_DONE;
    if (code == SQLITE_ROW)
        status = error_set(error, PQT_UNSUPPORTED,
                           "row with id %lld: %s is of type %s; expected a text like "
                           "2026-01-15",
                           (long long)sqlite3_column_int64(statement, 0), db->names.date,
                           (const char *)sqlite3_column_text(statement, 1));
    else if (code != SQLITE_DONE)
        status = sqlite_error(db, error);
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return status;
}

static pqt_status bind_range(sqlite3_stmt *statement, int32_t since, int32_t until)
{
    char first[DATE_TEXT_BYTES], behind[DATE_TEXT_BYTES];
    date_text(since, first);
    date_text(until + 1, behind);
    if (sqlite3_bind_text(statement, 1, first, -1, SQLITE_TRANSIENT) != SQLITE_OK ||
        sqlite3_bind_text(statement, 2, behind, -1, SQLITE_TRANSIENT) != SQLITE_OK)
        return PQT_NOMEM;
    return PQT_OK;
}

/* Reads what the SQL gives, which has parameters for the range where `range` is there. */
static pqt_status read_selected(struct reading *reading, const char *sql,
                                const int32_t *range, source_row_callback callback,
                                void *callback_self, const pqt_progress *progress,
                                int64_t *row_count, pqt_error *error)
{
    pqt_status status = sqlite_prepare(reading->db, sql, &reading->statement, error);
    if (status == PQT_OK && range &&
        bind_range(reading->statement, range[0], range[1]) != PQT_OK)
        status = sqlite_error(reading->db, error);
    if (status == PQT_OK)
        status = step_rows(reading, callback, callback_self, progress, row_count, error);
    sqlite3_finalize(reading->statement);
    buffer_free(&reading->path);
    buffer_free(&reading->full_path);
    return status;
}

static pqt_status read_sqlite(void *self, int32_t since, int32_t until,
                              source_row_callback callback, void *callback_self,
                              const pqt_progress *progress, int64_t *row_count,
                              pqt_error *error)
{
    struct reading reading = {.db = self};
    const int32_t range[2] = {since, until};
    buffer sql = {0};
    *row_count = 0;
    pqt_status status = refuse_odd_dates(self, error);
    if (status == PQT_OK) status = sqlite_select(self, &sql, error);
    if (status == PQT_OK)
        status = read_selected(&reading, (char *)sql.data, range, callback, callback_self,
                               progress, row_count, error);
    buffer_free(&sql);
    return status;
}

static pqt_status read_sqlite_project(void *self, const source_slice *slice,
                                      source_row_callback callback, void *callback_self,
                                      const pqt_progress *progress, int64_t *row_count,
                                      pqt_error *error)
{
    const struct sqlite *db = self;
    struct reading reading = {.db = db};
    buffer sql = {0};
    *row_count = 0;
    pqt_status status = names_slice_sql(&db->names, slice, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = read_selected(&reading, (char *)sql.data, NULL, callback, callback_self,
                               progress, row_count, error);
    buffer_free(&sql);
    return status;
}

/* --- The snapshot --- */

static pqt_status end_sqlite(void *self, pqt_error *error)
{
    struct sqlite *db = self;
    if (!db->in_snapshot) return PQT_OK;
    db->in_snapshot = false;
    slug_map_clear(&db->projects);
    slug_map_clear(&db->versions);
    slug_map_clear(&db->organizations);
    return sqlite_run(db, "ROLLBACK", error);
}

/* BEGIN alone takes no snapshot: the first read does. */
static pqt_status begin_sqlite(void *self, pqt_error *error)
{
    struct sqlite *db = self;
    TRY(end_sqlite(db, error));
    TRY(sqlite_run(db, "BEGIN", error));
    db->in_snapshot = true;
    pqt_status status = sqlite_run(db, "SELECT count(*) FROM sqlite_master", error);
    if (status == PQT_OK) status = sqlite_check_schema(db, error);
    if (status != PQT_OK) end_sqlite(db, NULL);
    return status;
}

static pqt_status add_slug(const struct sqlite *db, sqlite3_stmt *statement,
                           slug_map *map, pqt_error *error)
{
    const int64_t id = sqlite3_column_int64(statement, 0);
    if (sqlite3_column_type(statement, 1) == SQLITE_NULL) return PQT_OK;
    const void *bytes = sqlite3_column_text(statement, 1);
    if (!bytes) return error_no_memory(error, 1);
    pqt_view text = view_of(bytes, (size_t)sqlite3_column_bytes(statement, 1));
    buffer escaped = {0};
    pqt_status status = check_text(db, "slug", id, &escaped, &text, error);
    if (status == PQT_OK) status = slug_map_add(map, id, text, error);
    buffer_free(&escaped);
    return status;
}

/* `sql` selects ids and slugs. */
static pqt_status load_selected(const struct sqlite *db, const char *sql, slug_map *map,
                                pqt_error *error)
{
    sqlite3_stmt *statement = NULL;
    slug_map_clear(map);
    pqt_status status = sqlite_prepare(db, sql, &statement, error);
    while (status == PQT_OK) {
        const int code = sqlite3_step(statement);
        if (code == SQLITE_DONE) break;
        status = code == SQLITE_ROW ? add_slug(db, statement, map, error)
                                    : sqlite_error(db, error);
    }
    sqlite3_finalize(statement);
    return status;
}

static pqt_status load_slugs(const struct sqlite *db, const char *const parts[3],
                             slug_map *map, pqt_error *error)
{
    static const char *const words[] = {"SELECT ", ", ", " FROM "};
    buffer sql = {0};
    pqt_status status = PQT_OK;
    for (int i = 0; i < 3 && status == PQT_OK; i++) {
        status = buffer_append_text(&sql, words[i], error);
        if (status == PQT_OK) status = names_quote(parts[i], &sql, error);
    }
    if (status == PQT_OK) status = buffer_append_text(&sql, " ORDER BY 1", error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK) status = load_selected(db, (char *)sql.data, map, error);
    buffer_free(&sql);
    return status;
}

/* SQLite's own code for a table that is not there says no more than "error". */
static pqt_status sqlite_organizations(void *self, source_slugs *out, pqt_error *error)
{
    struct sqlite *db = self;
    buffer sql = {0};
    pqt_status status = names_organizations(&db->names, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = load_selected(db, (char *)sql.data, &db->organizations, error);
    buffer_free(&sql);
    const bool is_missing =
        status == PQT_IO && sqlite3_errcode(db->connection) == SQLITE_ERROR;
    if (is_missing && error) error->status = PQT_NOT_FOUND;
    if (status == PQT_OK)
        *out = (source_slugs){db->organizations.slugs, db->organizations.count};
    return is_missing ? PQT_NOT_FOUND : status;
}

static pqt_status sqlite_project_slugs(void *self, source_slugs *out, pqt_error *error)
{
    struct sqlite *db = self;
    const char *const parts[] = {db->names.project_key, db->names.project_slug,
                                 db->names.projects};
    TRY(load_slugs(db, parts, &db->projects, error));
    *out = (source_slugs){db->projects.slugs, db->projects.count};
    return PQT_OK;
}

static pqt_status sqlite_version_slugs(void *self, source_slugs *out, pqt_error *error)
{
    struct sqlite *db = self;
    const char *const parts[] = {db->names.version_key, db->names.version_slug,
                                 db->names.versions};
    TRY(load_slugs(db, parts, &db->versions, error));
    *out = (source_slugs){db->versions.slugs, db->versions.count};
    return PQT_OK;
}

static pqt_status sqlite_slice_versions(void *self, const source_slice *slice,
                                        source_slugs *out, pqt_error *error)
{
    struct sqlite *db = self;
    buffer sql = {0};
    pqt_status status = names_versions_sql(&db->names, slice, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = load_selected(db, (char *)sql.data, &db->versions, error);
    if (status == PQT_OK) *out = (source_slugs){db->versions.slugs, db->versions.count};
    buffer_free(&sql);
    return status;
}

static pqt_status sqlite_has_day(void *self, int32_t day, bool *has_rows,
                                 pqt_error *error)
{
    const struct sqlite *db = self;
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    pqt_status status = names_day_sql(&db->names, day, &sql, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = sqlite_prepare(db, (char *)sql.data, &statement, error);
    if (status == PQT_OK && sqlite3_step(statement) != SQLITE_ROW)
        status = sqlite_error(db, error);
    if (status == PQT_OK) *has_rows = sqlite3_column_int64(statement, 0) > 0;
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return status;
}

static pqt_status read_bounds(const struct sqlite *db, sqlite3_stmt *statement,
                              int32_t *first, int32_t *last, bool *empty,
                              pqt_error *error)
{
    if (sqlite3_step(statement) != SQLITE_ROW) return sqlite_error(db, error);
    *empty = sqlite3_column_type(statement, 0) == SQLITE_NULL;
    if (*empty) return PQT_OK;
    TRY(date_parse_iso(view_text((const char *)sqlite3_column_text(statement, 0)), first,
                       error));
    return date_parse_iso(view_text((const char *)sqlite3_column_text(statement, 1)),
                          last, error);
}

static pqt_status sqlite_date_range(void *self, int32_t *first, int32_t *last,
                                    bool *empty, pqt_error *error)
{
    const struct sqlite *db = self;
    static const char *const words[] = {"SELECT (SELECT min(", ") FROM ",
                                        "), (SELECT max(", ") FROM "};
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    pqt_status status = refuse_odd_dates(db, error);
    for (int i = 0; i < 4 && status == PQT_OK; i++) {
        status = buffer_append_text(&sql, words[i], error);
        if (status == PQT_OK)
            status =
                names_quote(i % 2 ? db->names.page_views : db->names.date, &sql, error);
    }
    if (status == PQT_OK) status = buffer_append(&sql, ")", 2, error);
    if (status == PQT_OK)
        status = sqlite_prepare(db, (char *)sql.data, &statement, error);
    if (status == PQT_OK) status = read_bounds(db, statement, first, last, empty, error);
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return status;
}

/* SQLite's planner gives no number of rows, only the way it takes. */
/* The whole file: page views are nearly all of it. */
static pqt_status sqlite_size(void *self, source_size *out, pqt_error *error)
{
    const struct sqlite *db = self;
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    pqt_status status = buffer_append_text(
        &sql, "SELECT page_count * page_size, (SELECT count(*) FROM ", error);
    if (status == PQT_OK) status = names_quote(db->names.page_views, &sql, error);
    if (status == PQT_OK)
        status =
            buffer_append(&sql, ") FROM pragma_page_count(), pragma_page_size()",
                          sizeof ") FROM pragma_page_count(), pragma_page_size()", error);
    if (status == PQT_OK)
        status = sqlite_prepare(db, (const char *)sql.data, &statement, error);
    if (status == PQT_OK && sqlite3_step(statement) != SQLITE_ROW)
        status = sqlite_error(db, error);
    if (status == PQT_OK)
        *out = (source_size){sqlite3_column_int64(statement, 1),
                             sqlite3_column_int64(statement, 0)};
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return status;
}

static pqt_status sqlite_estimate(void *self, int32_t since, int32_t until,
                                  source_estimate *out, pqt_error *error)
{
    (void)since;
    (void)until;
    bool is_scan = true;
    TRY(sqlite_plan(self, &is_scan, NULL, error));
    *out = (source_estimate){-1, is_scan};
    return PQT_OK;
}

static pqt_status resolve_in_sqlite(void *self, pqt_view slug, int32_t *project_id,
                                    bool *found, pqt_error *error)
{
    const struct sqlite *db = self;
    static const char *const words[] = {"SELECT ", " FROM ", " WHERE "};
    const char *const parts[] = {db->names.project_key, db->names.projects,
                                 db->names.project_slug};
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    pqt_status status = PQT_OK;
    for (int i = 0; i < 3 && status == PQT_OK; i++) {
        status = buffer_append_text(&sql, words[i], error);
        if (status == PQT_OK) status = names_quote(parts[i], &sql, error);
    }
    if (status == PQT_OK)
        status = buffer_append_text(&sql, " = ?1 ORDER BY 1 DESC LIMIT 1", error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK)
        status = sqlite_prepare(db, (char *)sql.data, &statement, error);
    if (status == PQT_OK &&
        sqlite3_bind_text(statement, 1, (const char *)slug.data, (int)slug.size_bytes,
                          SQLITE_TRANSIENT) != SQLITE_OK)
        status = sqlite_error(db, error);
    if (status == PQT_OK) {
        *found = sqlite3_step(statement) == SQLITE_ROW;
        if (*found) *project_id = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return status;
}

static pqt_status identify_sqlite(void *self, source_identity *out, pqt_error *error)
{
    const struct sqlite *db = self;
    source_identity identity = {0};
    char *real = realpath(db->path, NULL);
    const pqt_status status =
        identity_set_text(&identity, error, "sqlite file %s table %s",
                          real ? real : db->path, db->names.page_views);
    free(real);
    TRY(status);
    TRY(sqlite_look_at_ids(db, &identity.id_is_unique, &identity.ids_may_return, error));
    *out = identity;
    return PQT_OK;
}

static pqt_status make_project_sql(const struct sqlite *db, buffer *sql, pqt_error *error)
{
    TRY(buffer_append_text(sql, "SELECT 1 FROM ", error));
    TRY(names_quote(db->names.page_views, sql, error));
    TRY(buffer_append_text(sql, " WHERE ", error));
    TRY(names_quote(db->names.project_id, sql, error));
    TRY(buffer_append_text(sql, " = ?1 LIMIT 1", error));
    return buffer_append_u8(sql, 0, error);
}

static pqt_status sqlite_has_project(void *self, int32_t project_id, bool *has_rows,
                                     pqt_error *error)
{
    const struct sqlite *db = self;
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    pqt_status status = make_project_sql(db, &sql, error);
    if (status == PQT_OK)
        status = sqlite_prepare(db, (char *)sql.data, &statement, error);
    if (status == PQT_OK) {
        sqlite3_bind_int(statement, 1, project_id);
        const int code = sqlite3_step(statement);
        *has_rows = code == SQLITE_ROW;
        if (code != SQLITE_ROW && code != SQLITE_DONE) status = sqlite_error(db, error);
    }
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return status;
}

/* --- Opening --- */

static void release_sqlite(void *self)
{
    struct sqlite *db = self;
    sqlite_end_insert(db);
    sqlite3_close(db->connection);
    slug_map_clear(&db->projects);
    slug_map_clear(&db->versions);
    slug_map_clear(&db->organizations);
    arena_free(&db->memory);
    alloc_release(NULL, db->path);
    alloc_release(NULL, db);
}

static const struct source_functions sqlite_functions = {
    .identify = identify_sqlite,
    .begin = begin_sqlite,
    .project_slugs = sqlite_project_slugs,
    .version_slugs = sqlite_version_slugs,
    .organizations = sqlite_organizations,
    .date_range = sqlite_date_range,
    .estimate = sqlite_estimate,
    .size = sqlite_size,
    .read = read_sqlite,
    .read_project = read_sqlite_project,
    .slice_versions = sqlite_slice_versions,
    .has_day = sqlite_has_day,
    .end = end_sqlite,
    .resolve_slug = resolve_in_sqlite,
    .diagnose = sqlite_diagnose,
    .prepare_delete = sqlite_prepare_delete,
    .delete_rows = sqlite_delete_rows,
    .compare_rows = sqlite_compare_rows,
    .replica_lag = sqlite_replica_lag,
    .diagnose_delete = sqlite_diagnose_delete,
    .has_project = sqlite_has_project,
    .begin_insert = sqlite_begin_insert,
    .insert = sqlite_insert,
    .commit_insert = sqlite_commit_insert,
    .end_insert = sqlite_end_insert,
    .release = release_sqlite,
};

static int wants_to_stop(void *progress)
{
    return progress_check(progress, NULL) != PQT_OK;
}

static pqt_status open_file(struct sqlite *db, bool for_deletion, pqt_error *error)
{
    const int mode = for_deletion ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const int code =
        sqlite3_open_v2(db->path, &db->connection, mode | SQLITE_OPEN_NOMUTEX, NULL);
    if (!db->connection) return error_no_memory(error, 1);
    if (code != SQLITE_OK) {
        sqlite_error(db, error);
        error_prefix(error, "cannot open the database %s", db->path);
        return status_of_code(code);
    }
    sqlite3_busy_timeout(db->connection, BUSY_TIMEOUT_MS);
    sqlite3_progress_handler(db->connection, STEPS_BETWEEN_CHECKS, wants_to_stop,
                             (void *)(uintptr_t)db->progress);
    return PQT_OK;
}

pqt_status source_open_sqlite(const char *url, const source_options *options,
                              source **out, pqt_error *error)
{
    TRY(sqlite_check_given(error));
    struct sqlite *db = alloc_zeroed(NULL, 1, sizeof *db);
    if (!db) return error_no_memory(error, sizeof *db);
    db->invalid_utf8 = options->invalid_utf8;
    db->progress = options->progress;
    db->path = alloc_text(NULL, url + strlen("sqlite:"));
    pqt_status status = db->path ? PQT_OK : error_no_memory(error, strlen(url));
    if (status == PQT_OK)
        status = names_complete(&options->names, &db->memory, &db->names, error);
    if (status == PQT_OK) status = open_file(db, options->for_deletion, error);
    if (status != PQT_OK) {
        release_sqlite(db);
        return status;
    }
    return source_make(&sqlite_functions, db, url, out, error);
}
