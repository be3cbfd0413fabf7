#include "archive/day.h"

#include "test_help.h"

static archive_row make_row(int64_t id, int32_t views)
{
    return (archive_row){.id = id,
                         .project_id = 1,
                         .version_id = 2,
                         .view_count = views,
                         .date = 20468,
                         .status = 200,
                         .has_version = true,
                         .has_version_slug = true,
                         .project_slug = view_text("django"),
                         .version_slug = view_text("latest"),
                         .path = view_text("/a")};
}

struct fixture {
    export_day day;
    id_list *archived_only;
    id_list *database_only;
    row_batch *in;
    row_batch *out;
};

static void open_fixture(struct fixture *f)
{
    pqt_error error;
    *f = (struct fixture){.day = {.date = 20468}};
    assert_ok(id_list_create("/tmp", &f->archived_only, &error));
    assert_ok(id_list_create("/tmp", &f->database_only, &error));
    assert_ok(row_batch_create(10, &f->in, &error));
    assert_ok(row_batch_create(10, &f->out, &error));
}

static void close_fixture(struct fixture *f)
{
    id_list_free(f->archived_only);
    id_list_free(f->database_only);
    row_batch_free(f->in);
    row_batch_free(f->out);
}

static void add(struct fixture *f, const archive_row *row, row_origin origin)
{
    pqt_error error;
    assert_ok(row_batch_append_copy(f->in, row, origin, &error));
    archive_sum *sum = origin == ORIGIN_ARCHIVE ? &f->day.normalised : &f->day.database;
    archive_sum_add(sum, row->view_count, archive_row_hash_whole(row));
}

static pqt_status merge(struct fixture *f, pqt_error *error)
{
    day_merge merge = {&f->day, f->archived_only, f->database_only};
    TRY(day_merge_batch(&merge, f->in, f->out, error));
    return day_merge_finish(&merge, error);
}

static void merge_takes_each_row_once(void **state)
{
    (void)state;
    pqt_error error;
    struct fixture f;
    open_fixture(&f);
    const archive_row deleted = make_row(1, 5), old = make_row(2, 5),
                      grown = make_row(2, 9), late = make_row(3, 1);
    add(&f, &deleted, ORIGIN_ARCHIVE);
    add(&f, &old, ORIGIN_ARCHIVE);
    add(&f, &grown, ORIGIN_DATABASE);
    add(&f, &late, ORIGIN_DATABASE);
    assert_ok(merge(&f, &error));
    assert_int_equal(f.out->count, 3);
    assert_int_equal(f.out->view_counts[1], 9);
    assert_int_equal(f.day.rows_new, 1);
    assert_int_equal(f.day.rows_changed, 1);
    archive_sum expected = {0};
    for (size_t i = 0; i < f.out->count; i++) {
        archive_row row;
        row_batch_get(f.out, i, &row);
        archive_sum_add(&expected, row.view_count, archive_row_hash_whole(&row));
    }
    const archive_sum told = day_expected(&f.day);
    assert_true(archive_sum_equal(&told, &expected));
    close_fixture(&f);
}

static void merge_refuses_contradictions_by_id(void **state)
{
    (void)state;
    struct {
        archive_row archived, database;
        const char *part;
    } cases[5];
    for (int i = 0; i < 5; i++) cases[i].archived = cases[i].database = make_row(42, 5);
    cases[0].database.view_count = 4;
    cases[0].part = "id 42 contradicts the archive: its views fell from 5 to 4";
    cases[1].database.project_id = 7;
    cases[1].part = "its project_id differs";
    cases[2].database.version_id = 7;
    cases[2].part = "its version_id differs";
    cases[3].database.path = view_text("/b");
    cases[3].part = "the row with id 42 contradicts";
    cases[4].database.status = 404;
    cases[4].part = "the row with id 42 contradicts";
    for (int i = 0; i < 5; i++) {
        pqt_error error;
        struct fixture f;
        open_fixture(&f);
        add(&f, &cases[i].archived, ORIGIN_ARCHIVE);
        add(&f, &cases[i].database, ORIGIN_DATABASE);
        assert_fails(merge(&f, &error), PQT_CORRUPT, cases[i].part);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_takes_each_row_once),
        cmocka_unit_test(merge_refuses_contradictions_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
