#include "table/row.h"

#include "test_help.h"

static archive_row make_row(void)
{
    return (archive_row){.id = 7,
                         .project_id = 3,
                         .version_id = 5,
                         .view_count = 2,
                         .date = 20000,
                         .status = 200,
                         .has_version = true,
                         .has_version_slug = true,
                         .has_full_path = true,
                         .project_slug = view_text("django"),
                         .version_slug = view_text("latest"),
                         .path = view_text("/index.html"),
                         .full_path = view_text("/en/latest/index.html")};
}

static void row_compare_orders_by_the_files_order(void **state)
{
    (void)state;
    const archive_row base = make_row();
    archive_row larger[7];
    for (int i = 0; i < 7; i++) larger[i] = base;
    larger[0].id = 8;
    larger[1].status = 404;
    larger[2].version_slug = view_text("stable");
    larger[3].path = view_text("/index.html2");
    larger[4].project_slug = view_text("flask");
    larger[5].date = 20001;
    for (int i = 0; i < 6; i++) {
        assert_true(archive_row_compare(&base, &larger[i]) < 0);
        assert_true(archive_row_compare(&larger[i], &base) > 0);
        if (i > 0) assert_true(archive_row_compare(&larger[i - 1], &larger[i]) < 0);
    }
    archive_row without = base;
    without.has_version_slug = false;
    assert_true(archive_row_compare(&without, &base) < 0);
    assert_int_equal(archive_row_compare(&base, &base), 0);
}

static void row_hash_sees_every_column(void **state)
{
    (void)state;
    archive_row rows[14];
    for (int i = 0; i < 14; i++) rows[i] = make_row();
    rows[1].id++;
    rows[2].project_id++;
    rows[3].version_id++;
    rows[4].view_count++;
    rows[5].date++;
    rows[6].status++;
    rows[7].has_version = false;
    rows[8].has_version_slug = false;
    rows[9].has_full_path = false;
    rows[10].project_slug = view_text("djangp");
    rows[11].version_slug = view_text("");
    rows[12].path = view_text("/index.htm");
    rows[13].full_path = view_text("");
    for (int i = 0; i < 14; i++)
        for (int j = 0; j < i; j++)
            assert_false(hash128_equal(archive_row_hash_whole(&rows[i]),
                                       archive_row_hash_whole(&rows[j])));
    assert_true(hash128_equal(
        archive_row_hash_whole(&rows[0]),
        archive_row_hash_whole(&(archive_row){
            make_row().id, 3, 5, 2, 20000, 200, true, true, true, view_text("django"),
            view_text("latest"), view_text("/index.html"),
            view_text("/en/latest/index.html")})));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_compare_orders_by_the_files_order),
        cmocka_unit_test(row_hash_sees_every_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
