#include "cli/demo.h"

#include "base/error.h"

#ifdef PQA_SQLITE

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "cli/demo_words.h"

enum { MISSING_PAGES = 12, OK = 200, NOT_FOUND = 404 };

static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
    "CREATE TABLE projects_project (id integer PRIMARY KEY AUTOINCREMENT,"
    "  slug varchar(63) NOT NULL UNIQUE);"
    "CREATE TABLE builds_version (id integer PRIMARY KEY AUTOINCREMENT,"
    "  project_id integer NOT NULL, slug varchar(255) NOT NULL,"
    "  UNIQUE (project_id, slug));"
    "CREATE TABLE organizations_organization (id integer PRIMARY KEY AUTOINCREMENT,"
    "  slug varchar(255) NOT NULL UNIQUE);"
    "CREATE TABLE organizations_organization_projects ("
    "  id integer PRIMARY KEY AUTOINCREMENT, organization_id integer NOT NULL,"
    "  project_id integer NOT NULL);"
    "CREATE TABLE analytics_pageview (id integer PRIMARY KEY AUTOINCREMENT,"
    "  project_id integer NOT NULL, version_id integer, path varchar(4096) NOT NULL,"
    "  full_path varchar(4096), view_count integer NOT NULL CHECK (view_count >= 0),"
    "  date date NOT NULL, status integer NOT NULL CHECK (status >= 0));";

static const char indexes[] =
    "CREATE UNIQUE INDEX analytics_pageview_unique"
    "  ON analytics_pageview (project_id, version_id, path, date, status);"
    "CREATE UNIQUE INDEX analytics_pageview_unique_no_version"
    "  ON analytics_pageview (project_id, path, date, status) WHERE version_id IS NULL;"
    "CREATE INDEX analytics_pageview_date ON analytics_pageview (date);"
    "COMMIT;";

typedef struct demo {
    sqlite3 *db;
    sqlite3_stmt *insert;
    uint64_t random;
    char date[DATE_TEXT_BYTES];
    double day_factor; /* weekday and growth */
    demo_counts counts;
} demo;

/* One page of one version of a project (version -1: outside of every version). */
typedef struct demo_page {
    int project, version, status;
    const char *path;
    double expected; /* views on an average day */
} demo_page;

static pqt_status fail_sqlite(const demo *d, pqt_error *error)
{
    return error_set(error, PQT_IO, "cannot make the demo database: %s",
                     d->db ? sqlite3_errmsg(d->db) : "out of memory");
}

static pqt_status run_sql(demo *d, const char *sql, pqt_error *error)
{
    if (sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK) return PQT_OK;
    return fail_sqlite(d, error);
}

/* splitmix64, as a number in [0, 1). */
static double draw(demo *d)
{
    uint64_t z = d->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) / (double)(1ull << 53);
}

static int page_count(int project)
{
    return 24 + (project * 37) % 60 + (project < 12 ? 110 - project * 5 : 0);
}

static int version_count(int project)
{
    return project < 6 ? DEMO_VERSIONS : 2 + project % 4;
}

static int version_id(int project, int version)
{
    return project * DEMO_VERSIONS + version + 1;
}

static pqt_status insert_names(demo *d, pqt_error *error)
{
    for (int project = 0; project < DEMO_PROJECTS; project++) {
        char name[DEMO_NAME_BYTES], sql[256];
        demo_project_name(project, name);
        snprintf(sql, sizeof sql, "INSERT INTO projects_project VALUES (%d, '%s')",
                 project + 1, name);
        TRY(run_sql(d, sql, error));
        for (int version = 0; version < version_count(project); version++) {
            snprintf(sql, sizeof sql, "INSERT INTO builds_version VALUES (%d, %d, '%s')",
                     version_id(project, version), project + 1, demo_versions[version]);
            TRY(run_sql(d, sql, error));
        }
    }
    return run_sql(
        d,
        "INSERT INTO organizations_organization (slug)"
        "  SELECT 'team-' || slug FROM projects_project WHERE id % 10 = 1;"
        "INSERT INTO organizations_organization_projects"
        "  (organization_id, project_id)"
        "  SELECT (id - 1) / 10 + 1, id FROM projects_project WHERE id % 2 = 1;",
        error);
}

static void write_full_path(const demo_page *page, char *out, size_t size)
{
    if (page->version < 0) {
        snprintf(out, size, "%s", page->path);
        return;
    }
    const char *const language = page->project % 17 == 9 ? "de" : "en";
    const size_t length = strlen(page->path);
    const bool is_index =
        length >= 11 && strcmp(page->path + length - 11, "/index.html") == 0;
    snprintf(out, size, "/%s/%s%.*s", language, demo_versions[page->version],
             (int)(is_index ? length - 10 : length), page->path);
}

static pqt_status insert_view(demo *d, const demo_page *page, int64_t views,
                              pqt_error *error)
{
    char full_path[2 * DEMO_NAME_BYTES];
    write_full_path(page, full_path, sizeof full_path);
    sqlite3_stmt *const s = d->insert;
    sqlite3_bind_int(s, 1, page->project + 1);
    if (page->version < 0)
        sqlite3_bind_null(s, 2);
    else
        sqlite3_bind_int(s, 2, version_id(page->project, page->version));
    sqlite3_bind_text(s, 3, page->path, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 4, full_path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, views);
    sqlite3_bind_text(s, 6, d->date, -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 7, page->status);
    if (sqlite3_step(s) != SQLITE_DONE) return fail_sqlite(d, error);
    sqlite3_reset(s);
    d->counts.rows++;
    d->counts.views += views;
    return PQT_OK;
}

/* Rounds the expected views up or down by chance, so that a rare page is seen now and
 * then. */
static pqt_status visit(demo *d, const demo_page *page, pqt_error *error)
{
    const double views = page->expected * d->day_factor * (0.5 + draw(d));
    const int64_t whole = (int64_t)views;
    const int64_t seen = whole + (draw(d) < views - (double)whole);
    return seen > 0 ? insert_view(d, page, seen, error) : PQT_OK;
}

/* Half of the views go to latest, a quarter to stable; old versions are read on. */
static pqt_status visit_pages(demo *d, int project, double weight, pqt_error *error)
{
    static const double shares[DEMO_VERSIONS] = {0.48, 0.27, 0.1, 0.06, 0.04, 0.03, 0.02};
    char path[DEMO_NAME_BYTES];
    for (int page = 0; page < page_count(project); page++) {
        const double falloff = 4.5 / ((page + 2.0) * (page + 4.5));
        demo_page_path(project, page, path);
        for (int version = 0; version < version_count(project); version++) {
            /* Some pages were written after the old versions. */
            if (version > 1 && page > 6 && (page + version) % 4 == 0) continue;
            const demo_page visited = {.project = project,
                                       .version = version,
                                       .status = OK,
                                       .path = path,
                                       .expected = weight * shares[version] * falloff};
            TRY(visit(d, &visited, error));
        }
    }
    return PQT_OK;
}

static pqt_status visit_missing(demo *d, int project, double weight, pqt_error *error)
{
    char path[DEMO_NAME_BYTES];
    for (int i = 0; i < MISSING_PAGES; i++) {
        demo_missing_path(project, i, path);
        const demo_page gone = {.project = project,
                                .version = i % 2,
                                .status = NOT_FOUND,
                                .path = path,
                                .expected = weight * 0.02 / (i + 1.0)};
        TRY(visit(d, &gone, error));
    }
    for (int i = 0; i < DEMO_PROBES; i++) {
        const demo_page probe = {.project = project,
                                 .version = -1,
                                 .status = NOT_FOUND,
                                 .path = demo_probes[i],
                                 .expected = 0.1 + weight * 0.004 / (i + 1.0)};
        TRY(visit(d, &probe, error));
    }
    return PQT_OK;
}

static pqt_status insert_days(demo *d, int32_t until, pqt_error *error)
{
    static const double weekdays[] = {1.05, 1.12, 1.1, 1.06, 0.94, 0.55, 0.5};
    for (int day = 0; day < DEMO_DAYS; day++) {
        const int32_t date = until - DEMO_DAYS + 1 + day;
        const double growth = 1 + 0.4 * day / DEMO_DAYS;
        date_text(date, d->date);
        for (int project = 0; project < DEMO_PROJECTS; project++) {
            const double weight = 1080.0 / (project + 3.0);
            d->day_factor = weekdays[date_weekday(date)] * growth * (0.9 + 0.2 * draw(d));
            TRY(visit_pages(d, project, weight, error));
            TRY(visit_missing(d, project, weight, error));
        }
    }
    return PQT_OK;
}

static pqt_status fill_database(demo *d, int32_t until, pqt_error *error)
{
    static const char insert[] =
        "INSERT INTO analytics_pageview (project_id, version_id, path, full_path,"
        " view_count, date, status) VALUES (?, ?, ?, ?, ?, ?, ?)";
    TRY(run_sql(d, schema, error));
    TRY(insert_names(d, error));
    if (sqlite3_prepare_v2(d->db, insert, -1, &d->insert, NULL) != SQLITE_OK)
        return fail_sqlite(d, error);
    TRY(insert_days(d, until, error));
    return run_sql(d, indexes, error);
}

pqt_status demo_write(const char *path, int32_t until, demo_counts *counts,
                      pqt_error *error)
{
    demo d = {.random = (uint64_t)until};
    pqt_status status = PQT_OK;
    if (sqlite3_open(path, &d.db) != SQLITE_OK)
        status = fail_sqlite(&d, error);
    else
        status = fill_database(&d, until, error);
    sqlite3_finalize(d.insert);
    sqlite3_close(d.db);
    if (status == PQT_OK) *counts = d.counts;
    return status;
}

#else

pqt_status demo_write(const char *path, int32_t until, demo_counts *counts,
                      pqt_error *error)
{
    (void)until;
    (void)counts;
    return error_set(error, PQT_UNSUPPORTED,
                     "%s: this pqa is built without SQLite (Meson option sqlite)", path);
}

#endif
