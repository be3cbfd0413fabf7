#include "store/iso_time.h"

#include "test_help.h"

static void iso_time_reads_s3s_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_ms;
    } times[] = {{"1970-01-01T00:00:00Z", 0},
                 {"2015-08-30T12:36:00Z", INT64_C(1440938160000)},
                 {"2015-08-30T12:36:00.000Z", INT64_C(1440938160000)},
                 {"2015-08-30T12:36:00.5Z", INT64_C(1440938160500)},
                 {"2015-08-30T12:36:00.123456789Z", INT64_C(1440938160123)},
                 {"2024-02-29T23:59:59+00:00", INT64_C(1709251199000)}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t found = -1;
        assert_true(iso_time_parse(view_text(times[i].text), &found));
        assert_int_equal(found, times[i].time_ms);
    }
}

static void iso_time_refuses_other_texts(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2015-08-30",
                                      "2015-02-30T00:00:00Z",
                                      "2015-08-30T25:00:00Z",
                                      "2015-08-30T12:36:00",
                                      "2015-08-30T12:36:00+02:00",
                                      "2015-08-30T12:36:00ZZ",
                                      "2015-08-30T12:36:00.000000000000000000000000000Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t found;
        assert_false(iso_time_parse(view_text(bad[i]), &found));
    }
}

static void http_date_reads_rfc_7231(void **state)
{
    (void)state;
    int64_t found = -1;
    assert_true(http_date_parse(view_text("Fri, 24 May 2013 00:00:00 GMT"), &found));
    assert_int_equal(found, INT64_C(1369353600000));
    assert_false(http_date_parse(view_text("yesterday"), &found));
    assert_false(http_date_parse(view_text("Fri, 24 Mai 2013 00:00:00 GMT"), &found));
    assert_false(http_date_parse(view_text("Fri, 24 anF 2013 00:00:00 GMT"), &found));
    assert_false(http_date_parse((pqt_view){0}, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_time_reads_s3s_forms),
        cmocka_unit_test(iso_time_refuses_other_texts),
        cmocka_unit_test(http_date_reads_rfc_7231),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
