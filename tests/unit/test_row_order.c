#include "archive/row_order.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "random_rows.h"
#include "test_help.h"

enum { FIRST_DATE = 20000 };

/* How alike the rows of a set are. */
struct likeness {
    uint32_t rows;
    uint32_t days; /* 0: all of one date, without an array of days */
    uint32_t paths;
    int threads;
};

/* Rows, and the same interned; `sorted` points into `rows`. */
struct interned_rows {
    random_rows random;
    archive_row *rows;
    const archive_row **sorted;
    struct stored_row *stored;
    uint16_t *days;
    interner *interner;
};

/* Where the rows are one array, addresses are the order of adding. */
static int compare_stably(const void *a, const void *b)
{
    const archive_row *left = *(const archive_row *const *)a;
    const archive_row *right = *(const archive_row *const *)b;
    const int order = archive_row_compare(left, right);
    return order ? order : (left > right) - (left < right);
}

/* Often the same again, around zero, around the halves' border and at both ends. */
static int64_t extreme_id(random_rows *r)
{
    static const int64_t ids[] = {INT64_MIN,
                                  INT64_MIN + 1,
                                  -INT64_C(4294967297),
                                  -INT64_C(4294967296),
                                  -1,
                                  0,
                                  1,
                                  INT64_C(2147483647),
                                  INT64_C(2147483648),
                                  INT64_C(4294967295),
                                  INT64_C(4294967296),
                                  INT64_MAX - 1,
                                  INT64_MAX};
    return ids[random_below(r, sizeof ids / sizeof *ids)];
}

/* Paths that differ only behind a long common start, or begin one another; bytes above
 * 127 and a NUL too. */
static pqt_view alike_path(random_rows *r, uint32_t limit)
{
    static const char *const starts[] = {"", "/", "/en/latest/reference/api/module",
                                         "/en/latest/reference/api/", "/\xc3\xa9/"};
    const uint32_t start = random_below(r, 5);
    if (random_below(r, 10) == 0) return arena_copy(&r->texts, view_text(starts[start]));
    const pqt_view path = random_text(r, starts[start], limit);
    if (random_below(r, 10) == 0)
        return arena_concatenate(&r->texts, path, view_of("\0", 1));
    return path;
}

static archive_row alike_row(random_rows *r, const struct likeness *like)
{
    static const int16_t statuses[] = {INT16_MIN, -1, 0, 200, 404, INT16_MAX};
    archive_row row = random_row(r, like->days ? like->days : 1);
    row.path = alike_path(r, like->paths);
    if (random_below(r, 2)) row.id = extreme_id(r);
    if (random_below(r, 4) == 0) row.status = statuses[random_below(r, 6)];
    if (random_below(r, 20) == 0) row.project_id = INT32_MIN + (int32_t)row.project_id;
    return row;
}

static void make_rows(struct interned_rows *set, const struct likeness *like)
{
    pqt_error error;
    set->rows = calloc(like->rows + 1, sizeof *set->rows);
    set->sorted = calloc(like->rows + 1, sizeof *set->sorted);
    set->stored = calloc(like->rows + 1, sizeof *set->stored);
    set->days = calloc(like->rows + 1, sizeof *set->days);
    assert_ok(interner_create(&set->interner, &error));
    for (uint32_t i = 0; i < like->rows; i++) {
        archive_row *row = &set->rows[i];
        *row = alike_row(&set->random, like);
        set->sorted[i] = row;
        set->days[i] = (uint16_t)(row->date - FIRST_DATE);
        const struct row_key key =
            interner_key(row, (row_origin)random_below(&set->random, 2),
                         hash_bytes64(row->path.data, row->path.size_bytes));
        struct stored_row *stored = &set->stored[i];
        stored->id_low = (uint32_t)row->id;
        assert_ok(
            interner_add(set->interner, &key, &stored->path, &stored->shape, &error));
    }
    qsort(set->sorted, like->rows, sizeof *set->sorted, compare_stably);
}

static void free_rows(struct interned_rows *set)
{
    free(set->rows);
    free(set->sorted);
    free(set->stored);
    free(set->days);
    interner_free(set->interner);
    arena_free(&set->random.texts);
}

static void check_order(struct likeness like, uint64_t seed)
{
    pqt_error error;
    struct interned_rows set = {.random.state = seed};
    struct row_ranks ranks = {0};
    const uint32_t day_count = like.days ? like.days : 1;
    thread_pool *pool = NULL;
    uint32_t *order = NULL;
    make_rows(&set, &like);
    const struct row_days days = {like.days ? set.days : NULL, day_count};
    if (like.threads) assert_ok(thread_pool_create(like.threads, &pool, &error));
    assert_ok(row_ranks_make(set.interner, pool, &ranks, &error));
    assert_ok(row_order_make(set.stored, like.rows, &ranks, &days, pool, &order, &error));
    for (uint32_t i = 0; i < like.rows; i++)
        if (order[i] != (uint32_t)(set.sorted[i] - set.rows))
            fail_msg("seed %u: row %u at %u, expected %u", (unsigned)seed, order[i], i,
                     (unsigned)(set.sorted[i] - set.rows));
    alloc_release(NULL, order);
    row_ranks_free(&ranks);
    thread_pool_free(pool);
    free_rows(&set);
}

static void row_order_random_rows_is_the_stable_order_of_the_comparison(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++)
        check_order((struct likeness){seed * seed * 5, seed % 5, 1 + seed * 7 % 90,
                                      (int)(seed % 4)},
                    seed);
}

static void row_order_few_paths_sorts_large_groups(void **state)
{
    (void)state;
    check_order((struct likeness){20000, 0, 1, 3}, 101);
    check_order((struct likeness){20000, 3, 1, 3}, 102);
}

static void row_order_many_paths_sorts_small_groups(void **state)
{
    (void)state;
    check_order((struct likeness){50000, 0, 30000, 3}, 103);
    check_order((struct likeness){50000, 400, 30000, 3}, 104);
}

static void row_order_no_or_one_row_succeeds(void **state)
{
    (void)state;
    for (uint32_t rows = 0; rows < 3; rows++)
        for (uint32_t days = 0; days < 3; days++)
            check_order((struct likeness){rows, days, 5, 0}, 105 + rows);
}

static int sign(int64_t value)
{
    return (value > 0) - (value < 0);
}

static int compare_paths(const archive_row *a, const archive_row *b)
{
    const int order = view_compare(a->project_slug, b->project_slug);
    return order ? order : view_compare(a->path, b->path);
}

static int compare_shapes(const archive_row *a, const archive_row *b)
{
    int order = (int)a->has_version_slug - (int)b->has_version_slug;
    if (order == 0) order = view_compare(a->version_slug, b->version_slug);
    if (order == 0) order = a->status - b->status;
    const int64_t left = a->id >> 32, right = b->id >> 32;
    return order ? order : (left > right) - (left < right);
}

/* Every pair of rows: the ranks compare as what they stand for. */
static void row_ranks_compare_as_the_texts_do(void **state)
{
    (void)state;
    pqt_error error;
    struct interned_rows set = {.random.state = 7};
    struct row_ranks ranks = {0};
    const struct likeness like = {.rows = 700, .days = 1, .paths = 60};
    make_rows(&set, &like);
    assert_ok(row_ranks_make(set.interner, NULL, &ranks, &error));
    for (uint32_t i = 0; i < like.rows; i++) {
        const struct stored_row *a = &set.stored[i];
        assert_true(ranks.paths[a->path] < ranks.path_rank_count);
        for (uint32_t j = 0; j < like.rows; j++) {
            const struct stored_row *b = &set.stored[j];
            assert_int_equal(sign((int64_t)ranks.paths[a->path] - ranks.paths[b->path]),
                             sign(compare_paths(&set.rows[i], &set.rows[j])));
            assert_int_equal(
                sign((int64_t)ranks.shapes[a->shape] - ranks.shapes[b->shape]),
                sign(compare_shapes(&set.rows[i], &set.rows[j])));
        }
    }
    row_ranks_free(&ranks);
    free_rows(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_order_random_rows_is_the_stable_order_of_the_comparison),
        cmocka_unit_test(row_order_few_paths_sorts_large_groups),
        cmocka_unit_test(row_order_many_paths_sorts_small_groups),
        cmocka_unit_test(row_order_no_or_one_row_succeeds),
        cmocka_unit_test(row_ranks_compare_as_the_texts_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
