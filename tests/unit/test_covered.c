#include "table/covered.h"

#include "base/date.h"
#include "test_help.h"

static void assert_text(const covered *c, const char *expected)
{
    pqt_error error;
    buffer text = {0};
    assert_ok(covered_write(c, &text, &error));
    assert_string_equal((char *)text.data, expected);
    buffer_free(&text);
}

static void covered_add_joins_neighbours(void **state)
{
    (void)state;
    pqt_error error;
    covered c = {0};
    assert_text(&c, "");
    assert_ok(covered_add(&c, 10, 12, &error));
    assert_ok(covered_add(&c, 20, 20, &error));
    assert_ok(covered_add(&c, 5, 5, &error));
    assert_text(&c, "1970-01-06,1970-01-11..1970-01-13,1970-01-21");
    assert_ok(covered_add(&c, 13, 19, &error));
    assert_text(&c, "1970-01-06,1970-01-11..1970-01-21");
    assert_ok(covered_add(&c, 0, 100, &error));
    assert_text(&c, "1970-01-01..1970-04-11");
    assert_fails(covered_add(&c, 2, 1, &error), PQT_INVALID, "ends before");
    covered_free(&c);
}

static void covered_add_equals_a_bitmap(void **state)
{
    (void)state;
    pqt_error error;
    uint32_t seed = 7;
    for (int round = 0; round < 300; round++) {
        covered c = {0};
        bool days[64] = {false};
        for (int i = 0; i < 12; i++) {
            seed = seed * 1664525 + 1013904223;
            const int first = (int)(seed >> 16) % 60,
                      last = first + (int)(seed >> 28) % 4;
            assert_ok(covered_add(&c, first, last, &error));
            for (int day = first; day <= last; day++) days[day] = true;
        }
        int64_t count = 0;
        for (int day = 0; day < 64; day++) {
            assert_int_equal(covered_contains(&c, day), days[day]);
            count += days[day];
        }
        assert_int_equal(covered_days(&c), count);
        assert_int_equal(covered_missing(&c, 0, 63), 64 - count);
        buffer text = {0};
        covered back = {0};
        assert_ok(covered_write(&c, &text, &error));
        assert_ok(covered_parse((char *)text.data, &back, &error));
        assert_int_equal(back.count, c.count);
        assert_memory_equal(back.ranges, c.ranges, c.count * sizeof *c.ranges);
        covered_free(&back);
        covered_free(&c);
        buffer_free(&text);
    }
}

static void covered_parse_refuses_what_is_no_list(void **state)
{
    (void)state;
    pqt_error error;
    const char *const bad[] = {"x", "2026-01-01..", "2026-01-01;2026-01-02", "2026-02-30",
                               "2026-01-02..2026-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        covered c = {0};
        assert_fails(covered_parse(bad[i], &c, &error), PQT_CORRUPT, "covered dates");
        assert_null(c.ranges);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covered_add_joins_neighbours),
        cmocka_unit_test(covered_add_equals_a_bitmap),
        cmocka_unit_test(covered_parse_refuses_what_is_no_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
