#include "source/kind.h"

#include "test_help.h"

static void names_are_quoted(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"simple", "\"simple\""},
        {"public.table", "\"public\".\"table\""},
        {"odd\"name", "\"odd\"\"name\""},
        {"x\"; DROP TABLE y; --", "\"x\"\"; DROP TABLE y; --\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_error error;
        buffer out = {0};
        assert_ok(names_quote(cases[i][0], &out, &error));
        assert_view_is(buffer_view(&out), cases[i][1]);
        buffer_free(&out);
    }
}

static void slice_sql_has_what_is_wanted(void **state)
{
    (void)state;
    pqt_error error;
    arena memory = {0};
    source_names names;
    const source_names given = {.page_views = "views", .path = "pa\"th"};
    assert_ok(names_complete(&given, &memory, &names, &error));
    static const struct {
        source_slice slice;
        const char *sql;
    } cases[] = {
        {{7, 0, 1, true, 0, 0},
         "SELECT 0, \"project_id\", NULL, '', NULL, \"view_count\", \"date\", \"status\" "
         "FROM \"views\" WHERE \"date\" >= '1970-01-01' AND \"date\" < '1970-01-03' AND "
         "\"project_id\" = 7"},
        {{-1, 59, 59, false, 404,
          SOURCE_WANT_PATH | SOURCE_WANT_FULL_PATH | SOURCE_WANT_VERSION},
         "SELECT 0, \"project_id\", \"version_id\", \"pa\"\"th\", \"full_path\", "
         "\"view_count\", \"date\", \"status\" FROM \"views\" WHERE \"date\" >= "
         "'1970-03-01' AND \"date\" < '1970-03-02' AND \"project_id\" = -1 AND "
         "\"status\" = 404"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer out = {0};
        assert_ok(names_slice_sql(&names, &cases[i].slice, &out, &error));
        assert_view_is(buffer_view(&out), cases[i].sql);
        buffer_free(&out);
    }
    arena_free(&memory);
}

static void names_complete_with_the_standard(void **state)
{
    (void)state;
    pqt_error error;
    arena memory = {0};
    const source_names given = {.page_views = "views", .date = "day"};
    source_names names;
    assert_ok(names_complete(&given, &memory, &names, &error));
    assert_string_equal(names.page_views, "views");
    assert_string_equal(names_column(&names, SOURCE_DATE), "day");
    assert_string_equal(names_column(&names, SOURCE_STATUS), "status");
    assert_string_equal(names.versions, "builds_version");
    const source_names empty = {.path = ""};
    assert_fails(names_complete(&empty, &memory, &names, &error), PQT_INVALID, "empty");
    arena_free(&memory);
}

static void slug_map_is_ordered_by_id(void **state)
{
    (void)state;
    pqt_error error;
    slug_map map = {0};
    assert_ok(slug_map_add(&map, 7, view_text("seven"), &error));
    assert_ok(slug_map_add(&map, 3, view_text("three"), &error));
    assert_ok(slug_map_add(&map, 9, view_text(""), &error));
    assert_int_equal(map.slugs[0].id, 3);
    assert_view_is(map.slugs[1].slug, "seven");
    assert_fails(slug_map_add(&map, INT64_C(1) << 40, view_text("x"), &error), PQT_LIMIT,
                 "1099511627776");
    slug_map_clear(&map);
}

static void long_identities_stay_different(void **state)
{
    (void)state;
    pqt_error error;
    char path[2000];
    source_identity a = {0}, b = {0}, again = {0};
    for (size_t length = 400; length < sizeof path - 1; length++) {
        memset(path, 'p', length);
        memcpy(path + 300, "\xc3\xa9\xc3\xa9\xc3\xa9", 6);
        path[length] = 0;
        assert_ok(identity_set_text(&a, &error, "file %s", path));
        assert_ok(identity_set_text(&again, &error, "file %s", path));
        path[length - 1] = 'q';
        assert_ok(identity_set_text(&b, &error, "file %s", path));
        assert_string_equal(a.text, again.text);
        assert_string_not_equal(a.text, b.text);
        assert_true(strlen(a.text) < sizeof a.text);
    }
    assert_ok(identity_set_text(&a, &error, "short %d", 1));
    assert_string_equal(a.text, "short 1");
}

static void source_open_tells_no_password(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "host=db user=u password=SECRET",
        "SECRET",
        "mysql://user:SECRET@host/db",
        "user:SECRET@host",
        "postgresql://user:SECRET@@host/db",
        "postgresql://user:SECRET/x@host/db",
        "postgresql://user:12/SECRET@host/db",
        "postgresql://user:a%SECRET@host/db",
        "postgresql://[SECRET/db",
        "postgresql://h/db?passwort=SECRET",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        pqt_error error = {0};
        source *s = NULL;
        const pqt_status status = source_open(urls[i], NULL, &s, &error);
        if (status == PQT_OK || strstr(error.message, "SECRET") || !*error.message)
            fail_msg("%s: %s", urls[i], error.message);
    }
}

static void source_open_refuses_unknown_kinds(void **state)
{
    (void)state;
    pqt_error error;
    source *s = NULL;
    assert_fails(source_open("mysql://x", NULL, &s, &error), PQT_INVALID,
                 "postgresql://");
    assert_fails(source_open("", NULL, &s, &error), PQT_INVALID, "sqlite:PATH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_quoted),
        cmocka_unit_test(slice_sql_has_what_is_wanted),
        cmocka_unit_test(names_complete_with_the_standard),
        cmocka_unit_test(slug_map_is_ordered_by_id),
        cmocka_unit_test(long_identities_stay_different),
        cmocka_unit_test(source_open_tells_no_password),
        cmocka_unit_test(source_open_refuses_unknown_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
