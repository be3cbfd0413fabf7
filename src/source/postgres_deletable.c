/* Whether rows may be deleted at all: what would take more than them, or keep them. */
#include <stdio.h>
#include <stdlib.h>

#include "source/postgres.h"

/* The table with its partitions and heirs. */
#define TREE                                                                 \
    "WITH RECURSIVE tree(oid) AS (SELECT to_regclass($1)::oid UNION SELECT " \
    "i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid) "

/* Each query gives one text, or null where nothing is in the way. */
static const struct obstacle {
    const char *subject;
    source_finding_level level;
    pqt_status status;
    const char *sql;
    const char *sentence; /* the query's text for %s */
    const char *otherwise;
} obstacles[] = {
    {"primary", SOURCE_FINDING_PROBLEM, PQT_DENIED,
     "SELECT 'replica' WHERE pg_is_in_recovery() AND $1 <> ''",
     "this is a %s: rows can only be deleted on the primary; name it with --delete-db",
     "rows are deleted here"},
    {"kind", SOURCE_FINDING_PROBLEM, PQT_UNSUPPORTED,
     "SELECT CASE relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' "
     "WHEN "
     "'f' THEN 'a foreign table' ELSE 'no table' END FROM pg_class WHERE oid = "
     "to_regclass($1) AND relkind NOT IN ('r', 'p')",
     "the page views are %s; rows are only deleted from a table", "a table"},
    {"delete", SOURCE_FINDING_PROBLEM, PQT_DENIED,
     "SELECT $1 WHERE NOT has_table_privilege(to_regclass($1), 'DELETE')",
     "no right to delete; GRANT DELETE ON %s TO the user that pqa connects as",
     "rows may be deleted"},
    {"row security", SOURCE_FINDING_PROBLEM, PQT_UNSUPPORTED,
     "SELECT $1 WHERE row_security_active(to_regclass($1))",
     "row-level security of %s holds for this user and may hide rows; nothing is deleted "
     "so: give the user BYPASSRLS",
     "none that holds for this user"},
    {"rules", SOURCE_FINDING_PROBLEM, PQT_UNSUPPORTED,
     "SELECT string_agg(rulename, ', ') FROM pg_rewrite WHERE ev_class = to_regclass($1) "
     "AND ev_type = '4' AND ev_enabled <> 'D'",
     "rules change what a DELETE does: %s; nothing is deleted while they are there",
     "none on deletion"},
    {"triggers", SOURCE_FINDING_PROBLEM, PQT_UNSUPPORTED,
     TREE
     "SELECT string_agg(DISTINCT tgname, ', ') FROM pg_trigger JOIN tree ON tgrelid = "
     "tree.oid WHERE NOT tgisinternal AND tgtype & 8 <> 0 AND tgenabled <> 'D'",
     "triggers run when a row is deleted: %s; they may change other data, or keep the "
     "row. Nothing is deleted while they are enabled",
     "none on deletion"},
    {"foreign keys", SOURCE_FINDING_PROBLEM, PQT_UNSUPPORTED,
     TREE
     "SELECT string_agg(DISTINCT conname || ' of ' || conrelid::regclass, ', ') FROM "
     "pg_constraint JOIN tree ON confrelid = tree.oid WHERE contype = 'f' AND "
     "confdeltype IN ('c', 'n', 'd')",
     "foreign keys would delete or change rows of other tables: %s; they are not in the "
     "archive, so nothing is deleted",
     "none that deletes or changes other rows"},
    {"session", SOURCE_FINDING_PROBLEM, PQT_UNSUPPORTED,
     "SELECT current_setting('session_replication_role') WHERE "
     "current_setting('session_replication_role') = 'replica' AND $1 <> ''",
     "session_replication_role is %s for this user, which turns foreign keys off; set it "
     "to origin",
     "foreign keys are watched over"},
    {"references", SOURCE_FINDING_ADVICE, PQT_OK,
     TREE
     "SELECT string_agg(DISTINCT conname || ' of ' || conrelid::regclass, ', ') FROM "
     "pg_constraint JOIN tree ON confrelid = tree.oid WHERE contype = 'f' AND "
     "confdeltype NOT IN ('c', 'n', 'd')",
     "foreign keys refer to page views: %s; where one refers to a row that is to go, the "
     "deletion ends there with the database's error",
     "no other table refers to page views"},
};

enum { OBSTACLE_COUNT = sizeof obstacles / sizeof *obstacles };

/* Writes the sentence into `out`; *found where there is something in the way. */
static pqt_status look(struct postgres *pg, const struct obstacle *o, const char *table,
                       bool *found, char out[400], pqt_error *error)
{
    PGresult *result = NULL;
    TRY(postgres_query(pg, o->sql, table, &result, error));
    *found = PQntuples(result) > 0 && !PQgetisnull(result, 0, 0);
    const char *what = *found ? PQgetvalue(result, 0, 0) : "";
    const char *at = strstr(o->sentence, "%s");
    snprintf(out, 400, "%.*s%.150s%s", (int)(at - o->sentence), o->sentence, what,
             at + 2);
    PQclear(result);
    return PQT_OK;
}

static pqt_status check_obstacles(struct postgres *pg, const char *table,
                                  pqt_error *error)
{
    for (int i = 0; i < OBSTACLE_COUNT; i++) {
        bool found = false;
        char text[400];
        if (obstacles[i].level != SOURCE_FINDING_PROBLEM) continue;
        TRY(look(pg, &obstacles[i], table, &found, text, error));
        if (found) return error_set(error, obstacles[i].status, "%s", text);
    }
    return PQT_OK;
}

pqt_status postgres_check_deletable(struct postgres *pg, pqt_error *error)
{
    buffer table = {0};
    bool unique = false;
    TRY(postgres_check_page_views(pg, error));
    TRY(postgres_id_is_unique(pg, &unique, error));
    if (!unique)
        return error_set(error, PQT_UNSUPPORTED,
                         "the page views have no unique index on their id alone; rows "
                         "cannot be deleted safely without one");
    TRY(names_quote(pg->names.page_views, &table, error));
    const pqt_status status = check_obstacles(pg, (char *)table.data, error);
    buffer_free(&table);
    return status;
}

void postgres_diagnose_delete(void *self, source_finding_callback callback,
                              void *callback_self)
{
    struct postgres *pg = self;
    pqt_error error = {0};
    buffer table = {0};
    if (postgres_check_page_views(pg, &error) != PQT_OK) {
        callback(callback_self, SOURCE_FINDING_PROBLEM, "tables", error.message);
        return;
    }
    if (names_quote(pg->names.page_views, &table, NULL) != PQT_OK) return;
    for (int i = 0; i < OBSTACLE_COUNT; i++) {
        const struct obstacle *o = &obstacles[i];
        bool found = false;
        char text[400];
        const pqt_status status = look(pg, o, (char *)table.data, &found, text, &error);
        if (status != PQT_OK)
            callback(callback_self, SOURCE_FINDING_PROBLEM, o->subject, error.message);
        else
            callback(callback_self, found ? o->level : SOURCE_FINDING_OK, o->subject,
                     found ? text : o->otherwise);
    }
    buffer_free(&table);
}
