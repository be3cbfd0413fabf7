/* Putting rows back, through a connection of their own: that of the source only reads. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/date.h"
#include "source/insertion.h"
#include "source/sqlite.h"

enum { BUSY_TIMEOUT_MS = 10000 };

/* The transaction that is open. */
struct sqlite_insertion {
    struct sqlite db; /* only its connection, names and path count */
    sqlite3_stmt *find;
    sqlite3_stmt *insert;
    source_insertion done;
};

/* --- Statements --- */

/* "SELECT project_id IS ?2 AND version_id IS ?3 ... FROM page_views WHERE id = ?1" */
static pqt_status make_find_sql(const source_names *names, buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(out, "SELECT ", error));
    for (int i = SOURCE_ID + 1; i < SOURCE_COLUMN_COUNT; i++) {
        if (i > SOURCE_ID + 1) TRY(buffer_append_text(out, " AND ", error));
        TRY(names_quote(names_column(names, (enum source_column)i), out, error));
        TRY(buffer_printf(out, error, " IS ?%d", i + 1));
    }
    TRY(buffer_append_text(out, " FROM ", error));
    TRY(names_quote(names->page_views, out, error));
    TRY(buffer_append_text(out, " WHERE ", error));
    TRY(names_quote(names->id, out, error));
    TRY(buffer_append_text(out, " = ?1", error));
    return buffer_append_u8(out, 0, error);
}

static pqt_status make_insert_sql(const source_names *names, buffer *out,
                                  pqt_error *error)
{
    TRY(buffer_append_text(out, "INSERT INTO ", error));
    TRY(names_quote(names->page_views, out, error));
    TRY(buffer_append_text(out, " (", error));
    TRY(names_columns(names, out, error));
    TRY(buffer_append_text(out, ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", error));
    return buffer_append_u8(out, 0, error);
}

typedef pqt_status (*sql_maker)(const source_names *names, buffer *out, pqt_error *error);

static pqt_status prepare(const struct sqlite_insertion *in, sql_maker make,
                          sqlite3_stmt **out, pqt_error *error)
{
    buffer sql = {0};
    pqt_status status = make(&in->db.names, &sql, error);
    if (status == PQT_OK) status = sqlite_prepare(&in->db, (char *)sql.data, out, error);
    buffer_free(&sql);
    return status;
}

static pqt_status run(const struct sqlite_insertion *in, const char *sql,
                      pqt_error *error)
{
    if (sqlite3_exec(in->db.connection, sql, NULL, NULL, NULL) == SQLITE_OK)
        return PQT_OK;
    return sqlite_error(&in->db, error);
}

/* --- Beginning and ending --- */

static void close_insertion(struct sqlite_insertion *in)
{
    sqlite3_finalize(in->find);
    sqlite3_finalize(in->insert);
    sqlite3_close(in->db.connection); /* rolls back what is not committed */
    alloc_release(NULL, in);
}

static pqt_status open_insertion(struct sqlite_insertion *in, const struct sqlite *db,
                                 pqt_error *error)
{
    in->db = (struct sqlite){.names = db->names, .path = db->path};
    const int code = sqlite3_open_v2(db->path, &in->db.connection,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!in->db.connection) return error_no_memory(error, 1);
    if (code != SQLITE_OK) return sqlite_error(&in->db, error);
    sqlite3_busy_timeout(in->db.connection, BUSY_TIMEOUT_MS);
    TRY(run(in, "PRAGMA foreign_keys = ON", error));
    TRY(run(in, "BEGIN IMMEDIATE", error));
    TRY(prepare(in, make_find_sql, &in->find, error));
    return prepare(in, make_insert_sql, &in->insert, error);
}

pqt_status sqlite_begin_insert(void *self, pqt_error *error)
{
    struct sqlite *db = self;
    struct sqlite_insertion *in = alloc_zeroed(NULL, 1, sizeof *in);
    if (!in) return error_no_memory(error, sizeof *in);
    const pqt_status status = open_insertion(in, db, error);
    if (status == PQT_OK)
        db->insertion = in;
    else
        close_insertion(in);
    return status;
}

void sqlite_end_insert(void *self)
{
    struct sqlite *db = self;
    if (db->insertion) close_insertion(db->insertion);
    db->insertion = NULL;
}

/* --- Rows --- */

static int bind_text(sqlite3_stmt *statement, int at, bool is_there, pqt_view text)
{
    if (!is_there) return sqlite3_bind_null(statement, at);
    return sqlite3_bind_text64(statement, at,
                               text.size_bytes ? (const char *)text.data : "",
                               text.size_bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static bool bind_row(sqlite3_stmt *statement, const source_row *row)
{
    char date[DATE_TEXT_BYTES];
    date_text(row->date, date);
    int failed = sqlite3_bind_int64(statement, 1 + SOURCE_ID, row->id);
    failed |= sqlite3_bind_int(statement, 1 + SOURCE_PROJECT_ID, row->project_id);
    failed |= row->has_version
                  ? sqlite3_bind_int(statement, 1 + SOURCE_VERSION_ID, row->version_id)
                  : sqlite3_bind_null(statement, 1 + SOURCE_VERSION_ID);
    failed |= bind_text(statement, 1 + SOURCE_PATH, true, row->path);
    failed |=
        bind_text(statement, 1 + SOURCE_FULL_PATH, row->has_full_path, row->full_path);
    failed |= sqlite3_bind_int(statement, 1 + SOURCE_VIEW_COUNT, row->view_count);
    failed |= bind_text(statement, 1 + SOURCE_DATE, true, view_text(date));
    failed |= sqlite3_bind_int(statement, 1 + SOURCE_STATUS, row->status);
    return failed == SQLITE_OK;
}

/* The code of the one step, behind which the statement can be used again. */
static int step_once(sqlite3_stmt *statement, int *value)
{
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) *value = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return code;
}

static pqt_status report_step(const struct sqlite_insertion *in, int64_t id,
                              pqt_error *error)
{
    const int code = sqlite3_extended_errcode(in->db.connection);
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return insertion_lacks_parent(sqlite3_errmsg(in->db.connection), error);
    if ((code & 0xff) == SQLITE_CONSTRAINT)
        return error_set(error, PQT_CORRUPT,
                         "the row with id %lld: %s; nothing of the day was put back",
                         (long long)id, sqlite3_errmsg(in->db.connection));
    return sqlite_error(&in->db, error);
}

pqt_status sqlite_insert(void *self, const source_row *row, pqt_error *error)
{
    struct sqlite_insertion *in = ((struct sqlite *)self)->insertion;
    int is_equal = 0;
    if (!bind_row(in->find, row)) return sqlite_error(&in->db, error);
    const int found = step_once(in->find, &is_equal);
    if (found == SQLITE_ROW && !is_equal) return insertion_contradict(row->id, error);
    if (found == SQLITE_ROW) {
        in->done.equal++;
        return PQT_OK;
    }
    if (found != SQLITE_DONE || !bind_row(in->insert, row))
        return sqlite_error(&in->db, error);
    if (step_once(in->insert, &is_equal) != SQLITE_DONE)
        return report_step(in, row->id, error);
    in->done.inserted++;
    return PQT_OK;
}

/* A constraint that is deferred stands against it only now. */
pqt_status sqlite_commit_insert(void *self, source_insertion *out, pqt_error *error)
{
    struct sqlite_insertion *in = ((struct sqlite *)self)->insertion;
    pqt_status status = PQT_OK;
    if (sqlite3_exec(in->db.connection, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        status = report_step(in, 0, error);
    else
        *out = in->done;
    sqlite_end_insert(self);
    return status;
}
