#include "archive/interner.h"

#include <stdlib.h>

#include "random_rows.h"
#include "test_help.h"

struct numbers {
    uint32_t path;
    uint32_t shape;
};

static struct numbers add(interner *in, const archive_row *row, row_origin origin)
{
    pqt_error error;
    struct numbers numbers = {0};
    const struct row_key key =
        interner_key(row, origin, hash_bytes64(row->path.data, row->path.size_bytes));
    interner_prefetch_slots(in, &key);
    interner_prefetch_entries(in, &key);
    interner_prefetch_texts(in, &key);
    assert_ok(interner_add(in, &key, &numbers.path, &numbers.shape, &error));
    return numbers;
}

static interner *create(void)
{
    pqt_error error;
    interner *in = NULL;
    assert_ok(interner_create(&in, &error));
    return in;
}

static archive_row plain_row(void)
{
    return (archive_row){
        .id = 5,
        .project_id = 1,
        .version_id = 2,
        .view_count = 3,
        .date = 20000,
        .status = 200,
        .has_version = true,
        .has_version_slug = true,
        .has_full_path = true,
        .project_slug = view_text("docs"),
        .version_slug = view_text("latest"),
        .path = view_text("/index.html"),
        .full_path = view_text("/en/latest/index.html"),
    };
}

/* The row that the numbers stand for; id's lower half, views and date are the row's. */
static archive_row read_back(const interner *in, struct numbers numbers,
                             const archive_row *rest, arena *texts)
{
    const struct interned_path *path = interner_path_at(in, numbers.path);
    const struct row_shape *shape = interner_shape_at(in, numbers.shape);
    const struct interned_slug *project = interner_project_at(in, shape->project);
    const struct interned_slug *version = interner_version_at(in, shape->version);
    const pqt_view text = view_of(shape->text, shape->text_bytes);
    archive_row row = {
        .id = (int64_t)((uint64_t)shape->id_high << 32 | (uint32_t)rest->id),
        .project_id = shape->project_id,
        .version_id = shape->version_id,
        .view_count = rest->view_count,
        .date = rest->date,
        .status = shape->status,
        .has_version = shape->has_version,
        .has_version_slug = version->has_slug,
        .has_full_path = shape->full_path != FULL_PATH_NULL,
        .project_slug = project->slug,
        .version_slug = version->slug,
        .path = view_of(path->text, path->size_bytes),
        .full_path = text,
    };
    if (shape->full_path == FULL_PATH_PREFIX)
        row.full_path = arena_concatenate(texts, text, row.path);
    return row;
}

static void assert_reads_back(const interner *in, struct numbers numbers,
                              const archive_row *row)
{
    arena texts = {0};
    const archive_row read = read_back(in, numbers, row, &texts);
    const struct interned_slug *path_project =
        interner_project_at(in, interner_path_at(in, numbers.path)->project);
    assert_true(
        hash128_equal(archive_row_hash_whole(&read), archive_row_hash_whole(row)));
    assert_int_equal(archive_row_compare(&read, row), 0);
    assert_int_equal(path_project->id, row->project_id);
    assert_true(view_equal(path_project->slug, row->project_slug));
    arena_free(&texts);
}

static void interner_equal_rows_get_equal_numbers(void **state)
{
    (void)state;
    interner *in = create();
    arena texts = {0};
    archive_row row = plain_row();
    const struct numbers first = add(in, &row, ORIGIN_DATABASE);
    row.project_slug = arena_copy(&texts, row.project_slug);
    row.version_slug = arena_copy(&texts, row.version_slug);
    row.path = arena_copy(&texts, row.path);
    row.full_path = arena_copy(&texts, row.full_path);
    row.id = 6;
    row.view_count = 9;
    row.date = 1;
    const struct numbers second = add(in, &row, ORIGIN_DATABASE);
    assert_int_equal(first.path, second.path);
    assert_int_equal(first.shape, second.shape);
    assert_int_equal(interner_path_count(in), 1);
    assert_int_equal(interner_shape_count(in), 1);
    assert_int_equal(interner_project_count(in), 1);
    assert_int_equal(interner_version_count(in), 1);
    interner_free(in);
    arena_free(&texts);
}

/* Each differs from plain_row in one thing that a shape keeps. */
static size_t make_variants(archive_row out[20])
{
    size_t count = 0;
    for (size_t i = 0; i < 12; i++) out[i] = plain_row();
    out[count++].project_id = 7;
    out[count++].version_id = 7;
    out[count++].status = 404;
    out[count++].id = INT64_MIN;
    out[count++].id = INT64_MAX;
    out[count++].id = -1;
    out[count++].project_slug = view_text("docs2");
    out[count++].version_slug = view_text("stable");
    out[count++].full_path = view_text("/fr/latest/index.html");
    out[count++].full_path = view_text("/elsewhere");
    out[count] = plain_row();
    out[count].has_full_path = false;
    out[count++].full_path = (pqt_view){0};
    out[count].has_version_slug = false;
    out[count++].version_slug = (pqt_view){0};
    out[count] = out[count - 1];
    out[count].has_version = false;
    out[count++].version_id = 0;
    return count;
}

static void interner_different_rows_get_different_shapes(void **state)
{
    (void)state;
    archive_row rows[20];
    struct numbers numbers[20];
    const size_t count = make_variants(rows);
    rows[count] = plain_row();
    interner *in = create();
    for (size_t i = 0; i <= count; i++) numbers[i] = add(in, &rows[i], ORIGIN_DATABASE);
    for (size_t i = 0; i <= count; i++) {
        const struct numbers again = add(in, &rows[i], ORIGIN_DATABASE);
        assert_int_equal(again.path, numbers[i].path);
        assert_int_equal(again.shape, numbers[i].shape);
        assert_reads_back(in, numbers[i], &rows[i]);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(numbers[i].shape, numbers[j].shape);
    }
    assert_int_not_equal(add(in, &rows[count], ORIGIN_ARCHIVE).shape,
                         numbers[count].shape);
    assert_int_equal(interner_shape_count(in), count + 2);
    interner_free(in);
}

static void interner_paths_are_of_a_project(void **state)
{
    (void)state;
    interner *in = create();
    archive_row row = plain_row();
    const struct numbers first = add(in, &row, ORIGIN_DATABASE);
    row.path = view_text("/index.htm");
    const struct numbers shorter = add(in, &row, ORIGIN_DATABASE);
    row = plain_row();
    row.project_id = 2;
    const struct numbers other = add(in, &row, ORIGIN_DATABASE);
    row = plain_row();
    row.status = 404;
    const struct numbers same = add(in, &row, ORIGIN_ARCHIVE);
    assert_int_not_equal(first.path, shorter.path);
    assert_int_not_equal(first.path, other.path);
    assert_int_equal(first.path, same.path);
    assert_int_equal(interner_path_count(in), 3);
    interner_free(in);
}

/* Slugs of one project id that change and change back. */
static void check_changed_slugs(row_origin origin)
{
    static const char *const slugs[] = {"old", "new", "newer"};
    struct numbers numbers[3];
    archive_row rows[3];
    interner *in = create();
    for (size_t i = 0; i < 3; i++) {
        rows[i] = plain_row();
        rows[i].project_slug = view_text(slugs[i]);
        numbers[i] = add(in, &rows[i], origin);
    }
    for (size_t i = 0; i < 3; i++) {
        const struct numbers again = add(in, &rows[i], origin);
        assert_int_equal(again.path, numbers[i].path);
        assert_int_equal(again.shape, numbers[i].shape);
        assert_reads_back(in, again, &rows[i]);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(numbers[i].shape, numbers[j].shape);
            assert_int_not_equal(numbers[i].path, numbers[j].path);
        }
    }
    assert_int_equal(interner_shape_count(in), 3);
    assert_int_equal(interner_project_count(in), 3);
    assert_int_equal(interner_version_count(in), 1);
    interner_free(in);
}

static void interner_changed_slug_is_another_shape(void **state)
{
    (void)state;
    check_changed_slugs(ORIGIN_DATABASE);
    check_changed_slugs(ORIGIN_ARCHIVE);
}

/* The reader of an archived file fills the same memory again. */
static void interner_archived_slug_overwritten_is_another_shape(void **state)
{
    (void)state;
    char project[] = "aaaa", version[] = "1111";
    interner *in = create();
    archive_row row = plain_row();
    row.project_slug = view_of(project, 4);
    row.version_slug = view_of(version, 4);
    const struct numbers first = add(in, &row, ORIGIN_ARCHIVE);
    memcpy(project, "bbbb", 4);
    const struct numbers second = add(in, &row, ORIGIN_ARCHIVE);
    memcpy(version, "2222", 4);
    const struct numbers third = add(in, &row, ORIGIN_ARCHIVE);
    assert_int_not_equal(first.shape, second.shape);
    assert_int_not_equal(second.shape, third.shape);
    assert_int_not_equal(first.path, second.path);
    assert_reads_back(in, third, &row);
    memcpy(version, "1111", 4);
    assert_reads_back(in, second, &row);
    memcpy(project, "aaaa", 4);
    assert_reads_back(in, first, &row);
    interner_free(in);
}

static void check_full_path(const char *path, const char *full_path, uint8_t kind,
                            const char *kept)
{
    interner *in = create();
    archive_row row = plain_row();
    row.path = view_text(path);
    row.full_path = view_text(full_path);
    const struct numbers numbers = add(in, &row, ORIGIN_DATABASE);
    const struct row_shape *shape = interner_shape_at(in, numbers.shape);
    assert_int_equal(shape->full_path, kind);
    assert_view_is(view_of(shape->text, shape->text_bytes), kept);
    assert_reads_back(in, numbers, &row);
    interner_free(in);
}

static void interner_full_path_is_restored(void **state)
{
    (void)state;
    check_full_path("/a", "/en/a", FULL_PATH_PREFIX, "/en");
    check_full_path("/a", "/a", FULL_PATH_PREFIX, "");
    check_full_path("", "/en", FULL_PATH_PREFIX, "/en");
    check_full_path("", "", FULL_PATH_PREFIX, "");
    check_full_path("/a", "", FULL_PATH_WHOLE, "");
    check_full_path("/a", "/en/b", FULL_PATH_WHOLE, "/en/b");
    check_full_path("/long/a", "/a", FULL_PATH_WHOLE, "/a");
}

static archive_row wide_row(random_rows *r)
{
    static const int64_t ids[] = {INT64_MIN, -1, 0, INT64_C(4294967296), INT64_MAX};
    archive_row row = random_row(r, 5);
    if (random_below(r, 3) == 0) row.id = ids[random_below(r, 5)];
    if (random_below(r, 2) == 0) return row;
    row.path = random_text(r, "/en/latest/reference/", 40000);
    if (row.has_full_path)
        row.full_path =
            arena_concatenate(&r->texts, random_text(r, "/prefix-", 300), row.path);
    return row;
}

/* Paths and full paths are copied: theirs are gone when the rows are read back. */
static struct numbers add_passing_texts(interner *in, const archive_row *row,
                                        row_origin origin)
{
    arena passing = {0};
    archive_row copy = *row;
    copy.path = arena_copy(&passing, row->path);
    copy.full_path = arena_copy(&passing, row->full_path);
    if (origin == ORIGIN_ARCHIVE) {
        copy.project_slug = arena_copy(&passing, row->project_slug);
        copy.version_slug = arena_copy(&passing, row->version_slug);
    }
    const struct numbers numbers = add(in, &copy, origin);
    arena_free(&passing);
    return numbers;
}

static void interner_random_rows_read_back(void **state)
{
    (void)state;
    enum { ROWS = 100000 };
    random_rows random = {.state = 11};
    archive_row *rows = calloc(ROWS, sizeof *rows);
    struct numbers *numbers = calloc(ROWS, sizeof *numbers);
    interner *in = create();
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = wide_row(&random);
        numbers[i] = add_passing_texts(in, &rows[i], (row_origin)(i % 2));
    }
    const uint32_t paths = interner_path_count(in), shapes = interner_shape_count(in);
    for (size_t i = 0; i < ROWS; i++) {
        const struct numbers again = add_passing_texts(in, &rows[i], (row_origin)(i % 2));
        assert_int_equal(again.path, numbers[i].path);
        assert_int_equal(again.shape, numbers[i].shape);
    }
    assert_int_equal(interner_path_count(in), paths);
    assert_int_equal(interner_shape_count(in), shapes);
    interner_end_adding(in);
    assert_int_equal(interner_bytes(in), interner_kept_bytes(in));
    for (size_t i = 0; i < ROWS; i++) {
        assert_reads_back(in, numbers[i], &rows[i]);
        assert_int_equal(interner_shape_at(in, numbers[i].shape)->origin, i % 2);
    }
    interner_free(in);
    free(rows);
    free(numbers);
    arena_free(&random.texts);
}

/* With one hash for all, only the comparisons tell rows apart. */
static void interner_equal_hashes_tell_rows_apart(void **state)
{
    (void)state;
    pqt_error error;
    random_rows random = {.state = 3};
    archive_row rows[500];
    struct numbers numbers;
    interner *in = create();
    for (size_t i = 0; i < 500; i++) {
        rows[i] = random_row(&random, 1);
        struct row_key key = interner_key(&rows[i], ORIGIN_DATABASE, 0);
        key.path_hash = key.shape_hash = 1;
        assert_ok(interner_add(in, &key, &numbers.path, &numbers.shape, &error));
        assert_reads_back(in, numbers, &rows[i]);
    }
    interner_free(in);
    arena_free(&random.texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interner_equal_rows_get_equal_numbers),
        cmocka_unit_test(interner_different_rows_get_different_shapes),
        cmocka_unit_test(interner_paths_are_of_a_project),
        cmocka_unit_test(interner_changed_slug_is_another_shape),
        cmocka_unit_test(interner_archived_slug_overwritten_is_another_shape),
        cmocka_unit_test(interner_full_path_is_restored),
        cmocka_unit_test(interner_random_rows_read_back),
        cmocka_unit_test(interner_equal_hashes_tell_rows_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
