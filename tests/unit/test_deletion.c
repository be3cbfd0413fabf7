#include "archive/deletion.h"

#include "base/clock.h"
#include "fault_calls.h"
#include "night_deletion.h"

/* --- What it does --- */

static void days_are_exported_and_deleted(void **state)
{
    (void)state;
    pqt_error error = {0};
    plot none = {0};
    deletion_report report;
    store *s = open_store();
    test_site site = site_of_days(4), whole = site_of_days(4);
    assert_ok(night_delete(&site, s, &none, false, NULL, &report, &error));
    assert_int_equal(site.row_count, 20);
    assert_int_equal(report.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(report.days[i].rows_deleted, 20);
        assert_int_equal(report.days[i].batches, 4);
        assert_int_equal(report.days[i].status, PQT_OK);
    }
    assert_nothing_is_lost(s, &site, &whole);
    assert_ok(night_delete(&site, s, &none, false, NULL, &report, &error));
    assert_int_equal(report.days[0].rows_deleted, 0);
    assert_int_equal(report.days[0].rows_gone, 20);
    store_close(s);
}

static void dry_run_counts_what_would_go(void **state)
{
    (void)state;
    pqt_error error = {0};
    plot none = {0};
    deletion_report report;
    store *s = open_store();
    test_site site = site_of_days(3);
    for (int round = 0; round < 2; round++) {
        assert_ok(night_delete(&site, s, &none, true, NULL, &report, &error));
        assert_int_equal(report.count, 3);
        assert_int_equal(report.days[1].rows_deleted, 20);
        assert_int_equal(report.days[1].rows_kept, 0);
        assert_int_equal(site.row_count, 60);
        if (round == 0) assert_ok(night_export(&site, s, 0, 2, NULL, &error));
        site_find(&site, 25)->view_count += 1;
    }
    store_close(s);
}

static void open_and_upside_down_days_are_refused(void **state)
{
    (void)state;
    pqt_error error = {0};
    store *s = open_store();
    test_site site = site_of_days(1);
    source_memory_table table = {.rows = site.rows, .row_count = site.row_count};
    source *from = open_owned(&site, &table);
    const pqa_settings settings = night_settings();
    const export_context context = {s, from, NULL, &settings};
    const int32_t today = clock_today_utc();
    const pqa_delete_options open = {.since = today - 1, .until = today};
    const pqa_delete_options future = {.since = today + 1, .until = today + 2};
    const pqa_delete_options turned = {.since = today - 1, .until = today - 2};
    assert_fails(archive_delete(&context, from, &open, NULL, NULL, &error), PQT_INVALID,
                 "its rows are not deleted");
    assert_fails(archive_delete(&context, from, &future, NULL, NULL, &error), PQT_INVALID,
                 "its rows are not deleted");
    assert_fails(archive_delete(&context, from, &turned, NULL, NULL, &error), PQT_INVALID,
                 "after the last");
    source_close(from);
    store_close(s);
}

/* --- Planted: the database --- */

static pqt_status change_a_row(plot *p, pqt_error *error)
{
    (void)error;
    for (size_t i = 0; i < p->table->row_count; i++)
        if (p->table->rows[i].id == 20) p->table->rows[i].view_count += 3;
    return PQT_OK;
}

static pqt_status reuse_an_id(plot *p, pqt_error *error)
{
    (void)error;
    for (size_t i = 0; i < p->table->row_count; i++)
        if (p->table->rows[i].id == 20) p->table->rows[i].path = view_text("/new owner");
    return PQT_OK;
}

static void row_that_is_another_now_stays(void **state)
{
    (void)state;
    pqt_status (*const acts[])(plot *, pqt_error *) = {change_a_row, reuse_an_id};
    for (int i = 0; i < 2; i++) {
        pqt_error error = {0};
        deletion_report report;
        plot p = {.act = acts[i], .at = 1};
        store *s = open_store();
        test_site site = site_of_days(3);
        assert_ok(night_delete(&site, s, &p, false, NULL, &report, &error));
        assert_int_equal(report.days[0].rows_deleted, 19);
        assert_int_equal(report.days[0].rows_kept, 1);
        assert_int_equal(site.row_count, 1);
        assert_int_equal(site.rows[0].id, 20);
        if (i == 0) {
            test_site whole = site_of_days(3);
            site_find(&whole, 20)->view_count += 3;
            assert_nothing_is_lost(s, &site, &whole);
            assert_converges(s, &site, &whole);
        }
        store_close(s);
    }
}

/* A row contradicts the archive: nothing of its day is deleted, the other days are. */
static void day_that_is_not_exported_is_not_deleted(void **state)
{
    (void)state;
    pqt_error error = {0};
    deletion_report report;
    plot none = {0};
    store *s = open_store();
    test_site site = site_of_days(3);
    assert_ok(night_export(&site, s, 0, 2, NULL, &error));
    site_find(&site, 22)->path = view_text("/other");
    assert_fails(night_delete(&site, s, &none, false, NULL, &report, &error), PQT_CORRUPT,
                 "id 22 ");
    assert_int_equal(report.count, 2);
    assert_int_equal(site.row_count, 20);
    for (int64_t id = 21; id <= 40; id++) assert_non_null(site_find(&site, id));
    store_close(s);
}

/* Each column by itself makes a row another. */
static void every_column_counts(void **state)
{
    (void)state;
    pqt_error error = {0};
    source_deletion done;
    for (int what = 0; what < 9; what++) {
        test_site site = site_of_days(1);
        source_memory_table table = {.rows = site.rows, .row_count = site.row_count};
        source *from = open_owned(&site, &table);
        source_row row = *site_find(&site, 7);
        if (what == 1) row.project_id++;
        if (what == 2) row.version_id++;
        if (what == 3) row.has_version = false;
        if (what == 4) row.path = view_text("/other");
        if (what == 5) row.has_full_path = !row.has_full_path;
        if (what == 6) row.view_count++;
        if (what == 7) row.date++;
        if (what == 8) row.status++;
        assert_ok(source_delete_rows(from, &row, 1, &done, &error));
        assert_int_equal(done.deleted, what == 0);
        assert_int_equal(done.kept, what != 0);
        assert_int_equal(table.row_count, what == 0 ? 19 : 20);
        source_close(from);
    }
}

static void other_database_is_refused(void **state)
{
    (void)state;
    pqt_error error = {0};
    deletion_report report;
    plot none = {0};
    store *s = open_store();
    test_site site = site_of_days(3);
    assert_fails(night_delete(&site, s, &none, false, "a restored copy", &report, &error),
                 PQT_CORRUPT, "another than the one");
    assert_int_equal(site.row_count, 60);
    test_site other = site_of_days(3);
    other.identity = "another site";
    assert_ok(night_export(&site, s, 0, 2, NULL, &error));
    assert_fails(night_delete(&other, s, &none, false, NULL, &report, &error),
                 PQT_CORRUPT, "--adopt-source");
    assert_fails(night_delete(&other, s, &none, true, NULL, &report, &error), PQT_CORRUPT,
                 "--adopt-source");
    assert_int_equal(other.row_count, 60);
    store_close(s);
}

static pqt_status fail_transiently(plot *p, pqt_error *error)
{
    p->at++; /* the next try too */
    return error_set(error, PQT_TIMEOUT, "injected lock timeout");
}

static pqt_status fail_once(plot *p, pqt_error *error)
{
    (void)p;
    return error_set(error, PQT_TIMEOUT, "injected lock timeout");
}

static void locks_are_waited_for_a_bounded_time(void **state)
{
    (void)state;
    pqt_error error = {0};
    deletion_report report;
    const test_site whole = site_of_days(3);
    store *s = open_store();
    test_site site = site_of_days(3);
    plot for_ever = {.act = fail_transiently, .at = 3};
    assert_fails(night_delete(&site, s, &for_ever, false, NULL, &report, &error),
                 PQT_TIMEOUT, "injected");
    assert_int_equal(for_ever.batches, 2 + 6);
    assert_int_equal(site.row_count, 60 - 12);
    assert_int_equal(report.days[0].rows_deleted, 12);
    assert_int_equal(report.days[0].status, PQT_TIMEOUT);
    plot once = {.act = fail_once, .at = 2};
    assert_ok(night_delete(&site, s, &once, false, NULL, &report, &error));
    assert_converges(s, &site, &whole);
    store_close(s);
}

static void lost_answer_loses_nothing(void **state)
{
    (void)state;
    const test_site whole = site_of_days(3);
    for (uint64_t at = 1; at <= 12; at++) {
        pqt_error error = {0};
        deletion_report report;
        plot p = {.act = fail_once, .at = at, .is_done = true};
        store *s = open_store();
        test_site site = site_of_days(3);
        assert_fails(night_delete(&site, s, &p, false, NULL, &report, &error),
                     PQT_TIMEOUT, "injected");
        assert_int_equal(p.batches, at); /* not tried again: it may have taken effect */
        assert_nothing_is_lost(s, &site, &whole);
        assert_converges(s, &site, &whole);
        store_close(s);
    }
}

/* --- Planted: the archive --- */

static void find_key(store *s, int32_t day, char key[300])
{
    pqt_error error;
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &snapshot, &error));
    for (int32_t i = 0; i < snapshot->file_count; i++)
        if (file_touches(&snapshot->files[i], NIGHT_FIRST + day, NIGHT_FIRST + day))
            snprintf(key, 300, ARCHIVE_ROOT "/%s", snapshot->files[i].path);
    delta_snapshot_free(snapshot);
}

/* Puts other bytes in the file's place: `at` is changed, or the file ends there. */
static void spoil_file(store *s, int32_t day, size_t at, bool is_cut)
{
    char key[300];
    pqt_error error;
    buffer bytes = {0};
    find_key(s, day, key);
    assert_ok(store_get(s, key, 1 << 20, &bytes, &error));
    assert_true(at < bytes.size_bytes);
    bytes.data[at] ^= 0x40;
    if (is_cut) bytes.size_bytes = at;
    assert_ok(store_remove(s, key, &error));
    const store_body body = {-1, buffer_view(&bytes)};
    assert_ok(store_put_if_absent(s, key, &body, &error));
    buffer_free(&bytes);
}

/* The middle day's file is bad in many ways: its rows stay. */
static void file_that_does_not_verify_deletes_nothing(void **state)
{
    (void)state;
    for (size_t at = 0; at < 600; at += 37) {
        pqt_error error = {0};
        deletion_report report;
        plot none = {0};
        store *s = open_store();
        test_site site = site_of_days(3);
        assert_ok(night_export(&site, s, 0, 2, NULL, &error));
        spoil_file(s, 1, at, at % 2 == 1);
        const pqt_status status =
            night_delete(&site, s, &none, false, NULL, &report, &error);
        assert_int_not_equal(status, PQT_OK);
        for (int64_t id = 21; id <= 40; id++) assert_non_null(site_find(&site, id));
        store_close(s);
    }
}

/* The bytes are bad only after the export has looked: what is read back is what counts.
 */
static pqt_status spoil_next_day(plot *p, pqt_error *error)
{
    (void)error;
    spoil_file(p->store, 1, 300, false);
    return PQT_OK;
}

static pqt_status remove_next_day(plot *p, pqt_error *error)
{
    char key[300];
    find_key(p->store, 1, key);
    return store_remove(p->store, key, error);
}

static void file_is_read_back_before_its_rows_go(void **state)
{
    (void)state;
    pqt_status (*const acts[])(plot *, pqt_error *) = {spoil_next_day, remove_next_day};
    for (int i = 0; i < 2; i++) {
        pqt_error error = {0};
        deletion_report report;
        plot p = {.act = acts[i], .at = 2};
        store *s = open_store();
        test_site site = site_of_days(3);
        assert_fails(night_delete(&site, s, &p, false, NULL, &report, &error),
                     PQT_CORRUPT, "");
        assert_int_equal(site.row_count, 20);
        assert_int_equal(report.count, 3);
        assert_int_equal(report.days[1].status, PQT_CORRUPT);
        assert_int_equal(report.days[1].rows_deleted, 0);
        assert_int_equal(report.days[2].rows_deleted, 20);
        for (int64_t id = 21; id <= 40; id++) assert_non_null(site_find(&site, id));
        store_close(s);
    }
}

/* Somebody else's commit takes the day's file out. */
static pqt_status commit_removal(plot *p, int32_t day)
{
    char key[300];
    pqt_error error = {0};
    delta_snapshot *snapshot = NULL;
    find_key(p->store, day, key);
    assert_ok(delta_snapshot_read(p->store, ARCHIVE_ROOT, &snapshot, &error));
    const delta_remove gone = {
        .path = key + strlen(ARCHIVE_ROOT "/"), .deleted_ms = 1, .data_change = true};
    const delta_changes changes = {
        .removes = &gone, .remove_count = 1, .operation = "DELETE"};
    assert_ok(delta_commit(p->store, ARCHIVE_ROOT, snapshot, &changes, NULL, NULL, NULL,
                           &error));
    delta_snapshot_free(snapshot);
    return PQT_OK;
}

static pqt_status remove_this_day(plot *p, pqt_error *error)
{
    (void)error;
    return commit_removal(p, 0);
}

static pqt_status remove_another_day(plot *p, pqt_error *error)
{
    (void)error;
    return commit_removal(p, 2);
}

static void file_that_is_not_live_any_more_stops_the_deletion(void **state)
{
    (void)state;
    pqt_error error = {0};
    deletion_report report;
    plot p = {.act = remove_this_day, .at = 2};
    store *s = open_store();
    test_site site = site_of_days(3);
    assert_fails(night_delete(&site, s, &p, false, NULL, &report, &error), PQT_CONFLICT,
                 "not in the archive any more");
    assert_int_equal(p.batches,
                     2); /* the batch that it came before, and none behind it */
    assert_int_equal(site.row_count, 60 - 12);
    store_close(s);
    p = (plot){.act = remove_another_day, .at = 2};
    s = open_store();
    site = site_of_days(3);
    assert_ok(night_delete(&site, s, &p, false, NULL, &report, &error));
    assert_int_equal(site.row_count, 20); /* the other day has no file: nothing goes */
    store_close(s);
}

static void store_that_is_locked_is_left_alone(void **state)
{
    (void)state;
    pqt_error error = {0};
    deletion_report report;
    plot none = {0};
    void *lock = NULL;
    store *s = open_store();
    test_site site = site_of_days(3);
    assert_ok(store_lock(s, "writer", &lock, &error));
    assert_fails(night_delete(&site, s, &none, false, NULL, &report, &error), PQT_BUSY,
                 "");
    store_unlock(s, lock);
    assert_int_equal(site.row_count, 60);
    store_close(s);
}

/* --- Every call of the store fails --- */

static bool delete_with_store_fault(const void *self, struct store_fault_plan plan)
{
    (void)self;
    pqt_error error = {0};
    deletion_report report;
    plot none = {0};
    const test_site whole = site_of_days(3);
    test_site site = site_of_days(3);
    store *s = open_store(), *faulty = NULL;
    assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
    const pqt_status status =
        night_delete(&site, faulty, &none, false, NULL, &report, &error);
    if (status != PQT_OK) assert_true(error.message[0] != 0);
    store_close(faulty);
    assert_nothing_is_lost(s, &site, &whole);
    assert_converges(s, &site, &whole);
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void store_call_that_fails_loses_nothing(void **state)
{
    (void)state;
    for (int way = FAULT_ONCE; way <= FAULT_ALL_ANSWERS_LOST; way++)
        each_call_fails(delete_with_store_fault, NULL, way, 30);
}

/* --- Stopping --- */

static volatile int cancelled;

static pqt_status cancel(plot *p, pqt_error *error)
{
    (void)p;
    (void)error;
    cancelled = 1;
    return PQT_OK;
}

static void caller_who_stops_is_heard_within_a_batch(void **state)
{
    (void)state;
    pqt_error error = {0};
    store *s = open_store();
    test_site site = site_of_days(3);
    plot p = {.act = cancel, .at = 2};
    source_memory_table table = {.rows = site.rows,
                                 .row_count = site.row_count,
                                 .on_delete = act_on_delete,
                                 .self = &p};
    source *from = open_owned(&site, &table);
    const pqt_progress progress = {.cancelled = &cancelled};
    pqa_settings settings = night_settings();
    settings.progress = &progress;
    const export_context context = {s, from, NULL, &settings};
    const pqa_delete_options options = {
        .since = NIGHT_FIRST, .until = NIGHT_FIRST + 2, .batch_rows = 6};
    assert_fails(archive_delete(&context, from, &options, NULL, NULL, &error),
                 PQT_CANCELLED, "stopped");
    assert_int_equal(p.batches, 2);
    assert_int_equal(table.row_count, 48);
    source_close(from);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_exported_and_deleted),
        cmocka_unit_test(dry_run_counts_what_would_go),
        cmocka_unit_test(open_and_upside_down_days_are_refused),
        cmocka_unit_test(row_that_is_another_now_stays),
        cmocka_unit_test(day_that_is_not_exported_is_not_deleted),
        cmocka_unit_test(every_column_counts),
        cmocka_unit_test(other_database_is_refused),
        cmocka_unit_test(locks_are_waited_for_a_bounded_time),
        cmocka_unit_test(lost_answer_loses_nothing),
        cmocka_unit_test(file_that_does_not_verify_deletes_nothing),
        cmocka_unit_test(file_is_read_back_before_its_rows_go),
        cmocka_unit_test(file_that_is_not_live_any_more_stops_the_deletion),
        cmocka_unit_test(store_that_is_locked_is_left_alone),
        cmocka_unit_test(store_call_that_fails_loses_nothing),
        cmocka_unit_test(caller_who_stops_is_heard_within_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
