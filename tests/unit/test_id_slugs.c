#include "archive/id_slugs.h"

#include <stdio.h>

#include "test_help.h"

static void id_slugs_keeps_the_last_slug_of_an_id(void **state)
{
    (void)state;
    pqt_error error;
    id_slugs map = {0};
    assert_null(id_slugs_get(&map, 1));
    for (int32_t round = 0; round < 2; round++)
        for (int32_t id = -5000; id < 5000; id++) {
            char slug[40];
            snprintf(slug, sizeof slug, "slug-%d-%d", id, round);
            assert_ok(id_slugs_put(&map, id, view_text(slug), &error));
        }
    assert_int_equal(map.count, 10000);
    assert_view_is(id_slugs_get(&map, -77)->slug, "slug--77-1");
    assert_view_is(id_slugs_get(&map, 4999)->slug, "slug-4999-1");
    assert_null(id_slugs_get(&map, 5000));
    id_slugs_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_slugs_keeps_the_last_slug_of_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
