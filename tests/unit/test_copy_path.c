#include "archive/copy_path.h"

#include "test_help.h"

static void slug_that_is_no_folder_has_a_reason(void **state)
{
    (void)state;
    char longest[257];
    memset(longest, 'a', sizeof longest);
    const pqt_view bad[] = {view_text(""),     view_text("."),     view_text(".."),
                            view_text("a/b"),  view_of("a\0b", 3), view_text("a\nb"),
                            view_text("\x7f"), view_text("\xff"),  view_of(longest, 256)};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!copy_slug_problem(bad[i])) fail_msg("slug %zu is taken", i);
    const pqt_view good[] = {view_text("django"), view_text("..."),
                             view_text("a b"),    view_text("caf\xc3\xa9"),
                             view_text("100%"),   view_of(longest, 255)};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(copy_slug_problem(good[i]));
}

static void path_tells_its_slug(void **state)
{
    (void)state;
    pqt_error error;
    arena memory = {0};
    const char *path = NULL;
    copy_kind kind;
    assert_ok(
        copy_path_make(COPY_PROJECT, view_text("django"), 20468, &memory, &path, &error));
    assert_string_equal(path, "project/django/2026/01/15/pageviews_2026-01-15.parquet");
    assert_view_is(copy_path_slug(path, &kind), "django");
    assert_int_equal(kind, COPY_PROJECT);
    assert_ok(copy_path_make(COPY_ORGANIZATION, view_text("psf"), 20468, &memory, &path,
                             &error));
    assert_string_equal(path, "org/psf/2026/01/15/pageviews_2026-01-15.parquet");
    assert_view_is(copy_path_slug(path, &kind), "psf");
    assert_int_equal(kind, COPY_ORGANIZATION);
    assert_int_equal(copy_path_slug("2026/01/15/x.parquet", &kind).size_bytes, 0);
    arena_free(&memory);
}

static void manifest_tells_its_date(void **state)
{
    (void)state;
    pqt_error error;
    int32_t date = 0;
    char path[COPY_MANIFEST_BYTES];
    copy_manifest_path(20468, path);
    assert_string_equal(path, "_pqa/copies/2026-01-15.json");
    assert_ok(copy_manifest_date(path, &date, &error));
    assert_int_equal(date, 20468);
    assert_fails(copy_manifest_date("_pqa/prune-1.json", &date, &error), PQT_INVALID,
                 "no list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slug_that_is_no_folder_has_a_reason),
        cmocka_unit_test(path_tells_its_slug),
        cmocka_unit_test(manifest_tells_its_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
