#include "table/made_id.h"

#include "test_help.h"

static archive_row make_row(void)
{
    return (archive_row){.project_id = 3,
                         .version_id = 5,
                         .view_count = 2,
                         .date = 20000,
                         .status = 200,
                         .has_version = true,
                         .path = view_text("/index.html")};
}

static void made_id_is_below_all_ids_of_databases(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        archive_row row = make_row();
        row.project_id = i;
        const int64_t first = made_id(&row, 0);
        assert_true(id_is_made(first) && id_is_made(made_id(&row, INT32_MAX)));
        assert_true(made_id(&row, 1) == first - 1);
    }
    assert_false(id_is_made(0) || id_is_made(-1) || id_is_made(INT32_MIN));
}

static void made_id_is_the_same_for_the_same_key(void **state)
{
    (void)state;
    const archive_row row = make_row();
    archive_row other = row;
    other.view_count = 90;
    other.has_full_path = true;
    other.full_path = view_text("/en/index.html");
    other.project_slug = view_text("renamed");
    assert_true(made_id(&row, 0) == made_id(&other, 0));
    assert_true(archive_row_key_equal(&row, &other));
}

static void made_id_is_another_for_another_key(void **state)
{
    (void)state;
    const archive_row row = make_row();
    archive_row others[6] = {row, row, row, row, row, row};
    others[0].project_id = 4;
    others[1].version_id = 6;
    others[2].has_version = false;
    others[3].date = 20001;
    others[4].status = 404;
    others[5].path = view_text("/index.htm");
    for (int i = 0; i < 6; i++) {
        assert_false(archive_row_key_equal(&row, &others[i]));
        for (int j = 0; j < 6; j++)
            if (i != j) assert_false(made_id(&others[i], 0) == made_id(&others[j], 0));
        assert_false(made_id(&row, 0) == made_id(&others[i], 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_id_is_below_all_ids_of_databases),
        cmocka_unit_test(made_id_is_the_same_for_the_same_key),
        cmocka_unit_test(made_id_is_another_for_another_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
