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

/* RFC 4231, test cases 2 and 6. */
static void hmac_sha256_published_vectors(void **state)
{
    (void)state;
    pqt_error error;
    uint8_t digest[SHA256_BYTES], key[131];
    char text[SHA256_TEXT_BYTES];
    assert_ok(hmac_sha256(view_text("Jefe"), view_text("what do ya want for nothing?"),
                          digest, &error));
    sha256_text(digest, text);
    assert_string_equal(
        text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    assert_ok(
        hmac_sha256(view_of(key, sizeof key),
                    view_text("Test Using Larger Than Block-Size Key - Hash Key First"),
                    digest, &error));
    sha256_text(digest, text);
    assert_string_equal(
        text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void sha256_of_nothing_is_the_known_hash(void **state)
{
    (void)state;
    pqt_error error;
    uint8_t digest[SHA256_BYTES];
    char text[SHA256_TEXT_BYTES];
    assert_ok(sha256_of((pqt_view){0}, digest, &error));
    sha256_text(digest, text);
    assert_string_equal(
        text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_published_vector),
        cmocka_unit_test(hmac_sha256_published_vectors),
        cmocka_unit_test(sha256_of_nothing_is_the_known_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
