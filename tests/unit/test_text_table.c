#include "base/text_table.h"

#include "test_help.h"

static void table_of_two_rows_is_aligned(void **state)
{
    (void)state;
    pqt_error error;
    const bool is_right[] = {false, true, false};
    size_t widths[3] = {0};
    text_table t = {.column_count = 3, .is_right = is_right, .widths = widths};
    buffer out = {0};
    static const char *const cells[] = {"name",  "n", "note", "\xc3\xa9t\xc3\xa9",
                                        "1,000", ""};
    for (size_t i = 0; i < 6; i++) assert_ok(text_table_cell(&t, cells[i], &error));
    assert_ok(text_table_print(&t, 1, &out, &error));
    assert_view_is(buffer_view(&out), " name      n  note\n \xc3\xa9t\xc3\xa9   1,000\n");
    buffer_free(&out);
    text_table_free(&t);
}

static void table_widths_last_over_clearing(void **state)
{
    (void)state;
    pqt_error error;
    const bool is_right[] = {true, false};
    size_t widths[2] = {0};
    text_table t = {.column_count = 2, .is_right = is_right, .widths = widths};
    buffer out = {0};
    assert_ok(text_table_print(&t, 0, &out, &error));
    assert_int_equal(out.size_bytes, 0);
    for (int i = 0; i < 2; i++) {
        assert_ok(text_table_cell(&t, i ? "1" : "1000", &error));
        assert_ok(text_table_cell(&t, "x", &error));
        assert_ok(text_table_print(&t, 0, &out, &error));
        text_table_clear(&t);
    }
    assert_view_is(buffer_view(&out), "1000  x\n   1  x\n");
    buffer_free(&out);
    text_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_two_rows_is_aligned),
        cmocka_unit_test(table_widths_last_over_clearing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
