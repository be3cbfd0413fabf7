/* Deleting rows that the archive has, a batch a transaction. */
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "source/sql_keyword.h"
#include "source/sqlite.h"

/* --- Whether it may be --- */

/* One text of a query with the table's name as ?1; empty where it has no row. */
static pqt_status ask_text(const struct sqlite *db, const char *sql, char out[200],
                           pqt_error *error)
{
    sqlite3_stmt *statement = NULL;
    *out = 0;
    TRY(sqlite_prepare(db, sql, &statement, error));
    sqlite3_bind_text(statement, 1, db->names.page_views, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        snprintf(out, 200, "%s", (const char *)sqlite3_column_text(statement, 0));
    const pqt_status status =
        code == SQLITE_ROW || code == SQLITE_DONE ? PQT_OK : sqlite_error(db, error);
    sqlite3_finalize(statement);
    return status;
}

/* A trigger that has the word DELETE anywhere may be one on deletion. */
static pqt_status find_trigger(const struct sqlite *db, char out[200], pqt_error *error)
{
    sqlite3_stmt *statement = NULL;
    *out = 0;
    TRY(sqlite_prepare(db,
                       "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND "
                       "lower(tbl_name) = lower(?1)",
                       &statement, error));
    sqlite3_bind_text(statement, 1, db->names.page_views, -1, SQLITE_STATIC);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && *out == 0) {
        const char *sql = (const char *)sqlite3_column_text(statement, 1);
        if (sql && sql_has_keyword(sql, "DELETE"))
            snprintf(out, 200, "%s", (const char *)sqlite3_column_text(statement, 0));
    }
    const pqt_status status =
        code == SQLITE_ROW || code == SQLITE_DONE ? PQT_OK : sqlite_error(db, error);
    sqlite3_finalize(statement);
    return status;
}

static pqt_status find_view(const struct sqlite *db, char out[200], pqt_error *error)
{
    return ask_text(db,
                    "SELECT type FROM sqlite_master WHERE lower(name) = lower(?1) AND "
                    "type <> 'table' AND type IN ('view')",
                    out, error);
}

static pqt_status find_returning_ids(const struct sqlite *db, char out[200],
                                     pqt_error *error)
{
    bool unique = false, may_return = false;
    TRY(sqlite_look_at_ids(db, &unique, &may_return, error));
    snprintf(out, 200, "%s", !unique ? "is not unique" : may_return ? "may return" : "");
    return PQT_OK;
}

static pqt_status find_foreign_key(const struct sqlite *db, char out[200],
                                   pqt_error *error)
{
    return ask_text(db,
                    "SELECT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) "
                    "f WHERE m.type = 'table' AND lower(f.\"table\") = lower(?1) AND "
                    "f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') LIMIT 1",
                    out, error);
}

static pqt_status find_read_only(const struct sqlite *db, char out[200], pqt_error *error)
{
    (void)error;
    const bool is_read_only = sqlite3_db_readonly(db->connection, "main") == 1;
    snprintf(out, 200, "%s", is_read_only ? "the file" : "");
    return PQT_OK;
}

static const struct obstacle {
    const char *subject;
    pqt_status status;
    pqt_status (*find)(const struct sqlite *db, char out[200], pqt_error *error);
    const char *before, *behind; /* of the text that is found */
    const char *otherwise;
} obstacles[] = {
    {"delete", PQT_DENIED, find_read_only, "", " cannot be written", "it can be written"},
    {"kind", PQT_UNSUPPORTED, find_view, "the page views are a ",
     "; rows are only deleted from a table", "a table"},
    {"ids", PQT_UNSUPPORTED, find_returning_ids, "the id ",
     ": a later row may bear the id of one that was deleted, and the archive would take "
     "it for that. Nothing is deleted from a table without a unique id that is INTEGER "
     "PRIMARY KEY AUTOINCREMENT",
     "ids of deleted rows never return"},
    {"triggers", PQT_UNSUPPORTED, find_trigger, "the trigger ",
     " may run when a row is deleted, and change other data or keep the row; nothing is "
     "deleted while it is there",
     "none on deletion"},
    {"foreign keys", PQT_UNSUPPORTED, find_foreign_key, "a foreign key of the table ",
     " would delete or change its rows; they are not in the archive, so nothing is "
     "deleted",
     "none that deletes or changes other rows"},
};

enum { OBSTACLE_COUNT = sizeof obstacles / sizeof *obstacles };

pqt_status sqlite_prepare_delete(void *self, const source_delete_limits *limits,
                                 pqt_error *error)
{
    struct sqlite *db = self;
    TRY(sqlite_check_page_views(db, error));
    for (int i = 0; i < OBSTACLE_COUNT; i++) {
        char found[200];
        TRY(obstacles[i].find(db, found, error));
        if (*found)
            return error_set(error, obstacles[i].status, "%s%s%s", obstacles[i].before,
                             found, obstacles[i].behind);
    }
    sqlite3_busy_timeout(db->connection, limits->lock_timeout_ms);
    return sqlite_run(db, "PRAGMA foreign_keys = ON", error);
}

void sqlite_diagnose_delete(void *self, source_finding_callback callback,
                            void *callback_self)
{
    const struct sqlite *db = self;
    for (int i = 0; i < OBSTACLE_COUNT; i++) {
        const struct obstacle *o = &obstacles[i];
        char found[200], text[500];
        pqt_error error = {0};
        const bool is_known = o->find(db, found, &error) == PQT_OK;
        snprintf(text, sizeof text, "%s%s%s", o->before, found, o->behind);
        if (!is_known || *found)
            callback(callback_self, SOURCE_FINDING_PROBLEM, o->subject,
                     is_known ? text : error.message);
        else
            callback(callback_self, SOURCE_FINDING_OK, o->subject, o->otherwise);
    }
}

pqt_status sqlite_replica_lag(void *self, int64_t *lag_ms, pqt_error *error)
{
    (void)self;
    (void)error;
    *lag_ms = 0;
    return PQT_OK;
}

/* --- The statements --- */

/* " WHERE id = ?1 AND project_id IS ?2 ...": IS is right for nulls; texts are compared
 * byte by byte, whatever order the column was declared with. */
static pqt_status append_same(const struct sqlite *db, buffer *sql, pqt_error *error)
{
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++) {
        const bool is_text =
            i == SOURCE_PATH || i == SOURCE_FULL_PATH || i == SOURCE_DATE;
        TRY(buffer_append_text(sql, i ? " AND " : " WHERE ", error));
        TRY(names_quote(names_column(&db->names, (enum source_column)i), sql, error));
        TRY(buffer_printf(sql, error, "%s %s ?%d", is_text ? " COLLATE BINARY" : "",
                          i ? "IS" : "=", i + 1));
    }
    return buffer_append_u8(sql, 0, error);
}

static pqt_status prepare(const struct sqlite *db, const char *verb, bool whole,
                          sqlite3_stmt **out, pqt_error *error)
{
    buffer sql = {0};
    pqt_status status = buffer_append_text(&sql, verb, error);
    if (status == PQT_OK) status = names_quote(db->names.page_views, &sql, error);
    if (status == PQT_OK && whole) {
        status = append_same(db, &sql, error);
    } else if (status == PQT_OK) {
        status = buffer_append_text(&sql, " WHERE ", error);
        if (status == PQT_OK) status = names_quote(db->names.id, &sql, error);
        if (status == PQT_OK) status = buffer_append(&sql, " = ?1", 6, error);
    }
    if (status == PQT_OK) status = sqlite_prepare(db, (char *)sql.data, out, error);
    buffer_free(&sql);
    return status;
}

static int bind_text(sqlite3_stmt *statement, enum source_column column, pqt_view text)
{
    return sqlite3_bind_text64(statement, (int)column + 1,
                               text.data ? (const char *)text.data : "", text.size_bytes,
                               SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int bind_number(sqlite3_stmt *statement, enum source_column column, int64_t value)
{
    return sqlite3_bind_int64(statement, (int)column + 1, value);
}

/* Columns that are null stay unbound. */
static pqt_status bind_row(const struct sqlite *db, sqlite3_stmt *statement,
                           const source_row *row, pqt_error *error)
{
    char date[DATE_TEXT_BYTES];
    date_text(row->date, date);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    int code = bind_number(statement, SOURCE_ID, row->id);
    code |= bind_number(statement, SOURCE_PROJECT_ID, row->project_id);
    if (row->has_version)
        code |= bind_number(statement, SOURCE_VERSION_ID, row->version_id);
    code |= bind_text(statement, SOURCE_PATH, row->path);
    if (row->has_full_path)
        code |= bind_text(statement, SOURCE_FULL_PATH, row->full_path);
    code |= bind_number(statement, SOURCE_VIEW_COUNT, row->view_count);
    code |= bind_text(statement, SOURCE_DATE, view_text(date));
    code |= bind_number(statement, SOURCE_STATUS, row->status);
    return code == SQLITE_OK ? PQT_OK : sqlite_error(db, error);
}

/* --- A batch --- */

/* The statements of a batch. */
struct batch {
    const struct sqlite *db;
    sqlite3_stmt *whole; /* deletes or finds the very row */
    sqlite3_stmt *by_id; /* finds the id */
    bool removes;
};

static pqt_status step(const struct batch *b, sqlite3_stmt *statement, bool *found,
                       pqt_error *error)
{
    const int code = sqlite3_step(statement);
    *found = code == SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE) return sqlite_error(b->db, error);
    sqlite3_reset(statement);
    return PQT_OK;
}

static pqt_status take_row(const struct batch *b, const source_row *row,
                           source_deletion *out, pqt_error *error)
{
    bool found = false;
    TRY(bind_row(b->db, b->whole, row, error));
    TRY(step(b, b->whole, &found, error));
    const int64_t changed = b->removes ? sqlite3_changes(b->db->connection) : found;
    out->deleted += changed;
    if (changed > 0) return PQT_OK;
    sqlite3_bind_int64(b->by_id, 1, row->id);
    TRY(step(b, b->by_id, &found, error));
    out->kept += found;
    return PQT_OK;
}

static pqt_status take_rows(const struct sqlite *db, bool removes, const source_row *rows,
                            size_t count, source_deletion *out, pqt_error *error)
{
    struct batch b = {.db = db, .removes = removes};
    pqt_status status =
        prepare(db, removes ? "DELETE FROM " : "SELECT 1 FROM ", true, &b.whole, error);
    if (status == PQT_OK) status = prepare(db, "SELECT 1 FROM ", false, &b.by_id, error);
    for (size_t i = 0; status == PQT_OK && i < count; i++)
        status = take_row(&b, &rows[i], out, error);
    sqlite3_finalize(b.whole);
    sqlite3_finalize(b.by_id);
    if (status != PQT_OK || (uint64_t)out->deleted <= count) return status;
    return error_set(error, PQT_CORRUPT,
                     "%lld rows would have gone for %zu of the archive: ids are not "
                     "unique; nothing was deleted",
                     (long long)out->deleted, count);
}

/* A COMMIT that finds readers in the way leaves the transaction open: it is undone. */
pqt_status sqlite_delete_rows(void *self, const source_row *rows, size_t count,
                              source_deletion *out, pqt_error *error)
{
    const struct sqlite *db = self;
    pqt_status status = sqlite_run(db, "BEGIN IMMEDIATE", error);
    if (status == PQT_OK) status = take_rows(db, true, rows, count, out, error);
    if (status == PQT_OK) status = sqlite_run(db, "COMMIT", error);
    if (status == PQT_OK) return PQT_OK;
    out->is_transient = status == PQT_TIMEOUT;
    if (!sqlite3_get_autocommit(db->connection)) (void)sqlite_run(db, "ROLLBACK", NULL);
    return status;
}

pqt_status sqlite_compare_rows(void *self, const source_row *rows, size_t count,
                               source_deletion *out, pqt_error *error)
{
    return take_rows(self, false, rows, count, out, error);
}
