#include "archive/sorter.h"

#include <stdlib.h>

#include "random_rows.h"
#include "test_help.h"

struct origin_row {
    archive_row row;
    row_origin origin;
    uint32_t number;
};

static int compare_rows(const void *a, const void *b)
{
    const struct origin_row *left = a, *right = b;
    const int order = archive_row_compare(&left->row, &right->row);
    return order ? order : (int)left->number - (int)right->number;
}

static sorter *make_sorter(size_t memory_bytes)
{
    pqt_error error;
    sorter *s = NULL;
    const sorter_options options = {memory_bytes, "/tmp", NULL};
    assert_ok(sorter_create(&options, &s, &error));
    return s;
}

static void add_row(sorter *s, const struct origin_row *row)
{
    pqt_error error;
    const pqt_view path = row->row.path;
    const struct row_key key =
        interner_key(&row->row, row->origin, hash_bytes64(path.data, path.size_bytes));
    assert_ok(sorter_add(s, &key, &error));
}

static void assert_same_row(const row_batch *batch, size_t at,
                            const struct origin_row *expected)
{
    archive_row row;
    row_batch_get(batch, at, &row);
    assert_int_equal(archive_row_compare(&row, &expected->row), 0);
    assert_true(hash128_equal(archive_row_hash_whole(&row),
                              archive_row_hash_whole(&expected->row)));
    assert_int_equal(batch->origins[at], expected->origin);
}

/* Sorts the rows and their partners from the archive, in that much memory; returns how
 * many runs that took. */
static size_t check_sorting(uint32_t count, size_t memory_bytes, uint64_t seed)
{
    pqt_error error;
    random_rows random = {.state = seed};
    struct origin_row *rows = calloc(2 * count, sizeof *rows);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (struct origin_row){random_row(&random, 3), ORIGIN_ARCHIVE, i};
        rows[count + i] = (struct origin_row){rows[i].row, ORIGIN_DATABASE, count + i};
    }
    sorter *s = make_sorter(memory_bytes);
    for (uint32_t i = 0; i < 2 * count; i++) add_row(s, &rows[i]);
    qsort(rows, 2 * count, sizeof *rows, compare_rows);
    assert_ok(sorter_finish(s, &error));
    row_batch *batch = NULL;
    assert_ok(row_batch_create(40, &batch, &error));
    size_t at = 0;
    for (;; at += batch->count) {
        assert_ok(sorter_next(s, 20, batch, &error));
        if (batch->count == 0) break;
        assert_int_equal(batch->count % 2, 0); /* partners stay together */
        for (size_t i = 0; i < batch->count; i++)
            assert_same_row(batch, i, &rows[at + i]);
    }
    assert_int_equal(at, 2 * count);
    const size_t runs = sorter_run_count(s);
    row_batch_free(batch);
    sorter_trim(s);
    sorter_free(s);
    arena_free(&random.texts);
    free(rows);
    return runs;
}

static void sorter_with_memory_needs_no_runs(void **state)
{
    (void)state;
    assert_int_equal(check_sorting(5000, 64 << 20, 1), 0);
}

static void sorter_with_little_memory_sorts_in_runs(void **state)
{
    (void)state;
    assert_in_range(check_sorting(5000, 200 << 10, 2), 2, 23);
}

static void sorter_joins_runs_when_there_are_many(void **state)
{
    (void)state;
    assert_in_range(check_sorting(6000, 20 << 10, 3), 30, 1000);
}

static void sorter_without_rows_gives_none(void **state)
{
    (void)state;
    pqt_error error;
    sorter *s = make_sorter(1 << 20);
    row_batch *batch = NULL;
    assert_ok(row_batch_create(10, &batch, &error));
    assert_ok(sorter_finish(s, &error));
    assert_ok(sorter_next(s, 5, batch, &error));
    assert_int_equal(batch->count, 0);
    row_batch_free(batch);
    sorter_free(s);
}

/* An id that is used on two days, on the same page, last of one and first of the next. */
static void check_days_apart(size_t memory_bytes, size_t runs)
{
    enum { PATH_BYTES = 5000 }; /* so long that the sorter looks at its memory */
    pqt_error error;
    char path[PATH_BYTES];
    memset(path, 'p', sizeof path);
    sorter *s = make_sorter(memory_bytes);
    for (int32_t day = 0; day < 2; day++) {
        const struct origin_row row = {
            .row = {.id = 7,
                    .project_id = 1,
                    .project_slug = view_text("django"),
                    .path = view_of((const uint8_t *)path, sizeof path),
                    .date = 20000 + day},
            .origin = day == 0 ? ORIGIN_DATABASE : ORIGIN_ARCHIVE};
        add_row(s, &row);
    }
    row_batch *batch = NULL;
    assert_ok(row_batch_create(10, &batch, &error));
    assert_ok(sorter_finish(s, &error));
    assert_int_equal(sorter_run_count(s), runs);
    for (int32_t day = 0; day < 2; day++) {
        assert_ok(sorter_next(s, 5, batch, &error));
        assert_int_equal(batch->count, 1);
        assert_int_equal(batch->dates[0], 20000 + day);
    }
    row_batch_free(batch);
    sorter_free(s);
}

static void id_of_two_days_does_not_join_them(void **state)
{
    (void)state;
    check_days_apart(1 << 20, 0);
    check_days_apart(1, 2);
}

/* --- Large texts --- */

enum { LARGE_ROWS = 120, LARGE_BYTES = 300000 };

static void add_large_rows(sorter *s)
{
    uint8_t *text = malloc(LARGE_BYTES);
    memset(text, 'x', LARGE_BYTES);
    for (uint32_t i = 0; i < LARGE_ROWS; i++) {
        const uint32_t number = i * 7919 % LARGE_ROWS;
        memcpy(text, &number, sizeof number);
        struct origin_row row = {
            .row = {.id = i,
                    .project_id = 1,
                    .project_slug = view_text("a"),
                    .path = view_of(text, LARGE_BYTES - number),
                    .has_full_path = true,
                    .full_path = view_of(text, LARGE_BYTES - number)},
            .origin = ORIGIN_DATABASE};
        add_row(s, &row);
    }
    free(text);
}

/* Where the batches end, which must not depend on the memory: a page ends there. */
static size_t collect_batches(size_t memory_bytes, size_t ends[LARGE_ROWS])
{
    pqt_error error;
    sorter *s = make_sorter(memory_bytes);
    row_batch *batch = NULL;
    size_t count = 0;
    add_large_rows(s);
    assert_int_equal(sorter_run_count(s) > 1, memory_bytes < 16 << 20);
    assert_ok(row_batch_create(1000, &batch, &error));
    assert_ok(sorter_finish(s, &error));
    for (;; count++) {
        assert_ok(sorter_next(s, 500, batch, &error));
        if (batch->count == 0) break;
        assert_in_range(row_batch_text_bytes(batch), 1, batch->text_limit_bytes);
        ends[count] = batch->count;
    }
    row_batch_free(batch);
    sorter_free(s);
    return count;
}

static void batches_of_large_texts_are_small_with_and_without_runs(void **state)
{
    (void)state;
    size_t whole[LARGE_ROWS], in_runs[LARGE_ROWS];
    const size_t count = collect_batches(128 << 20, whole);
    assert_int_equal(collect_batches(4 << 20, in_runs), count);
    assert_true(count >= 9);
    for (size_t i = 0; i < count; i++) assert_int_equal(whole[i], in_runs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorter_with_memory_needs_no_runs),
        cmocka_unit_test(sorter_with_little_memory_sorts_in_runs),
        cmocka_unit_test(sorter_joins_runs_when_there_are_many),
        cmocka_unit_test(sorter_without_rows_gives_none),
        cmocka_unit_test(id_of_two_days_does_not_join_them),
        cmocka_unit_test(batches_of_large_texts_are_small_with_and_without_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
