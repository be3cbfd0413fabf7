/* Whether rows may be deleted at all: what would take more than them, or keep them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
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

/* A partition with those below it, and what it is in. */
#define FAMILY                                                                         \
    TREE ", above(oid) AS (SELECT to_regclass($1)::oid UNION SELECT i.inhparent FROM " \
         "pg_inherits i JOIN above a ON i.inhrelid = a.oid), family AS (SELECT oid "   \
         "FROM tree UNION SELECT oid FROM above) "

/* What keeps a partition from being dropped, though its rows may be deleted. */
static const struct obstacle drop_obstacles[] = {
    {"partition owner", SOURCE_FINDING_ADVICE, PQT_DENIED,
     "SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c WHERE (c.oid = "
     "to_regclass($1) OR c.oid = (SELECT inhparent FROM pg_inherits WHERE inhrelid = "
     "to_regclass($1))) AND NOT pg_has_role(c.relowner, 'USAGE')",
     "only their owner may detach and drop partitions: %s", "may be dropped"},
    {"partition kind", SOURCE_FINDING_ADVICE, PQT_UNSUPPORTED,
     TREE "SELECT string_agg(oid::regclass::text, ', ') FROM tree JOIN pg_class c USING "
          "(oid) WHERE c.relkind NOT IN ('r', 'p')",
     "these are no plain tables: %s", "plain tables"},
    {"partition row security", SOURCE_FINDING_ADVICE, PQT_UNSUPPORTED,
     TREE "SELECT string_agg(oid::regclass::text, ', ') FROM tree WHERE "
          "row_security_active(oid)",
     "row-level security may hide rows of %s", "none that holds for this user"},
    {"partition references", SOURCE_FINDING_ADVICE, PQT_UNSUPPORTED,
     FAMILY "SELECT string_agg(DISTINCT conname || ' of ' || conrelid::regclass, ', ') "
            "FROM pg_constraint JOIN family f ON confrelid = f.oid WHERE contype = 'f'",
     "foreign keys refer to page views: %s", "no other table refers to it"},
    {"partition triggers", SOURCE_FINDING_ADVICE, PQT_UNSUPPORTED,
     TREE "SELECT string_agg(DISTINCT tgname, ', ') FROM pg_trigger JOIN tree ON tgrelid "
          "= tree.oid WHERE NOT tgisinternal AND tgtype & 40 <> 0 AND tgenabled <> 'D'",
     "triggers run when rows are deleted or the table is emptied: %s", "none"},
    {"partition publications", SOURCE_FINDING_ADVICE, PQT_UNSUPPORTED,
     FAMILY "SELECT string_agg(DISTINCT p.pubname, ', ') FROM pg_publication_tables p "
            "JOIN pg_namespace n ON n.nspname = p.schemaname JOIN pg_class c ON "
            "c.relnamespace = n.oid AND c.relname = p.tablename JOIN family f ON f.oid = "
            "c.oid",
     "its deletions are published to other databases, and a drop is not: %s", "in none"},
};

enum { DROP_OBSTACLE_COUNT = sizeof drop_obstacles / sizeof *drop_obstacles };

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

pqt_status postgres_check_droppable(struct postgres *pg, const char *name,
                                    pqt_error *error)
{
    for (int i = 0; i < DROP_OBSTACLE_COUNT; i++) {
        bool found = false;
        char text[400];
        TRY(look(pg, &drop_obstacles[i], name, &found, text, error));
        if (found) return error_set(error, drop_obstacles[i].status, "%s", text);
    }
    return PQT_OK;
}

/* What --drop-partitions would do, by the oldest partition of whole days. */
static void diagnose_partitions(struct postgres *pg, source_finding_callback callback,
                                void *callback_self)
{
    pqt_error error = {0};
    source_partition *list = NULL;
    size_t count = 0;
    char text[600];
    pqt_status status =
        postgres_partitions(pg, INT32_MIN, INT32_MAX, &list, &count, &error);
    if (status == PQT_OK && count > 0)
        status = postgres_check_droppable(pg, list[0].name, &error);
    if (status != PQT_OK)
        snprintf(text, sizeof text,
                 "--drop-partitions would delete rows in batches instead: %.400s",
                 error.message);
    else if (count == 0)
        snprintf(text, sizeof text, "none by range of the date with whole days");
    else
        snprintf(text, sizeof text,
                 "%zu of whole days, which --drop-partitions may drop where the archive "
                 "has all their rows",
                 count);
    callback(callback_self, status == PQT_OK ? SOURCE_FINDING_OK : SOURCE_FINDING_ADVICE,
             "partitions", text);
    alloc_release(NULL, list);
}

pqt_status postgres_check_deletable(struct postgres *pg, pqt_error *error)
{
    buffer table = {0};
    bool unique = false;
    TRY(postgres_check_page_views(pg, error));
    TRY(postgres_id_is_unique(pg, &unique, error));
    if (!unique)
        return error_set(error, PQT_UNSUPPORTED,
                         "the page views have no unique index on their id, alone or with "
                         "the date; rows cannot be deleted safely without one");
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
    diagnose_partitions(pg, callback, callback_self);
    buffer_free(&table);
}
