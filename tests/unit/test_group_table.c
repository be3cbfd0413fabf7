#include "query/group_table.h"

#include <stdio.h>

#include "test_help.h"

enum { KEYS = 500 };

static void group_table_equals_plain_sums(void **state)
{
    (void)state;
    pqt_error error;
    int64_t sums[KEYS] = {0};
    group_table parts[3] = {{0}}, all = {0};
    uint32_t seed = 3;
    for (int i = 0; i < 20000; i++) {
        char key[20];
        seed = seed * 1664525 + 1013904223;
        const uint32_t number = (seed >> 8) % KEYS, views = seed >> 28;
        snprintf(key, sizeof key, "/k%u", number);
        sums[number] += views;
        assert_ok(
            group_table_add(&parts[i % 3], view_text(key), number == 0, views, NULL, &error));
    }
    for (int i = 0; i < 3; i++) assert_ok(group_table_join(&all, &parts[i], &error));
    assert_int_equal(all.count, KEYS);
    for (size_t i = 0; i < all.count; i++) {
        unsigned number = 0;
        if (!all.groups[i].is_null) {
            char key[20] = "";
            memcpy(key, all.groups[i].key.data, all.groups[i].key.size_bytes);
            assert_int_equal(sscanf(key, "/k%u", &number), 1);
        }
        assert_true(all.groups[i].views == sums[number]);
    }
    for (int i = 0; i < 3; i++) group_table_free(&parts[i]);
    group_table_free(&all);
}

/* The first by limit are the first of the whole order, also among ties. */
static void group_table_order_selects_the_first(void **state)
{
    (void)state;
    pqt_error error;
    for (size_t limit = 1; limit < 60; limit += 7) {
        group_table whole = {0}, few = {0};
        for (int i = 0; i < 50; i++) {
            char key[20];
            snprintf(key, sizeof key, "/%02d", (i * 37) % 50);
            assert_ok(group_table_add(&whole, view_text(key), i == 9, i % 5, NULL, &error));
            assert_ok(group_table_add(&few, view_text(key), i == 9, i % 5, NULL, &error));
        }
        group_table_order(&whole, 0);
        group_table_order(&few, limit);
        assert_int_equal(few.count, limit < 50 ? limit : 50);
        for (size_t i = 0; i < few.count; i++) {
            assert_true(few.groups[i].views == whole.groups[i].views);
            assert_true(view_equal(few.groups[i].key, whole.groups[i].key));
            if (i == 0) continue;
            const group *before = &few.groups[i - 1], *now = &few.groups[i];
            assert_true(before->views > now->views || before->is_null ||
                        view_compare(before->key, now->key) < 0);
        }
        group_table_free(&whole);
        group_table_free(&few);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(group_table_equals_plain_sums),
        cmocka_unit_test(group_table_order_selects_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
