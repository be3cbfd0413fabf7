#include "cli/suggest.h"

#include "test_help.h"

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("", ""), 0);
    assert_int_equal(suggest_distance("abc", ""), 3);
    assert_int_equal(suggest_distance("", "abc"), 3);
    assert_int_equal(suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(suggest_distance("export", "exprot"), 1);
    assert_int_equal(suggest_distance("top", "top"), 0);
}

static void nearest_is_only_a_slip_away(void **state)
{
    (void)state;
    assert_string_equal(suggest_nearer("exprt", NULL, "export"), "export");
    assert_null(suggest_nearer("banana", NULL, "export"));
    assert_string_equal(suggest_nearer("verson", "versions", "version"), "version");
    assert_string_equal(suggest_nearer("version", "version", "versions"), "version");
    assert_string_equal(suggest_nearer("ver", NULL, "verify"), "verify");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(nearest_is_only_a_slip_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
