#include "archive/export.h"

#include <stdio.h>

#include "base/clock.h"
#include "night.h"

static store *open_store(void)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    return s;
}

static void export_archives_every_row_once(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    const test_site site = site_of_days(3);
    night_report report = {0};
    assert_ok(night_export(&site, s, 0, 2, &report, &error));
    assert_archive_is(s, &site, 0);
    assert_int_equal(report.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(report.days[i].date, NIGHT_FIRST + i);
        assert_int_equal(report.days[i].outcome, PQA_DAY_WRITTEN);
        assert_int_equal(report.days[i].rows, 20);
        assert_int_equal(report.days[i].rows_new, 20);
    }
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

static void export_twice_changes_nothing(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    const test_site site = site_of_days(3);
    night_report report = {0};
    assert_ok(night_export(&site, s, 0, 3, NULL, &error)); /* the last day is empty */
    const int64_t version = night_version(s);
    assert_ok(night_export(&site, s, 0, 3, &report, &error));
    assert_int_equal(night_version(s), version);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(report.days[i].outcome, PQA_DAY_UNCHANGED);
    assert_int_equal(report.days[3].outcome, PQA_DAY_EMPTY);
    store_close(s);
}

static void late_changed_and_deleted_rows_are_merged(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    test_site site = site_of_days(3);
    night_report report = {0};
    assert_ok(night_export(&site, s, 0, 2, NULL, &error));
    site_remove(&site, 23);
    site_find(&site, 24)->view_count += 100;
    site_find(&site, 25)->view_count += 1;
    site_add(&site, 500, 1);
    assert_ok(night_export(&site, s, 0, 2, &report, &error));
    assert_archive_is(s, &site, 1);
    assert_int_equal(report.days[0].outcome, PQA_DAY_UNCHANGED);
    assert_int_equal(report.days[1].outcome, PQA_DAY_WRITTEN);
    assert_int_equal(report.days[1].rows, 21);
    assert_int_equal(report.days[1].rows_new, 1);
    assert_int_equal(report.days[1].rows_changed, 2);
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

static void day_that_the_site_deleted_stays(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    test_site site = site_of_days(1);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    site.row_count = 0;
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    assert_archive_is(s, &site, 20);
    site_add(&site, 600, 0);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    assert_archive_is(s, &site, 20);
    store_close(s);
}

/* What one row of an archived day may not become. */
static void spoil(test_site *site, int what, int64_t id)
{
    source_row *row = site_find(site, id);
    switch (what) {
    case 0:
        row->view_count = 0;
        break;
    case 1:
        row->project_id = 3 - row->project_id;
        break;
    case 2:
        row->version_id = 12;
        break;
    case 3:
        row->path = view_text("/other");
        break;
    case 4:
        row->status = 500;
        break;
    case 5:
        row->date = NIGHT_FIRST + 2;
        break; /* to an archived day */
    case 6:
        row->date = NIGHT_FIRST + 3;
        break; /* to a new one */
    default:
        row->has_version = !row->has_version;
    }
}

static void contradiction_is_refused_and_other_days_go_on(void **state)
{
    (void)state;
    pqt_error error;
    for (int what = 0; what < 8; what++) {
        store *s = open_store();
        test_site site = site_of_days(3);
        night_report report = {0};
        assert_ok(night_export(&site, s, 0, 2, NULL, &error));
        const pqt_view old_path = site_find(&site, 22)->path;
        spoil(&site, what, 22);
        site_add(&site, 501, 0);
        assert_fails(night_export(&site, s, 0, 3, &report, &error), PQT_CORRUPT,
                     "id 22 ");
        assert_int_equal(report.count, 4);
        const size_t bad = what == 5 ? 2 : what == 6 ? 3 : 1;
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(report.days[i].outcome == PQA_DAY_FAILED, i == bad);
        assert_int_equal(report.days[0].outcome, PQA_DAY_WRITTEN);
        night_rows rows;
        night_read(s, &rows);
        assert_int_equal(rows.count, 61);
        assert_int_equal(night_find(&rows, 22)->date, NIGHT_FIRST + 1);
        assert_true(view_equal(night_find(&rows, 22)->path, old_path));
        arena_free(&rows.texts);
        store_close(s);
    }
}

/* Ids that one day noted must not be compared with the next day's. */
static void failed_day_leaves_nothing_to_the_next(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    test_site site = site_of_days(2);
    night_report report = {0};
    assert_ok(night_export(&site, s, 0, 1, NULL, &error));
    for (int64_t id = 1; id <= 20; id++) site_find(&site, id)->path = view_text("/0");
    for (int64_t id = 1; id <= 20; id++) site_find(&site, id)->view_count = 0;
    site_find(&site, 20)->path = view_text("/z");
    site_add(&site, 502, 1);
    assert_fails(night_export(&site, s, 0, 1, &report, &error), PQT_CORRUPT, "");
    assert_int_equal(report.days[0].outcome, PQA_DAY_FAILED);
    assert_int_equal(report.days[1].outcome, PQA_DAY_WRITTEN);
    store_close(s);
}

static void renamed_project_is_one_slice_of_the_day(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    test_site site = site_of_days(1);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    site.projects[0].slug = view_text("zzz"); /* id 1 */
    site_remove(&site, 3);
    site_add(&site, 300, 0);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    assert_archive_is(s, &site, 1);
    night_rows rows;
    night_read(s, &rows);
    for (size_t i = 0; i < rows.count; i++)
        if (rows.rows[i].project_id == 1)
            assert_view_is(rows.rows[i].project_slug, "zzz");
    arena_free(&rows.texts);
    assert_ok(night_verify(s, NULL, &error));
    store_close(s);
}

/* The days know a project by different slugs, and the database by none any more. */
static void slug_that_is_gone_stays_as_each_day_has_it(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    test_site site = site_of_days(2);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    site.projects[0].slug = view_text("zzz");
    assert_ok(night_export(&site, s, 1, 1, NULL, &error));
    site.projects[0] = site.projects[--site.project_count];
    site.version_count = 0;
    source_row *late = site_add(&site, 303, 0);
    assert_int_equal(late->project_id, 1);
    assert_ok(night_export(&site, s, 0, 1, NULL, &error));
    assert_archive_is(s, &site, 0);
    night_rows rows;
    night_read(s, &rows);
    assert_view_is(night_find(&rows, 303)->project_slug, "django");
    assert_view_is(night_find(&rows, 303)->version_slug, "latest");
    assert_view_is(night_find(&rows, 3)->project_slug, "django");
    assert_view_is(night_find(&rows, 21)->project_slug, "zzz");
    assert_view_is(night_find(&rows, 2)->project_slug, ""); /* never had one */
    arena_free(&rows.texts);
    store_close(s);
}

static void wrong_days_are_refused(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    const test_site site = site_of_days(1);
    const pqa_settings settings = night_settings();
    const int32_t today = clock_today_utc();
    const struct {
        pqa_export_options options;
        const char *part;
    } cases[] = {
        {{.since = 10, .until = 9}, "is after the last"},
        {{.since = today, .until = today + 1}, "is in the future"},
        {{.since = today, .until = today}, "is not over yet"},
    };
    for (size_t i = 0; i < 3; i++)
        assert_fails(
            night_export_with(&site, s, &settings, &cases[i].options, NULL, &error),
            PQT_INVALID, cases[i].part);
    const pqa_export_options open = {
        .since = today, .until = today, .include_open = true};
    assert_ok(night_export_with(&site, s, &settings, &open, NULL, &error));
    store_close(s);
}

static void other_source_is_refused_unless_adopted(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    test_site site = site_of_days(2);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    const int64_t version = night_version(s);
    site.identity = "another";
    assert_fails(night_export(&site, s, 1, 1, NULL, &error), PQT_CORRUPT,
                 "--adopt-source");
    assert_int_equal(night_version(s), version);
    pqa_settings settings = night_settings();
    settings.adopt_source = true;
    const pqa_export_options options = {.since = NIGHT_FIRST + 1, .until = NIGHT_FIRST + 1};
    assert_ok(night_export_with(&site, s, &settings, &options, NULL, &error));
    assert_ok(night_export(&site, s, 0, 1, NULL, &error));
    assert_archive_is(s, &site, 0);
    store_close(s);
}

static void source_without_unique_ids_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    test_site site = site_of_days(1);
    site.id_may_repeat = true;
    assert_fails(night_export(&site, s, 0, 0, NULL, &error), PQT_UNSUPPORTED,
                 "no unique index");
    store_close(s);
}

static void locked_store_is_busy(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    void *lock = NULL;
    const test_site site = site_of_days(1);
    assert_ok(store_lock(s, "writer", &lock, &error));
    assert_fails(night_export(&site, s, 0, 0, NULL, &error), PQT_BUSY, "");
    store_unlock(s, lock);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    store_close(s);
}

static void covered_days_are_skipped_on_request(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    const test_site site = site_of_days(4);
    const pqa_settings settings = night_settings();
    night_report report = {0};
    const pqa_export_options options = {
        .since = NIGHT_FIRST, .until = NIGHT_FIRST + 3, .skip_covered = true};
    assert_ok(night_export(&site, s, 1, 2, NULL, &error));
    assert_ok(night_export_with(&site, s, &settings, &options, &report, &error));
    assert_int_equal(report.count, 2);
    assert_int_equal(report.days[0].date, NIGHT_FIRST);
    assert_int_equal(report.days[1].date, NIGHT_FIRST + 3);
    assert_archive_is(s, &site, 0);
    store_close(s);
}

static void dry_run_tells_and_changes_nothing(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    const test_site site = site_of_days(1);
    const pqa_settings settings = night_settings();
    night_report report = {0};
    const pqa_export_options options = {.since = NIGHT_FIRST, .until = NIGHT_FIRST, .dry_run = true};
    assert_ok(night_export_with(&site, s, &settings, &options, &report, &error));
    assert_int_equal(report.days[0].rows, 20);
    assert_int_equal(night_version(s), -1);
    store_close(s);
}

static void many_days_are_few_commits(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    const test_site site = site_of_days(3);
    const pqa_settings settings = night_settings();
    night_report report = {0};
    const pqa_export_options options = {.since = NIGHT_FIRST - 300,
                                        .until = NIGHT_FIRST + 2};
    assert_ok(night_export_with(&site, s, &settings, &options, &report, &error));
    assert_int_equal(night_version(s), 1);
    assert_archive_is(s, &site, 0);
    store_close(s);
}

/* Cancels once the first day is done. */
static void cancel(void *self, const char *what, int64_t done, int64_t total)
{
    (void)total;
    if (strcmp(what, "days") == 0 && done == 1) *(int *)self = 1;
}

static void cancelled_export_keeps_the_days_that_are_done(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    const test_site site = site_of_days(3);
    int cancelled = 0;
    const pqt_progress progress = {
        .report = cancel, .self = &cancelled, .cancelled = &cancelled};
    pqa_settings settings = night_settings();
    settings.progress = &progress;
    night_report report = {0};
    const pqa_export_options options = {.since = NIGHT_FIRST, .until = NIGHT_FIRST + 2};
    assert_fails(night_export_with(&site, s, &settings, &options, &report, &error),
                 PQT_CANCELLED, "");
    night_rows rows;
    assert_int_equal(night_read(s, &rows), 1);
    assert_int_equal(rows.count, 20);
    assert_int_equal(report.count, 1);
    arena_free(&rows.texts);
    assert_ok(night_export(&site, s, 0, 2, NULL, &error));
    assert_archive_is(s, &site, 0);
    store_close(s);
}

/* Puts one file of the third day in the place of another: what another writer may do
 * while an export is at the days before. */
struct intruder {
    store *store;
    const delta_snapshot *in;  /* its file of the day comes */
    const delta_snapshot *out; /* its file goes */
    bool is_done;
};

static const delta_file *file_of(const delta_snapshot *snapshot, int32_t date)
{
    for (int32_t i = 0; i < snapshot->file_count; i++)
        if (file_touches(&snapshot->files[i], date, date)) return &snapshot->files[i];
    return NULL;
}

static void swap_files(struct intruder *intruder)
{
    pqt_error error;
    intruder->is_done = true;
    delta_snapshot *now = NULL;
    const delta_file *out = file_of(intruder->out, NIGHT_FIRST + 2);
    const delta_remove remove = {out->path, out->size_bytes, 1, true};
    const delta_changes changes = {.adds = file_of(intruder->in, NIGHT_FIRST + 2),
                                   .add_count = 1,
                                   .removes = &remove,
                                   .remove_count = 1,
                                   .operation = "WRITE"};
    assert_ok(delta_snapshot_read(intruder->store, ARCHIVE_ROOT, &now, &error));
    assert_ok(delta_commit(intruder->store, ARCHIVE_ROOT, now, &changes, NULL, NULL, NULL,
                           &error));
    delta_snapshot_free(now);
}

/* When the first day is done. */
static void intrude(void *self, const char *what, int64_t done, int64_t total)
{
    struct intruder *intruder = self;
    (void)total;
    if (strcmp(what, "days") == 0 && done == 1 && !intruder->is_done)
        swap_files(intruder);
}

/* The third day's file changes after it was read, before the second day is committed on
 * top of that: the file's row 700, which the site has deleted, must not be lost. */
static void file_changed_by_another_writer_is_merged_again(void **state)
{
    (void)state;
    pqt_error error;
    store *s = open_store();
    delta_snapshot *without = NULL, *with = NULL;
    test_site site = site_of_days(3);
    assert_ok(night_export(&site, s, 0, 2, NULL, &error));
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &without, &error));
    site_add(&site, 700, 2);
    assert_ok(night_export(&site, s, 2, 2, NULL, &error));
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &with, &error));
    struct intruder back = {s, without, with, false}, forth = {s, with, without, false};
    swap_files(&back);
    site_remove(&site, 700);
    for (int32_t day = 0; day < 3; day++) site_add(&site, 701 + day, day);
    const pqt_progress progress = {.report = intrude, .self = &forth};
    pqa_settings settings = night_settings();
    settings.progress = &progress;
    night_report report = {0};
    const pqa_export_options options = {.since = NIGHT_FIRST, .until = NIGHT_FIRST + 2};
    assert_ok(night_export_with(&site, s, &settings, &options, &report, &error));
    assert_true(forth.is_done);
    assert_int_equal(report.count, 3);
    assert_archive_is(s, &site, 1);
    delta_snapshot_free(without);
    delta_snapshot_free(with);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(export_archives_every_row_once),
        cmocka_unit_test(export_twice_changes_nothing),
        cmocka_unit_test(late_changed_and_deleted_rows_are_merged),
        cmocka_unit_test(day_that_the_site_deleted_stays),
        cmocka_unit_test(contradiction_is_refused_and_other_days_go_on),
        cmocka_unit_test(failed_day_leaves_nothing_to_the_next),
        cmocka_unit_test(renamed_project_is_one_slice_of_the_day),
        cmocka_unit_test(slug_that_is_gone_stays_as_each_day_has_it),
        cmocka_unit_test(wrong_days_are_refused),
        cmocka_unit_test(other_source_is_refused_unless_adopted),
        cmocka_unit_test(source_without_unique_ids_is_refused),
        cmocka_unit_test(locked_store_is_busy),
        cmocka_unit_test(covered_days_are_skipped_on_request),
        cmocka_unit_test(dry_run_tells_and_changes_nothing),
        cmocka_unit_test(many_days_are_few_commits),
        cmocka_unit_test(cancelled_export_keeps_the_days_that_are_done),
        cmocka_unit_test(file_changed_by_another_writer_is_merged_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
