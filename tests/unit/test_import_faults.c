/* Imports whose stores or memory fail at every single call: they end well or with an
 * error, nothing is lost or doubled, and the next run completes them. */
#include "archive/import.h"

#include "failing_memory.h"
#include "fault_calls.h"
#include "night.h"
#include "poc_file.h"

/* What is archived before, what the site then has, and files of it. */
struct imports {
    test_site before;
    test_site after;
    store *files;
};

static struct imports make_imports(void)
{
    pqt_error error;
    struct imports n = {.before = site_of_days(2)};
    n.after = site_next_night(&n.before);
    assert_ok(store_open_memory(&n.files, &error));
    poc_put(n.files, "2024/10/04/pageviews_2024-10-04.parquet", n.before.rows, 40, 0);
    poc_put(n.files, "2024/10/04/pageviews_2024-10-04_ab1.parquet", n.after.rows,
            n.after.row_count, POC_NO_FULL_PATH);
    const size_t last = n.after.row_count - 10; /* of day 2: those behind id 800 */
    poc_put(n.files, "last.parquet", &n.after.rows[last], 9, POC_NO_ID);
    return n;
}

static pqt_status run_import(store *files, store *to, pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const export_context context = {to, NULL, NULL, &settings};
    const import_place place = {files, "files", NULL};
    const pqa_import_options options = {.since = INT32_MIN, .until = INT32_MAX};
    const import_request request = {&place, 1, &options, NULL, NULL};
    return archive_import(&context, &request, error);
}

/* The next import brings the rest, the next export the ids. */
static void assert_next_run_completes(store *s, const struct imports *n)
{
    pqt_error error;
    night_rows rows;
    assert_ok(run_import(n->files, s, &error));
    night_read(s, &rows);
    assert_int_equal(rows.count, n->after.row_count + 1);
    arena_free(&rows.texts);
    assert_ok(night_verify(s, NULL, &error));
    assert_ok(night_export(&n->after, s, 0, 2, NULL, &error));
    assert_archive_is(s, &n->after, 1);
    assert_ok(night_verify(s, &n->after, &error));
}

/* Returns whether the import went through without a fault. */
static bool import_with_fault(const struct imports *n, struct store_fault_plan plan,
                              bool of_files)
{
    pqt_error error = {0};
    store *s = night_store(&n->before, 2), *faulty = NULL;
    assert_ok(
        store_open_faulty(borrow_store(of_files ? n->files : s), &plan, &faulty, &error));
    const pqt_status status =
        run_import(of_files ? faulty : n->files, of_files ? s : faulty, &error);
    if (status != PQT_OK) assert_true(error.message[0] != 0);
    store_close(faulty);
    assert_night_is_kept(s, &n->before);
    assert_next_run_completes(s, n);
    store_close(s);
    return plan.calls < plan.fail_at;
}

static bool import_with_store_fault(const void *self, struct store_fault_plan plan)
{
    return import_with_fault(self, plan, false);
}

static bool import_with_file_fault(const void *self, struct store_fault_plan plan)
{
    return import_with_fault(self, plan, true);
}

static void store_that_fails_loses_nothing(void **state)
{
    (void)state;
    const struct imports n = make_imports();
    for (int way = FAULT_ONCE; way <= FAULT_ALL_ANSWERS_LOST; way++)
        each_call_fails(import_with_store_fault, &n, way, 20);
    store_close(n.files);
}

static void files_that_cannot_be_read_lose_nothing(void **state)
{
    (void)state;
    const struct imports n = make_imports();
    each_call_fails(import_with_file_fault, &n, FAULT_ONCE, 6);
    each_call_fails(import_with_file_fault, &n, FAULT_FOR_EVER, 6);
    store_close(n.files);
}

static bool import_with_memory_fault(const struct imports *n, uint64_t at, bool for_ever)
{
    pqt_error error = {0};
    store *s = night_store(&n->before, 2);
    allocations = 0;
    fail_for_ever = for_ever;
    fail_at = at;
    const pqt_status status = run_import(n->files, s, &error);
    fail_at = 0;
    const bool is_through = allocations < at;
    if (is_through && status != PQT_OK) fail_msg("%s", error.message);
    if (status != PQT_OK && error.message[0] == 0)
        fail_msg("allocation %llu: an error without a message", (unsigned long long)at);
    assert_night_is_kept(s, &n->before);
    if (at % 16 == 0) assert_next_run_completes(s, n);
    store_close(s);
    return is_through;
}

static void memory_that_ends_loses_nothing(void **state)
{
    (void)state;
    const struct imports n = make_imports();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        uint64_t at = 1;
        while (!import_with_memory_fault(&n, at, for_ever)) at = next_failure(at, 24);
        assert_true(at > 800);
    }
    store_close(n.files);
}

/* A file that is cut off anywhere, or of which one byte is another, is refused or read as
 * it is; the archive stays right. */
static void damaged_file_is_refused_or_read(void **state)
{
    (void)state;
    pqt_error error;
    const struct imports n = make_imports();
    buffer bytes = {0};
    int refused = 0;
    poc_make(n.after.rows, n.after.row_count, 0, &bytes);
    for (size_t at = 0; at < bytes.size_bytes; at += 31) {
        store *files = NULL, *s = NULL;
        assert_ok(store_open_memory(&files, &error));
        assert_ok(store_open_memory(&s, &error));
        const bool is_cut = at % 2;
        bytes.data[at] ^= 0x55;
        const store_body body = {-1, view_of(bytes.data, is_cut ? at : bytes.size_bytes)};
        assert_ok(store_put_if_absent(files, "a.parquet", &body, &error));
        bytes.data[at] ^= 0x55;
        const pqt_status status = run_import(files, s, &error);
        refused += status != PQT_OK;
        if (is_cut) assert_int_not_equal(status, PQT_OK);
        if (night_version(s) >= 0) assert_ok(night_verify(s, NULL, &error));
        store_close(files);
        store_close(s);
    }
    assert_true(refused > 40);
    buffer_free(&bytes);
    store_close(n.files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_that_fails_loses_nothing),
        cmocka_unit_test(files_that_cannot_be_read_lose_nothing),
        cmocka_unit_test(memory_that_ends_loses_nothing),
        cmocka_unit_test(damaged_file_is_refused_or_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
