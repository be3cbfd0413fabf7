/* Scans against a look at each row. */
#include <dirent.h>

#include "scan_table.h"

/* Many queries of one file, with pruning and without. */
static void ask_all(uint64_t *random, const pqt_reader *reader, int queries)
{
    whole_file whole;
    whole_file_read(&whole, reader);
    for (int i = 0; i < queries; i++) {
        table_query query;
        query_make(random, &whole, &query);
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
        ask_all(&table.random, reader, round % 4 ? 40 : 12);
        pqt_reader_close(reader);
        scan_table_free(&table);
    }
}

/* --- Files of others --- */

static bool can_be_read(const pqt_reader *reader)
{
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    pqt_status status = m->row_count > 0 && m->row_count <= 20000 ? PQT_OK : PQT_LIMIT;
    for (int32_t g = 0; g < m->row_group_count && status == PQT_OK; g++)
        for (int32_t c = 0; c < m->schema.column_count && status == PQT_OK; c++) {
            pqt_values values = {0};
            status = pqt_reader_read(reader, g, c, 0, m->row_groups[g].row_count, &values,
                                     NULL);
            pqt_values_free(&values);
        }
    return status == PQT_OK;
}

/* Page indexes, bloom filters, statistics and dictionaries of many writers. */
static void files_of_others_give_the_rows_that_fulfil_queries(void **state)
{
    (void)state;
    char path[1024];
    uint64_t random = 77;
    int read = 0;
    const char *corpus = getenv("PARQUET_TEST_DATA");
    if (!corpus) corpus = "../shared/parquet-testing";
    snprintf(path, sizeof path, "%s/data", corpus);
    DIR *directory = opendir(path);
    if (!directory) {
        puts("skipped: the public Parquet corpus is not there");
        skip();
    }
    for (struct dirent *entry; (entry = readdir(directory));) {
        pqt_reader *reader = NULL;
        snprintf(path, sizeof path, "%s/data/%.200s", corpus, entry->d_name);
        if (!strstr(entry->d_name, ".parquet") ||
            pqt_reader_open_file(path, NULL, &reader, NULL) != PQT_OK)
            continue;
        if (can_be_read(reader)) {
            ask_all(&random, reader, 30);
            read++;
        }
        pqt_reader_close(reader);
    }
    closedir(directory);
    assert_true(read > 50);
}

/* --- Statistics that lie --- */

enum { LYING_ROWS = 1000 };

/* A column 0, 1, 2 ... in one row group of one page, without an index of pages. */
static void make_rising(buffer *bytes)
{
    pqt_error error;
    int64_t numbers[LYING_ROWS];
    for (int64_t i = 0; i < LYING_ROWS; i++) numbers[i] = i;
    static const pqt_schema_node nodes[] = {{.is_group = true, .child_count = 1},
                                            {.name = "n", .type = PQT_INT64}};
    const pqt_schema schema = {.nodes = nodes, .node_count = 2};
    static const pqt_column_options column = {.encoding = PQT_DELTA_BINARY_PACKED};
    const pqt_writer_options options = {.no_page_index = true};
    const pqt_column_values values = {.values = numbers};
    const pqt_output output = {table_collect, bytes};
    pqt_writer *writer = NULL;
    assert_ok(pqt_writer_create(&output, &schema, &column, &options, &writer, &error));
    assert_ok(pqt_writer_append(writer, &values, LYING_ROWS, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
}

/* Writes another number where the footer has the largest one, 999. */
static void change_largest(const buffer *bytes, int64_t number)
{
    int64_t largest = LYING_ROWS - 1;
    int changed = 0;
    for (size_t at = 0; at + 8 <= bytes->size_bytes; at++) {
        if (memcmp(bytes->data + at, &largest, 8) != 0) continue;
        memcpy(bytes->data + at, &number, 8);
        changed++;
    }
    assert_true(changed > 0);
}

static int64_t count_rows(const buffer *bytes, int64_t wanted, bool no_pruning)
{
    pqt_error error;
    pqt_reader *reader = NULL;
    pqt_scan *scan = NULL;
    const pqt_batch *batch;
    const pqt_view value = view_of(&wanted, 8);
    const pqt_predicate predicate = {0, PQT_EQUAL, &value, 1};
    const pqt_scan_options options = {
        .predicates = &predicate, .predicate_count = 1, .no_pruning = no_pruning};
    assert_ok(pqt_reader_open_memory(buffer_view(bytes), NULL, &reader, &error));
    assert_ok(pqt_scan_open(reader, &options, &scan, &error));
    do {
        assert_ok(pqt_scan_next(scan, &batch, &error));
    } while (batch);
    const int64_t rows = pqt_scan_count(scan).rows_given;
    pqt_scan_close(scan);
    pqt_reader_close(reader);
    return rows;
}

/* What contradicts itself is not used; what is merely wrong is trusted, unless pruning is
 * off. */
static void wrong_statistics_are_trusted_unless_they_contradict(void **state)
{
    (void)state;
    buffer bytes = {0};
    make_rising(&bytes);
    assert_int_equal(count_rows(&bytes, 900, false), 1);
    change_largest(&bytes, -5);
    assert_int_equal(count_rows(&bytes, 900, false), 1);
    buffer_free(&bytes);
    make_rising(&bytes);
    change_largest(&bytes, 800);
    assert_int_equal(count_rows(&bytes, 900, false), 0);
    assert_int_equal(count_rows(&bytes, 900, true), 1);
    assert_int_equal(count_rows(&bytes, 700, false), 1);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_query_gives_the_rows_that_fulfil_it),
        cmocka_unit_test(files_of_others_give_the_rows_that_fulfil_queries),
        cmocka_unit_test(wrong_statistics_are_trusted_unless_they_contradict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
