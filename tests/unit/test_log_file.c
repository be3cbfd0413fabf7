#include "delta/log_file.h"

#include "test_help.h"

static void log_file_names(void **state)
{
    (void)state;
    pqt_error error;
    buffer key = {0};
    int64_t version = -1;
    assert_ok(log_file_key("a/b", 17, &key, &error));
    assert_string_equal((char *)key.data, "a/b/_delta_log/00000000000000000017.json");
    assert_true(log_file_version("00000000000000000017.json", &version));
    assert_int_equal(version, 17);
    const char *const others[] = {"17.json",
                                  "00000000000000000017.checkpoint.parquet",
                                  "_last_checkpoint",
                                  "0000000000000000001x.json",
                                  "99999999999999999999.json",
                                  "00000000000000000017.json.tmp"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(log_file_version(others[i], &version));
    buffer_free(&key);
}

static void log_path_round_trip(void **state)
{
    (void)state;
    pqt_error error;
    const char *const paths[] = {"2026/01/15/pageviews_2026-01-15.parquet", "a b%c",
                                 "date=2026-01-01/x", "\xc3\xa9t\xc3\xa9"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        buffer uri = {0};
        arena memory = {0};
        const char *back = NULL;
        assert_ok(log_path_encode(paths[i], &uri, &error));
        assert_ok(log_path_decode((char *)uri.data, &memory, &back, &error));
        assert_string_equal(back, paths[i]);
        buffer_free(&uri);
        arena_free(&memory);
    }
}

static void log_path_refuses_what_leaves_the_table(void **state)
{
    (void)state;
    pqt_error error;
    arena memory = {0};
    const char *out = NULL;
    const char *const outside[] = {"../../etc/passwd",
                                   "a/../../b",
                                   "%2e%2e/x",
                                   "a/%2e%2e",
                                   "",
                                   "a%zz",
                                   "a%0",
                                   "a%00"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        assert_fails(log_path_decode(outside[i], &memory, &out, &error), PQT_CORRUPT,
                     "inside the table");
    const char *const absolute[] = {"/etc/passwd", "s3://other/x", "file:/x",
                                    "javascript:x"};
    for (size_t i = 0; i < sizeof absolute / sizeof *absolute; i++)
        assert_fails(log_path_decode(absolute[i], &memory, &out, &error), PQT_UNSUPPORTED,
                     "absolute");
    arena_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_file_names),
        cmocka_unit_test(log_path_round_trip),
        cmocka_unit_test(log_path_refuses_what_leaves_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
