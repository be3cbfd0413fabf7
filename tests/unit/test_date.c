#include "base/date.h"

#include "test_help.h"

static void date_civil_round_trip(void **state)
{
    (void)state;
    int32_t expected = date_from_civil(1600, 1, 1);
    for (int year = 1600; year < 2500; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; date_is_valid(year, month, day); day++, expected++) {
                int y, m, d;
                assert_int_equal(date_from_civil(year, month, day), expected);
                date_to_civil(expected, &y, &m, &d);
                assert_int_equal(y * 10000 + m * 100 + d, year * 10000 + month * 100 + day);
            }
    assert_int_equal(date_from_civil(1970, 1, 1), 0);
    assert_int_equal(date_weekday(0), 3);
    assert_int_equal(date_weekday(-1), 2);
}

static void date_parse_accepts_users_forms(void **state)
{
    (void)state;
    pqt_error error;
    int32_t date = 0;
    assert_ok(date_parse("2026-01-15", 100, &date, &error));
    assert_int_equal(date, date_from_civil(2026, 1, 15));
    assert_ok(date_parse("yesterday", 100, &date, &error));
    assert_int_equal(date, 99);
    assert_ok(date_parse("-7d", 100, &date, &error));
    assert_int_equal(date, 93);
}

static void date_parse_refuses_the_rest(void **state)
{
    (void)state;
    pqt_error error;
    const char *const bad[] = {"2026-02-30", "2024-13-01", "0000-00-00", "2026-1-5",
                               "20260115",   "",           "-d",         "-7",
                               "tomorrow",   "2026-01-15 ", "-9999999999999d"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int32_t date = 5;
        assert_fails(date_parse(bad[i], 0, &date, &error), PQT_INVALID, "is not a day");
        assert_int_equal(date, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(date_civil_round_trip),
        cmocka_unit_test(date_parse_accepts_users_forms),
        cmocka_unit_test(date_parse_refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
