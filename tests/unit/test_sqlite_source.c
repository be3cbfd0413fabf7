#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/source.h"
#include "test_help.h"

static char path[64];
static char url[80];

static const char schema[] =
    "CREATE TABLE projects_project (id integer PRIMARY KEY, slug text);"
    "CREATE TABLE builds_version (id integer PRIMARY KEY, project_id integer, slug text);"
    "CREATE TABLE analytics_pageview (id integer PRIMARY KEY AUTOINCREMENT, project_id "
    "integer, version_id integer, path text, full_path text, view_count integer, date "
    "date, status integer);"
    "INSERT INTO projects_project VALUES (2, 'flask'), (1, 'django');"
    "INSERT INTO builds_version VALUES (5, 1, 'latest');";

static void make_database(const char *rows)
{
    strcpy(path, "/tmp/pqa-sqlite-XXXXXX");
    close(mkstemp(path));
    snprintf(url, sizeof url, "sqlite:%s", path);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, rows, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static pqt_status print_row(void *self, const source_row *row, pqt_error *error)
{
    return buffer_printf(self, error, "%lld %d %d %.*s %.*s %d %d %d|",
                         (long long)row->id, row->project_id,
                         row->has_version ? row->version_id : -1,
                         (int)row->path.size_bytes, (const char *)row->path.data,
                         row->has_full_path ? (int)row->full_path.size_bytes : 1,
                         row->has_full_path ? (const char *)row->full_path.data : "-",
                         row->view_count, row->date, row->status);
}

static pqt_status read_all(const source_options *options, buffer *out, pqt_error *error)
{
    source *s = NULL;
    int64_t rows = 0;
    TRY(source_open(url, options, &s, error));
    pqt_status status = source_begin(s, error);
    if (status == PQT_OK)
        status = source_read(s, 20468, 20469, print_row, out, NULL, &rows, error);
    source_close(s);
    return status;
}

static void sqlite_reads_rows_of_the_range(void **state)
{
    (void)state;
    pqt_error error;
    make_database(
        "INSERT INTO analytics_pageview VALUES "
        "(1, 1, 5, '/a', '/en/latest/a', 3, '2026-01-15', 200),"
        "(2, 2, NULL, '/b', NULL, 1, '2026-01-16', 404),"
        "(3, 2, NULL, '/c', '', 1, '2026-01-17', 404)");
    buffer out = {0};
    assert_ok(read_all(NULL, &out, &error));
    assert_view_is(buffer_view(&out),
                   "1 1 5 /a /en/latest/a 3 20468 200|2 2 -1 /b - 1 20469 404|");
    source *s = NULL;
    source_slugs slugs;
    source_identity identity;
    int32_t first, last, project = 0;
    bool empty, found;
    assert_ok(source_open(url, NULL, &s, &error));
    assert_ok(source_begin(s, &error));
    assert_ok(source_project_slugs(s, &slugs, &error));
    assert_int_equal(slugs.count, 2);
    assert_view_is(slugs.slugs[0].slug, "django");
    assert_ok(source_date_range(s, &first, &last, &empty, &error));
    assert_int_equal(last - first, 2);
    assert_ok(source_resolve_slug(s, view_text("flask"), &project, &found, &error));
    assert_true(found);
    assert_int_equal(project, 2);
    assert_ok(source_identify(s, &identity, &error));
    assert_true(identity.id_is_unique);
    assert_false(identity.ids_may_return);
    source_close(s);
    buffer_free(&out);
    unlink(path);
}

static void sqlite_refuses_odd_values_by_id(void **state)
{
    (void)state;
    static const struct {
        const char *rows;
        pqt_status status;
        const char *part;
    } cases[] = {
        {"(7, 1, 5, '/a', '', 2147483648, '2026-01-15', 200)", PQT_LIMIT,
         "row with id 7: view_count is 2147483648"},
        {"(7, 1, 5, '/a', '', 1.5, '2026-01-15', 200)", PQT_UNSUPPORTED, "a real number"},
        {"(7, 1, 5, '/a', '', 'abc', '2026-01-15', 200)", PQT_UNSUPPORTED, "a text"},
        {"(7, NULL, 5, '/a', '', 1, '2026-01-15', 200)", PQT_UNSUPPORTED,
         "project_id is null"},
        {"(7, 1, 5, NULL, '', 1, '2026-01-15', 200)", PQT_UNSUPPORTED, "path is null"},
        {"(7, 1, 5, x'41', '', 1, '2026-01-15', 200)", PQT_UNSUPPORTED, "a blob"},
        {"(7, 1, 5, CAST(x'2fff' AS text), '', 1, '2026-01-15', 200)", PQT_UNSUPPORTED,
         "row with id 7: path has invalid UTF-8 at byte 1"},
        {"(7, 1, 5, '/a' || char(0) || 'b', '', 1, '2026-01-15', 200)", PQT_UNSUPPORTED,
         "path has a NUL at byte 2"},
        {"(7, 1, 5, '/a', '', 1, '2026-01-15 00:00:00', 200)", PQT_UNSUPPORTED, "id 7: date"},
        {"(7, 1, 5, '/a', '', 1, 20260115, 200)", PQT_UNSUPPORTED, "date is of type integer"},
        {"(7, 1, 5, '/a', '', 1, '2026-01-15', 40000)", PQT_LIMIT, "status is 40000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_error error;
        char insert[200];
        buffer out = {0};
        snprintf(insert, sizeof insert, "INSERT INTO analytics_pageview VALUES %s",
                 cases[i].rows);
        make_database(insert);
        assert_fails(read_all(NULL, &out, &error), cases[i].status, cases[i].part);
        buffer_free(&out);
        unlink(path);
    }
}

static void sqlite_escapes_bad_bytes_when_asked(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    const source_options options = {.invalid_utf8 = SOURCE_ESCAPE_INVALID_UTF8};
    make_database(
        "INSERT INTO analytics_pageview VALUES (1, 1, 5, CAST(x'2fff00c3a95c' AS "
        "text), CAST(x'fe' AS text), 3, '2026-01-15', 200)");
    assert_ok(read_all(&options, &out, &error));
    assert_view_is(buffer_view(&out), "1 1 5 /\\xff\\x00\xc3\xa9\\ \\xfe 3 20468 200|");
    buffer_free(&out);
    unlink(path);
}

static void sqlite_names_what_is_missing(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    make_database("SELECT 1");
    source_options options = {.names = {.page_views = "nothing"}};
    assert_fails(read_all(&options, &out, &error), PQT_NOT_FOUND, "--page-views-table");
    options = (source_options){.names = {.full_path = "whole"}};
    assert_fails(read_all(&options, &out, &error), PQT_NOT_FOUND, "--full-path-column");
    unlink(path);
    assert_fails(read_all(NULL, &out, &error), PQT_NOT_FOUND, "cannot open");
    FILE *file = fopen(path, "w");
    fputs("this is not a database, only a text that is long enough to be seen", file);
    fclose(file);
    assert_fails(read_all(NULL, &out, &error), PQT_IO, "not a database");
    unlink(path);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlite_reads_rows_of_the_range),
        cmocka_unit_test(sqlite_refuses_odd_values_by_id),
        cmocka_unit_test(sqlite_escapes_bad_bytes_when_asked),
        cmocka_unit_test(sqlite_names_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
