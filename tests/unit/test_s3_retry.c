#include "store/s3_retry.h"

#include "test_help.h"

static void retry_follows_the_table(void **state)
{
    (void)state;
    static const struct {
        http_transport transport;
        int status;
        const char *code;
        retry_action action;
    } rows[] = {
        {HTTP_NO_CONNECTION, 0, "", RETRY_AGAIN},
        {HTTP_LOST, 0, "", RETRY_AGAIN},
        {HTTP_LOST, 200, "", RETRY_AGAIN},
        {HTTP_UNTRUSTED, 0, "", RETRY_NO},
        {HTTP_STOPPED, 0, "", RETRY_NO},
        {HTTP_BROKEN, 0, "", RETRY_NO},
        {HTTP_WHOLE, 408, "", RETRY_AGAIN},
        {HTTP_WHOLE, 409, "ConditionalRequestConflict", RETRY_AGAIN},
        {HTTP_WHOLE, 429, "", RETRY_AGAIN},
        {HTTP_WHOLE, 500, "InternalError", RETRY_AGAIN},
        {HTTP_WHOLE, 502, "", RETRY_AGAIN},
        {HTTP_WHOLE, 503, "SlowDown", RETRY_AGAIN},
        {HTTP_WHOLE, 504, "", RETRY_AGAIN},
        {HTTP_WHOLE, 400, "RequestTimeout", RETRY_AGAIN},
        {HTTP_WHOLE, 200, "InternalError", RETRY_AGAIN},
        {HTTP_WHOLE, 403, "RequestTimeTooSkewed", RETRY_CLOCK},
        {HTTP_WHOLE, 400, "ExpiredToken", RETRY_CREDENTIALS},
        {HTTP_WHOLE, 301, "", RETRY_REGION},
        {HTTP_WHOLE, 400, "AuthorizationHeaderMalformed", RETRY_REGION},
        {HTTP_WHOLE, 400, "InvalidArgument", RETRY_NO},
        {HTTP_WHOLE, 403, "AccessDenied", RETRY_NO},
        {HTTP_WHOLE, 403, "", RETRY_NO},
        {HTTP_WHOLE, 404, "NoSuchKey", RETRY_NO},
        {HTTP_WHOLE, 412, "PreconditionFailed", RETRY_NO},
        {HTTP_WHOLE, 501, "NotImplemented", RETRY_NO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (retry_choose(rows[i].transport, rows[i].status, rows[i].code) !=
            rows[i].action)
            fail_msg("row %zu: %d %s", i, rows[i].status, rows[i].code);
}

static void retry_pause_has_full_jitter_below_a_cap(void **state)
{
    (void)state;
    for (int tries = 1; tries < 40; tries++) {
        int64_t most = 0, least = INT64_MAX;
        for (uint64_t random = 0; random < 40000; random += 7) {
            const int64_t pause = retry_pause_ms(tries, random * UINT64_C(2654435761));
            most = pause > most ? pause : most;
            least = pause < least ? pause : least;
        }
        int64_t expected = RETRY_BASE_MS;
        for (int i = 1; i < tries && expected < RETRY_CAP_MS; i++) expected *= 2;
        if (expected > RETRY_CAP_MS) expected = RETRY_CAP_MS;
        assert_true(most <= expected);
        assert_true(most > expected * 9 / 10);
        assert_true(least < expected / 10);
    }
}

static retry_failure failure_at(int64_t now_ms, uint64_t random)
{
    return (retry_failure){.action = RETRY_AGAIN,
                           .transport = HTTP_WHOLE,
                           .now_us = now_ms * 1000,
                           .budget_ms = 10000,
                           .random = random};
}

static void retry_ends_with_the_budget(void **state)
{
    (void)state;
    retry_state tried = {.tries = 1, .started_us = 0};
    int64_t pause;
    retry_failure failure = failure_at(0, 50);
    assert_true(retry_next(&tried, &failure, &pause));
    assert_int_equal(pause, 50);
    failure = failure_at(9960, 50);
    assert_false(retry_next(&tried, &failure, &pause));
    failure = failure_at(9940, 50);
    assert_true(retry_next(&tried, &failure, &pause));
}

static void retry_waits_as_long_as_the_server_asks(void **state)
{
    (void)state;
    retry_state tried = {.tries = 1};
    int64_t pause;
    retry_failure failure = failure_at(0, 50);
    failure.retry_after_ms = 3000;
    assert_true(retry_next(&tried, &failure, &pause));
    assert_int_equal(pause, 3000);
    failure.retry_after_ms = 11000;
    assert_false(retry_next(&tried, &failure, &pause));
}

static void retry_of_clock_credentials_and_region_is_once(void **state)
{
    (void)state;
    static const retry_action once[] = {RETRY_CLOCK, RETRY_CREDENTIALS, RETRY_REGION};
    retry_state tried = {.tries = 1};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        int64_t pause = -1;
        retry_failure failure = failure_at(0, 50);
        failure.action = once[i];
        assert_true(retry_next(&tried, &failure, &pause));
        assert_int_equal(pause, 0);
        assert_false(retry_next(&tried, &failure, &pause));
    }
}

static void retry_of_connections_ends_after_a_few(void **state)
{
    (void)state;
    int64_t pause;
    retry_failure failure = failure_at(0, 0);
    failure.transport = HTTP_NO_CONNECTION;
    retry_state tried = {.tries = RETRY_MOST_CONNECTS - 1};
    assert_true(retry_next(&tried, &failure, &pause));
    tried.tries++;
    assert_false(retry_next(&tried, &failure, &pause));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_follows_the_table),
        cmocka_unit_test(retry_pause_has_full_jitter_below_a_cap),
        cmocka_unit_test(retry_ends_with_the_budget),
        cmocka_unit_test(retry_waits_as_long_as_the_server_asks),
        cmocka_unit_test(retry_of_clock_credentials_and_region_is_once),
        cmocka_unit_test(retry_of_connections_ends_after_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
