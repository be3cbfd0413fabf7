#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "source/postgres.h"

typedef enum column_class { INTEGER_COLUMN, TEXT_COLUMN, DATE_COLUMN } column_class;

/* Names of pg_type that each class takes. */
static const struct {
    const char *types; /* each between spaces */
    const char *wanted;
} classes[] = {
    [INTEGER_COLUMN] = {" int2 int4 int8 ", "smallint, integer or bigint"},
    [TEXT_COLUMN] = {" text varchar bpchar ", "text or varchar"},
    [DATE_COLUMN] = {" date ", "date"},
};

struct expected {
    const char *table;
    const char *table_option;
    const char *column;
    const char *column_option;
    column_class class;
};

enum { EXPECTED_COUNT = SOURCE_COLUMN_COUNT + 4 };

static void list_expected(const source_names *names, struct expected out[EXPECTED_COUNT])
{
    static const column_class page_view_classes[SOURCE_COLUMN_COUNT] = {
        [SOURCE_PATH] = TEXT_COLUMN,
        [SOURCE_FULL_PATH] = TEXT_COLUMN,
        [SOURCE_DATE] = DATE_COLUMN,
    };
    for (int i = 0; i < SOURCE_COLUMN_COUNT; i++)
        out[i] = (struct expected){names->page_views, "--page-views-table",
                                   names_column(names, (enum source_column)i),
                                   source_column_options[i], page_view_classes[i]};
    struct expected *rest = out + SOURCE_COLUMN_COUNT;
    rest[0] = (struct expected){names->projects, "--projects-table", names->project_key,
                                "--projects-id-column", INTEGER_COLUMN};
    rest[1] = (struct expected){names->projects, "--projects-table", names->project_slug,
                                "--projects-slug-column", TEXT_COLUMN};
    rest[2] = (struct expected){names->versions, "--versions-table", names->version_key,
                                "--versions-id-column", INTEGER_COLUMN};
    rest[3] = (struct expected){names->versions, "--versions-table", names->version_slug,
                                "--versions-slug-column", TEXT_COLUMN};
}

/* name, type and whether it may be read, of every column of a table; no rows where there
 * is no such table. */
static pqt_status query_columns(struct postgres *pg, const char *table, PGresult **out,
                                pqt_error *error)
{
    buffer quoted = {0};
    pqt_status status = names_quote(table, &quoted, error);
    if (status == PQT_OK)
        status = postgres_query(
            pg,
            "SELECT a.attname, t.typname, has_column_privilege(a.attrelid, a.attnum, "
            "'SELECT') FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE "
            "a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER "
            "BY a.attnum",
            (char *)quoted.data, out, error);
    buffer_free(&quoted);
    return status;
}

static int find_column(const PGresult *columns, const char *name)
{
    for (int i = 0; i < PQntuples(columns); i++)
        if (strcmp(PQgetvalue(columns, i, 0), name) == 0) return i;
    return -1;
}

static pqt_status report_missing(const PGresult *columns, const struct expected *expected,
                                 pqt_error *error)
{
    char names[200] = "";
    size_t used = 0;
    for (int i = 0; i < PQntuples(columns); i++) {
        const char *name = PQgetvalue(columns, i, 0);
        if (used + strlen(name) + 3 > sizeof names) break;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                 used ? ", " : "", name);
    }
    return error_set(error, PQT_NOT_FOUND,
                     "table %s has no column %s; it has %s. Name the right one with %s",
                     expected->table, expected->column, names, expected->column_option);
}

static bool class_takes(column_class class, const char *type)
{
    char padded[80];
    snprintf(padded, sizeof padded, " %s ", type);
    return strstr(classes[class].types, padded) != NULL;
}

static pqt_status check_column(const PGresult *columns, const struct expected *expected,
                               pqt_error *error)
{
    const int at = find_column(columns, expected->column);
    if (at < 0) return report_missing(columns, expected, error);
    if (!class_takes(expected->class, PQgetvalue(columns, at, 1)))
        return error_set(error, PQT_UNSUPPORTED,
                         "column %s.%s is of type %s; expected %s", expected->table,
                         expected->column, PQgetvalue(columns, at, 1),
                         classes[expected->class].wanted);
    if (strcmp(PQgetvalue(columns, at, 2), "t") != 0)
        return error_set(
            error, PQT_DENIED,
            "no right to read %s.%s; GRANT SELECT ON %s TO the user that pqa "
            "connects as",
            expected->table, expected->column, expected->table);
    return PQT_OK;
}

static pqt_status check_table(struct postgres *pg, const struct expected *expected,
                              int count, pqt_error *error)
{
    PGresult *columns = NULL;
    TRY(query_columns(pg, expected->table, &columns, error));
    pqt_status status = PQT_OK;
    if (PQntuples(columns) == 0)
        status = error_set(error, PQT_NOT_FOUND,
                           "there is no table %s (or no right to see it); name the right "
                           "one with %s",
                           expected->table, expected->table_option);
    for (int i = 0; i < count && status == PQT_OK; i++)
        status = check_column(columns, &expected[i], error);
    PQclear(columns);
    return status;
}

pqt_status postgres_check_schema(struct postgres *pg, pqt_error *error)
{
    struct expected expected[EXPECTED_COUNT];
    list_expected(&pg->names, expected);
    TRY(check_table(pg, expected, SOURCE_COLUMN_COUNT, error));
    TRY(check_table(pg, expected + SOURCE_COLUMN_COUNT, 2, error));
    return check_table(pg, expected + SOURCE_COLUMN_COUNT + 2, 2, error);
}

pqt_status postgres_check_page_views(struct postgres *pg, pqt_error *error)
{
    struct expected expected[EXPECTED_COUNT];
    list_expected(&pg->names, expected);
    return check_table(pg, expected, SOURCE_COLUMN_COUNT, error);
}

/* The fewest columns of a unique index that has the id and nothing else but the date; 0:
 * there is none. */
static pqt_status make_unique_sql(struct postgres *pg, buffer *sql, pqt_error *error)
{
    char *id = PQescapeLiteral(pg->connection, pg->names.id, strlen(pg->names.id));
    char *date = PQescapeLiteral(pg->connection, pg->names.date, strlen(pg->names.date));
    pqt_status status = PQT_OK;
    if (!id || !date)
        status = error_no_memory(error, 1);
    else
        status = buffer_printf(
            sql, error,
            "SELECT coalesce(min(i.indnkeyatts), 0) FROM pg_index i WHERE i.indrelid = "
            "to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL "
            "AND (SELECT bool_and(coalesce(a.attname IN (%s, %s), false)) AND "
            "bool_or(a.attname = %s) FROM generate_series(0, i.indnkeyatts - 1) k LEFT "
            "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k])",
            id, date, id);
    PQfreemem(id);
    PQfreemem(date);
    return status == PQT_OK ? buffer_append_u8(sql, 0, error) : status;
}

pqt_status postgres_id_is_unique(struct postgres *pg, bool *unique, pqt_error *error)
{
    buffer table = {0}, sql = {0};
    PGresult *result = NULL;
    pqt_status status = names_quote(pg->names.page_views, &table, error);
    if (status == PQT_OK) status = make_unique_sql(pg, &sql, error);
    if (status == PQT_OK)
        status = postgres_query(pg, (char *)sql.data, (char *)table.data, &result, error);
    if (status == PQT_OK) {
        *unique = strcmp(PQgetvalue(result, 0, 0), "0") != 0;
        pg->id_needs_date = strcmp(PQgetvalue(result, 0, 0), "2") == 0;
    }
    PQclear(result);
    buffer_free(&table);
    buffer_free(&sql);
    return status;
}
