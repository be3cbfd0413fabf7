#include "delta/file_list.h"

#include "test_help.h"

static void file_list_round_trip(void **state)
{
    (void)state;
    pqt_error error;
    buffer text = {0};
    arena memory = {0};
    delta_file *files = NULL;
    size_t count = 0;
    const delta_column_stats dates = {.name = "date",
                                      .has_range = true,
                                      .is_text = true,
                                      .min_text = "2026-01-01",
                                      .max_text = "2026-01-31"};
    const delta_pair tag = {"pqa.sha256", "abc"};
    const delta_file first = {.path = "2026/01/a b.parquet",
                              .size_bytes = 7,
                              .modified_ms = 5,
                              .row_count = 3,
                              .columns = &dates,
                              .column_count = 1,
                              .tags = &tag,
                              .tag_count = 1};
    const delta_file second = {.path = "x", .row_count = -1};
    assert_ok(file_list_append(&first, &text, &error));
    assert_ok(file_list_append(&second, &text, &error));
    assert_ok(
        file_list_parse(buffer_view(&text), "list", &memory, &files, &count, &error));
    assert_int_equal(count, 2);
    assert_string_equal(files[0].path, first.path);
    assert_int_equal(files[0].size_bytes, 7);
    assert_int_equal(files[0].row_count, 3);
    assert_string_equal(delta_tag(&files[0], "pqa.sha256"), "abc");
    assert_string_equal(delta_stats(&files[0], "date")->max_text, "2026-01-31");
    assert_string_equal(files[1].path, "x");
    assert_int_equal(files[1].row_count, -1);
    arena_free(&memory);
    buffer_free(&text);
}

static void file_list_that_is_damaged_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    arena memory = {0};
    delta_file *files = NULL;
    size_t count = 0;
    const char *const damaged[] = {"{\"add\":{\"path\":\"x\",\"size\":1}}", "x\n",
                                   "{\"remove\":{}}\n", "{\"add\":{\"size\":1}}\n", "\n"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
        assert_fails(file_list_parse(view_text(damaged[i]), "list", &memory, &files,
                                     &count, &error),
                     PQT_CORRUPT, "list");
    assert_ok(file_list_parse(view_text(""), "list", &memory, &files, &count, &error));
    assert_int_equal(count, 0);
    arena_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_list_round_trip),
        cmocka_unit_test(file_list_that_is_damaged_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
