/* Scans whose columns several threads decode, and several scans of one reader at once. */
#include "base/thread_pool.h"
#include "scan_table.h"
#include "watched_input.h"

/* The same rows with threads, which assert_scan compares with the file. */
static void threads_give_the_same_rows(void **state)
{
    (void)state;
    static scan_table table;
    pqt_error error;
    table.random = 51;
    for (int round = 0; round < 20; round++) {
        whole_file whole;
        pqt_reader *reader = NULL;
        scan_table_make(&table, 400);
        watched_input w = {.bytes = buffer_view(&table.bytes)};
        const pqt_input input = watched_input_of(&w, true);
        assert_ok(round % 2 ? pqt_reader_open(&input, NULL, &reader, &error)
                            : pqt_reader_open_memory(buffer_view(&table.bytes), NULL,
                                                     &reader, &error));
        whole_file_read(&whole, reader);
        for (int i = 0; i < 10; i++) {
            table_query q;
            query_make(&table.random, &whole, &q);
            q.options.threads = 1 + i % 4;
            assert_scan(&whole, &q);
        }
        whole_file_free(&whole);
        pqt_reader_close(reader);
        scan_table_free(&table);
    }
}

/* A scan a turn, of the reader that all share. */
typedef struct shared_reader {
    const pqt_reader *reader;
    const pqt_scan_options *options;
    int64_t rows[8];
} shared_reader;

static pqt_status run_turn(void *self, size_t index, int worker, pqt_error *error)
{
    shared_reader *s = self;
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    (void)worker;
    TRY(pqt_scan_open(s->reader, s->options, &scan, error));
    pqt_status status;
    while ((status = pqt_scan_next(scan, &batch, error)) == PQT_OK && batch)
        s->rows[index] += batch->row_count;
    pqt_scan_close(scan);
    return status;
}

static void scans_share_a_reader(void **state)
{
    (void)state;
    static scan_table table;
    pqt_error error;
    thread_pool *pool = NULL;
    table.random = 52;
    assert_ok(thread_pool_create(4, &pool, &error));
    for (int round = 0; round < 6; round++) {
        whole_file whole;
        table_query q;
        pqt_reader *reader = NULL;
        scan_table_make(&table, 400);
        assert_ok(
            pqt_reader_open_memory(buffer_view(&table.bytes), NULL, &reader, &error));
        whole_file_read(&whole, reader);
        query_make(&table.random, &whole, &q);
        const int64_t expected = assert_scan(&whole, &q).rows_given;
        shared_reader shared = {reader, &q.options, {0}};
        assert_ok(thread_pool_run(pool, 8, run_turn, &shared, &error));
        for (int i = 0; i < 8; i++) assert_int_equal(shared.rows[i], expected);
        whole_file_free(&whole);
        pqt_reader_close(reader);
        scan_table_free(&table);
    }
    thread_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_give_the_same_rows),
        cmocka_unit_test(scans_share_a_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
