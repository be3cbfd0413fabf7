#include "store/uri_text.h"

#include "test_help.h"

static void uri_encode_keeps_only_unreserved(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    assert_ok(uri_encode(&out, view_text("aZ09-._~ /+%&'=\xc3\xa9"), true, &error));
    assert_view_is(buffer_view(&out), "aZ09-._~%20/%2B%25%26%27%3D%C3%A9");
    buffer_clear(&out);
    assert_ok(uri_encode(&out, view_text("a/b"), false, &error));
    assert_view_is(buffer_view(&out), "a%2Fb");
    buffer_free(&out);
}

static void uri_decode_undoes_encode_for_every_byte(void **state)
{
    (void)state;
    pqt_error error;
    char all[256];
    for (int i = 0; i < 255; i++) all[i] = (char)(i + 1);
    buffer encoded = {0}, decoded = {0};
    assert_ok(uri_encode(&encoded, view_of(all, 255), false, &error));
    assert_ok(uri_decode(&decoded, buffer_view(&encoded), true, &error));
    assert_true(view_equal(buffer_view(&decoded), view_of(all, 255)));
    buffer_free(&encoded);
    buffer_free(&decoded);
}

static void uri_decode_takes_plus_as_asked(void **state)
{
    (void)state;
    pqt_error error;
    buffer out = {0};
    assert_ok(uri_decode(&out, view_text("a+b%2B%c3%a9"), true, &error));
    assert_view_is(buffer_view(&out), "a b+\xc3\xa9");
    buffer_clear(&out);
    assert_ok(uri_decode(&out, view_text("a+b"), false, &error));
    assert_view_is(buffer_view(&out), "a+b");
    buffer_free(&out);
}

static void uri_decode_refuses_cut_escapes(void **state)
{
    (void)state;
    pqt_error error;
    static const char *const bad[] = {"%", "a%4", "%zz", "%4g"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buffer out = {0};
        assert_fails(uri_decode(&out, view_text(bad[i]), true, &error), PQT_CORRUPT,
                     "two hex digits");
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uri_encode_keeps_only_unreserved),
        cmocka_unit_test(uri_decode_undoes_encode_for_every_byte),
        cmocka_unit_test(uri_decode_takes_plus_as_asked),
        cmocka_unit_test(uri_decode_refuses_cut_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
