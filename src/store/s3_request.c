#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/s3.h"
#include "store/s3_sign.h"

static const char empty_hash[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

void s3_request_add(s3_request *request, const char *name, const char *value)
{
    if (request->field_count < S3_MOST_FIELDS)
        request->fields[request->field_count++] = (http_field){name, value};
}

void s3_request_free(s3_request *request)
{
    http_exchange_free(&request->exchange);
    buffer_free(&request->text);
}

pqt_status s3_full_key(const s3 *s, const char *key, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s%s%s", s->prefix, *s->prefix ? "/" : "", key));
    TRY(buffer_append_u8(out, 0, error));
    out->size_bytes--;
    return PQT_OK;
}

pqt_status s3_pause(s3 *s, int64_t pause_ms, pqt_error *error)
{
    enum { STEP_MS = 50 };
    while (pause_ms > 0) {
        const int64_t step = pause_ms < STEP_MS ? pause_ms : STEP_MS;
        const struct timespec wait = {0, (long)step * 1000000};
        nanosleep(&wait, NULL);
        pause_ms -= step;
        TRY(progress_check(s->progress, error));
    }
    return PQT_OK;
}

/* --- One try: URL, headers, signature --- */

/* What all requests of a try have in common, taken under the lock. */
struct signing {
    s3_place place;
    int64_t now_ms;
    bool refuses_checksums;
};

static struct signing take_signing(s3 *s)
{
    pthread_mutex_lock(&s->lock);
    const struct signing taken = {s->place, clock_wall_ms() + s->clock_offset_ms,
                                  s->refuses_checksums};
    pthread_mutex_unlock(&s->lock);
    return taken;
}

/* Texts of one try lie one behind the other in request->text; where each begins. */
struct try_texts {
    char time[SIGN_TIME_BYTES];
    char range[64];
    size_t path, url, authorization;
};

static pqt_status end_text(buffer *text, pqt_error *error)
{
    return buffer_append_u8(text, 0, error);
}

static pqt_status make_url(s3_request *request, const s3_place *place,
                           struct try_texts *texts, pqt_error *error)
{
    buffer *text = &request->text;
    const char *query = request->query ? request->query : "";
    buffer_clear(text);
    TRY(s3_place_path(place, request->key, text, error));
    TRY(end_text(text, error));
    texts->url = text->size_bytes;
    TRY(buffer_printf(text, error, "%s://%s", place->scheme, place->host));
    TRY(s3_place_path(place, request->key, text, error));
    TRY(buffer_printf(text, error, "%s%s", *query ? "?" : "", query));
    return end_text(text, error);
}

static size_t make_fields(const s3_request *request, const struct signing *signing,
                          struct try_texts *texts, http_field *fields)
{
    size_t count = 0;
    memcpy(fields, request->fields, request->field_count * sizeof *fields);
    count = request->field_count;
    fields[count++] = (http_field){"host", signing->place.host};
    sign_time_text(signing->now_ms, texts->time);
    fields[count++] = (http_field){"x-amz-date", texts->time};
    fields[count++] =
        (http_field){"x-amz-content-sha256",
                     *request->payload_hash ? request->payload_hash : empty_hash};
    if (*request->keys->session_token)
        fields[count++] =
            (http_field){"x-amz-security-token", request->keys->session_token};
    if (*request->checksum && !signing->refuses_checksums)
        fields[count++] = (http_field){"x-amz-checksum-sha256", request->checksum};
    if (request->end_offset) {
        snprintf(texts->range, sizeof texts->range, "bytes=%llu-%llu",
                 (unsigned long long)request->first_offset,
                 (unsigned long long)request->end_offset - 1);
        fields[count++] = (http_field){"range", texts->range};
    }
    return count;
}

static pqt_status sign(s3_request *request, const struct signing *signing,
                       const struct try_texts *texts, const http_field *fields,
                       size_t count, pqt_error *error)
{
    const sign_scope scope = {request->keys->access_key, request->keys->secret_key,
                              signing->place.region, "s3"};
    const sign_request to_sign = {
        .method = request->method,
        .path = (const char *)request->text.data + texts->path,
        .query = request->query ? request->query : "",
        .fields = fields,
        .field_count = count,
        .payload_hash = *request->payload_hash ? request->payload_hash : empty_hash,
        .time_ms = signing->now_ms};
    buffer value = {0};
    pqt_status status = sign_append(&value, &scope, &to_sign, error);
    if (status == PQT_OK) status = end_text(&value, error);
    if (status == PQT_OK)
        status = buffer_append(&request->text, value.data, value.size_bytes, error);
    buffer_free(&value);
    return status;
}

/* The fields of a try, kept as long as it runs. */
struct prepared {
    struct try_texts texts;
    http_field fields[S3_MOST_FIELDS + 8];
    struct signing signing;
};

static pqt_status prepare(s3 *s, s3_request *request, struct prepared *p,
                          pqt_error *error)
{
    *p = (struct prepared){.signing = take_signing(s)};
    TRY(make_url(request, &p->signing.place, &p->texts, error));
    size_t count = make_fields(request, &p->signing, &p->texts, p->fields);
    p->texts.authorization = request->text.size_bytes;
    TRY(sign(request, &p->signing, &p->texts, p->fields, count, error));
    const char *text = (const char *)request->text.data;
    p->fields[count++] = (http_field){"authorization", text + p->texts.authorization};
    http_exchange *exchange = &request->exchange;
    exchange->method = request->method;
    exchange->url = text + p->texts.url;
    exchange->fields = p->fields;
    exchange->field_count = count;
    exchange->body = request->body;
    exchange->idle_s = request->idle_s;
    exchange->into = request->into;
    exchange->limit_bytes = request->limit_bytes;
    exchange->segments = request->segments;
    exchange->segment_count = request->segment_count;
    exchange->first_offset = request->first_offset;
    return PQT_OK;
}

/* --- All tries --- */

/* One round over the requests that are not done. */
struct round {
    s3 *s;
    s3_request *requests;
    size_t count;
    const pqt_progress *progress;
    int64_t most_ms;
    int parallel; /* 0: as many as usual */
    bool only_once;
    http_exchange **exchanges; /* of those that run */
    struct prepared *prepared;
    size_t *into_sizes; /* of request->into before the first try */
    aws_keys *keys;     /* of this round */
};

static pqt_status run_once(struct round *r, pqt_error *error)
{
    size_t running = 0;
    TRY(aws_keyring_get(r->s->keyring, r->keys, error));
    for (size_t i = 0; i < r->count; i++) {
        s3_request *request = &r->requests[i];
        if (request->is_done) continue;
        request->keys = r->keys;
        if (request->into) request->into->size_bytes = r->into_sizes[i];
        if (request->retry.tries == 0) request->retry.started_us = clock_monotonic_us();
        request->retry.tries++;
        TRY(prepare(r->s, request, &r->prepared[i], error));
        r->exchanges[running++] = &request->exchange;
    }
    const http_run run = {.exchanges = r->exchanges,
                          .count = running,
                          .parallel = r->parallel,
                          .progress = r->progress,
                          .most_ms = r->most_ms};
    return http_pool_run(r->s->pool, &run, error);
}

static int64_t retry_after_ms(const http_exchange *exchange)
{
    uint64_t seconds;
    if (!http_answer_number(exchange, "retry-after", &seconds)) return 0;
    return seconds > 3600 ? 3600 * 1000 : (int64_t)seconds * 1000;
}

/* Whether what was sent may have taken effect though the answer says nothing of it. */
static bool may_have_taken_effect(const s3_request *request)
{
    const http_exchange *exchange = &request->exchange;
    if (exchange->was_sent_again) return true;
    if (exchange->transport == HTTP_NO_CONNECTION) return false;
    if (exchange->transport != HTTP_WHOLE) return true;
    return exchange->status >= 500 || exchange->status / 100 == 2;
}

static void look_at_answer(struct round *r, s3_request *request)
{
    const retry_action action = s3_judge(r->s, request);
    const retry_failure failure = {.action = action,
                                   .transport = request->exchange.transport,
                                   .retry_after_ms = retry_after_ms(&request->exchange),
                                   .now_us = clock_monotonic_us(),
                                   .budget_ms = r->s->settings.options.retry_s * 1000,
                                   .random = random_number()};
    if (request->exchange.was_sent_again) request->maybe_applied = true;
    request->is_done = true;
    if (request->status == PQT_OK) return;
    if (may_have_taken_effect(request)) request->maybe_applied = true;
    if (r->only_once || request->status == PQT_CANCELLED) return;
    if (retry_next(&request->retry, &failure, &request->pause_ms))
        request->is_done = false;
}

/* Waits as long as the most patient of those that are made again; false: all are done. */
static pqt_status wait_for_next(struct round *r, bool *goes_on, pqt_error *error)
{
    int64_t pause_ms = -1;
    for (size_t i = 0; i < r->count; i++)
        if (!r->requests[i].is_done && r->requests[i].pause_ms > pause_ms)
            pause_ms = r->requests[i].pause_ms;
    *goes_on = pause_ms >= 0;
    return pause_ms > 0 ? s3_pause(r->s, pause_ms, error) : PQT_OK;
}

/* The first failure, but one that is only that an object is missing last. */
static pqt_status find_failure(const struct round *r, pqt_error *error)
{
    const s3_request *found = NULL;
    for (size_t i = 0; i < r->count; i++) {
        const s3_request *request = &r->requests[i];
        if (request->status == PQT_OK) continue;
        if (!found ||
            (found->status == PQT_NOT_FOUND && request->status != PQT_NOT_FOUND))
            found = request;
    }
    if (!found) return PQT_OK;
    if (error) *error = found->error;
    return found->status;
}

static pqt_status run_rounds(struct round *r, pqt_error *error)
{
    bool goes_on = true;
    while (goes_on) {
        TRY(run_once(r, error));
        for (size_t i = 0; i < r->count; i++)
            if (!r->requests[i].is_done) look_at_answer(r, &r->requests[i]);
        TRY(wait_for_next(r, &goes_on, error));
    }
    return find_failure(r, error);
}

static pqt_status run_round(struct round *r, pqt_error *error)
{
    r->exchanges = alloc_zeroed(NULL, r->count, sizeof *r->exchanges);
    r->prepared = alloc_zeroed(NULL, r->count, sizeof *r->prepared);
    r->into_sizes = alloc_zeroed(NULL, r->count, sizeof *r->into_sizes);
    r->keys = alloc_zeroed(NULL, 1, sizeof *r->keys);
    pqt_status status = r->exchanges && r->prepared && r->into_sizes && r->keys
                            ? PQT_OK
                            : error_no_memory(error, r->count * sizeof *r->prepared);
    for (size_t i = 0; i < r->count && status == PQT_OK; i++)
        r->into_sizes[i] = r->requests[i].into ? r->requests[i].into->size_bytes : 0;
    if (status == PQT_OK) status = run_rounds(r, error);
    for (size_t i = 0; r->into_sizes && i < r->count; i++)
        if (status != PQT_OK && r->requests[i].status != PQT_OK && r->requests[i].into)
            r->requests[i].into->size_bytes = r->into_sizes[i];
    alloc_release(NULL, r->exchanges);
    alloc_release(NULL, r->prepared);
    alloc_release(NULL, r->into_sizes);
    if (r->keys) aws_keys_wipe(r->keys);
    alloc_release(NULL, r->keys);
    return status;
}

/* What is read costs no server much: its latency is shared by as many as go at once. */
pqt_status s3_run(s3 *s, s3_request *requests, size_t count, pqt_error *error)
{
    const bool reads = count > 0 && strcmp(requests[0].method, "GET") == 0;
    struct round r = {.s = s,
                      .requests = requests,
                      .count = count,
                      .parallel = reads ? HTTP_PARALLEL_MOST : 0,
                      .progress = s->progress};
    return run_round(&r, error);
}

pqt_status s3_run_last(s3 *s, s3_request *request, int64_t most_ms, pqt_error *error)
{
    struct round r = {
        .s = s, .requests = request, .count = 1, .most_ms = most_ms, .only_once = true};
    return run_round(&r, error);
}
