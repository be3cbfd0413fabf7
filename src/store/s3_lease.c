/*
 * The writer's lease: an object with a number, put if absent. The highest number holds,
 * until it says that it is released or the server has not seen it renewed for a while.
 * Taking over is putting the next number, so that nobody ever overwrites another's lease;
 * the number is a fencing token. What a lease guards does not rest on it alone: the log's
 * commits do not need it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "store/iso_time.h"
#include "store/process_identity.h"
#include "store/s3.h"

enum {
    RENEWALS = 4, /* within the time that a lease lasts */
    RELEASE_MS = 800,
    LEASE_TEXT_BYTES = 512,
    MOST_TRIES = 100
};

struct lease {
    s3 *s;
    char name[32];
    long long number;
    buffer key; /* full */
    char text[LEASE_TEXT_BYTES];
    pthread_t renewer;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t ended;
    bool is_ended;
    int64_t renewed_ms; /* on a clock that goes on while the machine sleeps */
    bool was_silent;    /* for longer than it lasts: it must be looked who came */
};

static int64_t clock_of_leases_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- The object --- */

static pqt_status lease_key(s3 *s, const char *name, long long number, buffer *out,
                            pqt_error *error)
{
    char key[80];
    buffer_clear(out);
    snprintf(key, sizeof key, ".pqa-lease-%s-%012lld", name, number);
    return s3_full_key(s, key, out, error);
}

static void write_text(char text[LEASE_TEXT_BYTES], bool is_released)
{
    char holder[HOLDER_BYTES], identity[IDENTITY_BYTES];
    holder_of_this(holder);
    identity_of_this(identity);
    snprintf(text, LEASE_TEXT_BYTES, "%s\n%s\n%s\n", holder,
             *identity ? identity : "unknown", is_released ? "released" : "held");
}

static pqt_status make_content(const char *text, s3_content *out, pqt_error *error)
{
    const size_t size = strlen(text);
    const http_body body = {true, -1, 0, size, view_of(text, size)};
    return s3_content_of(&body, out, error);
}

static pqt_status put_text(s3 *s, const char *full_key, const char *text,
                           bool is_conditional, pqt_error *error)
{
    s3_content content;
    TRY(make_content(text, &content, error));
    return s3_put_single(s, full_key, &content, is_conditional, error);
}

/* What is known of a lease that is there. */
struct seen {
    char holder[HOLDER_BYTES];
    bool is_free; /* released, run out, or its holder is known to have ended */
};

/* By the server's clock alone: when it was put, and when it answers. */
static bool has_run_out(const http_exchange *exchange, int lease_s)
{
    int64_t put_ms, now_ms;
    return http_date_parse(http_answer_field(exchange, "last-modified"), &put_ms) &&
           http_date_parse(http_answer_field(exchange, "date"), &now_ms) &&
           now_ms - put_ms > (int64_t)lease_s * 1000;
}

static void read_text(char *text, const http_exchange *exchange, int lease_s,
                      struct seen *out)
{
    char *rest = NULL;
    const char *holder = strtok_r(text, "\n", &rest);
    const char *identity = strtok_r(NULL, "\n", &rest);
    const char *state = strtok_r(NULL, "\n", &rest);
    snprintf(out->holder, sizeof out->holder, "%.90s", holder ? holder : "unknown");
    out->is_free = (state && strcmp(state, "released") == 0) ||
                   (identity && identity_has_ended(identity)) ||
                   has_run_out(exchange, lease_s);
}

static pqt_status look_at(s3 *s, const char *full_key, struct seen *out, pqt_error *error)
{
    buffer text = {0};
    s3_request request = {.method = "GET",
                          .key = full_key,
                          .into = &text,
                          .limit_bytes = LEASE_TEXT_BYTES,
                          .wants_etag = true};
    pqt_status status = s3_run(s, &request, 1, error);
    if (status == PQT_OK) status = buffer_append_u8(&text, 0, error);
    if (status == PQT_OK)
        read_text((char *)text.data, &request.exchange, s->settings.options.lease_s, out);
    s3_request_free(&request);
    buffer_free(&text);
    return status;
}

/* --- Taking --- */

struct numbers {
    const char *name;
    long long highest;
};

static pqt_status see_number(void *self, const store_entry *entry, pqt_error *error)
{
    (void)error;
    struct numbers *numbers = self;
    char start[48];
    const int length = snprintf(start, sizeof start, ".pqa-lease-%s-", numbers->name);
    if (strncmp(entry->key, start, (size_t)length) != 0) return PQT_OK;
    const long long number = strtoll(entry->key + length, NULL, 10);
    if (number > numbers->highest) numbers->highest = number;
    return PQT_OK;
}

static pqt_status find_highest(s3 *s, const char *name, long long *out, pqt_error *error)
{
    char prefix[48];
    struct numbers numbers = {.name = name};
    snprintf(prefix, sizeof prefix, ".pqa-lease-%s-", name);
    TRY(s3_list_own(s, prefix, see_number, &numbers, error));
    *out = numbers.highest;
    return PQT_OK;
}

static pqt_status refuse_held(const struct lease *lease, const struct seen *seen,
                              pqt_error *error)
{
    return error_set(
        error, PQT_BUSY,
        "another process writes to %.150s (%s); wait until it has ended, or, "
        "where it was killed on another machine, for %d s",
        lease->s->name, seen->holder, lease->s->settings.options.lease_s);
}

static pqt_status take_next(struct lease *lease, pqt_error *error)
{
    s3 *s = lease->s;
    TRY(find_highest(s, lease->name, &lease->number, error));
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        struct seen seen = {.is_free = true};
        TRY(lease_key(s, lease->name, lease->number, &lease->key, error));
        pqt_status status = PQT_OK;
        if (lease->number > 0)
            status = look_at(s, (const char *)lease->key.data, &seen, error);
        if (status != PQT_NOT_FOUND) TRY(status);
        if (!seen.is_free) return refuse_held(lease, &seen, error);
        lease->number++;
        TRY(lease_key(s, lease->name, lease->number, &lease->key, error));
        status = put_text(s, (const char *)lease->key.data, lease->text, true, error);
        if (status != PQT_CONFLICT) return status;
    }
    return error_set(error, PQT_BUSY, "too many processes want to write to %.150s",
                     lease->s->name);
}

/* The lease before it says nothing any more. */
static void remove_older(const struct lease *lease)
{
    buffer key = {0};
    for (long long number = lease->number - 1; number > 0 && number > lease->number - 3;
         number--) {
        if (lease_key(lease->s, lease->name, number, &key, NULL) != PQT_OK) break;
        s3_request request = {.method = "DELETE", .key = (const char *)key.data};
        (void)s3_run_last(lease->s, &request, RELEASE_MS, NULL);
        s3_request_free(&request);
    }
    buffer_free(&key);
}

/* --- Keeping --- */

/* The time is taken before: the server's begins no earlier. */
static pqt_status renew_once(struct lease *lease, pqt_error *error)
{
    const int64_t now_ms = clock_of_leases_ms();
    TRY(put_text(lease->s, (const char *)lease->key.data, lease->text, false, error));
    pthread_mutex_lock(&lease->lock);
    if (now_ms - lease->renewed_ms > (int64_t)lease->s->settings.options.lease_s * 1000)
        lease->was_silent = true;
    lease->renewed_ms = now_ms;
    pthread_mutex_unlock(&lease->lock);
    return PQT_OK;
}

/* Until the next renewal, or the end. */
static bool wait_to_renew(struct lease *lease)
{
    const int64_t wait_ms = (int64_t)lease->s->settings.options.lease_s * 1000 / RENEWALS;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    next.tv_sec += wait_ms / 1000;
    next.tv_nsec += wait_ms % 1000 * 1000000;
    if (next.tv_nsec >= 1000000000) {
        next.tv_nsec -= 1000000000;
        next.tv_sec++;
    }
    pthread_mutex_lock(&lease->lock);
    while (!lease->is_ended &&
           pthread_cond_timedwait(&lease->ended, &lease->lock, &next) != ETIMEDOUT)
        continue;
    const bool goes_on = !lease->is_ended;
    pthread_mutex_unlock(&lease->lock);
    return goes_on;
}

static void *renew(void *self)
{
    struct lease *lease = self;
    while (wait_to_renew(lease)) (void)renew_once(lease, NULL);
    return NULL;
}

static pqt_status start_renewing(struct lease *lease, pqt_error *error)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&lease->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lease->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&lease->renewer, NULL, renew, lease) == 0) return PQT_OK;
    pthread_cond_destroy(&lease->ended);
    pthread_mutex_destroy(&lease->lock);
    return error_set(error, PQT_IO, "cannot start a thread that renews the lease");
}

static void release_lease(struct lease *lease)
{
    s3_content content;
    char text[LEASE_TEXT_BYTES];
    buffer answer = {0};
    write_text(text, true);
    if (make_content(text, &content, NULL) != PQT_OK) return;
    s3_request request = {.method = "PUT",
                          .key = (const char *)lease->key.data,
                          .body = content.body,
                          .into = &answer,
                          .limit_bytes = LEASE_TEXT_BYTES};
    memcpy(request.payload_hash, content.hash, sizeof request.payload_hash);
    (void)s3_run_last(lease->s, &request, RELEASE_MS, NULL);
    s3_request_free(&request);
    buffer_free(&answer);
}

static void free_lease(struct lease *lease)
{
    buffer_free(&lease->key);
    alloc_release(NULL, lease);
}

pqt_status s3_lock(void *self, const char *name, void **lock, pqt_error *error)
{
    TRY(s3_probe_puts(self, error));
    struct lease *lease = alloc_zeroed(NULL, 1, sizeof *lease);
    if (!lease) return error_no_memory(error, sizeof *lease);
    lease->s = self;
    snprintf(lease->name, sizeof lease->name, "%s", name);
    write_text(lease->text, false);
    lease->renewed_ms = clock_of_leases_ms();
    pqt_status status = take_next(lease, error);
    if (status == PQT_OK) {
        status = start_renewing(lease, error);
        if (status != PQT_OK) release_lease(lease);
    }
    if (status != PQT_OK) {
        free_lease(lease);
        return status;
    }
    remove_older(lease);
    *lock = lease;
    return PQT_OK;
}

/* Whether another has put the next number. */
static pqt_status look_for_next(struct lease *lease, pqt_error *error)
{
    buffer key = {0};
    struct seen seen;
    pqt_status status = lease_key(lease->s, lease->name, lease->number + 1, &key, error);
    if (status == PQT_OK)
        status = look_at(lease->s, (const char *)key.data, &seen, error);
    buffer_free(&key);
    if (status == PQT_NOT_FOUND) return PQT_OK;
    TRY(status);
    return error_set(
        error, PQT_BUSY,
        "the right to write to %.150s was lost to another process (%s) while "
        "this one was stopped",
        lease->s->name, seen.holder);
}

/* Renewed first, so that who comes now sees it held; then it is looked whether somebody
 * had come before. */
pqt_status s3_check_lock(void *self, void *lock, pqt_error *error)
{
    (void)self;
    struct lease *lease = lock;
    const int64_t lasts_ms = (int64_t)lease->s->settings.options.lease_s * 1000;
    pthread_mutex_lock(&lease->lock);
    const bool is_sure =
        clock_of_leases_ms() - lease->renewed_ms < lasts_ms / 2 && !lease->was_silent;
    pthread_mutex_unlock(&lease->lock);
    if (is_sure) return PQT_OK;
    TRY(renew_once(lease, error));
    return look_for_next(lease, error);
}

void s3_unlock(void *self, void *lock)
{
    (void)self;
    struct lease *lease = lock;
    pthread_mutex_lock(&lease->lock);
    lease->is_ended = true;
    pthread_cond_signal(&lease->ended);
    pthread_mutex_unlock(&lease->lock);
    pthread_join(lease->renewer, NULL);
    pthread_cond_destroy(&lease->ended);
    pthread_mutex_destroy(&lease->lock);
    release_lease(lease);
    free_lease(lease);
}
