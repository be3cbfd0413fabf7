/* SQLite as a source: the connection and what its files share. */
#ifndef SOURCE_SQLITE_H
#define SOURCE_SQLITE_H

#ifdef PQA_SQLITE_GIVEN
#include <sqlite3ext.h> /* its functions by a table of pointers */
extern const sqlite3_api_routines *sqlite3_api;
#else
#include <sqlite3.h>
#endif

#include "source/kind.h"

struct sqlite {
    sqlite3 *connection;
    source_names names;
    source_invalid_utf8 invalid_utf8;
    char *path;
    const pqt_progress *progress; /* asked whether to stop */
    arena memory;                 /* of the names */
    bool in_snapshot;
    slug_map projects;
    slug_map versions;
    slug_map organizations;
    struct sqlite_insertion *insertion; /* NULL: none is open */
};

/* UNSUPPORTED where this library links none, and none was given (source_use_sqlite). */
pqt_status sqlite_check_given(pqt_error *error);
/* The error of the connection's last call, with the status of its code. */
pqt_status sqlite_error(const struct sqlite *db, pqt_error *error);
/* Prepares SQL; the caller finalizes. */
pqt_status sqlite_prepare(const struct sqlite *db, const char *sql, sqlite3_stmt **out,
                          pqt_error *error);
/* "SELECT ... WHERE date >= ?1 AND date < ?2", appended with its end. */
pqt_status sqlite_select(const struct sqlite *db, buffer *out, pqt_error *error);
/* Looks whether the tables and columns are there. */
pqt_status sqlite_check_schema(const struct sqlite *db, pqt_error *error);
/* Whether the id alone is unique, and whether ids of deleted rows may come again. */
pqt_status sqlite_look_at_ids(const struct sqlite *db, bool *unique, bool *may_return,
                              pqt_error *error);

/* How a day is read: by a scan of the whole table or not; the plan's words are appended
 * to `words` (may be NULL) with their end. */
pqt_status sqlite_plan(const struct sqlite *db, bool *is_scan, buffer *words,
                       pqt_error *error);

/* The statement that made a table or view, with its end; "" where there is none. */
pqt_status sqlite_find_table(const struct sqlite *db, const char *table, buffer *sql,
                             pqt_error *error);
/* Runs SQL without rows. */
pqt_status sqlite_run(const struct sqlite *db, const char *sql, pqt_error *error);
/* As sqlite_check_schema for the page views alone. */
pqt_status sqlite_check_page_views(const struct sqlite *db, pqt_error *error);

/* Deleting rows: struct source_functions has what each does. */
pqt_status sqlite_prepare_delete(void *self, const source_delete_limits *limits,
                                 pqt_error *error);
pqt_status sqlite_delete_rows(void *self, const source_row *rows, size_t count,
                              source_deletion *out, pqt_error *error);
pqt_status sqlite_compare_rows(void *self, const source_row *rows, size_t count,
                               source_deletion *out, pqt_error *error);
pqt_status sqlite_replica_lag(void *self, int64_t *lag_ms, pqt_error *error);
void sqlite_diagnose_delete(void *self, source_finding_callback callback,
                            void *callback_self);
/* Putting rows back: struct source_functions has what each does. */
pqt_status sqlite_begin_insert(void *self, pqt_error *error);
pqt_status sqlite_insert(void *self, const source_row *row, pqt_error *error);
pqt_status sqlite_commit_insert(void *self, source_insertion *out, pqt_error *error);
void sqlite_end_insert(void *self);

void sqlite_diagnose(void *self, int32_t day, source_finding_callback callback,
                     void *callback_self);

#endif
