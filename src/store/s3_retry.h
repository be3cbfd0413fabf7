/*
 * Which failed requests are made again, and when: one table by S3's error code, HTTP
 * status and kind of transport failure; pauses with full jitter within a total budget.
 */
#ifndef STORE_S3_RETRY_H
#define STORE_S3_RETRY_H

#include "store/http.h"

typedef enum retry_action {
    RETRY_NO,
    RETRY_AGAIN,
    RETRY_CLOCK,       /* once, with the server's clock */
    RETRY_CREDENTIALS, /* once, after credentials were read anew */
    RETRY_REGION       /* once, in the region that the answer names */
} retry_action;

/* `code` is S3's error code, "" where the answer has none. */
retry_action retry_choose(http_transport transport, int http_status, const char *code);

/* What a request has behind it. All zero before the first try. */
typedef struct retry_state {
    int tries;
    int64_t started_us; /* of the first try */
    bool used_clock;
    bool used_credentials;
    bool used_region;
} retry_state;

enum { RETRY_BASE_MS = 100, RETRY_CAP_MS = 20000, RETRY_MOST_CONNECTS = 5 };

/* The pause before try `tries` + 1: `random` spreads it over 0..min(cap, base * 2^tries).
 */
int64_t retry_pause_ms(int tries, uint64_t random);

/*
 * Whether to try again after a failure with this action, and after how long.
 * `retry_after_ms` is what the server asked for (0: nothing). False once the pause would
 * end behind the budget, once an action that is for once was taken, or where no
 * connection could be made RETRY_MOST_CONNECTS times.
 */
typedef struct retry_failure {
    retry_action action;
    http_transport transport;
    int64_t retry_after_ms;
    int64_t now_us;
    int64_t budget_ms;
    uint64_t random;
} retry_failure;
bool retry_next(retry_state *state, const retry_failure *failure, int64_t *pause_ms);

#endif
