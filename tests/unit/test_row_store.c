#include "archive/row_store.h"

#include <stdlib.h>

#include "random_rows.h"
#include "test_help.h"

static int compare_rows(const void *a, const void *b)
{
    return archive_row_compare(a, b);
}

static void assert_row_equal(const archive_row *a, const archive_row *b)
{
    assert_int_equal(archive_row_compare(a, b), 0);
    assert_true(hash128_equal(archive_row_hash_whole(a), archive_row_hash_whole(b)));
}

static void add_row(row_store *held, const archive_row *row, row_origin origin)
{
    pqt_error error;
    const struct row_key key =
        interner_key(row, origin, hash_bytes64(row->path.data, row->path.size_bytes));
    const interner *in = row_store_interner(held);
    interner_prefetch_slots(in, &key);
    interner_prefetch_entries(in, &key);
    interner_prefetch_texts(in, &key);
    assert_ok(row_store_add(held, &key, &error));
}

/* Batches are of one date, end at projects' ends, and give all rows in order. */
static void check_order(row_store *held, const archive_row *expected, size_t count,
                        size_t least)
{
    pqt_error error;
    row_batch *batch = NULL;
    size_t at = 0;
    assert_ok(row_batch_create(66, &batch, &error));
    for (;;) {
        assert_ok(row_store_next(held, least, batch, &error));
        if (batch->count == 0) break;
        for (size_t i = 0; i < batch->count; i++, at++) {
            archive_row row;
            row_batch_get(batch, i, &row);
            assert_true(at < count);
            assert_row_equal(&row, &expected[at]);
            assert_int_equal(row.date, batch->dates[0]);
        }
        assert_true(batch->count <= 66);
    }
    assert_int_equal(at, count);
    row_batch_free(batch);
}

static void check_sorting(uint32_t rows, uint32_t days, int threads, uint64_t seed)
{
    pqt_error error;
    random_rows random = {.state = seed};
    row_store *held = NULL;
    thread_pool *pool = NULL;
    archive_row *expected = calloc(rows + 1, sizeof *expected);
    assert_ok(row_store_create(&held, &error));
    assert_ok(thread_pool_create(threads, &pool, &error));
    for (uint32_t i = 0; i < rows; i++) {
        expected[i] = random_row(&random, days);
        add_row(held, &expected[i], ORIGIN_DATABASE);
    }
    assert_int_equal(row_store_count(held), rows);
    qsort(expected, rows, sizeof *expected, compare_rows);
    assert_ok(row_store_sort(held, pool, &error));
    check_order(held, expected, rows, 16);
    free(expected);
    thread_pool_free(pool);
    row_store_free(held);
    arena_free(&random.texts);
}

static void row_store_sorts_as_the_comparison_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        check_sorting((uint32_t)(seed * seed * 11), 1 + (uint32_t)seed % 4,
                      1 + (int)seed % 3, seed);
    check_sorting(0, 1, 1, 1);
    check_sorting(1, 1, 1, 1);
    check_sorting(20000, 1, 2, 99);
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t left = ((const archive_row *)a)->id,
                  right = ((const archive_row *)b)->id;
    return (left > right) - (left < right);
}

static void row_store_sorts_by_id_whatever_its_sign(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    static const int64_t bases[] = {
        1, -1500, INT64_MIN, INT64_MAX - 4 * ROWS, 1LL << 32, (1LL << 47) - 7};
    pqt_error error;
    random_rows random = {.state = 11};
    archive_row *rows = calloc(ROWS, sizeof *rows);
    for (size_t b = 0; b < sizeof bases / sizeof *bases; b++) {
        row_store *held = NULL;
        arena texts = {0};
        assert_ok(row_store_create(&held, &error));
        for (int i = 0; i < ROWS; i++) {
            rows[i] = random_row(&random, 1);
            rows[i].id = bases[b] + (i * 1009 % ROWS) * 3;
            if (i % 7 == 0 && b == 1) rows[i].id = INT64_MAX - i;
            add_row(held, &rows[i], ORIGIN_ARCHIVE);
        }
        qsort(rows, ROWS, sizeof *rows, compare_ids);
        assert_ok(row_store_sort_by_id(held, &error));
        for (size_t i = 0; i < ROWS; i++) {
            archive_row row;
            assert_ok(row_store_get(held, i, &texts, &row, &error));
            assert_row_equal(&row, &rows[i]);
        }
        row_store_free(held);
        arena_free(&texts);
    }
    free(rows);
    arena_free(&random.texts);
}

static void row_store_keeps_partners_in_one_batch(void **state)
{
    (void)state;
    pqt_error error;
    random_rows random = {.state = 5};
    row_store *held = NULL;
    row_batch *batch = NULL;
    archive_row rows[300];
    assert_ok(row_store_create(&held, &error));
    assert_ok(row_batch_create(12, &batch, &error));
    for (int origin = 0; origin < 2; origin++)
        for (int i = 0; i < 300; i++) {
            if (origin == 0) rows[i] = random_row(&random, 1);
            add_row(held, &rows[i], (row_origin)origin);
        }
    assert_ok(row_store_sort(held, NULL, &error));
    size_t pairs = 0;
    for (;;) {
        assert_ok(row_store_next(held, 4, batch, &error));
        if (batch->count == 0) break;
        assert_int_equal(batch->count % 2, 0);
        for (size_t i = 0; i < batch->count; i += 2, pairs++) {
            assert_true(batch->ids[i] == batch->ids[i + 1]);
            assert_int_equal(batch->origins[i], ORIGIN_ARCHIVE);
            assert_int_equal(batch->origins[i + 1], ORIGIN_DATABASE);
        }
    }
    assert_int_equal(pairs, 300);
    row_batch_free(batch);
    row_store_free(held);
    arena_free(&random.texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_store_sorts_as_the_comparison_does),
        cmocka_unit_test(row_store_sorts_by_id_whatever_its_sign),
        cmocka_unit_test(row_store_keeps_partners_in_one_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
