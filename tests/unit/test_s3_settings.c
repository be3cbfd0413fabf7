#include "store/s3_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test_help.h"

static char path[64];

static int clear_environment(void **state)
{
    (void)state;
    static const char *const names[] = {
        "AWS_ENDPOINT_URL_S3",        "AWS_ENDPOINT_URL", "AWS_REGION",
        "AWS_DEFAULT_REGION",         "AWS_CA_BUNDLE",    "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
    strcpy(path, "/tmp/pqa-config-XXXXXX");
    const int descriptor = mkstemp(path);
    if (descriptor < 0) return -1;
    const char text[] =
        "[default]\nregion = from-file\nendpoint_url = http://file\n"
        "s3 =\n  addressing_style = virtual\n";
    const bool written = write(descriptor, text, sizeof text - 1) > 0;
    close(descriptor);
    setenv("AWS_CONFIG_FILE", path, 1);
    setenv("HOME", "/nonexistent", 1);
    return written ? 0 : -1;
}

static int remove_config(void **state)
{
    (void)state;
    return unlink(path);
}

static void settings_of_options_win_over_variables_over_files(void **state)
{
    (void)state;
    pqt_error error;
    s3_settings settings;
    assert_ok(s3_settings_read(NULL, &settings, &error));
    assert_string_equal(settings.options.region, "from-file");
    assert_string_equal(settings.options.endpoint, "http://file");
    assert_int_equal(settings.options.addressing, STORE_S3_VIRTUAL);
    s3_settings_free(&settings);
    setenv("AWS_DEFAULT_REGION", "from-default", 1);
    setenv("AWS_ENDPOINT_URL", "http://all", 1);
    assert_ok(s3_settings_read(NULL, &settings, &error));
    assert_string_equal(settings.options.region, "from-default");
    assert_string_equal(settings.options.endpoint, "http://all");
    s3_settings_free(&settings);
    setenv("AWS_REGION", "from-variable", 1);
    setenv("AWS_ENDPOINT_URL_S3", "http://s3", 1);
    const store_s3_options given = {.region = "given", .addressing = STORE_S3_PATH};
    assert_ok(s3_settings_read(&given, &settings, &error));
    assert_string_equal(settings.options.region, "given");
    assert_string_equal(settings.options.endpoint, "http://s3");
    assert_int_equal(settings.options.addressing, STORE_S3_PATH);
    s3_settings_free(&settings);
}

static void settings_that_are_zero_take_defaults(void **state)
{
    (void)state;
    pqt_error error;
    s3_settings settings;
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    assert_ok(s3_settings_read(NULL, &settings, &error));
    assert_null(settings.options.region);
    assert_null(settings.options.endpoint);
    assert_int_equal(settings.options.connect_s, 10);
    assert_int_equal(settings.options.idle_s, 30);
    assert_int_equal(settings.options.retry_s, 60);
    assert_int_equal(settings.options.multipart_bytes, 64 << 20);
    s3_settings_free(&settings);
}

static void settings_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    pqt_error error;
    s3_settings settings;
    const store_s3_options key = {.kms_key = "k"}, parts = {.multipart_bytes = 1000};
    const store_s3_options profile = {.profile = "nobody"};
    assert_fails(s3_settings_read(&key, &settings, &error), PQT_INVALID, "sse-kms");
    s3_settings_free(&settings);
    assert_fails(s3_settings_read(&parts, &settings, &error), PQT_INVALID, "5 MiB");
    s3_settings_free(&settings);
    assert_fails(s3_settings_read(&profile, &settings, &error), PQT_INVALID, "nobody");
    s3_settings_free(&settings);
}

#define SETTINGS_TEST(test) \
    cmocka_unit_test_setup_teardown(test, clear_environment, remove_config)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETTINGS_TEST(settings_of_options_win_over_variables_over_files),
        SETTINGS_TEST(settings_that_are_zero_take_defaults),
        SETTINGS_TEST(settings_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
