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
        cmocka_unit_test(names_complete_with_the_standard),
        cmocka_unit_test(slug_map_is_ordered_by_id),
        cmocka_unit_test(source_open_refuses_unknown_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
