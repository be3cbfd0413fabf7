#include "archive/rewrite.h"

#include "archive/day_file.h"
#include "upkeep_help.h"

static void joined_files_hold_the_same_rows_in_order(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(8);
    store *s = night_store(&site, 8);
    night_join(s);
    assert_archive_is(s, &site, 0);
    assert_ok(night_verify(s, &site, &error)); /* the order too */
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &snapshot, &error));
    assert_int_equal(snapshot->file_count, 1);
    assert_false(snapshot->files[0].data_change);
    assert_int_equal(strncmp(snapshot->files[0].path, "2024/10/pageviews_2024-10.", 26),
                     0);
    assert_true(data_file_is_ours(snapshot->files[0].path));
    delta_snapshot_free(snapshot);
    store_close(s);
}

static void late_row_of_a_joined_file_is_merged(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(5);
    store *s = night_store(&site, 5);
    night_join(s);
    site_add(&site, 700, 2);
    site_find(&site, 45)->view_count += 2;
    site_remove(&site, 90);
    night_report report = {0};
    assert_ok(night_export(&site, s, 2, 2, &report, &error));
    assert_int_equal(report.count, 1);
    assert_int_equal(report.days[0].rows_new, 1);
    assert_archive_is(s, &site, 1);
    assert_ok(night_verify(s, &site, &error));
    night_join(s);
    assert_archive_is(s, &site, 1);
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

static void names_of_ours_are_told_from_others(void **state)
{
    (void)state;
    const char *const ours[] = {"2026/01/15/pageviews_2026-01-15.parquet",
                                "2026/01/15/pageviews_2026-01-15.r2-0123abcd.parquet",
                                "2026/01/15/pageviews_2026-01-15.r12-0123abcd.parquet",
                                "2026/01/pageviews_2026-01.0123abcd.parquet",
                                "2026/01/pageviews_2026-01.0123abcd0123abcd.parquet"};
    const char *const others[] = {
        "2026/01/15/pageviews_2026-01-16.parquet",
        "2026/01/15/pageviews_2026-01-15.parquet.tmp",
        "2026/01/15/pageviews_2026-01-15.r2-0123ABCD.parquet",
        "2026/01/15/pageviews_2026-01-15.r2.parquet",
        "2026/01/15/other.parquet",
        "2026/02/30/pageviews_2026-02-30.parquet",
        "2026/13/pageviews_2026-13.0123abcd.parquet",
        "2026/01/pageviews_2026-01.parquet",
        "2026/01/pageviews_2026-01.012.parquet",
        "2026/01/pageviews_2026-02.0123abcd.parquet",
        "part-00000-0123abcd.c000.snappy.parquet",
        "project/django/2026/01/15/pageviews_2026-01-15.parquet",
        "_delta_log/00000000000000000000.json",
        ""};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (!data_file_is_ours(ours[i])) fail_msg("%s", ours[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (data_file_is_ours(others[i])) fail_msg("%s", others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_files_hold_the_same_rows_in_order),
        cmocka_unit_test(late_row_of_a_joined_file_is_merged),
        cmocka_unit_test(names_of_ours_are_told_from_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
