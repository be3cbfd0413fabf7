/* Scans against a look at each row. */
#include "scan_table.h"

/* Many queries of one file, with pruning and without. */
static void ask_all(scan_table *t, const pqt_reader *reader, int queries)
{
    whole_file whole;
    whole_file_read(&whole, reader);
    for (int i = 0; i < queries; i++) {
        table_query query;
        query_make(t, &whole, &query);
        const pqt_scan_counts pruned = assert_scan(&whole, &query);
        query.options.no_pruning = true;
        const pqt_scan_counts all = assert_scan(&whole, &query);
        assert_int_equal(pruned.rows_given, all.rows_given);
        assert_int_equal(all.rows_pruned, 0);
        assert_int_equal(all.row_groups_pruned, 0);
    }
    whole_file_free(&whole);
}

static void any_query_gives_the_rows_that_fulfil_it(void **state)
{
    (void)state;
    static scan_table table;
    pqt_error error;
    table.random = 31;
    for (int round = 0; round < 60; round++) {
        pqt_reader *reader = NULL;
        scan_table_make(&table, round % 4 ? 500 : TABLE_MOST_ROWS);
        assert_ok(
            pqt_reader_open_memory(buffer_view(&table.bytes), NULL, &reader, &error));
        if (round % 3 == 0)
            assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
        ask_all(&table, reader, round % 4 ? 40 : 12);
        pqt_reader_close(reader);
        scan_table_free(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_query_gives_the_rows_that_fulfil_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
