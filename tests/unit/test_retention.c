#include "archive/retention.h"

#include "upkeep_help.h"
#include "visited_store.h"

static void prune_takes_days_and_remembers_the_date(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(4);
    store *s = night_store(&site, 4);
    pqa_pruned pruned;
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    assert_int_equal(pruned.days, 2);
    assert_int_equal(pruned.rows, 40);
    assert_int_equal(pruned.rows_left, 40);
    assert_int_equal(pruned.files, 2);
    assert_true(pruned.size_bytes > 0);
    const test_site left = site_since(&site, 2);
    assert_archive_is(s, &left, 0);
    night_report report = {0};
    assert_ok(night_export(&site, s, 0, 3, &report, &error));
    assert_int_equal(report.days[0].outcome, PQA_DAY_PRUNED);
    assert_archive_is(s, &left, 0);
    assert_ok(night_verify(s, &site, &error)); /* pruned days are not its claim */
    store_close(s);
}

static void prune_of_more_than_a_tenth_must_be_meant(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(4);
    store *s = night_store(&site, 4);
    const int64_t version = night_version(s);
    pqa_pruned pruned;
    assert_fails(night_prune(s, 1, false, &pruned, &error), PQT_INVALID, "--yes");
    assert_int_equal(pruned.rows, 20);
    assert_int_equal(night_version(s), version);
    assert_ok(night_prune(s, -1, false, &pruned, &error)); /* nothing goes */
    assert_archive_is(s, &site, 0);
    store_close(s);
}

static void prune_of_a_tenth_needs_no_agreement(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(1);
    for (int64_t id = 1000; id < 1180; id++) site_add(&site, id, 1);
    store *s = night_store(&site, 2);
    pqa_pruned pruned;
    assert_ok(night_prune(s, 1, false, &pruned, &error));
    assert_int_equal(pruned.rows, 20);
    store_close(s);
}

static void prune_does_not_move_back_or_into_the_future(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    pqa_pruned pruned;
    const int32_t tomorrow = clock_today_utc() + 1 - NIGHT_FIRST;
    assert_fails(night_prune(s, tomorrow, true, &pruned, &error), PQT_INVALID, "future");
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    const int64_t version = night_version(s);
    assert_fails(night_prune(s, 1, true, &pruned, &error), PQT_INVALID, "--undo");
    assert_ok(night_prune(s, 2, true, &pruned, &error)); /* again: nothing to do */
    assert_int_equal(night_version(s), version);
    store_close(s);
}

static void prune_splits_a_file_of_several_days(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(5);
    store *s = night_store(&site, 5);
    night_join(s);
    assert_archive_is(s, &site, 0);
    pqa_pruned pruned;
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    assert_int_equal(pruned.rows, 40);
    assert_int_equal(pruned.rows_left, 60);
    assert_int_equal(pruned.days, 2);
    assert_int_equal(pruned.files_rewritten, 1);
    const test_site left = site_since(&site, 2);
    assert_archive_is(s, &left, 0);
    assert_ok(night_verify(s, &left, &error));
    store_close(s);
}

static void undo_brings_days_back(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(4);
    for (int joined = 0; joined < 2; joined++) {
        store *s = night_store(&site, 4);
        if (joined) night_join(s);
        pqa_pruned pruned, undone;
        assert_ok(night_prune(s, 1, true, &pruned, &error));
        assert_ok(night_prune(s, 3, true, &pruned, &error));
        assert_ok(night_undo(s, 6 * DAY_MS, &undone, &error));
        assert_int_equal(undone.rows, 40);
        assert_int_equal(undone.before, NIGHT_FIRST + 1);
        const test_site left = site_since(&site, 1);
        assert_archive_is(s, &left, 0);
        assert_ok(night_verify(s, &left, &error));
        assert_fails(night_undo(s, 0, &undone, &error), PQT_NOT_FOUND, "no prune");
        store_close(s);
    }
}

static void undo_of_the_first_prune_lets_days_be_exported(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    pqa_pruned pruned;
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    site_add(&site, 900, 0); /* came while the day was pruned */
    site_add(&site, 901, 2);
    assert_ok(night_export(&site, s, 0, 2, NULL, &error));
    assert_ok(night_undo(s, 0, &pruned, &error));
    assert_int_equal(pruned.before, INT32_MIN);
    assert_ok(night_export(&site, s, 0, 2, NULL, &error));
    assert_archive_is(s, &site, 0);
    store_close(s);
}

static void undo_leaves_later_days_as_they_are(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(4);
    store *s = night_store(&site, 4);
    night_join(s);
    pqa_pruned pruned;
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    site_add(&site, 901, 3);
    site_find(&site, 70)->view_count += 5;
    assert_ok(night_export(&site, s, 2, 3, NULL, &error));
    assert_ok(night_undo(s, 0, &pruned, &error));
    assert_archive_is(s, &site, 0);
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

/* The row with the id would be there twice. */
static void undo_is_refused_where_an_id_was_used_again(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(3);
    for (int joined = 0; joined < 2; joined++) {
        store *s = night_store(&site, 3);
        if (joined) night_join(s);
        pqa_pruned pruned;
        assert_ok(night_prune(s, 1, true, &pruned, &error));
        test_site later = site_since(&site, 1);
        site_add(&later, 7, 2);
        assert_ok(night_export(&later, s, 1, 2, NULL, &error));
        const int64_t version = night_version(s);
        assert_fails(night_undo(s, 0, &pruned, &error), PQT_CORRUPT, "id 7 of");
        assert_int_equal(night_version(s), version);
        assert_archive_is(s, &later, 0);
        store_close(s);
    }
}

static void undo_too_late_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    pqa_pruned pruned;
    assert_fails(night_undo(s, 0, &pruned, &error), PQT_NOT_FOUND, "no prune");
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    assert_fails(night_undo(s, 8 * DAY_MS, &pruned, &error), PQT_NOT_FOUND, "7 days");
    assert_fails(night_undo(s, -DAY_MS, &pruned, &error), PQT_INVALID, "clock");
    store_close(s);
}

/* Damages the first object whose key has that part, by putting another in its place. */
static pqt_status find_key(void *self, const store_entry *entry, pqt_error *error)
{
    char *key = self;
    (void)error;
    if (!*key && strstr(entry->key, "_log") == NULL && strstr(entry->key, "-10-04"))
        snprintf(key, 200, "%s", entry->key);
    return PQT_OK;
}

static void undo_with_another_object_in_place_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    char key[200] = "";
    pqa_pruned pruned;
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    const int64_t version = night_version(s);
    assert_ok(store_list(s, ARCHIVE_ROOT "/2", NULL, find_key, key, &error));
    assert_true(key[0] != 0);
    assert_ok(store_remove(s, key, &error));
    assert_fails(night_undo(s, 0, &pruned, &error), PQT_NOT_FOUND, "pageviews");
    const store_body other = {-1, view_text("other bytes")};
    assert_ok(store_put_if_absent(s, key, &other, &error));
    assert_fails(night_undo(s, 0, &pruned, &error), PQT_CORRUPT, "expected");
    assert_int_equal(night_version(s), version);
    store_close(s);
}

/* --- Faults --- */

/* Every row is there once, or the pruned ones are not; never something in between. */
static void assert_all_or_pruned(store *s, const test_site *all, const test_site *left)
{
    night_rows rows;
    night_read(s, &rows);
    const size_t count = rows.count;
    arena_free(&rows.texts);
    assert_true(count == all->row_count || count == left->row_count);
    assert_archive_is(s, count == all->row_count ? all : left, 0);
}

/* Returns whether prune and undo went through without a fault. */
static bool prune_with_fault(const void *self, struct store_fault_plan plan)
{
    const test_site *site = self;
    pqt_error error = {0};
    store *s = night_store(site, 4), *faulty = NULL;
    const test_site left = site_since(site, 2);
    pqa_pruned pruned;
    night_join(s);
    assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
    pqt_status status = night_prune(faulty, 2, true, &pruned, &error);
    if (status == PQT_OK) assert_archive_is(s, &left, 0);
    assert_all_or_pruned(s, site, &left);
    if (status == PQT_OK) status = night_undo(faulty, 0, &pruned, &error);
    if (status != PQT_OK) assert_true(error.message[0] != 0);
    assert_all_or_pruned(s, site, &left);
    store_close(faulty);
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    assert_archive_is(s, &left, 0);
    assert_ok(night_undo(s, 0, &pruned, &error));
    assert_archive_is(s, site, 0);
    assert_ok(night_verify(s, site, &error));
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void store_call_that_fails_loses_nothing(void **state)
{
    (void)state;
    const test_site site = site_of_days(4);
    for (int way = FAULT_ONCE; way <= FAULT_ANSWER_LOST; way++)
        each_call_fails(prune_with_fault, &site, way, 10);
}

/* A day that had no file when the prune began gets one before its commit. */
static void prune_does_not_pass_an_export_of_a_pruned_day(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    const test_site before = site_since(&site, 1);
    store *s = night_store(&before, 3);
    pqa_pruned pruned;
    first_day_exporter other = {s, &site};
    visited_store v = {s, "/_delta_log/", export_first_day, &other, false};
    store *pruner = open_visited(&v);
    assert_fails(night_prune(pruner, 2, true, &pruned, &error), PQT_CONFLICT,
                 "another process changed the archive's files");
    assert_true(v.is_done);
    store_close(pruner);
    assert_archive_is(s, &site, 0);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prune_takes_days_and_remembers_the_date),
        cmocka_unit_test(prune_of_more_than_a_tenth_must_be_meant),
        cmocka_unit_test(prune_of_a_tenth_needs_no_agreement),
        cmocka_unit_test(prune_does_not_move_back_or_into_the_future),
        cmocka_unit_test(prune_splits_a_file_of_several_days),
        cmocka_unit_test(undo_brings_days_back),
        cmocka_unit_test(undo_of_the_first_prune_lets_days_be_exported),
        cmocka_unit_test(undo_leaves_later_days_as_they_are),
        cmocka_unit_test(undo_is_refused_where_an_id_was_used_again),
        cmocka_unit_test(undo_too_late_is_refused),
        cmocka_unit_test(undo_with_another_object_in_place_is_refused),
        cmocka_unit_test(store_call_that_fails_loses_nothing),
        cmocka_unit_test(prune_does_not_pass_an_export_of_a_pruned_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
