#include "archive/restore.h"

#include "upkeep_help.h"
#include "visited_store.h"

static pqt_status night_restore(store *s, source_memory_table *table, pqt_error *error)
{
    const source_memory content = {.table = table,
                                   .identity = {"memory site", true, false}};
    const pqa_settings settings = night_settings();
    const pqa_restore_options options = {.since = NIGHT_FIRST, .until = NIGHT_FIRST};
    source *to = NULL;
    TRY(source_open_memory(&content, &to, error));
    const export_context context = {s, to, NULL, &settings};
    const pqt_status status =
        archive_restore(&context, clock_wall_ms(), &options, NULL, NULL, error);
    source_close(to);
    return status;
}

/* The rows that were read are not the archive's any more. */
static void restore_does_not_pass_an_export(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(1);
    store *s = night_store(&site, 1);
    site_find(&site, 7)->view_count += 10;
    source_row rows[NIGHT_ROWS];
    arena texts = {0};
    source_memory_table table = {
        .rows = rows, .row_capacity = NIGHT_ROWS, .texts = &texts};
    first_day_exporter other = {s, &site};
    visited_store v = {s, ".parquet", export_first_day, &other, false};
    store *restorer = open_visited(&v);
    assert_fails(night_restore(restorer, &table, &error), PQT_CONFLICT,
                 "somebody else changed the archive");
    assert_true(v.is_done);
    assert_int_equal(table.row_count, 0);
    store_close(restorer);
    assert_ok(night_restore(s, &table, &error));
    assert_int_equal(table.row_count, 20);
    arena_free(&texts);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(restore_does_not_pass_an_export)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
