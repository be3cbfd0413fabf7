#include <stdio.h>
#include <stdlib.h>

#include "source/postgres.h"

/* The number behind `mark` in the plan's first line, or `absent`. */
static double number_behind(const char *line, const char *mark, double absent)
{
    const char *found = strstr(line, mark);
    return found ? strtod(found + strlen(mark), NULL) : absent;
}

/* "(cost=first..total rows=..." */
static double total_cost(const char *line)
{
    const char *range = strstr(line, "(cost=");
    return range ? number_behind(range, "..", -1) : -1;
}

/* The lines without their indentation, arrows and costs: "Gather; Parallel Seq Scan on
 * x". */
static void join_lines(const PGresult *result, char *out, size_t size)
{
    size_t used = 0;
    out[0] = 0;
    for (int i = 0; i < PQntuples(result) && used + 1 < size; i++) {
        const char *line = PQgetvalue(result, i, 0);
        line += strspn(line, " ->");
        const char *end = strstr(line, "  (cost=");
        const int length = (int)(end ? (size_t)(end - line) : strlen(line));
        const int wrote =
            snprintf(out + used, size - used, "%s%.*s", used ? "; " : "", length, line);
        if (wrote < 0) return;
        used += (size_t)wrote;
    }
}

static pqt_status explain(struct postgres *pg, buffer *select, PGresult **out,
                          pqt_error *error)
{
    buffer sql = {0};
    pqt_status status = buffer_append_text(&sql, "EXPLAIN ", error);
    if (status == PQT_OK)
        status = buffer_append(&sql, select->data, select->size_bytes, error);
    if (status == PQT_OK) status = buffer_append_u8(&sql, 0, error);
    if (status == PQT_OK) status = postgres_query(pg, (char *)sql.data, NULL, out, error);
    buffer_free(&sql);
    return status;
}

/* What reading the whole table would cost. */
static pqt_status whole_cost(struct postgres *pg, double *out, pqt_error *error)
{
    buffer select = {0};
    PGresult *result = NULL;
    pqt_status status = buffer_append_text(&select, "SELECT ", error);
    if (status == PQT_OK) status = names_columns(&pg->names, &select, error);
    if (status == PQT_OK) status = buffer_append_text(&select, " FROM ", error);
    if (status == PQT_OK) status = names_quote(pg->names.page_views, &select, error);
    if (status == PQT_OK) status = explain(pg, &select, &result, error);
    if (status == PQT_OK) *out = total_cost(PQgetvalue(result, 0, 0));
    PQclear(result);
    buffer_free(&select);
    return status;
}

/* By cost and not by the plan's words: a scan may be parallel, of a view's table, or of
 * the one partition that has the day. */
pqt_status postgres_read_plan(struct postgres *pg, int32_t since, int32_t until,
                              postgres_plan *out, pqt_error *error)
{
    buffer select = {0};
    PGresult *result = NULL;
    double whole = 0;
    pqt_status status = whole_cost(pg, &whole, error);
    if (status == PQT_OK) status = postgres_select(pg, since, until, &select, error);
    if (status == PQT_OK) status = explain(pg, &select, &result, error);
    if (status == PQT_OK) {
        const char *first = PQgetvalue(result, 0, 0);
        *out = (postgres_plan){.rows = (int64_t)number_behind(first, " rows=", -1),
                               .is_scan = 2 * total_cost(first) > whole};
        join_lines(result, out->words, sizeof out->words);
    }
    PQclear(result);
    buffer_free(&select);
    return status;
}

pqt_status postgres_size(void *self, source_size *out, pqt_error *error)
{
    static const char sql[] =
        "WITH RECURSIVE parts AS (SELECT $1::regclass::oid AS oid UNION ALL "
        "SELECT i.inhrelid FROM pg_inherits i JOIN parts p ON i.inhparent = p.oid) "
        "SELECT sum(pg_total_relation_size(oid))::bigint, "
        "(sum(greatest(reltuples, 0)) FILTER (WHERE relkind <> 'p'))::bigint FROM parts "
        "JOIN pg_class USING (oid)";
    struct postgres *pg = self;
    buffer name = {0};
    PGresult *result = NULL;
    pqt_status status = names_quote(pg->names.page_views, &name, error);
    if (status == PQT_OK) status = buffer_append_u8(&name, 0, error);
    if (status == PQT_OK)
        status = postgres_query(pg, sql, (const char *)name.data, &result, error);
    if (status == PQT_OK) {
        const int64_t rows = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
        *out = (source_size){rows > 0 ? rows : -1,
                             strtoll(PQgetvalue(result, 0, 0), NULL, 10)};
    }
    PQclear(result);
    buffer_free(&name);
    return status;
}
