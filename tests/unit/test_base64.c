#include "base/base64.h"

#include "test_help.h"

/* RFC 4648 section 10. */
static void base64_of_the_rfc_is_the_rfcs(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        pqt_error error;
        buffer out = {0};
        assert_ok(base64_append(&out, view_text(pairs[i][0]), &error));
        assert_view_is(buffer_view(&out), pairs[i][1]);
        buffer_free(&out);
    }
}

static void base64_of_all_bits_set_uses_the_last_digit(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    assert_ok(base64_append(&out, view_of("\xff\xef\xff", 3), &error));
    assert_view_is(buffer_view(&out), "/+//");
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_of_the_rfc_is_the_rfcs),
        cmocka_unit_test(base64_of_all_bits_set_uses_the_last_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
