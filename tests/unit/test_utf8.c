#include "base/utf8.h"

#include "test_help.h"

static void utf8_accepts_valid(void **state)
{
    (void)state;
    const char *const valid[] = {"",
                                 "plain ascii, longer than a word",
                                 "\xc3\xa9t\xc3\xa9",
                                 "\xe6\x96\x87",
                                 "\xf0\x9f\x98\x80",
                                 "\xf4\x8f\xbf\xbf",
                                 "\xed\x9f\xbf\xee\x80\x80"};
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        assert_true(utf8_is_valid(view_text(valid[i]), NULL));
}

static void utf8_refuses_invalid_and_says_where(void **state)
{
    (void)state;
    const char *const invalid[] = {"12345678\xff",         "12345678\xc0\x80",
                                   "12345678\xed\xa0\x80", "12345678\xf4\x90\x80\x80",
                                   "12345678\xe6\x96",     "12345678\x80",
                                   "12345678\xe0\x80\x80", "12345678\xf0\x80\x80\x80"};
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        size_t offset = 0;
        assert_false(utf8_is_valid(view_text(invalid[i]), &offset));
        assert_int_equal(offset, 8);
    }
}

static void utf8_ascii_is_seen_at_every_place(void **state)
{
    (void)state;
    uint8_t text[40];
    for (size_t size = 0; size <= sizeof text; size++) {
        memset(text, 'a', sizeof text);
        assert_true(utf8_is_ascii(view_of(text, size)));
        for (size_t at = 0; at < size; at++) {
            text[at] = 0x80;
            assert_false(utf8_is_ascii(view_of(text, size)));
            text[at] = 'a';
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_accepts_valid),
        cmocka_unit_test(utf8_refuses_invalid_and_says_where),
        cmocka_unit_test(utf8_ascii_is_seen_at_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
