#include "store/s3_retry.h"

#include <string.h>

/* By S3's code first: it says more than the status. */
static const struct {
    const char *code;
    retry_action action;
} codes[] = {
    {"RequestTimeTooSkewed", RETRY_CLOCK},
    {"ExpiredToken", RETRY_CREDENTIALS},
    {"ExpiredTokenException", RETRY_CREDENTIALS},
    {"TokenRefreshRequired", RETRY_CREDENTIALS},
    {"RequestTimeout", RETRY_AGAIN},
    {"RequestTimeoutException", RETRY_AGAIN},
    {"SlowDown", RETRY_AGAIN},
    {"Throttling", RETRY_AGAIN},
    {"ThrottlingException", RETRY_AGAIN},
    {"InternalError", RETRY_AGAIN},
    {"ServiceUnavailable", RETRY_AGAIN},
    {"OperationAborted", RETRY_AGAIN},
    {"ConditionalRequestConflict", RETRY_AGAIN},
    {"BadDigest", RETRY_AGAIN},
    {"IncompleteBody", RETRY_AGAIN},
    {"PermanentRedirect", RETRY_REGION},
    {"TemporaryRedirect", RETRY_REGION},
    {"AuthorizationHeaderMalformed", RETRY_REGION},
    {"IllegalLocationConstraintException", RETRY_REGION},
    {"NotImplemented", RETRY_NO},
};

static const struct {
    int status;
    retry_action action;
} statuses[] = {
    {301, RETRY_REGION}, {307, RETRY_REGION}, {308, RETRY_REGION}, {408, RETRY_AGAIN},
    {409, RETRY_AGAIN},  {429, RETRY_AGAIN},  {500, RETRY_AGAIN},  {502, RETRY_AGAIN},
    {503, RETRY_AGAIN},  {504, RETRY_AGAIN},
};

retry_action retry_choose(http_transport transport, int http_status, const char *code)
{
    if (transport == HTTP_NO_CONNECTION || transport == HTTP_LOST) return RETRY_AGAIN;
    if (transport != HTTP_WHOLE) return RETRY_NO;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(codes[i].code, code) == 0) return codes[i].action;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == http_status) return statuses[i].action;
    return RETRY_NO;
}

int64_t retry_pause_ms(int tries, uint64_t random)
{
    int64_t most = RETRY_BASE_MS;
    for (int i = 1; i < tries && most < RETRY_CAP_MS; i++) most *= 2;
    if (most > RETRY_CAP_MS) most = RETRY_CAP_MS;
    return (int64_t)(random % (uint64_t)(most + 1));
}

/* True the first time. */
static bool use_once(bool *used)
{
    const bool first = !*used;
    *used = true;
    return first;
}

bool retry_next(retry_state *state, const retry_failure *failure, int64_t *pause_ms)
{
    *pause_ms = 0;
    switch (failure->action) {
    case RETRY_NO:
        return false;
    case RETRY_CLOCK:
        return use_once(&state->used_clock);
    case RETRY_CREDENTIALS:
        return use_once(&state->used_credentials);
    case RETRY_REGION:
        return use_once(&state->used_region);
    case RETRY_AGAIN:
        break;
    }
    if (failure->transport == HTTP_NO_CONNECTION && state->tries >= RETRY_MOST_CONNECTS)
        return false;
    int64_t pause = retry_pause_ms(state->tries, failure->random);
    if (pause < failure->retry_after_ms) pause = failure->retry_after_ms;
    const int64_t spent_ms = (failure->now_us - state->started_us) / 1000;
    if (spent_ms + pause > failure->budget_ms) return false;
    *pause_ms = pause;
    return true;
}
