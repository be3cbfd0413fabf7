#include "archive/compact.h"

#include "upkeep_help.h"

/* Days of October 2024 (NIGHT_FIRST is the 4th) and, from 28 on, of November. */
static test_site site_of_two_months(void)
{
    test_site s = site_of_days(4);
    for (int64_t id = 1000; id < 1060; id++) site_add(&s, id, 28 + (int32_t)(id % 3));
    return s;
}

typedef struct months {
    pqa_compacted months[8];
    size_t count;
} months;

static void note_month(void *self, const pqa_compacted *month)
{
    months *all = self;
    assert_true(all->count < 8);
    all->months[all->count++] = *month;
}

static pqt_status night_compact(store *s, const pqa_compact_options *options, months *out,
                                pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    out->count = 0;
    return archive_compact(&context, clock_wall_ms(), options, note_month, out, error);
}

/* The same object, of which the log says something else. */
static void replace_entry(store *s, const delta_snapshot *snapshot,
                          const delta_file *changed)
{
    pqt_error error;
    const delta_remove removed = {changed->path, changed->size_bytes, clock_wall_ms(),
                                  true};
    const delta_changes changes = {
        .adds = changed, .add_count = 1, .removes = &removed, .remove_count = 1};
    assert_ok(
        delta_commit(s, ARCHIVE_ROOT, snapshot, &changes, NULL, NULL, NULL, &error));
}

static void months_become_a_file_each(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_two_months();
    store *s = night_store(&site, 31);
    const pqa_compact_options all = {0}, dry = {.dry_run = true};
    months done;
    assert_ok(night_compact(s, &dry, &done, &error));
    assert_int_equal(done.count, 2);
    const int64_t version = night_version(s);
    assert_ok(night_compact(s, &all, &done, &error));
    assert_int_equal(done.count, 2);
    assert_int_equal(done.months[0].files, 4);
    assert_int_equal(done.months[0].rows, 80);
    assert_int_equal(done.months[1].files, 3);
    assert_true(done.months[0].bytes_after < done.months[0].bytes_before);
    assert_int_equal(night_version(s), version + 2);
    assert_archive_is(s, &site, 0);
    assert_ok(night_verify(s, &site, &error));
    assert_ok(night_compact(s, &all, &done, &error)); /* again: nothing to do */
    assert_int_equal(done.months[1].outcome, PQA_MONTH_UNCHANGED);
    assert_int_equal(night_version(s), version + 2);
    store_close(s);
}

/* An id that was free in the database, and is used again on another day of the month. */
static void id_of_another_day_of_the_month_contradicts(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_two_months();
    store *s = night_store(&site, 31);
    const pqa_compact_options all = {0};
    months done;
    assert_ok(night_compact(s, &all, &done, &error));
    const int64_t version = night_version(s);
    site_remove(&site, 7);
    site_add(&site, 7, 2)->view_count = 99;
    assert_fails(night_export(&site, s, 2, 2, NULL, &error), PQT_CORRUPT,
                 "id 7 contradicts");
    assert_int_equal(night_version(s), version);
    store_close(s);
}

static void month_that_is_not_over_is_left_alone(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_make();
    site_add_project(&site, 1, "django");
    const int32_t yesterday = clock_today_utc() - 1 - NIGHT_FIRST;
    for (int64_t id = 1; id <= 40; id++)
        site_add(&site, id, yesterday - (int32_t)(id % 2));
    store *s = NULL;
    months done;
    assert_ok(store_open_memory(&s, &error));
    assert_ok(night_export(&site, s, yesterday - 1, yesterday, NULL, &error));
    const pqa_compact_options all = {0};
    const pqa_compact_options now = {.has_month = true, .month = clock_today_utc()};
    assert_ok(night_compact(s, &all, &done, &error));
    assert_int_equal(done.count, 0);
    assert_fails(night_compact(s, &now, &done, &error), PQT_INVALID, "may still come");
    store_close(s);
}

static void rows_that_are_not_the_logs_stop_their_month_only(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_two_months();
    store *s = night_store(&site, 31);
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &snapshot, &error));
    /* The first day's entry is put again with another sum of views. */
    delta_file changed = snapshot->files[0];
    delta_pair tags[8];
    for (int32_t i = 0; i < changed.tag_count; i++) {
        tags[i] = changed.tags[i];
        if (strcmp(tags[i].key, TAG_VIEW_COUNT) == 0) tags[i].value = "12345678";
    }
    changed.tags = tags;
    replace_entry(s, snapshot, &changed);
    delta_snapshot_free(snapshot);
    const pqa_compact_options all = {0};
    months done;
    assert_fails(night_compact(s, &all, &done, &error), PQT_CORRUPT, "views");
    assert_int_equal(done.months[0].outcome, PQA_MONTH_FAILED);
    assert_int_equal(done.months[1].outcome, PQA_MONTH_COMPACTED);
    assert_archive_is(s, &site, 0);
    store_close(s);
}

static void file_of_another_program_is_left_out(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &snapshot, &error));
    delta_file changed = snapshot->files[1];
    changed.tag_count = 0;
    replace_entry(s, snapshot, &changed);
    delta_snapshot_free(snapshot);
    const pqa_compact_options all = {0};
    months done;
    assert_fails(night_compact(s, &all, &done, &error), PQT_UNSUPPORTED,
                 "another program");
    assert_archive_is(s, &site, 0);
    store_close(s);
}

static bool compact_with_fault(const test_site *site, struct store_fault_plan plan)
{
    pqt_error error = {0};
    store *s = night_store(site, 31), *faulty = NULL;
    const pqa_compact_options all = {0};
    months done;
    assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
    const pqt_status status = night_compact(faulty, &all, &done, &error);
    if (status != PQT_OK) assert_true(error.message[0] != 0);
    store_close(faulty);
    assert_archive_is(s, site, 0);
    assert_ok(night_compact(s, &all, &done, &error));
    assert_archive_is(s, site, 0);
    assert_ok(night_verify(s, site, &error));
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void store_call_that_fails_loses_nothing(void **state)
{
    (void)state;
    const test_site site = site_of_two_months();
    for (int kind = 0; kind < 3; kind++) {
        uint64_t at = 1;
        while (!compact_with_fault(
            &site,
            (struct store_fault_plan){
                .fail_at = at, .fail_for_ever = kind == 1, .apply_first = kind == 2}))
            at++;
        assert_true(at > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_become_a_file_each),
        cmocka_unit_test(id_of_another_day_of_the_month_contradicts),
        cmocka_unit_test(month_that_is_not_over_is_left_alone),
        cmocka_unit_test(rows_that_are_not_the_logs_stop_their_month_only),
        cmocka_unit_test(file_of_another_program_is_left_out),
        cmocka_unit_test(store_call_that_fails_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
