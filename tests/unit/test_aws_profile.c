#include "store/aws_profile.h"

#include "test_help.h"

static const char config[] =
    "# a comment\n"
    "[default]\n"
    "region = eu-west-1\n"
    "s3 =\n"
    "  addressing_style = path\n"
    "  max_concurrent_requests = 20\n"
    "output=json ; trailing\n"
    "\n"
    "[profile archive]\r\n"
    "aws_access_key_id=AKIA=WITH=EQUALS\r\n"
    "aws_secret_access_key =  sec#ret/+ \r\n"
    "; region = commented\r\n"
    "[archive2] # a section's comment\n"
    "region=us-west-2\n"
    "region=us-west-1\n"
    "[profile archive]\n"
    "region = later\n";

static void assert_value(const char *profile, const char *key, const char *expected)
{
    buffer out = {0};
    const bool found = profile_find(view_text(config), profile, key, &out);
    if (!expected) {
        assert_false(found);
        return;
    }
    assert_true(found);
    assert_string_equal((const char *)out.data, expected);
    assert_int_equal(out.size_bytes, strlen(expected));
    buffer_free(&out);
}

static void profile_find_reads_sections_and_keys(void **state)
{
    (void)state;
    assert_value("default", "region", "eu-west-1");
    assert_value("default", "output", "json");
    assert_value("archive", "aws_access_key_id", "AKIA=WITH=EQUALS");
    assert_value("archive", "aws_secret_access_key", "sec#ret/+");
    assert_value("archive", "region", "later");
    assert_value("archive2", "region", "us-west-1");
    assert_value("archive", "output", NULL);
    assert_value("other", "region", NULL);
}

static void profile_find_reads_nested_settings(void **state)
{
    (void)state;
    assert_value("default", "s3.addressing_style", "path");
    assert_value("default", "s3.max_concurrent_requests", "20");
    assert_value("default", "addressing_style", NULL);
    assert_value("default", "s3", NULL);
}

static void profile_exists_looks_for_the_section(void **state)
{
    (void)state;
    assert_true(profile_exists(view_text(config), "default"));
    assert_true(profile_exists(view_text(config), "archive"));
    assert_true(profile_exists(view_text(config), "archive2"));
    assert_false(profile_exists(view_text(config), "arch"));
    assert_false(profile_exists(view_text(""), "default"));
}

/* Every cut of the file is read without reading past its end (under the sanitizers). */
static void profile_find_takes_files_cut_anywhere(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof config - 1; size++) {
        buffer copy = {0}, out = {0};
        pqt_error error;
        assert_ok(buffer_append(&copy, config, size, &error));
        profile_find(buffer_view(&copy), "archive", "region", &out);
        buffer_free(&copy);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_find_reads_sections_and_keys),
        cmocka_unit_test(profile_find_reads_nested_settings),
        cmocka_unit_test(profile_exists_looks_for_the_section),
        cmocka_unit_test(profile_find_takes_files_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
