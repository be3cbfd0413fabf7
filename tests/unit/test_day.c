#include "archive/day.h"

#include "table/made_id.h"
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
    day_merge merge = {.day = &f->day,
                       .archived_only = f->archived_only,
                       .database_only = f->database_only};
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
    cases[1].part = "its project_id is 7 in the database and 1 in the archive. Nothing";
    cases[2].database.version_id = 7;
    cases[2].part = "its version_id is 7 in the database and ";
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

/* The archive's rows and the database's as one side's ids were made or not; what comes
 * out adds up to what is expected. */
static void assert_merged(struct fixture *f, size_t count)
{
    pqt_error error;
    archive_sum expected = {0}, found = {0};
    f->day.has_made_ids = true;
    assert_ok(merge(f, &error));
    expected = day_expected(&f->day);
    for (size_t i = 0; i < f->out->count; i++) {
        archive_row row;
        row_batch_get(f->out, i, &row);
        archive_sum_add(&found, row.view_count, archive_row_hash_whole(&row));
    }
    assert_int_equal(f->out->count, count);
    assert_true(archive_sum_equal(&expected, &found));
}

static archive_row without_id(int32_t views)
{
    archive_row row = make_row(0, views);
    row.id = made_id(&row, 0);
    return row;
}

static void merge_gives_a_made_id_its_databases(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    const archive_row archived = without_id(5), now = make_row(9, 7);
    add(&f, &archived, ORIGIN_ARCHIVE);
    add(&f, &now, ORIGIN_DATABASE);
    assert_merged(&f, 1);
    assert_int_equal(f.out->ids[0], 9);
    assert_int_equal(f.out->view_counts[0], 7);
    assert_int_equal(f.day.rows_changed, 1);
    assert_int_equal(f.day.rows_new, 0);
    close_fixture(&f);
}

static void merge_keeps_the_archives_id_and_the_most_views_of_an_earlier_export(
    void **state)
{
    (void)state;
    for (int32_t views = 4; views <= 6; views++) {
        struct fixture f;
        open_fixture(&f);
        archive_row earlier = without_id(views);
        const archive_row archived = make_row(9, 5);
        earlier.has_full_path = true;
        earlier.full_path = view_text("/en/a");
        f.day.is_earlier = true;
        add(&f, &earlier, ORIGIN_DATABASE);
        add(&f, &archived, ORIGIN_ARCHIVE);
        assert_merged(&f, 1);
        assert_int_equal(f.out->ids[0], 9);
        assert_int_equal(f.out->view_counts[0], views > 5 ? 6 : 5);
        assert_view_is(f.out->full_paths[0], "/en/a");
        close_fixture(&f);
    }
}

static void merge_of_a_made_id_refuses_views_that_fell(void **state)
{
    (void)state;
    pqt_error error;
    struct fixture f;
    open_fixture(&f);
    const archive_row archived = without_id(8), now = make_row(9, 7);
    add(&f, &archived, ORIGIN_ARCHIVE);
    add(&f, &now, ORIGIN_DATABASE);
    f.day.has_made_ids = true;
    assert_fails(merge(&f, &error), PQT_CORRUPT, "its views fell from 8 to 7");
    close_fixture(&f);
}

/* Two versions without a slug stand in one place of the order. */
static void merge_pairs_made_ids_among_others_of_their_place(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f);
    archive_row made[2] = {make_row(0, 1), make_row(0, 2)};
    archive_row now[2] = {make_row(3, 4), make_row(5, 4)};
    for (int i = 0; i < 2; i++) {
        made[i].has_version_slug = now[i].has_version_slug = false;
        made[i].version_id = 100 + i;
        now[1 - i].version_id = 100 + i;
        made[i].id = made_id(&made[i], 0);
    }
    const int first = made[0].id > made[1].id;
    add(&f, &made[first], ORIGIN_ARCHIVE);
    add(&f, &made[1 - first], ORIGIN_ARCHIVE);
    add(&f, &now[0], ORIGIN_DATABASE);
    add(&f, &now[1], ORIGIN_DATABASE);
    assert_merged(&f, 2);
    assert_int_equal(f.out->ids[0], 3);
    assert_int_equal(f.out->version_ids[0], 101);
    assert_int_equal(f.out->ids[1], 5);
    close_fixture(&f);
}

static void merge_refuses_made_ids_whose_rows_go_on_in_the_next_batch(void **state)
{
    (void)state;
    pqt_error error;
    struct fixture f;
    open_fixture(&f);
    const archive_row archived = without_id(5), now = make_row(9, 7);
    day_merge merge = {.day = &f.day,
                       .archived_only = f.archived_only,
                       .database_only = f.database_only};
    f.day.has_made_ids = true;
    add(&f, &archived, ORIGIN_ARCHIVE);
    assert_ok(day_merge_batch(&merge, f.in, f.out, &error));
    row_batch_clear(f.in);
    add(&f, &now, ORIGIN_DATABASE);
    assert_fails(day_merge_batch(&merge, f.in, f.out, &error), PQT_LIMIT,
                 "too many rows agree");
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_takes_each_row_once),
        cmocka_unit_test(merge_refuses_contradictions_by_id),
        cmocka_unit_test(merge_gives_a_made_id_its_databases),
        cmocka_unit_test(
            merge_keeps_the_archives_id_and_the_most_views_of_an_earlier_export),
        cmocka_unit_test(merge_of_a_made_id_refuses_views_that_fell),
        cmocka_unit_test(merge_pairs_made_ids_among_others_of_their_place),
        cmocka_unit_test(merge_refuses_made_ids_whose_rows_go_on_in_the_next_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
