#define _GNU_SOURCE
#include "archive/copies.h"

#include "archive/forget.h"
#include "archive/vacuum.h"
#include "copies_help.h"

enum { COPIES_A_DAY = 4 }; /* django, flask; python, web */

static store *open_store(void)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    return s;
}

static store *store_with_copies(const test_site *site, int32_t days)
{
    pqt_error error;
    store *s = open_store();
    assert_ok(copies_export(site, s, 0, days - 1, &both, NULL, &error));
    return s;
}

static void copies_have_the_rows_of_their_project(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    store *s = open_store();
    const test_site site = site_with_organizations(3);
    assert_ok(copies_export(&site, s, 0, 2, &both, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_WRITTEN], 3 * COPIES_A_DAY);
    assert_copies(s, &site, 3 * COPIES_A_DAY);
    store_close(s);
}

static pqt_status refuse_replace(void *self, const char *key, pqt_view bytes,
                                 pqt_error *error)
{
    (void)self;
    (void)bytes;
    return error_set(error, PQT_DENIED, "%s would be replaced", key);
}

/* The store, which nothing can be replaced in. */
static store *read_only(store *s)
{
    static struct store_functions functions;
    pqt_error error;
    store *borrowed = NULL;
    functions = *s->functions;
    functions.replace = refuse_replace;
    functions.release = keep_store;
    assert_ok(store_make(&functions, s->self, "read only", &borrowed, &error));
    return borrowed;
}

/* Django's rows are in two copies, flask's in three. */
static int64_t rows_in_copies(const test_site *site)
{
    int64_t rows = 0;
    for (size_t i = 0; i < site->row_count; i++)
        rows += site->rows[i].project_id == 1 ? 2 : site->rows[i].project_id == 2 ? 3 : 0;
    return rows;
}

static void nothing_changed_writes_nothing(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    const test_site site = site_with_organizations(2);
    store *s = store_with_copies(&site, 2), *unchanged = read_only(s);
    assert_ok(copies_export(&site, unchanged, 0, 1, &both, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_UNCHANGED], 2 * COPIES_A_DAY);
    assert_int_equal(told.rows, rows_in_copies(&site));
    assert_ok(copies_run(&site, unchanged, 0, 1, &both, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_UNCHANGED], 2 * COPIES_A_DAY);
    assert_int_equal(told.rows, rows_in_copies(&site));
    store_close(unchanged);
    store_close(s);
}

static void late_rows_change_only_their_copies(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    test_site site = site_with_organizations(2);
    store *s = store_with_copies(&site, 2);
    site_add(&site, 303, 0); /* django's */
    assert_ok(copies_export(&site, s, 0, 1, NULL, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_WRITTEN], 2); /* and python's */
    assert_int_equal(told.counts[PQA_COPY_UNCHANGED], 2);
    assert_copies(s, &site, 2 * COPIES_A_DAY);
    store_close(s);
}

static void export_without_copies_makes_none(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    store *s = open_store();
    const test_site site = site_with_organizations(2);
    assert_ok(copies_export(&site, s, 0, 1, NULL, &told, &error));
    assert_copies(s, &site, 0);
    const pqa_copy_options projects = {.per_project = true};
    assert_ok(copies_export(&site, s, 0, 1, &projects, &told, &error));
    assert_copies(s, &site, 2 * 2);
    store_close(s);
}

static void renamed_project_leaves_no_copy_behind(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    test_site site = site_with_organizations(1);
    store *s = store_with_copies(&site, 1);
    site.projects[1].slug = view_text("quart");
    site_add(&site, 301, 0);
    assert_ok(copies_export(&site, s, 0, 0, NULL, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_REMOVED], 1);
    assert_copies(s, &site, COPIES_A_DAY);
    store_close(s);
}

static void slug_that_is_no_folder_is_skipped_and_told(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    test_site site = site_with_organizations(1);
    store *s = open_store();
    site.projects[0].slug = view_text("../etc");
    site.organizations[2].slug = view_text("..");
    assert_ok(copies_export(&site, s, 0, 0, &both, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_SKIPPED], 2);
    assert_copies(s, &site, 2); /* flask, and python with both */
    store_close(s);
}

static void few_rows_have_no_copy(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    test_site site = site_with_organizations(1);
    store *s = store_with_copies(&site, 1);
    pqa_copy_options enough = both;
    enough.minimum_rows = 8;
    assert_ok(copies_export(&site, s, 0, 0, &enough, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_REMOVED], 3);
    assert_copies(s, &site, 1); /* python: 14 rows */
    assert_ok(copies_export(&site, s, 0, 0, &both, &told, &error));
    assert_copies(s, &site, 1); /* as before */
    enough.minimum_rows = 1;
    assert_ok(copies_export(&site, s, 0, 0, &enough, &told, &error));
    assert_copies(s, &site, COPIES_A_DAY);
    store_close(s);
}

static void member_that_leaves_changes_its_organization(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    test_site site = site_with_organizations(1);
    store *s = store_with_copies(&site, 1);
    site.organization_count = 2; /* web has nobody */
    assert_ok(copies_export(&site, s, 0, 0, &both, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_REMOVED], 1);
    assert_int_equal(told.counts[PQA_COPY_UNCHANGED], 3);
    assert_copies(s, &site, 3);
    store_close(s);
}

static void copies_are_made_again_without_a_database(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    const test_site site = site_with_organizations(2);
    store *s = store_with_copies(&site, 2);
    assert_ok(store_remove(
        s, ARCHIVE_ROOT "/org/web/2024/10/04/pageviews_2024-10-04.parquet", &error));
    assert_ok(store_replace(
        s, ARCHIVE_ROOT "/project/flask/2024/10/04/pageviews_2024-10-04.parquet",
        view_text("short"), &error));
    assert_ok(copies_run(NULL, s, 0, 1, NULL, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_WRITTEN], 2);
    assert_int_equal(told.counts[PQA_COPY_UNCHANGED], 2 * COPIES_A_DAY - 2);
    assert_copies(s, &site, 2 * COPIES_A_DAY);
    store_close(s);
}

static void damaged_manifest_is_told_and_written_anew(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    test_site site = site_with_organizations(1);
    store *s = store_with_copies(&site, 1);
    assert_ok(store_replace(s, ARCHIVE_ROOT "/_pqa/copies/2024-10-04.json",
                            view_text("{\"version\": 1"), &error));
    site_add(&site, 303, 0);
    assert_fails(copies_export(&site, s, 0, 0, NULL, &told, &error), PQT_CORRUPT,
                 "the copies of 2024-10-04");
    assert_archive_is(s, &site, 0); /* the day is none the worse */
    assert_ok(copies_run(&site, s, 0, 0, &both, &told, &error));
    assert_copies(s, &site, COPIES_A_DAY);
    store_close(s);
}

static void rows_in_a_file_of_several_days_are_found(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    const test_site site = site_with_organizations(4);
    store *s = open_store();
    assert_ok(night_export(&site, s, 0, 3, NULL, &error));
    night_join(s);
    assert_ok(copies_run(&site, s, 0, 3, &both, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_WRITTEN], 4 * COPIES_A_DAY);
    assert_copies(s, &site, 4 * COPIES_A_DAY);
    store_close(s);
}

static void joined_files_leave_copies_as_they_are(void **state)
{
    (void)state;
    pqt_error error;
    copies_told told;
    const test_site site = site_with_organizations(3);
    store *s = store_with_copies(&site, 3);
    night_join(s);
    assert_ok(copies_export(&site, s, 0, 2, &both, &told, &error));
    assert_int_equal(told.counts[PQA_COPY_UNCHANGED], 3 * COPIES_A_DAY);
    assert_int_equal(told.counts[PQA_COPY_WRITTEN], 0);
    assert_copies(s, &site, 3 * COPIES_A_DAY);
    store_close(s);
}

static void pruned_days_have_no_copies(void **state)
{
    (void)state;
    pqt_error error;
    pqa_pruned pruned;
    copies_told told;
    const test_site site = site_with_organizations(4);
    store *s = store_with_copies(&site, 4);
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    assert_int_equal(pruned.copies, 2 * COPIES_A_DAY);
    assert_copies(s, &site, 2 * COPIES_A_DAY);
    assert_ok(night_undo(s, 0, &pruned, &error));
    assert_ok(copies_run(&site, s, 0, 3, &both, &told, &error));
    assert_copies(s, &site, 4 * COPIES_A_DAY);
    store_close(s);
}

/* Objects that vacuum takes are the table's own. */
static void vacuum_leaves_copies_alone(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_with_organizations(2);
    store *s = store_with_copies(&site, 2);
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    pqa_vacuum_report report = {0};
    assert_ok(
        archive_vacuum(&context, clock_wall_ms() + 30 * DAY_MS, true, &report, &error));
    assert_int_equal(report.sum.objects, 0);
    assert_copies(s, &site, 2 * COPIES_A_DAY);
    store_close(s);
}

/* --- Forgetting --- */

static pqt_status find_name(void *self, const store_entry *entry, pqt_error *error)
{
    buffer text = {0};
    pqt_status status = PQT_OK;
    if (strstr(entry->key, "flask")) fail_msg("%s is there", entry->key);
    if (strstr(entry->key, "_pqa/copies/"))
        status = store_get(self, entry->key, 1 << 20, &text, error);
    if (text.data && memmem(text.data, text.size_bytes, "flask", 5))
        fail_msg("%s names it", entry->key);
    buffer_free(&text);
    return status;
}

static void forgotten_project_is_in_no_copy(void **state)
{
    (void)state;
    pqt_error error;
    pqa_forgotten forgotten;
    test_site site = site_with_organizations(3);
    store *s = store_with_copies(&site, 3);
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    const pqa_forget_options options = {.project_id = 2, .agreed = true};
    assert_ok(archive_forget(&context, clock_wall_ms(), &options, &forgotten, &error));
    assert_ok(store_list(s, "", NULL, find_name, s, &error));
    assert_copies(s, &site, 3 * 2); /* django, and python with django alone */
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_have_the_rows_of_their_project),
        cmocka_unit_test(nothing_changed_writes_nothing),
        cmocka_unit_test(late_rows_change_only_their_copies),
        cmocka_unit_test(export_without_copies_makes_none),
        cmocka_unit_test(renamed_project_leaves_no_copy_behind),
        cmocka_unit_test(slug_that_is_no_folder_is_skipped_and_told),
        cmocka_unit_test(few_rows_have_no_copy),
        cmocka_unit_test(member_that_leaves_changes_its_organization),
        cmocka_unit_test(copies_are_made_again_without_a_database),
        cmocka_unit_test(damaged_manifest_is_told_and_written_anew),
        cmocka_unit_test(rows_in_a_file_of_several_days_are_found),
        cmocka_unit_test(joined_files_leave_copies_as_they_are),
        cmocka_unit_test(pruned_days_have_no_copies),
        cmocka_unit_test(vacuum_leaves_copies_alone),
        cmocka_unit_test(forgotten_project_is_in_no_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
