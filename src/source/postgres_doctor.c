#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "source/postgres.h"

struct report {
    struct postgres *pg;
    int32_t day;
    source_finding_callback callback;
    void *self;
};

static void tell(const struct report *report, source_finding_level level,
                 const char *subject, const char *text)
{
    report->callback(report->self, level, subject, text);
}

/* The first row's texts, joined by `format`'s "%s"; problems are told. */
static bool query_row(const struct report *report, const char *subject, const char *sql,
                      const char *parameter, PGresult **out)
{
    pqt_error error = {0};
    if (postgres_query(report->pg, sql, parameter, out, &error) == PQT_OK) {
        if (PQntuples(*out) > 0) return true;
        PQclear(*out);
        return false;
    }
    tell(report, SOURCE_FINDING_PROBLEM, subject, error.message);
    return false;
}

static void tell_server(const struct report *report)
{
    PGresult *result = NULL;
    if (!query_row(report, "database",
                   "SELECT current_setting('server_version'), pg_is_in_recovery()", NULL,
                   &result))
        return;
    char text[200];
    snprintf(text, sizeof text, "PostgreSQL %s, %s", PQgetvalue(result, 0, 0),
             *PQgetvalue(result, 0, 1) == 't' ? "a replica" : "the primary");
    tell(report, SOURCE_FINDING_OK, "database", text);
    PQclear(result);
}

static bool tell_schema(const struct report *report)
{
    pqt_error error = {0};
    if (postgres_check_schema(report->pg, &error) != PQT_OK) {
        tell(report, SOURCE_FINDING_PROBLEM, "tables", error.message);
        return false;
    }
    tell(report, SOURCE_FINDING_OK, "tables",
         "all tables and columns are there and can be read");
    return true;
}

static void tell_unique(const struct report *report)
{
    pqt_error error = {0};
    bool unique = false;
    if (postgres_id_is_unique(report->pg, &unique, &error) != PQT_OK)
        tell(report, SOURCE_FINDING_PROBLEM, "unique id", error.message);
    else if (!unique)
        tell(report, SOURCE_FINDING_PROBLEM, "unique id",
             "no unique index on the id, alone or with the date: rows cannot be merged "
             "safely; add a primary key");
    else
        tell(report, SOURCE_FINDING_OK, "unique id",
             report->pg->id_needs_date
                 ? "the id is unique with the date, by an index; one that comes back on "
                   "another day is refused"
                 : "the id alone is unique, by an index");
}

static void tell_row_security(const struct report *report, const char *table)
{
    PGresult *result = NULL;
    if (!query_row(report, "row security",
                   "SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass($1)",
                   table, &result))
        return;
    if (*PQgetvalue(result, 0, 0) == 't')
        tell(report, SOURCE_FINDING_PROBLEM, "row security",
             "the table has row-level security, which may hide rows from this user; give "
             "it BYPASSRLS");
    else
        tell(report, SOURCE_FINDING_OK, "row security", "none: every row is seen");
    PQclear(result);
}

static pqt_status advise_index(const struct report *report, pqt_error *error)
{
    buffer text = {0};
    const pqt_status status = names_advise_index(
        &report->pg->names, "CREATE INDEX CONCURRENTLY ON ", &text, error);
    if (status == PQT_OK)
        tell(report, SOURCE_FINDING_ADVICE, "plan of a day", (const char *)text.data);
    buffer_free(&text);
    return status;
}

static void tell_plan_kind(const struct report *report, const postgres_plan *plan,
                           int64_t table_rows)
{
    char text[600], of_day[SHORT_TEXT_BYTES], of_table[SHORT_TEXT_BYTES];
    text_count(plan->rows, of_day);
    text_count(table_rows, of_table);
    snprintf(text, sizeof text, "%s; about %s of %s rows", plan->words, of_day, of_table);
    tell(report, SOURCE_FINDING_OK, "plan of a day", text);
    if (plan->is_scan && table_rows / 5 > plan->rows && table_rows > 100000)
        (void)advise_index(report, NULL);
}

static void tell_plan(const struct report *report)
{
    postgres_plan plan;
    pqt_error error = {0};
    source_size size;
    if (postgres_read_plan(report->pg, report->day, report->day, &plan, &error) !=
        PQT_OK) {
        tell(report, SOURCE_FINDING_PROBLEM, "plan of a day", error.message);
        return;
    }
    if (postgres_size(report->pg, &size, &error) != PQT_OK) {
        tell(report, SOURCE_FINDING_PROBLEM, "plan of a day", error.message);
        return;
    }
    tell_plan_kind(report, &plan, size.rows > 0 ? size.rows : 0);
}

static void tell_transactions(const struct report *report)
{
    PGresult *result = NULL;
    if (!query_row(
            report, "transactions",
            "SELECT coalesce(max(extract(epoch FROM now() - xact_start))::bigint, 0) "
            "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state <> 'idle'",
            NULL, &result))
        return;
    const long seconds = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    char text[200], age[SHORT_TEXT_BYTES];
    text_duration((int64_t)seconds * 1000000, age);
    snprintf(text, sizeof text, "the longest open transaction is %s old", age);
    tell(report, seconds > 3600 ? SOURCE_FINDING_ADVICE : SOURCE_FINDING_OK,
         "transactions", text);
    PQclear(result);
}

void postgres_diagnose(void *self, int32_t day, source_finding_callback callback,
                       void *callback_self)
{
    const struct report report = {self, day, callback, callback_self};
    tell_server(&report);
    if (!tell_schema(&report)) return;
    tell_unique(&report);
    buffer table = {0};
    if (names_quote(report.pg->names.page_views, &table, NULL) != PQT_OK) return;
    tell_row_security(&report, (char *)table.data);
    tell_plan(&report);
    tell_transactions(&report);
    buffer_free(&table);
}
