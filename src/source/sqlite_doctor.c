#include <stdio.h>
#include <stdlib.h>

#include "source/sql_keyword.h"
#include "source/sqlite.h"

static bool has_column(const struct sqlite *db, const char *table, const char *column)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite_prepare(db, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2",
                       &statement, NULL) != PQT_OK)
        return false;
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, column, -1, SQLITE_STATIC);
    const bool found = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return found;
}

pqt_status sqlite_find_table(const struct sqlite *db, const char *table, buffer *sql,
                             pqt_error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(sqlite_prepare(
        db,
        "SELECT sql FROM sqlite_master WHERE type IN ('table', 'view') AND "
        "lower(name) = lower(?1)",
        &statement, error));
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    pqt_status status = PQT_OK;
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        status = buffer_append_text(sql, (const char *)sqlite3_column_text(statement, 0),
                                    error);
    else if (code != SQLITE_DONE)
        status = sqlite_error(db, error);
    if (status == PQT_OK) status = buffer_append_u8(sql, 0, error);
    sqlite3_finalize(statement);
    return status;
}

static pqt_status check_table(const struct sqlite *db, const char *table,
                              const char *option, pqt_error *error)
{
    buffer sql = {0};
    TRY(sqlite_find_table(db, table, &sql, error));
    const bool found = sql.data[0] != 0;
    buffer_free(&sql);
    if (found) return PQT_OK;
    return error_set(error, PQT_NOT_FOUND,
                     "there is no table %s; name the right one with %s", table, option);
}

static pqt_status check_column(const struct sqlite *db, const char *table,
                               const char *column, const char *option, pqt_error *error)
{
    if (has_column(db, table, column)) return PQT_OK;
    return error_set(error, PQT_NOT_FOUND,
                     "table %s has no column %s; name the right one with %s", table,
                     column, option);
}

pqt_status sqlite_check_page_views(const struct sqlite *db, pqt_error *error)
{
    const source_names *names = &db->names;
    TRY(check_table(db, names->page_views, "--page-views-table", error));
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++)
        TRY(check_column(db, names->page_views,
                         names_column(names, (enum source_column)i),
                         source_column_options[i], error));
    return PQT_OK;
}

pqt_status sqlite_check_schema(const struct sqlite *db, pqt_error *error)
{
    const source_names *names = &db->names;
    TRY(sqlite_check_page_views(db, error));
    TRY(check_table(db, names->projects, "--projects-table", error));
    TRY(check_column(db, names->projects, names->project_key, "--projects-id-column",
                     error));
    TRY(check_column(db, names->projects, names->project_slug, "--projects-slug-column",
                     error));
    TRY(check_table(db, names->versions, "--versions-table", error));
    TRY(check_column(db, names->versions, names->version_key, "--versions-id-column",
                     error));
    return check_column(db, names->versions, names->version_slug,
                        "--versions-slug-column", error);
}

pqt_status sqlite_select(const struct sqlite *db, buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(out, "SELECT ", error));
    TRY(names_columns(&db->names, out, error));
    TRY(buffer_append_text(out, " FROM ", error));
    TRY(names_quote(db->names.page_views, out, error));
    TRY(buffer_append_text(out, " WHERE ", error));
    TRY(names_quote(db->names.date, out, error));
    TRY(buffer_append_text(out, " >= ?1 AND ", error));
    TRY(names_quote(db->names.date, out, error));
    return buffer_append(out, " < ?2", 6, error);
}

/* 1 where the query, with the table and the id as parameters, has a row. */
static pqt_status has_row(const struct sqlite *db, const char *sql, bool *found,
                          pqt_error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(sqlite_prepare(db, sql, &statement, error));
    sqlite3_bind_text(statement, 1, db->names.page_views, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, db->names.id, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) return sqlite_error(db, error);
    *found = code == SQLITE_ROW;
    return PQT_OK;
}

pqt_status sqlite_look_at_ids(const struct sqlite *db, bool *unique, bool *may_return,
                              pqt_error *error)
{
    bool is_key = false, has_index = false;
    TRY(has_row(db,
                "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2 AND pk = 1 AND "
                "(SELECT count(*) FROM pragma_table_info(?1) WHERE pk > 0) = 1",
                &is_key, error));
    TRY(has_row(db,
                "SELECT 1 FROM pragma_index_list(?1) AS l WHERE l.\"unique\" AND NOT "
                "l.partial AND (SELECT count(*) FROM pragma_index_info(l.name)) = 1 AND "
                "(SELECT name FROM pragma_index_info(l.name)) = ?2",
                &has_index, error));
    buffer sql = {0};
    TRY(sqlite_find_table(db, db->names.page_views, &sql, error));
    *unique = is_key || has_index;
    *may_return = !sql_has_keyword((const char *)sql.data, "AUTOINCREMENT");
    buffer_free(&sql);
    return PQT_OK;
}

static pqt_status read_plan(const struct sqlite *db, const char *sql, bool *is_scan,
                            buffer *words, pqt_error *error)
{
    sqlite3_stmt *statement = NULL;
    TRY(sqlite_prepare(db, sql, &statement, error));
    pqt_status status = PQT_OK;
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const char *plan = (const char *)sqlite3_column_text(statement, 3);
        *is_scan = strncmp(plan, "SCAN", 4) == 0;
        if (words) status = buffer_append(words, plan, strlen(plan) + 1, error);
    }
    sqlite3_finalize(statement);
    return status;
}

pqt_status sqlite_plan(const struct sqlite *db, bool *is_scan, buffer *words,
                       pqt_error *error)
{
    buffer sql = {0};
    pqt_status status = buffer_append_text(&sql, "EXPLAIN QUERY PLAN ", error);
    if (status == PQT_OK) status = sqlite_select(db, &sql, error);
    if (status == PQT_OK) status = read_plan(db, (char *)sql.data, is_scan, words, error);
    buffer_free(&sql);
    return status;
}

/* --- Doctor --- */

struct report {
    const struct sqlite *db;
    source_finding_callback callback;
    void *self;
};

static void tell(const struct report *report, source_finding_level level,
                 const char *subject, const char *text)
{
    report->callback(report->self, level, subject, text);
}

static void tell_ids(const struct report *report)
{
    bool unique = false, may_return = false;
    pqt_error error = {0};
    if (sqlite_look_at_ids(report->db, &unique, &may_return, &error) != PQT_OK) {
        tell(report, SOURCE_FINDING_PROBLEM, "ids", error.message);
        return;
    }
    if (unique)
        tell(report, SOURCE_FINDING_OK, "unique id", "the id alone is unique");
    else
        tell(report, SOURCE_FINDING_PROBLEM, "unique id",
             "no primary key or unique index on the id: rows cannot be merged safely");
    if (may_return)
        tell(report, SOURCE_FINDING_ADVICE, "AUTOINCREMENT",
             "the table has no AUTOINCREMENT: ids of deleted rows may come again, so "
             "nothing may be deleted after an export");
    else
        tell(report, SOURCE_FINDING_OK, "AUTOINCREMENT",
             "ids of deleted rows never return");
}

static pqt_status advise_index(const struct report *report, pqt_error *error)
{
    buffer text = {0};
    const pqt_status status = names_advise_index(
        &report->db->names, "CREATE INDEX page_views_by_date ON ", &text, error);
    if (status == PQT_OK)
        tell(report, SOURCE_FINDING_ADVICE, "plan of a day", (const char *)text.data);
    buffer_free(&text);
    return status;
}

static void tell_plan(const struct report *report)
{
    buffer words = {0};
    bool is_scan = false;
    pqt_error error = {0};
    if (sqlite_plan(report->db, &is_scan, &words, &error) != PQT_OK) {
        tell(report, SOURCE_FINDING_PROBLEM, "plan of a day", error.message);
        buffer_free(&words);
        return;
    }
    tell(report, SOURCE_FINDING_OK, "plan of a day", (const char *)words.data);
    if (is_scan) (void)advise_index(report, NULL);
    buffer_free(&words);
}

void sqlite_diagnose(void *self, int32_t day, source_finding_callback callback,
                     void *callback_self)
{
    (void)day; /* SQLite plans all days alike */
    const struct report report = {self, callback, callback_self};
    char text[200];
    snprintf(text, sizeof text, "SQLite %s, opened for reading", sqlite3_libversion());
    tell(&report, SOURCE_FINDING_OK, "database", text);
    pqt_error error = {0};
    if (sqlite_check_schema(report.db, &error) != PQT_OK) {
        tell(&report, SOURCE_FINDING_PROBLEM, "tables", error.message);
        return;
    }
    tell(&report, SOURCE_FINDING_OK, "tables", "all tables and columns are there");
    tell_ids(&report);
    tell_plan(&report);
}
