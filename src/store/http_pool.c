#include <pthread.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/http_transfer.h"

enum { LOOK_MS = 100 };

/* One thread's at a time: its connections are kept for whoever takes it next. */
struct client {
    CURLM *multi;
    http_transfer transfers[HTTP_PARALLEL_MOST];
    struct client *next; /* idle */
};

struct http_pool {
    http_options options;
    char *ca_bundle;
    pthread_mutex_t lock; /* guards idle */
    struct client *idle;
};

pqt_status http_pool_create(const http_options *options, http_pool **out,
                            pqt_error *error)
{
    http_pool *pool = alloc_zeroed(NULL, 1, sizeof *pool);
    if (!pool) return error_no_memory(error, sizeof *pool);
    pool->options = *options;
    if (options->ca_bundle) {
        pool->ca_bundle = alloc_text(NULL, options->ca_bundle);
        pool->options.ca_bundle = pool->ca_bundle;
    }
    if ((options->ca_bundle && !pool->ca_bundle) ||
        curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        alloc_release(NULL, pool->ca_bundle);
        alloc_release(NULL, pool);
        return error_no_memory(error, 1);
    }
    pthread_mutex_init(&pool->lock, NULL);
    *out = pool;
    return PQT_OK;
}

static void free_client(struct client *client)
{
    for (int i = 0; i < HTTP_PARALLEL_MOST; i++)
        if (client->transfers[i].handle) curl_easy_cleanup(client->transfers[i].handle);
    if (client->multi) curl_multi_cleanup(client->multi);
    alloc_release(NULL, client);
}

void http_pool_free(http_pool *pool)
{
    if (!pool) return;
    while (pool->idle) {
        struct client *client = pool->idle;
        pool->idle = client->next;
        free_client(client);
    }
    pthread_mutex_destroy(&pool->lock);
    alloc_release(NULL, pool->ca_bundle);
    alloc_release(NULL, pool);
    curl_global_cleanup();
}

static pqt_status take_client(http_pool *pool, struct client **out, pqt_error *error)
{
    pthread_mutex_lock(&pool->lock);
    struct client *client = pool->idle;
    if (client) pool->idle = client->next;
    pthread_mutex_unlock(&pool->lock);
    if (!client) {
        client = alloc_zeroed(NULL, 1, sizeof *client);
        if (client) client->multi = curl_multi_init();
        if (!client || !client->multi) {
            alloc_release(NULL, client);
            return error_no_memory(error, sizeof *client);
        }
        curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_PARALLEL_MOST);
    }
    *out = client;
    return PQT_OK;
}

static void give_back(http_pool *pool, struct client *client)
{
    pthread_mutex_lock(&pool->lock);
    client->next = pool->idle;
    pool->idle = client;
    pthread_mutex_unlock(&pool->lock);
}

/* One call of http_pool_run. */
struct running {
    http_pool *pool;
    struct client *client;
    const http_run *run;
    size_t next;    /* the first that is not begun */
    size_t started; /* and not ended */
    int64_t end_us; /* 0: none */
};

static pqt_status begin_one(struct running *r, http_transfer *transfer, pqt_error *error)
{
    http_exchange *exchange = r->run->exchanges[r->next];
    if (!transfer->handle) transfer->handle = curl_easy_init();
    if (!transfer->handle) return error_no_memory(error, 1);
    http_exchange_clear(exchange);
    TRY(http_transfer_begin(transfer, exchange, &r->pool->options, error));
    if (curl_multi_add_handle(r->client->multi, transfer->handle) != CURLM_OK) {
        http_transfer_end(transfer, CURLE_FAILED_INIT);
        return error_set(error, PQT_INTERNAL, "libcurl does not take a request");
    }
    r->next++;
    r->started++;
    return PQT_OK;
}

static pqt_status begin_more(struct running *r, pqt_error *error)
{
    const int parallel = r->run->parallel ? r->run->parallel : HTTP_PARALLEL;
    for (int i = 0; i < parallel && r->next < r->run->count; i++)
        if (!r->client->transfers[i].exchange)
            TRY(begin_one(r, &r->client->transfers[i], error));
    return PQT_OK;
}

static void end_one(struct running *r, http_transfer *transfer, CURLcode result)
{
    curl_multi_remove_handle(r->client->multi, transfer->handle);
    http_transfer_end(transfer, result);
    r->started--;
}

static void end_finished(struct running *r)
{
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(r->client->multi, &left))) {
        http_transfer *transfer = NULL;
        const CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        end_one(r, transfer, result);
    }
}

/* A name that is still being looked up is left to its thread. */
static void stop_all(struct running *r, CURLcode reason)
{
    for (int i = 0; i < HTTP_PARALLEL_MOST; i++) {
        http_transfer *transfer = &r->client->transfers[i];
        if (!transfer->exchange) continue;
        curl_easy_setopt(transfer->handle, CURLOPT_QUICK_EXIT, 1L);
        end_one(r, transfer, reason);
    }
    for (; r->next < r->run->count; r->next++) {
        http_exchange *exchange = r->run->exchanges[r->next];
        http_exchange_clear(exchange);
        exchange->transport =
            reason == CURLE_ABORTED_BY_CALLBACK ? HTTP_STOPPED : HTTP_NO_CONNECTION;
    }
}

static pqt_status run_on(struct running *r, pqt_error *error)
{
    int running = 0;
    while (r->started > 0 || r->next < r->run->count) {
        if (progress_check(r->run->progress, NULL) != PQT_OK) {
            stop_all(r, CURLE_ABORTED_BY_CALLBACK);
            break;
        }
        if (r->end_us && clock_monotonic_us() > r->end_us) {
            stop_all(r, CURLE_OPERATION_TIMEDOUT);
            break;
        }
        TRY(begin_more(r, error));
        if (curl_multi_perform(r->client->multi, &running) != CURLM_OK)
            return error_set(error, PQT_INTERNAL, "libcurl fails to go on");
        end_finished(r);
        if (r->started == 0) continue;
        if (curl_multi_poll(r->client->multi, NULL, 0, LOOK_MS, NULL) != CURLM_OK)
            return error_set(error, PQT_INTERNAL, "libcurl fails to wait");
    }
    return PQT_OK;
}

pqt_status http_pool_run(http_pool *pool, const http_run *run, pqt_error *error)
{
    struct running r = {.pool = pool, .run = run};
    if (run->most_ms) r.end_us = clock_monotonic_us() + run->most_ms * 1000;
    TRY(take_client(pool, &r.client, error));
    const pqt_status status = run_on(&r, error);
    if (status != PQT_OK) stop_all(&r, CURLE_FAILED_INIT);
    give_back(pool, r.client);
    return status;
}

/* --- Answers --- */

void http_exchange_clear(http_exchange *exchange)
{
    exchange->transport = HTTP_BROKEN;
    exchange->status = 0;
    buffer_clear(&exchange->head);
    buffer_clear(&exchange->text);
    exchange->body_bytes = 0;
    exchange->is_over_limit = false;
    exchange->was_sent_again = false;
    exchange->reason[0] = 0;
}

void http_exchange_free(http_exchange *exchange)
{
    buffer_free(&exchange->head);
    buffer_free(&exchange->text);
}

static bool is_named(pqt_view line, const char *name)
{
    const size_t length = strlen(name);
    if (line.size_bytes <= length || line.data[length] != ':') return false;
    for (size_t i = 0; i < length; i++) {
        const uint8_t c = line.data[i];
        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != (uint8_t)name[i]) return false;
    }
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

pqt_view http_answer_field(const http_exchange *exchange, const char *name)
{
    pqt_view rest = buffer_view(&exchange->head);
    while (rest.size_bytes) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size_bytes);
        const size_t length = end ? (size_t)(end - rest.data) : rest.size_bytes;
        pqt_view line = view_of(rest.data, length);
        rest = view_of(rest.data + length, rest.size_bytes - length);
        if (end) rest = view_of(rest.data + 1, rest.size_bytes - 1);
        if (!is_named(line, name)) continue;
        line = view_of(line.data + strlen(name) + 1, line.size_bytes - strlen(name) - 1);
        while (line.size_bytes && is_blank(line.data[0]))
            line = view_of(line.data + 1, line.size_bytes - 1);
        while (line.size_bytes && is_blank(line.data[line.size_bytes - 1]))
            line.size_bytes--;
        return line;
    }
    return (pqt_view){0};
}

bool http_answer_number(const http_exchange *exchange, const char *name, uint64_t *out)
{
    const pqt_view text = http_answer_field(exchange, name);
    uint64_t value = 0;
    if (text.size_bytes == 0) return false;
    for (size_t i = 0; i < text.size_bytes; i++) {
        const uint8_t c = text.data[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(c - '0'), &value))
            return false;
    }
    *out = value;
    return true;
}
