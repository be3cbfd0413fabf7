#include "archive/import_path.h"

#include "base/date.h"
#include "test_help.h"

static void path_tells_date_and_project(void **state)
{
    (void)state;
    const import_path day = import_path_read(
        "/srv/media/analytics/pageviews/2026/01/15/pageviews_2026-01-15.parquet");
    assert_true(day.has_date && !day.is_part && !day.slug.data);
    assert_int_equal(day.date, date_from_civil(2026, 1, 15));
    const import_path project = import_path_read(
        "project/django/2026/01/15/pageviews_2026-01-15_Ab1cD2e.parquet");
    assert_true(project.has_date && project.is_part);
    assert_view_is(project.slug, "django");
    const import_path org =
        import_path_read("a/org/acme/2026/01/15/pageviews_2026-01-15.parquet");
    assert_true(org.is_part && !org.slug.data);
}

static void path_of_another_form_tells_nothing(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "/",
        "x.parquet",
        "pageviews_.parquet",
        "pageviews_2026-13-15.parquet",
        "pageviews_2026-1-15.parquet",
        "project/django/2026/1/15/x.parquet",
        "project/django/x/2026/01/15/x.parquet",
        "project/2026/01/15/x.parquet",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const import_path path = import_path_read(paths[i]);
        assert_false(path.has_date || path.is_part || path.slug.data);
    }
}

static void path_of_a_log_is_not_taken(void **state)
{
    (void)state;
    assert_true(import_path_is_taken("x.parquet"));
    assert_true(import_path_is_taken("a/_b.d/x.parquet") == false);
    assert_false(import_path_is_taken("analytics/_delta_log/1.checkpoint.parquet"));
    assert_false(import_path_is_taken(".pqa-temporary/x.parquet"));
    assert_false(import_path_is_taken("a/.x.parquet"));
    assert_false(import_path_is_taken("a/x.parquet.tmp"));
    assert_true(import_path_is_taken("a_b/c.d/x_y.parquet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_tells_date_and_project),
        cmocka_unit_test(path_of_another_form_tells_nothing),
        cmocka_unit_test(path_of_a_log_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
