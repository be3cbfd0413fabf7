/* What a scan asks of its input and of memory, and that it survives their failures. */
#include "scan_table.h"
#include "watched_input.h"

enum { ROWS = 200000, COLUMNS = 6 };

/* Rising numbers, two others that follow them, texts, and numbers without an order. */
typedef struct ordered_file {
    buffer bytes;
    int64_t rising[ROWS];
    int64_t spread[ROWS];
    pqt_view texts[ROWS];
    char text[ROWS][12];
} ordered_file;

static const pqt_schema_node ordered_nodes[1 + COLUMNS] = {
    {.is_group = true, .child_count = COLUMNS},
    {.name = "rising", .type = PQT_INT64},
    {.name = "spread", .type = PQT_INT64},
    {.name = "coded", .type = PQT_INT64},
    {.name = "text", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}},
    {.name = "again", .type = PQT_INT64},
    {.name = "more", .type = PQT_INT64}};

static void ordered_make(ordered_file *f, int64_t row_group_rows)
{
    pqt_error error;
    uint64_t random = 5;
    for (int64_t i = 0; i < ROWS; i++) {
        f->rising[i] = i * 2;
        f->spread[i] = (int64_t)(naive_random(&random) >> 20) * 2;
        const int size = snprintf(f->text[i], sizeof f->text[i], "t%lld",
                                  (long long)(f->spread[i] % 1000));
        f->texts[i] = view_of(f->text[i], (size_t)size);
    }
    const pqt_column_options columns[COLUMNS] = {
        {.encoding = PQT_PLAIN},          {.encoding = PQT_PLAIN, .bloom_filter = true},
        {.encoding = PQT_RLE_DICTIONARY}, {.encoding = PQT_RLE_DICTIONARY},
        {.encoding = PQT_PLAIN},          {.encoding = PQT_DELTA_BINARY_PACKED}};
    int64_t *few = malloc(sizeof f->rising);
    for (int64_t i = 0; i < ROWS; i++) few[i] = f->spread[i] % 100 * 2;
    const pqt_column_values values[COLUMNS] = {
        {.values = f->rising}, {.values = f->spread}, {.values = few},
        {.values = f->texts},  {.values = f->spread}, {.values = f->rising}};
    const pqt_writer_options options = {.row_group_rows = row_group_rows,
                                        .page_rows = 2000};
    const pqt_output output = {table_collect, &f->bytes};
    const pqt_schema schema = {.nodes = ordered_nodes, .node_count = 1 + COLUMNS};
    pqt_writer *writer = NULL;
    f->bytes = (buffer){0};
    assert_ok(pqt_writer_create(&output, &schema, columns, &options, &writer, &error));
    assert_ok(pqt_writer_append(writer, values, ROWS, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
    free(few);
}

/* All of a scan; what it counted. */
static pqt_status run_scan(const pqt_reader *reader, const pqt_scan_options *options,
                           pqt_scan_counts *counts, pqt_error *error)
{
    pqt_scan *scan = NULL;
    const pqt_batch *batch;
    TRY(pqt_scan_open(reader, options, &scan, error));
    pqt_status status;
    do {
        status = pqt_scan_next(scan, &batch, error);
    } while (status == PQT_OK && batch);
    *counts = pqt_scan_count(scan);
    pqt_scan_close(scan);
    return status;
}

/* A query of one number in a column. */
typedef struct one_value {
    int64_t number;
    pqt_view value;
    pqt_predicate predicate;
    int32_t columns[COLUMNS];
    pqt_scan_options options;
} one_value;

static void one_value_make(one_value *q, int32_t column, pqt_comparison comparison,
                           int64_t number)
{
    *q = (one_value){.number = number};
    q->value = view_of(&q->number, sizeof q->number);
    q->predicate = (pqt_predicate){column, comparison, &q->value, 1};
    q->options = (pqt_scan_options){.predicates = &q->predicate, .predicate_count = 1};
}

typedef struct asked {
    pqt_scan_counts counts;
    uint64_t rounds;
    uint64_t bytes;
} asked;

static asked ask(const ordered_file *f, const pqt_scan_options *options, bool has_many)
{
    pqt_error error;
    asked out = {0};
    watched_input w = {.bytes = buffer_view(&f->bytes)};
    const pqt_input input = watched_input_of(&w, has_many);
    const pqt_reader_options small_tail = {.tail_bytes = 8};
    pqt_reader *reader = NULL;
    assert_ok(pqt_reader_open(&input, &small_tail, &reader, &error));
    const uint64_t rounds = w.rounds, bytes = w.bytes_read;
    assert_ok(run_scan(reader, options, &out.counts, &error));
    out.rounds = w.rounds - rounds;
    out.bytes = w.bytes_read - bytes;
    assert_int_equal(out.counts.bytes_read, out.bytes);
    pqt_reader_close(reader);
    return out;
}

static void narrow_query_asks_for_few_bytes_in_few_rounds(void **state)
{
    (void)state;
    static ordered_file file;
    one_value q;
    ordered_make(&file, ROWS);
    one_value_make(&q, 0, PQT_EQUAL, 2 * 71234);
    const asked pruned = ask(&file, &q.options, true);
    assert_int_equal(pruned.counts.rows_given, 1);
    assert_int_equal(pruned.counts.rows_pruned, ROWS - 2000);
    /* The page indexes, the page that is compared, the pages of the others. */
    assert_int_equal(pruned.rounds, 3);
    assert_true(pruned.bytes < file.bytes.size_bytes / 5);
    q.options.no_pruning = true;
    const asked all = ask(&file, &q.options, true);
    assert_int_equal(all.counts.rows_given, 1);
    assert_int_equal(all.counts.rows_pruned, 0);
    assert_int_equal(all.counts.rows_filtered, ROWS - 1);
    assert_true(all.bytes > pruned.bytes * 3);
    buffer_free(&file.bytes);
}

static void statistics_bloom_and_dictionary_pass_over_row_groups(void **state)
{
    (void)state;
    static ordered_file file;
    one_value q;
    ordered_make(&file, ROWS / 4);
    /* Odd numbers are within all limits and nowhere. */
    static const struct {
        int32_t column;
        int64_t number;
        int64_t groups;
    } cases[] = {
        {0, -2, 4}, {0, 2, 3}, {1, (INT64_C(1) << 40) + 1, 4}, {2, 7, 4}, {2, 8, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        one_value_make(&q, cases[i].column, PQT_EQUAL, cases[i].number);
        const asked pruned = ask(&file, &q.options, true);
        assert_int_equal(pruned.counts.row_groups_pruned, cases[i].groups);
        q.options.no_pruning = true;
        const asked all = ask(&file, &q.options, true);
        assert_int_equal(all.counts.rows_given, pruned.counts.rows_given);
        if (cases[i].groups == 4) assert_true(pruned.bytes < all.bytes / 3);
    }
    buffer_free(&file.bytes);
}

static void reading_all_takes_few_rounds(void **state)
{
    (void)state;
    static ordered_file file;
    pqt_scan_options options = {0};
    ordered_make(&file, ROWS);
    const asked many = ask(&file, &options, true);
    assert_int_equal(many.counts.rows_given, ROWS);
    assert_true(many.rounds <= 2 + file.bytes.size_bytes / (4 << 20));
    assert_true(many.bytes < file.bytes.size_bytes * 5 / 4);
    /* One read a round: neighbours are one all the same. */
    const asked single = ask(&file, &options, false);
    assert_true(single.rounds <= 3 * COLUMNS);
    buffer_free(&file.bytes);
}

/* A range of rows is found by the index. */
static void some_rows_ask_for_their_pages(void **state)
{
    (void)state;
    static ordered_file file;
    const int32_t column = 0;
    const pqt_scan_options options = {
        .columns = &column, .column_count = 1, .first_row = 100000, .row_count = 10};
    ordered_make(&file, ROWS);
    const asked found = ask(&file, &options, true);
    assert_int_equal(found.counts.rows_given, 10);
    assert_int_equal(found.rounds, 2);
    assert_true(found.bytes < 40000);
    buffer_free(&file.bytes);
}

/* --- Memory --- */

static uint64_t peak_of(const ordered_file *f, const pqt_scan_options *options)
{
    pqt_error error;
    pqt_scan_counts counts;
    watched_memory memory = {0};
    watched_input w = {.bytes = buffer_view(&f->bytes)};
    const pqt_input input = watched_input_of(&w, false);
    const pqt_allocator allocator = watched_allocator(&memory);
    const pqt_reader_options reader_options = {.allocator = &allocator};
    pqt_reader *reader = NULL;
    assert_ok(pqt_reader_open(&input, &reader_options, &reader, &error));
    assert_ok(run_scan(reader, options, &counts, &error));
    assert_int_equal(counts.rows_given, f->bytes.size_bytes ? ROWS : 0);
    pqt_reader_close(reader);
    assert_int_equal(memory.bytes, 0);
    return memory.peak_bytes;
}

static void memory_does_not_grow_with_the_row_group(void **state)
{
    (void)state;
    static ordered_file file;
    const pqt_scan_options options = {.batch_rows = 4096};
    ordered_make(&file, ROWS / 10);
    const uint64_t small = peak_of(&file, &options);
    buffer_free(&file.bytes);
    ordered_make(&file, ROWS);
    const uint64_t large = peak_of(&file, &options);
    /* 8 MiB ahead, a window a column, and little else. */
    assert_true(large < ((8 + COLUMNS) << 20) + (4 << 20));
    assert_true(small < large);
    buffer_free(&file.bytes);
}

/* --- Failures --- */

/* Fails each read, and each allocation, of a query that uses all there is. */
static void every_failed_read_is_an_error(void **state)
{
    (void)state;
    static scan_table table;
    static whole_file whole;
    pqt_error error;
    table.random = 44;
    for (int round = 0; round < 12; round++) {
        table_query q;
        pqt_scan_counts counts;
        scan_table_make(&table, 300);
        watched_input w = {.bytes = buffer_view(&table.bytes)};
        const pqt_input input = watched_input_of(&w, round % 2);
        const pqt_reader_options small_tail = {.tail_bytes = 8};
        pqt_reader *reader = NULL;
        assert_ok(pqt_reader_open(&input, &small_tail, &reader, &error));
        whole_file_read(&whole, reader);
        query_make(&table.random, &whole, &q);
        const uint64_t before = w.rounds;
        assert_ok(run_scan(reader, &q.options, &counts, &error));
        const uint64_t rounds = w.rounds - before;
        for (uint64_t n = 1; n <= rounds; n++) {
            w.fail_at = w.rounds + n;
            assert_fails(run_scan(reader, &q.options, &counts, &error), PQT_IO, "dead");
        }
        whole_file_free(&whole);
        pqt_reader_close(reader);
        scan_table_free(&table);
    }
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    static scan_table table;
    static whole_file whole;
    pqt_error error;
    table.random = 45;
    for (int round = 0; round < 6; round++) {
        table_query q;
        pqt_scan_counts counts;
        watched_memory memory = {0};
        const pqt_allocator allocator = watched_allocator(&memory);
        const pqt_reader_options options = {.tail_bytes = 8, .allocator = &allocator};
        pqt_reader *reader = NULL;
        scan_table_make(&table, 200);
        watched_input w = {.bytes = buffer_view(&table.bytes)};
        const pqt_input input = watched_input_of(&w, true);
        assert_ok(pqt_reader_open(&input, &options, &reader, &error));
        whole_file_read(&whole, reader);
        query_make(&table.random, &whole, &q);
        const uint64_t before = memory.calls;
        assert_ok(run_scan(reader, &q.options, &counts, &error));
        const uint64_t calls = memory.calls - before;
        for (uint64_t n = 1; n <= calls; n++) {
            memory.fail_at = memory.calls + n;
            assert_int_equal(run_scan(reader, &q.options, &counts, &error), PQT_NOMEM);
        }
        whole_file_free(&whole);
        pqt_reader_close(reader);
        scan_table_free(&table);
        assert_int_equal(memory.bytes, 0);
    }
}

/* Any byte of a file changed: a scan with predicates ends, well or with an error, and
 * holds nothing. */
static void changed_bytes_do_no_harm(void **state)
{
    (void)state;
    static scan_table table;
    static whole_file whole;
    pqt_error error;
    table.random = 46;
    for (int round = 0; round < 3; round++) {
        pqt_reader *reader = NULL;
        scan_table_make(&table, 60);
        assert_ok(
            pqt_reader_open_memory(buffer_view(&table.bytes), NULL, &reader, &error));
        whole_file_read(&whole, reader);
        for (size_t at = 0; at < table.bytes.size_bytes; at++) {
            table_query q;
            pqt_scan_counts counts;
            pqt_reader *damaged = NULL;
            watched_memory memory = {.limit_bytes = 64 << 20};
            const pqt_allocator allocator = watched_allocator(&memory);
            const pqt_reader_options options = {.allocator = &allocator,
                                                .page_limit_bytes = 1 << 20};
            const uint8_t kept = table.bytes.data[at];
            query_make(&table.random, &whole, &q);
            table.bytes.data[at] ^= (uint8_t)(1 + naive_random(&table.random) % 255);
            if (pqt_reader_open_memory(buffer_view(&table.bytes), &options, &damaged,
                                       NULL) == PQT_OK)
                (void)run_scan(damaged, &q.options, &counts, &error);
            pqt_reader_close(damaged);
            assert_int_equal(memory.bytes, 0);
            table.bytes.data[at] = kept;
        }
        whole_file_free(&whole);
        pqt_reader_close(reader);
        scan_table_free(&table);
    }
}

/* Wrong options. */
static void wrong_options_are_refused(void **state)
{
    (void)state;
    static ordered_file file;
    pqt_error error;
    pqt_reader *reader = NULL;
    pqt_scan *scan = NULL;
    const int32_t columns[] = {COLUMNS, -1};
    const int64_t number = 1;
    const pqt_view good = view_of(&number, 8), narrow = view_of(&number, 4);
    const pqt_predicate predicates[] = {
        {.column = COLUMNS, .comparison = PQT_IS_NULL},
        {.column = -1, .comparison = PQT_IS_NULL},
        {.column = 0, .comparison = PQT_EQUAL},
        {.column = 0, .comparison = PQT_EQUAL, .values = &narrow, .value_count = 1},
        {.column = 0, .comparison = PQT_IS_NULL, .values = &good, .value_count = 1},
        {.column = 0,
         .comparison = (pqt_comparison)99,
         .values = &good,
         .value_count = 1},
    };
    ordered_make(&file, ROWS);
    assert_ok(pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
    for (size_t i = 0; i < sizeof predicates / sizeof *predicates; i++) {
        const pqt_scan_options options = {.predicates = &predicates[i],
                                          .predicate_count = 1};
        assert_fails(pqt_scan_open(reader, &options, &scan, &error), PQT_INVALID, "");
    }
    for (int i = 0; i < 2; i++) {
        const pqt_scan_options options = {.columns = &columns[i], .column_count = 1};
        assert_fails(pqt_scan_open(reader, &options, &scan, &error), PQT_INVALID,
                     "column");
    }
    const pqt_scan_options negative[] = {
        {.first_row = -1}, {.row_count = -1}, {.batch_rows = -1}};
    for (int i = 0; i < 3; i++)
        assert_fails(pqt_scan_open(reader, &negative[i], &scan, &error), PQT_INVALID, "");
    pqt_scan_close(NULL);
    pqt_reader_close(reader);
    buffer_free(&file.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_query_asks_for_few_bytes_in_few_rounds),
        cmocka_unit_test(statistics_bloom_and_dictionary_pass_over_row_groups),
        cmocka_unit_test(reading_all_takes_few_rounds),
        cmocka_unit_test(some_rows_ask_for_their_pages),
        cmocka_unit_test(memory_does_not_grow_with_the_row_group),
        cmocka_unit_test(every_failed_read_is_an_error),
        cmocka_unit_test(every_failed_allocation_is_an_error),
        cmocka_unit_test(changed_bytes_do_no_harm),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
