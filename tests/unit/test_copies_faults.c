/* Copies whose store or memory fails at every single call: the day is none the worse, a
 * failure is told, and the next run leaves exactly the copies that there should be. */
#include "archive/copies.h"

#include "archive/forget.h"
#include "copies_help.h"
#include "failing_memory.h"

enum { COPIES_A_DAY = 4 };

/* A site before, with a renamed project, a new row and one with more views, and with the
 * project renamed once more. */
struct nights {
    test_site before;
    test_site after;
    test_site later;
};

static struct nights make_nights(void)
{
    struct nights n = {.before = site_with_organizations(2)};
    n.after = n.before;
    n.after.projects[1].slug = view_text("quart");
    site_add(&n.after, 301, 0);
    site_find(&n.after, 6)->view_count += 10;
    n.later = n.after;
    n.later.projects[1].slug = view_text("third");
    site_add(&n.later, 304, 0);
    return n;
}

static store *store_of_before(const struct nights *n)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    assert_ok(copies_export(&n->before, s, 0, 1, &both, NULL, &error));
    return s;
}

/* By the next export, whatever was renamed meanwhile, and by copies alone. */
static void assert_next_run_completes(store *s, const struct nights *n, uint64_t at)
{
    pqt_error error;
    const test_site *next = at % 2 ? &n->after : &n->later;
    assert_ok(copies_export(next, s, 0, 1, at % 3 ? &both : NULL, NULL, &error));
    if (at % 3 == 0) assert_ok(copies_run(next, s, 0, 1, &both, NULL, &error));
    assert_archive_is(s, next, 0);
    assert_copies(s, next, 2 * COPIES_A_DAY);
}

/* --- The store's calls --- */

static bool export_with_store_fault(const void *self, struct store_fault_plan plan)
{
    const struct nights *n = self;
    pqt_error error = {0};
    copies_told told;
    store *s = store_of_before(n), *faulty = NULL;
    assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
    const pqt_status status =
        copies_export(&n->after, faulty, 0, 1, &both, &told, &error);
    if (status != PQT_OK) assert_true(error.message[0] != 0);
    if (told.counts[PQA_COPY_FAILED] > 0) {
        assert_int_not_equal(status, PQT_OK);
        assert_archive_is(s, &n->after, 0); /* it was committed */
    }
    if (status == PQT_OK) assert_copies(s, &n->after, 2 * COPIES_A_DAY);
    store_close(faulty);
    assert_next_run_completes(s, n, plan.fail_at);
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void each_store_call_fails(int way)
{
    const struct nights n = make_nights();
    each_call_fails(export_with_store_fault, &n, way, 20);
}

static void store_call_that_fails_leaves_it_to_the_next_run(void **state)
{
    (void)state;
    each_store_call_fails(FAULT_ONCE);
}

static void store_that_is_gone_leaves_it_to_the_next_run(void **state)
{
    (void)state;
    each_store_call_fails(FAULT_FOR_EVER);
}

static void answer_that_is_lost_leaves_it_to_the_next_run(void **state)
{
    (void)state;
    each_store_call_fails(FAULT_ANSWER_LOST);
    each_store_call_fails(FAULT_ALL_ANSWERS_LOST);
}

/* --- Forgetting and pruning --- */

static pqt_status take_away(store *s, bool forgets, pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    const pqa_forget_options options = {.project_id = 2, .agreed = true};
    pqa_forgotten forgotten;
    pqa_pruned pruned;
    if (forgets)
        return archive_forget(&context, clock_wall_ms(), &options, &forgotten, error);
    return night_prune(s, 1, true, &pruned, error);
}

struct taking {
    struct nights nights;
    bool forgets;
};

static bool take_away_with_fault(const void *self, struct store_fault_plan plan)
{
    const struct taking *t = self;
    pqt_error error = {0};
    store *s = store_of_before(&t->nights), *faulty = NULL;
    assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
    const pqt_status status = take_away(faulty, t->forgets, &error);
    store_close(faulty);
    if (status != PQT_OK) assert_ok(take_away(s, t->forgets, &error));
    assert_copies(s, &t->nights.before, t->forgets ? 2 * 2 : COPIES_A_DAY);
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void what_is_taken_away_is_gone_by_the_next_run(void **state)
{
    (void)state;
    struct taking taking = {.nights = make_nights()};
    for (int forgets = 0; forgets < 2; forgets++) {
        taking.forgets = forgets;
        each_call_fails(take_away_with_fault, &taking, FAULT_ONCE, 10);
    }
}

/* --- Memory --- */

static bool export_with_memory_fault(const struct nights *n, uint64_t at, bool for_ever)
{
    pqt_error error = {0};
    copies_told told;
    store *s = store_of_before(n);
    allocations = 0;
    fail_for_ever = for_ever;
    fail_at = at;
    const pqt_status status = copies_export(&n->after, s, 0, 1, &both, &told, &error);
    fail_at = 0;
    const bool is_through = allocations < at;
    if (is_through && status != PQT_OK) fail_msg("%s", error.message);
    if (status != PQT_OK && error.message[0] == 0)
        fail_msg("allocation %llu: an error without a message", (unsigned long long)at);
    if (status == PQT_OK) assert_copies(s, &n->after, 2 * COPIES_A_DAY);
    if (at % 16 == 0) assert_next_run_completes(s, n, at);
    store_close(s);
    return is_through;
}

static void memory_that_ends_leaves_it_to_the_next_run(void **state)
{
    (void)state;
    const struct nights n = make_nights();
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        uint64_t at = 1;
        while (!export_with_memory_fault(&n, at, for_ever)) at += 1 + at / 16;
        assert_true(at > 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_call_that_fails_leaves_it_to_the_next_run),
        cmocka_unit_test(store_that_is_gone_leaves_it_to_the_next_run),
        cmocka_unit_test(answer_that_is_lost_leaves_it_to_the_next_run),
        cmocka_unit_test(what_is_taken_away_is_gone_by_the_next_run),
        cmocka_unit_test(memory_that_ends_leaves_it_to_the_next_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
