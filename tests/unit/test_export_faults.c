/* Exports whose store or memory fails at every single call: they end well or with an
 * error, nothing is lost or doubled, and the next run completes them. */
#include "archive/export.h"

#include "failing_memory.h"
#include "fault_calls.h"
#include "night.h"

/* --- What must hold --- */

/* Two nights: what is archived before the faults, and what the faulty export adds. */
struct nights {
    test_site before;
    test_site after;
};

static struct nights make_nights(void)
{
    const test_site before = site_of_days(2);
    return (struct nights){before, site_next_night(&before)};
}

static void assert_next_run_completes(store *s, const struct nights *n)
{
    pqt_error error;
    assert_ok(night_export(&n->after, s, 0, 3, NULL, &error));
    assert_archive_is(s, &n->after, 1);
    assert_ok(night_verify(s, &n->after, &error));
    const int64_t version = night_version(s);
    assert_ok(night_export(&n->after, s, 0, 3, NULL, &error));
    assert_int_equal(night_version(s), version);
}

/* --- The store's calls --- */

/* Returns whether the export went through without a fault. */
static bool export_with_store_fault(const void *self, struct store_fault_plan plan)
{
    const struct nights *n = self;
    pqt_error error = {0};
    store *s = night_store(&n->before, 2), *faulty = NULL;
    assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
    const pqt_status status = night_export(&n->after, faulty, 0, 3, NULL, &error);
    if (status != PQT_OK) assert_true(error.message[0] != 0);
    if (status == PQT_OK) assert_archive_is(s, &n->after, 1);
    store_close(faulty);
    assert_night_is_kept(s, &n->before);
    assert_next_run_completes(s, n);
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void each_store_call_fails(int way)
{
    const struct nights n = make_nights();
    each_call_fails(export_with_store_fault, &n, way, 20);
}

static void store_call_that_fails_once_loses_nothing(void **state)
{
    (void)state;
    each_store_call_fails(FAULT_ONCE);
}

static void store_that_is_gone_loses_nothing(void **state)
{
    (void)state;
    each_store_call_fails(FAULT_FOR_EVER);
}

static void answer_that_is_lost_loses_nothing(void **state)
{
    (void)state;
    each_store_call_fails(FAULT_ANSWER_LOST);
    each_store_call_fails(FAULT_ALL_ANSWERS_LOST);
}

/* --- The source --- */

static void source_that_breaks_off_loses_nothing(void **state)
{
    (void)state;
    pqt_error error;
    const struct nights n = make_nights();
    for (size_t row = 1; row <= n.after.row_count; row++) {
        store *s = night_store(&n.before, 2);
        source *from = NULL;
        const source_memory content = {.rows = n.after.rows,
                                       .row_count = n.after.row_count,
                                       .identity = {"memory site", true, false},
                                       .fail_at_row = row};
        const pqa_settings settings = night_settings();
        const pqa_export_options options = {.since = NIGHT_FIRST, .until = NIGHT_FIRST + 3};
        assert_ok(source_open_memory(&content, &from, &error));
        const int64_t version = night_version(s);
        const export_context context = {s, from, NULL, &settings};
        assert_fails(archive_export(&context, &options, NULL, NULL, &error), PQT_IO,
                     "injected");
        assert_int_equal(night_version(s), version);
        source_close(from);
        if (row % 10 == 0) assert_next_run_completes(s, &n);
        store_close(s);
    }
}

/* --- Memory --- */

/* Returns whether the export went through without a fault. */
static bool export_with_memory_fault(const struct nights *n, uint64_t at, bool for_ever)
{
    pqt_error error = {0};
    store *s = night_store(&n->before, 2);
    allocations = 0;
    fail_for_ever = for_ever;
    fail_at = at;
    const pqt_status status = night_export(&n->after, s, 0, 3, NULL, &error);
    fail_at = 0;
    const bool is_through = allocations < at;
    if (is_through && status != PQT_OK) fail_msg("%s", error.message);
    if (status != PQT_OK && error.message[0] == 0)
        fail_msg("allocation %llu: an error without a message", (unsigned long long)at);
    if (status == PQT_OK) assert_archive_is(s, &n->after, 1);
    assert_night_is_kept(s, &n->before);
    if (at % 16 == 0) assert_next_run_completes(s, n);
    store_close(s);
    return is_through;
}

static void memory_that_ends_loses_nothing(void **state)
{
    (void)state;
    const struct nights n = make_nights();
    uint64_t at = 1;
    while (!export_with_memory_fault(&n, at, true)) at = next_failure(at, 64);
    assert_true(at > 500);
}

static void allocation_that_fails_once_loses_nothing(void **state)
{
    (void)state;
    const struct nights n = make_nights();
    uint64_t at = 1;
    while (!export_with_memory_fault(&n, at, false)) at = next_failure(at, 64);
    assert_true(at > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_call_that_fails_once_loses_nothing),
        cmocka_unit_test(store_that_is_gone_loses_nothing),
        cmocka_unit_test(answer_that_is_lost_loses_nothing),
        cmocka_unit_test(source_that_breaks_off_loses_nothing),
        cmocka_unit_test(memory_that_ends_loses_nothing),
        cmocka_unit_test(allocation_that_fails_once_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
