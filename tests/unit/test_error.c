#include "base/error.h"

#include <errno.h>

#include "test_help.h"

static void error_set_and_prefix(void **state)
{
    (void)state;
    pqt_error error = {0};
    assert_int_equal(error_set(&error, PQT_CORRUPT, "page %d", 7), PQT_CORRUPT);
    error_prefix(&error, "file %s", "a.parquet");
    assert_string_equal(error.message, "file a.parquet: page 7");
    assert_int_equal(error_set(NULL, PQT_IO, "nobody hears"), PQT_IO);
    error_prefix(NULL, "nothing");
}

static void error_long_messages_are_cut(void **state)
{
    (void)state;
    pqt_error error = {0};
    error_set(&error, PQT_IO, "%01000d", 1);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    error_prefix(&error, "%0600d", 2);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void error_errno_maps_to_status(void **state)
{
    (void)state;
    pqt_error error = {0};
    assert_int_equal(error_set_errno(&error, ENOENT, "open x"), PQT_NOT_FOUND);
    assert_string_equal(error.message, "open x: No such file or directory");
    assert_int_equal(error_set_errno(&error, EACCES, "x"), PQT_DENIED);
    assert_int_equal(error_set_errno(&error, ENOSPC, "x"), PQT_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_set_and_prefix),
        cmocka_unit_test(error_long_messages_are_cut),
        cmocka_unit_test(error_errno_maps_to_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
