#include "store/http_ping.h"

#include <string.h>

#include "store/http.h"

enum { TRIES = 3, PING_S = 10 };

/* What of the address may be shown. */
static pqt_view host_of(const char *url)
{
    const char *begin = strstr(url, "://") + 3;
    const size_t length = strcspn(begin, "/?#");
    for (size_t i = length; i > 0; i--)
        if (begin[i - 1] == '@')
            return (pqt_view){(const uint8_t *)begin + i, length - i};
    return (pqt_view){(const uint8_t *)begin, length};
}

static pqt_status ask(http_pool *pool, const char *url, pqt_error *error)
{
    const pqt_view host = host_of(url);
    http_exchange exchange = {.method = "GET", .url = url, .limit_bytes = 1 << 20};
    http_exchange *const exchanges[] = {&exchange};
    buffer answer = {0};
    exchange.into = &answer;
    const http_run run = {.exchanges = exchanges, .count = 1, .most_ms = PING_S * 1000};
    pqt_status status = http_pool_run(pool, &run, error);
    if (status == PQT_OK && exchange.transport != HTTP_WHOLE)
        status = error_set(error, PQT_IO, "%.*s was not reached: %s",
                           (int)host.size_bytes, (const char *)host.data,
                           exchange.reason[0] ? exchange.reason : "no answer in time");
    else if (status == PQT_OK && exchange.status / 100 != 2)
        status = error_set(error, PQT_IO, "%.*s answered %d", (int)host.size_bytes,
                           (const char *)host.data, exchange.status);
    http_exchange_free(&exchange);
    buffer_free(&answer);
    return status;
}

pqt_status http_ping_check(const char *url, const char *name, pqt_error *error)
{
    const bool is_http = strncmp(url, "http://", 7) == 0;
    const bool is_https = strncmp(url, "https://", 8) == 0;
    if ((is_http || is_https) && host_of(url).size_bytes > 0) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "%s is no address to ask for: it begins with http://HOST or "
                     "https://HOST",
                     name);
}

pqt_status http_ping(const char *url, const char *ca_bundle, pqt_error *error)
{
    const http_options options = {
        .connect_s = PING_S, .idle_s = PING_S, .ca_bundle = ca_bundle};
    http_pool *pool = NULL;
    TRY(http_ping_check(url, "this", error));
    TRY(http_pool_create(&options, &pool, error));
    pqt_status status = PQT_IO;
    for (int i = 0; i < TRIES && status == PQT_IO; i++) status = ask(pool, url, error);
    http_pool_free(pool);
    return status;
}
