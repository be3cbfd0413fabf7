/* Deletions whose memory fails at every single allocation: they end well or with an
 * error, and nothing is lost. */
#include "archive/deletion.h"

#include "failing_memory.h"
#include "night_deletion.h"

/* --- Deleting --- */

static uint64_t wanted;

static void arm(bool on)
{
    if (on) allocations = 0;
    fail_at = on ? wanted : 0;
}

/* Returns whether the deletion went through without a fault. */
static bool delete_with_memory_fault(uint64_t at, bool for_ever)
{
    pqt_error error = {0};
    deletion_report report;
    plot armed = {.arm = arm};
    const test_site whole = site_of_days(3);
    test_site site = site_of_days(3);
    store *s = open_store();
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    fail_for_ever = for_ever;
    wanted = at;
    const pqt_status status =
        night_delete(&site, s, &armed, false, NULL, &report, &error);
    const bool is_through = allocations < at;
    if (is_through && status != PQT_OK) fail_msg("%s", error.message);
    if (status != PQT_OK && error.message[0] == 0)
        fail_msg("allocation %llu: an error without a message", (unsigned long long)at);
    assert_nothing_is_lost(s, &site, &whole);
    if (at % 16 == 0) assert_converges(s, &site, &whole);
    store_close(s);
    return is_through;
}

static void memory_that_ends_loses_nothing(void **state)
{
    (void)state;
    uint64_t at = 1;
    while (!delete_with_memory_fault(at, true)) at = next_failure(at, 64);
    assert_true(at > 500);
}

static void allocation_that_fails_once_loses_nothing(void **state)
{
    (void)state;
    uint64_t at = 1;
    while (!delete_with_memory_fault(at, false)) at = next_failure(at, 64);
    assert_true(at > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_ends_loses_nothing),
        cmocka_unit_test(allocation_that_fails_once_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
