/* What is done with an archive whose memory fails at every single allocation: it ends
 * well or with an error that has a message, rows are there as before or as after, and the
 * same done again completes. */
#include "archive/compact.h"
#include "archive/forget.h"
#include "archive/restore.h"
#include "archive/vacuum.h"
#include "base/alloc.h"
#include "failing_memory.h"
#include "query/question.h"
#include "upkeep_help.h"

enum { FORGOTTEN = 2, PRUNED_DAYS = 2, DAYS = 4, TABLE_ROWS = 100 };

static const pqa_settings settings = {
    .environment = "test", .temporary_directory = "/tmp", .memory_bytes = 1 << 20};
static test_site whole; /* what was exported */
static source_row table_rows[TABLE_ROWS];
static arena table_texts;
static source_memory_table table = {
    .rows = table_rows, .row_capacity = TABLE_ROWS, .texts = &table_texts};

/* --- What is done --- */

static export_context context_of(store *s)
{
    return (export_context){s, NULL, NULL, &settings};
}

static pqt_status run_verify(store *s, pqt_error *error)
{
    const export_context context = context_of(s);
    const pqa_verify_options options = {.since = NIGHT_FIRST,
                                        .until = NIGHT_FIRST + DAYS};
    return archive_verify(&context, &options, NULL, NULL, error);
}

static pqt_status run_compact(store *s, pqt_error *error)
{
    const export_context context = context_of(s);
    const pqa_compact_options options = {0};
    return archive_compact(&context, clock_wall_ms(), &options, NULL, NULL, error);
}

static pqt_status run_prune(store *s, pqt_error *error)
{
    pqa_pruned pruned;
    return night_prune(s, PRUNED_DAYS, true, &pruned, error);
}

/* Nothing where it is undone already. */
static pqt_status run_undo(store *s, pqt_error *error)
{
    pqa_pruned pruned;
    const pqt_status status = night_undo(s, 0, &pruned, error);
    return status == PQT_NOT_FOUND ? PQT_OK : status;
}

static pqt_status run_vacuum(store *s, pqt_error *error)
{
    const export_context context = context_of(s);
    pqa_vacuum_report report = {0};
    return archive_vacuum(&context, clock_wall_ms() + 40 * DAY_MS, true, &report, error);
}

static pqt_status run_forget(store *s, pqt_error *error)
{
    const export_context context = context_of(s);
    const pqa_forget_options options = {.project_id = FORGOTTEN, .agreed = true};
    pqa_forgotten forgotten;
    return archive_forget(&context, clock_wall_ms(), &options, &forgotten, error);
}

static pqt_status run_restore(store *s, pqt_error *error)
{
    export_context context = context_of(s);
    test_site site = site_of_days(1);
    site_add_project(&site, 3, "pip"); /* all that rows are of is there */
    const source_memory content = {.table = &table,
                                   .projects = site.projects,
                                   .project_count = site.project_count,
                                   .versions = site.versions,
                                   .version_count = site.version_count,
                                   .identity = {"memory site", true, false}};
    const pqa_restore_options options = {.since = NIGHT_FIRST,
                                         .until = NIGHT_FIRST + DAYS - 1,
                                         .leave_out_gone = true};
    source *to = NULL;
    TRY(source_open_memory(&content, &to, error));
    context.source = to;
    const pqt_status status =
        archive_restore(&context, clock_wall_ms(), &options, NULL, NULL, error);
    source_close(to);
    return status;
}

static pqt_status run_checkpoint(store *s, pqt_error *error)
{
    return delta_checkpoint_write(s, ARCHIVE_ROOT, clock_wall_ms(), error);
}

static pqt_status ask(scan *sc, pqt_error *error)
{
    const question_filter filter = {.project_id = FORGOTTEN,
                                    .since = NIGHT_FIRST,
                                    .until = NIGHT_FIRST + DAYS - 1,
                                    .any_status = true};
    int64_t views[DAYS] = {0}, expected[DAYS] = {0};
    group_table sums = {0};
    view_rows rows = {0};
    pqt_status status = question_days(sc, &filter, views, error);
    if (status == PQT_OK)
        status = question_sum(sc, &filter, GROUP_PATH, 10, &sums, error);
    if (status == PQT_OK) status = question_views(sc, &filter, &rows, error);
    group_table_free(&sums);
    view_rows_free(&rows);
    TRY(status);
    for (size_t i = 0; i < whole.row_count; i++)
        if (whole.rows[i].project_id == FORGOTTEN)
            expected[whole.rows[i].date - NIGHT_FIRST] += whole.rows[i].view_count;
    assert_memory_equal(views, expected, sizeof views);
    return PQT_OK;
}

static pqt_status run_questions(store *s, pqt_error *error)
{
    scan *sc = NULL;
    TRY(scan_open(s, NULL, &sc, error));
    const pqt_status status = ask(sc, error);
    scan_close(sc);
    return status;
}

/* --- What is there before, and may be there after --- */

static test_site without_forgotten(void)
{
    test_site left = whole;
    left.row_count = 0;
    for (size_t i = 0; i < whole.row_count; i++)
        if (whole.rows[i].project_id != FORGOTTEN)
            left.rows[left.row_count++] = whole.rows[i];
    return left;
}

static void prepare_month(store *s)
{
    pqt_error error;
    assert_ok(run_compact(s, &error));
}

static void prepare_pruned(store *s)
{
    pqt_error error;
    assert_ok(run_prune(s, &error));
}

static void check_whole(store *s, bool is_done)
{
    (void)is_done;
    assert_archive_is(s, &whole, 0);
}

static void check_one_of(store *s, const test_site *before, const test_site *after,
                         bool is_done)
{
    night_rows rows;
    night_read(s, &rows);
    const size_t count = rows.count;
    arena_free(&rows.texts);
    if (!is_done && count == before->row_count) assert_archive_is(s, before, 0);
    if (is_done || count != before->row_count) assert_archive_is(s, after, 0);
}

static void check_prune(store *s, bool is_done)
{
    const test_site left = site_since(&whole, PRUNED_DAYS);
    check_one_of(s, &whole, &left, is_done);
}

static void check_undo(store *s, bool is_done)
{
    const test_site left = site_since(&whole, PRUNED_DAYS);
    check_one_of(s, &left, &whole, is_done);
}

static void check_forget(store *s, bool is_done)
{
    const test_site left = without_forgotten();
    check_one_of(s, &whole, &left, is_done);
}

/* A day of the database has all of its rows, or none. */
static void check_restore(store *s, bool is_done)
{
    check_whole(s, is_done);
    size_t days[DAYS] = {0};
    for (size_t i = 0; i < table.row_count; i++) days[table.rows[i].date - NIGHT_FIRST]++;
    for (int i = 0; i < DAYS; i++) {
        const size_t rows = whole.row_count / DAYS;
        assert_true(days[i] == rows || (days[i] == 0 && !is_done));
    }
}

static const struct operation {
    const char *name;
    void (*prepare)(store *s); /* NULL: days as they were exported */
    pqt_status (*run)(store *s, pqt_error *error);
    void (*check)(store *s, bool is_done);
} operations[] = {
    {"verify", NULL, run_verify, check_whole},
    {"compact", NULL, run_compact, check_whole},
    {"prune", NULL, run_prune, check_prune},
    {"prune within a month", prepare_month, run_prune, check_prune},
    {"undo", prepare_pruned, run_undo, check_undo},
    {"vacuum", prepare_month, run_vacuum, check_whole},
    {"forget", NULL, run_forget, check_forget},
    {"restore", NULL, run_restore, check_restore},
    {"restore from a month", prepare_month, run_restore, check_restore},
    {"checkpoint", NULL, run_checkpoint, check_whole},
    {"questions", NULL, run_questions, check_whole},
};

/* --- Each allocation --- */

struct copying {
    store *from, *to;
};

static pqt_status copy_object(void *self, const store_entry *entry, pqt_error *error)
{
    const struct copying *c = self;
    buffer bytes = {0};
    TRY(store_get(c->from, entry->key, SIZE_MAX / 2, &bytes, error));
    const store_body body = {-1, buffer_view(&bytes)};
    const pqt_status status = store_put_if_absent(c->to, entry->key, &body, error);
    buffer_free(&bytes);
    return status;
}

static store *copy_store(store *from)
{
    pqt_error error;
    struct copying c = {.from = from};
    assert_ok(store_open_memory(&c.to, &error));
    assert_ok(store_list(from, "", NULL, copy_object, &c, &error));
    return c.to;
}

/* Returns whether it went through without a fault. */
static bool run_with_fault(const struct operation *o, store *from, uint64_t at,
                           bool for_ever)
{
    pqt_error error = {0};
    store *s = copy_store(from);
    table.row_count = 0;
    arena_free(&table_texts);
    fail_for_ever = for_ever;
    allocations = 0;
    fail_at = at;
    const pqt_status status = o->run(s, &error);
    fail_at = 0;
    const bool is_through = allocations < at;
    if (is_through && status != PQT_OK) fail_msg("%s: %s", o->name, error.message);
    if (status != PQT_OK && error.message[0] == 0)
        fail_msg("%s, allocation %llu: an error without a message", o->name,
                 (unsigned long long)at);
    o->check(s, status == PQT_OK);
    assert_ok(o->run(s, &error));
    o->check(s, true);
    store_close(s);
    return is_through;
}

static void each_allocation_fails(const struct operation *o, bool for_ever)
{
    store *s = night_store(&whole, DAYS);
    uint64_t at = 1;
    if (o->prepare) o->prepare(s);
    while (!run_with_fault(o, s, at, for_ever)) at = next_failure(at, 8);
    if (next_failure(at, 1) == at + 1)
        print_message("%s: %llu allocations failed, each\n", o->name,
                      (unsigned long long)at - 1);
    assert_true(at > 50);
    store_close(s);
    arena_free(&table_texts);
}

static void memory_that_ends_leaves_all_or_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        each_allocation_fails(&operations[i], true);
}

static void allocation_that_fails_once_leaves_all_or_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        each_allocation_fails(&operations[i], false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_ends_leaves_all_or_nothing),
        cmocka_unit_test(allocation_that_fails_once_leaves_all_or_nothing),
    };
    whole = site_of_days(DAYS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
