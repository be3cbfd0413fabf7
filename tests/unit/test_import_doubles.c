#include "archive/import_doubles.h"

#include "random_rows.h"
#include "table/made_id.h"
#include "test_help.h"

/* --- Rows by random, and what must come out --- */

enum { MOST_ROWS = 4000, MOST_FILES = 4, KEYS = 48 };

/* A key is project, version, path, status and date; here a number says all of them. */
static import_row row_of_key(int key)
{
    static const char *const paths[] = {"/", "/a", "/b/c.html"};
    return (import_row){.row = {.project_id = 1 + key % 2,
                                .version_id = key % 4 < 2 ? 0 : 7,
                                .has_version = key % 4 >= 2,
                                .date = 20000 + key / 4 % 2,
                                .status = key / 8 % 2 ? 200 : 404,
                                .path = view_text(paths[key / 16 % 3])}};
}

struct given {
    import_row row;
    int key, file;
};

struct taken {
    source_row rows[MOST_ROWS];
    size_t count;
    int64_t doubles[MOST_FILES];
};

static pqt_status take(void *self, const source_row *row, pqt_error *error)
{
    struct taken *taken = self;
    (void)error;
    assert_true(taken->count < MOST_ROWS);
    for (int key = 0; key < KEYS; key += 16) {
        const import_row like = row_of_key(key); /* its path stays */
        if (!view_equal(row->path, like.row.path)) continue;
        taken->rows[taken->count] = *row;
        taken->rows[taken->count++].path = like.row.path;
    }
    return PQT_OK;
}

static void count_double(void *self, int32_t file, int32_t date)
{
    struct taken *taken = self;
    assert_true(date == 20000 || date == 20001);
    taken->doubles[file]++;
}

static pqt_status join_rows(const struct given *given, size_t count, size_t memory_bytes,
                            struct taken *out, pqt_error *error)
{
    const sorter_options sorting = {memory_bytes, "/tmp", NULL};
    const import_doubles_output output = {take, count_double, out, out, NULL};
    import_doubles *d = NULL;
    int64_t rows = 0;
    *out = (struct taken){0};
    pqt_status status = import_doubles_create(&sorting, &d, error);
    for (size_t i = 0; i < count && status == PQT_OK; i++)
        status = import_doubles_add(d, &given[i].row, given[i].file, error);
    if (status == PQT_OK) status = import_doubles_finish(d, &output, &rows, error);
    if (status == PQT_OK) assert_int_equal(rows, out->count);
    import_doubles_free(d);
    return status;
}

/* Every id of a key is one row; rows without ids are the most that one file has. */
static size_t expected_rows(const struct given *given, size_t count, int key,
                            int32_t most_views[], size_t *ids)
{
    size_t without[MOST_FILES] = {0}, most = 0;
    *ids = 0;
    for (int id = 0; id < 3; id++) {
        most_views[id] = -1;
        for (size_t i = 0; i < count; i++) {
            const import_row *row = &given[i].row;
            if (given[i].key != key || !row->has_id || row->row.id % 3 != id) continue;
            if (row->row.view_count > most_views[id])
                most_views[id] = row->row.view_count;
        }
        *ids += most_views[id] >= 0;
    }
    for (size_t i = 0; i < count; i++)
        if (given[i].key == key && !given[i].row.has_id) without[given[i].file]++;
    for (int f = 0; f < MOST_FILES; f++)
        if (without[f] > most) most = without[f];
    return most > *ids ? most : *ids;
}

static void check_key(const struct given *given, size_t count, int key,
                      const struct taken *taken)
{
    int32_t most_views[3];
    size_t ids, found = 0, made = 0;
    const size_t expected = expected_rows(given, count, key, most_views, &ids);
    const import_row like = row_of_key(key);
    for (size_t i = 0; i < taken->count; i++) {
        const source_row *row = &taken->rows[i];
        if (row->project_id != like.row.project_id || row->date != like.row.date ||
            row->has_version != like.row.has_version || row->status != like.row.status ||
            !view_equal(row->path, like.row.path))
            continue;
        found++;
        made += id_is_made(row->id);
        if (!id_is_made(row->id)) assert_true(row->view_count >= most_views[row->id % 3]);
    }
    assert_int_equal(found, expected);
    assert_int_equal(found - made, ids);
}

static void rows_are_given_out_once(size_t count, bool without_ids, uint64_t seed,
                                    size_t memory_bytes)
{
    static struct given given[MOST_ROWS];
    static struct taken taken;
    pqt_error error;
    random_rows random = {.state = seed};
    for (size_t i = 0; i < count; i++) {
        const int key = (int)random_below(&random, KEYS);
        given[i] =
            (struct given){row_of_key(key), key, (int)random_below(&random, MOST_FILES)};
        given[i].row.row.view_count = (int32_t)random_below(&random, 9);
        given[i].row.has_id = !without_ids || random_below(&random, 2);
        if (given[i].row.has_id)
            given[i].row.row.id = key * 3 + (int64_t)random_below(&random, 3);
    }
    assert_ok(join_rows(given, count, memory_bytes, &taken, &error));
    int64_t doubles = 0;
    for (int f = 0; f < MOST_FILES; f++) doubles += taken.doubles[f];
    assert_int_equal((int64_t)taken.count + doubles, count);
    for (int key = 0; key < KEYS; key++) check_key(given, count, key, &taken);
}

static void doubles_give_each_row_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        rows_are_given_out_once(seed * 10, false, seed, 16 << 20);
        rows_are_given_out_once(seed * 10, true, seed, 16 << 20);
    }
    rows_are_given_out_once(MOST_ROWS, true, 7, 1); /* every look is a run */
}

static void doubles_of_one_file_without_ids_stay(void **state)
{
    (void)state;
    pqt_error error;
    static struct taken taken;
    struct given given[5];
    static const int32_t views[5] = {5, 9, 7, 8, 6};
    for (int i = 0; i < 5; i++) {
        given[i] = (struct given){row_of_key(3), 3, i / 3};
        given[i].row.row.view_count = views[i];
    }
    assert_ok(join_rows(given, 5, 16 << 20, &taken, &error));
    int64_t sum = 0;
    for (size_t i = 0; i < taken.count; i++) sum += taken.rows[i].view_count;
    assert_int_equal(taken.count, 3); /* 9 and 8, 7 and 6, 5 */
    assert_int_equal(sum, 9 + 7 + 5);
}

static void doubles_keep_the_full_path_that_one_has(void **state)
{
    (void)state;
    pqt_error error;
    static struct taken taken;
    struct given given[2] = {{row_of_key(3), 3, 0}, {row_of_key(3), 3, 1}};
    for (int order = 0; order < 2; order++) {
        given[order].row.row.full_path = view_text("/en/full");
        given[order].row.row.has_full_path = true;
        given[1 - order].row.row.has_full_path = false;
        given[0].row.row.view_count = 1;
        given[1].row.row.view_count = 2;
        assert_ok(join_rows(given, 2, 16 << 20, &taken, &error));
        assert_int_equal(taken.count, 1);
        assert_int_equal(taken.rows[0].view_count, 2);
        assert_true(taken.rows[0].has_full_path);
    }
}

static void doubles_of_one_id_that_differ_are_refused(void **state)
{
    (void)state;
    pqt_error error;
    static struct taken taken;
    for (int key = 1; key < KEYS; key++) {
        struct given given[2] = {{row_of_key(0), 0, 0}, {row_of_key(key), key, 1}};
        for (int i = 0; i < 2; i++) {
            given[i].row.has_id = true;
            given[i].row.row.id = 17;
        }
        assert_fails(join_rows(given, 2, 16 << 20, &taken, &error), PQT_CORRUPT,
                     "two rows of the files have the id 17");
    }
}

static void no_rows_give_none(void **state)
{
    (void)state;
    pqt_error error;
    static struct taken taken;
    assert_ok(join_rows(NULL, 0, 16 << 20, &taken, &error));
    assert_int_equal(taken.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_give_each_row_once),
        cmocka_unit_test(doubles_of_one_file_without_ids_stay),
        cmocka_unit_test(doubles_keep_the_full_path_that_one_has),
        cmocka_unit_test(doubles_of_one_id_that_differ_are_refused),
        cmocka_unit_test(no_rows_give_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
