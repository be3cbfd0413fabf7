#include "store/aws_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test_help.h"

static char folder[64];

/* Nothing of the tester's own settings is found. */
static int clear_environment(void **state)
{
    (void)state;
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_ROLE_ARN",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    strcpy(folder, "/tmp/pqa-keys-XXXXXX");
    return mkdtemp(folder) && setenv("HOME", folder, 1) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    setenv(
        strcmp(name, "config") == 0 ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE",
        path, 1);
}

static pqt_status get_keys(const char *profile, aws_keys *keys, pqt_error *error)
{
    const aws_lookup lookup = {.profile = profile};
    aws_keyring *ring = NULL;
    TRY(aws_keyring_create(&lookup, &ring, error));
    const pqt_status status = aws_keyring_get(ring, keys, error);
    aws_keyring_free(ring);
    return status;
}

static void keys_of_the_environment_come_first(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    write_file("credentials",
               "[default]\naws_access_key_id = FILE\naws_secret_access_key = file\n");
    setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    assert_ok(get_keys(NULL, &keys, &error));
    assert_string_equal(keys.access_key, "ENVIRONMENT");
    assert_string_equal(keys.secret_key, "secret");
    assert_string_equal(keys.session_token, "token");
    assert_int_equal(keys.expires_ms, 0);
}

static void keys_of_a_profile_that_was_chosen_come_before_the_environment(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    write_file("credentials",
               "[archive]\naws_access_key_id = FILE\n"
               "aws_secret_access_key = file\naws_session_token = t\n");
    setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    assert_ok(get_keys("archive", &keys, &error));
    assert_string_equal(keys.access_key, "FILE");
    assert_string_equal(keys.session_token, "t");
    assert_fails(get_keys("nobody", &keys, &error), PQT_INVALID, "'nobody'");
}

static void keys_may_be_in_the_configuration(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    write_file("config", "[default]\naws_access_key_id = C\naws_secret_access_key = c\n");
    assert_ok(get_keys(NULL, &keys, &error));
    assert_string_equal(keys.access_key, "C");
    assert_string_equal(keys.session_token, "");
}

static void keys_that_are_nowhere_are_told(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    assert_fails(get_keys(NULL, &keys, &error), PQT_DENIED, "AWS_ACCESS_KEY_ID");
}

static void keys_by_halves_or_with_blanks_are_refused_and_not_shown(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    setenv("AWS_ACCESS_KEY_ID", "AKIA", 1);
    assert_fails(get_keys(NULL, &keys, &error), PQT_INVALID, "without a secret");
    setenv("AWS_SECRET_ACCESS_KEY", "sec ret", 1);
    assert_fails(get_keys(NULL, &keys, &error), PQT_INVALID, "blanks");
    assert_null(strstr(error.message, "sec ret"));
    setenv("AWS_SECRET_ACCESS_KEY", "sec\r\nx-injected: 1", 1);
    assert_fails(get_keys(NULL, &keys, &error), PQT_INVALID, "blanks");
    assert_null(strstr(error.message, "injected"));
}

static void profile_of_another_kind_is_refused_by_name(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    write_file("config", "[default]\nsource_profile = base\nrole_arn = arn:x\n");
    assert_fails(get_keys(NULL, &keys, &error), PQT_UNSUPPORTED, "source_profile");
}

static void container_on_another_host_is_not_asked_in_the_clear(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "http://evil.example/",           "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/", "ftp://127.0.0.1/",
        "http://169.254.170.2x/",         "http://user@127.0.0.1/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pqt_error error;
        aws_keys keys;
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", bad[i], 1);
        assert_fails(get_keys(NULL, &keys, &error), PQT_INVALID, "expected https");
    }
}

static void keys_that_expired_are_looked_for_again(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    aws_keyring *ring = NULL;
    setenv("AWS_ACCESS_KEY_ID", "ONE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    assert_ok(aws_keyring_create(&(aws_lookup){0}, &ring, &error));
    assert_ok(aws_keyring_get(ring, &keys, &error));
    setenv("AWS_ACCESS_KEY_ID", "TWO", 1);
    assert_ok(aws_keyring_get(ring, &keys, &error));
    assert_string_equal(keys.access_key, "ONE");
    aws_keys older = keys;
    aws_keyring_expire(ring, &older);
    assert_ok(aws_keyring_get(ring, &keys, &error));
    assert_string_equal(keys.access_key, "TWO");
    aws_keyring_expire(ring, &older); /* those are not the keys any more */
    setenv("AWS_ACCESS_KEY_ID", "THREE", 1);
    assert_ok(aws_keyring_get(ring, &keys, &error));
    assert_string_equal(keys.access_key, "TWO");
    aws_keyring_free(ring);
}

static void keys_of_the_settings_come_before_all_others(void **state)
{
    (void)state;
    pqt_error error;
    aws_keys keys;
    aws_keyring *ring = NULL;
    setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    const aws_lookup given = {.access_key = "SETTINGS", .secret_key = "theirs"};
    assert_ok(aws_keyring_create(&given, &ring, &error));
    assert_ok(aws_keyring_get(ring, &keys, &error));
    assert_string_equal(keys.access_key, "SETTINGS");
    assert_string_equal(keys.secret_key, "theirs");
    assert_string_equal(keys.session_token, "");
    aws_keyring_free(ring);
    const aws_lookup halves[] = {{.access_key = "SETTINGS"},
                                 {.secret_key = "planted-secret"},
                                 {.session_token = "token"}};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        assert_ok(aws_keyring_create(&halves[i], &ring, &error));
        assert_int_equal(aws_keyring_get(ring, &keys, &error), PQT_INVALID);
        assert_non_null(strstr(error.message, "the settings"));
        assert_null(strstr(error.message, "planted-secret"));
        aws_keyring_free(ring);
    }
}

#define KEYS_TEST(test) \
    cmocka_unit_test_setup_teardown(test, clear_environment, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYS_TEST(keys_of_the_environment_come_first),
        KEYS_TEST(keys_of_the_settings_come_before_all_others),
        KEYS_TEST(keys_of_a_profile_that_was_chosen_come_before_the_environment),
        KEYS_TEST(keys_may_be_in_the_configuration),
        KEYS_TEST(keys_that_are_nowhere_are_told),
        KEYS_TEST(keys_by_halves_or_with_blanks_are_refused_and_not_shown),
        KEYS_TEST(profile_of_another_kind_is_refused_by_name),
        KEYS_TEST(container_on_another_host_is_not_asked_in_the_clear),
        KEYS_TEST(keys_that_expired_are_looked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
