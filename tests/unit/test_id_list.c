#include "archive/id_list.h"

#include "test_help.h"

static id_list *make_list(int64_t first, int64_t step, int64_t count)
{
    pqt_error error;
    id_list *list = NULL;
    assert_ok(id_list_create("/tmp", &list, &error));
    for (int64_t i = count; i-- > 0;)
        assert_ok(id_list_add(list, first + i * step, &error));
    return list;
}

static void assert_common(id_list *a, id_list *b, bool expected, int64_t expected_id)
{
    pqt_error error;
    bool found = !expected;
    int64_t id = -1;
    assert_ok(id_list_find_common(a, b, &found, &id, &error));
    assert_int_equal(found, expected);
    if (expected) assert_true(id == expected_id);
    id_list_free(a);
    id_list_free(b);
}

static void id_list_finds_the_smallest_common_id(void **state)
{
    (void)state;
    assert_common(make_list(0, 2, 100), make_list(1, 2, 100), false, 0);
    assert_common(make_list(0, 2, 100), make_list(51, 3, 100), true, 54);
    assert_common(make_list(-9, 3, 10), make_list(-6, 100, 1), true, -6);
    assert_common(make_list(0, 1, 0), make_list(0, 1, 10), false, 0);
}

/* More than fits in memory: 2.5 million ids a list. */
static void id_list_compares_what_is_in_files(void **state)
{
    (void)state;
    pqt_error error;
    assert_common(make_list(0, 2, 2500000), make_list(1, 2, 2500000), false, 0);
    id_list *odd = make_list(1, 2, 2500000);
    assert_ok(id_list_add(odd, 4000000, &error));
    assert_common(make_list(0, 2, 2500000), odd, true, 4000000);
    id_list *cleared = make_list(0, 2, 1200000);
    assert_ok(id_list_clear(cleared, &error));
    assert_ok(id_list_add(cleared, 7, &error));
    assert_common(cleared, make_list(0, 1, 1100000), true, 7);
}

static void assert_repeated(id_list *list, bool expected, int64_t expected_id)
{
    pqt_error error;
    bool found = !expected;
    int64_t id = -1;
    assert_ok(id_list_find_repeated(list, &found, &id, &error));
    assert_int_equal(found, expected);
    if (expected) assert_true(id == expected_id);
    id_list_free(list);
}

static void id_list_finds_the_smallest_id_that_is_there_twice(void **state)
{
    (void)state;
    pqt_error error;
    assert_repeated(make_list(0, 1, 0), false, 0);
    assert_repeated(make_list(0, 1, 100), false, 0);
    id_list *few = make_list(0, 2, 100), *many = make_list(0, 2, 2500000);
    assert_ok(id_list_add(few, 40, &error));
    assert_ok(id_list_add(few, 20, &error));
    assert_repeated(few, true, 20);
    assert_ok(id_list_add(many, 4000000, &error));
    assert_repeated(many, true, 4000000);
    assert_repeated(make_list(0, 2, 2500000), false, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_list_finds_the_smallest_common_id),
        cmocka_unit_test(id_list_compares_what_is_in_files),
        cmocka_unit_test(id_list_finds_the_smallest_id_that_is_there_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
