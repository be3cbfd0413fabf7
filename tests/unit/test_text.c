#include "base/text.h"

#include "test_help.h"

static void count_has_separators(void **state)
{
    (void)state;
    char text[SHORT_TEXT_BYTES];
    static const struct {
        int64_t value;
        const char *expected;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {-1000, "-1,000"},
                 {-999, "-999"},
                 {12033143, "12,033,143"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_count(cases[i].value, text);
        assert_string_equal(text, cases[i].expected);
    }
}

static void bytes_have_a_unit(void **state)
{
    (void)state;
    char text[SHORT_TEXT_BYTES];
    static const struct {
        int64_t value;
        const char *expected;
    } cases[] = {{0, "0 B"},           {999, "999 B"},
                 {1000, "1.0 kB"},     {57912345, "57.9 MB"},
                 {999949, "999.9 kB"}, {999960, "1.0 MB"},
                 {INT64_MAX, "9.2 EB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_bytes(cases[i].value, text);
        assert_string_equal(text, cases[i].expected);
    }
}

static void duration_reads_well(void **state)
{
    (void)state;
    char text[SHORT_TEXT_BYTES];
    static const struct {
        int64_t value;
        const char *expected;
    } cases[] = {{0, "0.0 s"},
                 {4900000, "4.9 s"},
                 {9949999, "9.9 s"},
                 {9950000, "10 s"},
                 {59400000, "59 s"},
                 {59600000, "1 min 0 s"},
                 {200000000, "3 min 20 s"},
                 {7500000000, "2 h 5 min"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_duration(cases[i].value, text);
        assert_string_equal(text, cases[i].expected);
    }
}

static void printable_escapes_what_controls_a_terminal(void **state)
{
    (void)state;
    pqt_error error;
    static const struct {
        const char *text, *expected;
    } cases[] = {{"/a/\xc3\xbc.html", "/a/\xc3\xbc.html"},
                 {"\033[2Jx", "\\x1B[2Jx"},
                 {"a\nb\tc\x7f", "a\\x0Ab\\x09c\\x7F"},
                 {"\xc2\x9b"
                  "1m",
                  "\\xC2\\x9B1m"}, /* C1 control */
                 {"\xe2\x80\xae"
                  "txt",
                  "\\xE2\\x80\\xAEtxt"}, /* right-to-left override */
                 {"\xff\xc3", "\\xFF\\xC3"},
                 {"\xe6\x97\xa5", "\xe6\x97\xa5"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer out = {0};
        assert_ok(text_append_printable(&out, view_text(cases[i].text), &error));
        assert_view_is(buffer_view(&out), cases[i].expected);
        buffer_free(&out);
    }
}

static void sentence_is_one_line(void **state)
{
    (void)state;
    pqt_error error;
    static const struct {
        const char *text, *expected;
    } cases[] = {{"ERROR: no\n\tDETAIL:  x\ty\n", "ERROR: no; DETAIL:  x\\x09y"},
                 {"  a  \r\n\n  b", "a; b"},
                 {"a; b\033", "a; b\\x1B"},
                 {"\n \n", ""},
                 {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer out = {0};
        assert_ok(text_append_sentence(&out, view_text(cases[i].text), &error));
        assert_view_is(buffer_view(&out), cases[i].expected);
        buffer_free(&out);
    }
}

static void width_counts_cells(void **state)
{
    (void)state;
    assert_int_equal(text_width(view_text("abc")), 3);
    assert_int_equal(text_width(view_text("\xc3\xbc")), 1);
    assert_int_equal(text_width(view_text("u\xcc\x88")), 1);
    assert_int_equal(text_width(view_text("\xe6\x97\xa5\xe6\x9c\xac")), 4);
    assert_int_equal(text_fitting_bytes(view_text("\xe6\x97\xa5\xe6\x9c\xac"), 3), 3);
    assert_int_equal(text_fitting_bytes(view_text("abc"), 2), 2);
    assert_int_equal(text_fitting_bytes(view_text("abc"), 9), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(count_has_separators),
        cmocka_unit_test(bytes_have_a_unit),
        cmocka_unit_test(duration_reads_well),
        cmocka_unit_test(printable_escapes_what_controls_a_terminal),
        cmocka_unit_test(sentence_is_one_line),
        cmocka_unit_test(width_counts_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
