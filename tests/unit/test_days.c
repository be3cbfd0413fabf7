#include "cli/days.h"

#include "test_help.h"

enum { TODAY = 1000 };

static struct options given(option_origin since, option_origin until, option_origin days)
{
    struct options o;
    options_init(&o, TODAY);
    o.since = 900;
    o.until = 950;
    o.days = 10;
    o.origins[OPTION_SINCE] = since;
    o.origins[OPTION_UNTIL] = until;
    o.origins[OPTION_DAYS] = days;
    return o;
}

static void days_default_ends_yesterday(void **state)
{
    (void)state;
    pqt_error error;
    day_range range;
    struct options o = given(ORIGIN_DEFAULT, ORIGIN_DEFAULT, ORIGIN_DEFAULT);
    assert_ok(days_choose(&o, 30, &range, &error));
    assert_int_equal(range.until, TODAY - 1);
    assert_int_equal(range.since, TODAY - 30);
    assert_fails(days_choose(&o, 0, &range, &error), PQT_INVALID, "which days?");
    o.live = true;
    assert_ok(days_choose(&o, 30, &range, &error));
    assert_true(range.until == TODAY && range.since == TODAY - 29);
}

static void days_given_ends_are_taken(void **state)
{
    (void)state;
    pqt_error error;
    day_range range;
    struct options o = given(ORIGIN_FLAG, ORIGIN_FLAG, ORIGIN_DEFAULT);
    assert_ok(days_choose(&o, 0, &range, &error));
    assert_true(range.since == 900 && range.until == 950);
    o = given(ORIGIN_FLAG, ORIGIN_DEFAULT, ORIGIN_DEFAULT);
    assert_ok(days_choose(&o, 30, &range, &error));
    assert_true(range.since == 900 && range.until == TODAY - 1);
    o = given(ORIGIN_DEFAULT, ORIGIN_FLAG, ORIGIN_DEFAULT);
    assert_ok(days_choose(&o, 30, &range, &error));
    assert_true(range.since == 921 && range.until == 950);
    o = given(ORIGIN_FLAG, ORIGIN_DEFAULT, ORIGIN_DEFAULT);
    o.since = TODAY;
    assert_ok(days_choose(&o, 30, &range, &error));
    assert_true(range.since == TODAY && range.until == TODAY);
}

static void days_contradictions_are_refused(void **state)
{
    (void)state;
    pqt_error error;
    day_range range;
    struct options o = given(ORIGIN_FLAG, ORIGIN_DEFAULT, ORIGIN_FLAG);
    assert_fails(days_choose(&o, 30, &range, &error), PQT_INVALID, "--days says another");
    o = given(ORIGIN_FLAG, ORIGIN_FLAG, ORIGIN_DEFAULT);
    o.since = 951;
    assert_fails(days_choose(&o, 30, &range, &error), PQT_INVALID,
                 "ends before it begins");
}

static void days_higher_origin_wins(void **state)
{
    (void)state;
    pqt_error error;
    day_range range;
    struct options o = given(ORIGIN_FILE, ORIGIN_DEFAULT, ORIGIN_FLAG);
    assert_ok(days_choose(&o, 30, &range, &error));
    assert_true(range.since == TODAY - 10 && range.until == TODAY - 1);
    o = given(ORIGIN_FLAG, ORIGIN_DEFAULT, ORIGIN_ENVIRONMENT);
    assert_ok(days_choose(&o, 30, &range, &error));
    assert_true(range.since == 900 && range.until == TODAY - 1);
}

static void export_days_must_be_over(void **state)
{
    (void)state;
    pqt_error error;
    day_range range;
    struct options o = given(ORIGIN_DEFAULT, ORIGIN_DEFAULT, ORIGIN_DEFAULT);
    assert_ok(days_choose_export(&o, &range, &error));
    assert_true(range.since == TODAY - 1 && range.until == TODAY - 1);
    o.origins[OPTION_DATE] = ORIGIN_FLAG;
    o.date = TODAY;
    assert_fails(days_choose_export(&o, &range, &error), PQT_INVALID, "not over yet");
    o.include_open = true;
    assert_ok(days_choose_export(&o, &range, &error));
    assert_int_equal(range.until, TODAY);
    o.date = TODAY + 1;
    assert_fails(days_choose_export(&o, &range, &error), PQT_INVALID, "in the future");
    o.origins[OPTION_SINCE] = ORIGIN_FLAG;
    assert_fails(days_choose_export(&o, &range, &error), PQT_INVALID,
                 "--date says another");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_default_ends_yesterday),
        cmocka_unit_test(days_given_ends_are_taken),
        cmocka_unit_test(days_contradictions_are_refused),
        cmocka_unit_test(days_higher_origin_wins),
        cmocka_unit_test(export_days_must_be_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
