#include "base/sha256.h"

#include "test_help.h"

/* FIPS 180-2, appendix B.1 */
static void sha256_published_vector(void **state)
{
    (void)state;
    pqt_error error;
    sha256 h = {0};
    char text[SHA256_TEXT_BYTES];
    assert_ok(sha256_start(&h, &error));
    assert_ok(sha256_add(&h, "a", 1, &error));
    assert_ok(sha256_add(&h, "bc", 2, &error));
    assert_ok(sha256_end(&h, text, &error));
    assert_string_equal(
        text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_published_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
