/* What an answer means: whether it is whole and S3's, what its error says, and what to
 * tell the user. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/iso_time.h"
#include "store/s3.h"
#include "store/s3_xml.h"

/* --- The error in an answer --- */

/* Printable only: it goes into messages. */
static void copy_printable(char *out, size_t size, pqt_view text)
{
    size_t length = text.size_bytes < size - 1 ? text.size_bytes : size - 1;
    for (size_t i = 0; i < length; i++)
        out[i] = text.data[i] >= ' ' && text.data[i] <= '~' ? (char)text.data[i] : '?';
    out[length] = 0;
}

static pqt_status take_problem_text(void *self, const char *path, pqt_view text,
                                    pqt_error *error)
{
    (void)error;
    s3_problem *problem = self;
    if (strcmp(path, "Error/Code") == 0)
        copy_printable(problem->code, sizeof problem->code, text);
    if (strcmp(path, "Error/Message") == 0)
        copy_printable(problem->message, sizeof problem->message, text);
    if (strcmp(path, "Error/RequestId") == 0)
        copy_printable(problem->request_id, sizeof problem->request_id, text);
    if (strcmp(path, "Error/Region") == 0)
        copy_printable(problem->region, sizeof problem->region, text);
    return PQT_OK;
}

static void read_problem(s3_request *request, pqt_view text)
{
    s3_problem *problem = &request->problem;
    *problem = (s3_problem){0};
    if (text.size_bytes) xml_read(text, take_problem_text, problem, NULL);
    const pqt_view id = http_answer_field(&request->exchange, "x-amz-request-id");
    const pqt_view region = http_answer_field(&request->exchange, "x-amz-bucket-region");
    if (id.data) copy_printable(problem->request_id, sizeof problem->request_id, id);
    if (region.data) copy_printable(problem->region, sizeof problem->region, region);
}

/* --- Messages --- */

/* What callers act on; everything else is IO. */
static const struct {
    const char *code;
    pqt_status status;
} statuses_of_codes[] = {
    {"NoSuchKey", PQT_NOT_FOUND},         {"NoSuchVersion", PQT_NOT_FOUND},
    {"PreconditionFailed", PQT_CONFLICT}, {"AccessDenied", PQT_DENIED},
    {"AllAccessDisabled", PQT_DENIED},    {"SignatureDoesNotMatch", PQT_DENIED},
    {"InvalidAccessKeyId", PQT_DENIED},   {"InvalidToken", PQT_DENIED},
    {"ExpiredToken", PQT_DENIED},         {"RequestTimeTooSkewed", PQT_DENIED},
    {"NotImplemented", PQT_UNSUPPORTED},  {"InvalidStorageClass", PQT_INVALID},
    {"InvalidBucketName", PQT_INVALID},   {"KeyTooLongError", PQT_INVALID},
    {"EntityTooLarge", PQT_LIMIT},
};

static bool is_head(const s3_request *request)
{
    return strcmp(request->method, "HEAD") == 0;
}

static bool sends(const s3_request *request)
{
    return strcmp(request->method, "PUT") == 0 || strcmp(request->method, "POST") == 0;
}

static pqt_status status_of(const s3_request *request)
{
    const s3_problem *problem = &request->problem;
    const int status = request->exchange.status;
    for (size_t i = 0; i < sizeof statuses_of_codes / sizeof *statuses_of_codes; i++)
        if (strcmp(statuses_of_codes[i].code, problem->code) == 0)
            return statuses_of_codes[i].status;
    if (strncmp(problem->code, "KMS.", 4) == 0) return PQT_DENIED;
    /* That a bucket is missing is not that an object is. */
    if (strcmp(problem->code, "NoSuchBucket") == 0)
        return request->key && !sends(request) ? PQT_IO : PQT_NOT_FOUND;
    if (status == 404 && is_head(request)) return PQT_NOT_FOUND;
    if (status == 403 || status == 401) return PQT_DENIED;
    if (status == 412) return PQT_CONFLICT;
    if (status == 501) return PQT_UNSUPPORTED;
    const retry_action action =
        retry_choose(request->exchange.transport, status, problem->code);
    return action == RETRY_AGAIN ? PQT_TIMEOUT : PQT_IO;
}

static const struct {
    const char *code;
    const char *advice;
} advices[] = {
    {"SignatureDoesNotMatch", "; check the secret access key"},
    {"InvalidAccessKeyId", "; check the access key id"},
    {"NoSuchBucket", "; check the bucket's name and the endpoint, or make the bucket"},
    {"ExpiredToken", "; the credentials have expired, get new ones"},
    {"PermanentRedirect", "; set the bucket's region"},
    {"AuthorizationHeaderMalformed", "; set the bucket's region"},
};

static const struct {
    const char *method;
    const char *advice;
} permissions[] = {
    {"GET", "; the credentials need s3:GetObject on it, and s3:ListBucket"},
    {"HEAD", "; the credentials need s3:GetObject on it, and s3:ListBucket"},
    {"PUT", "; the credentials need s3:PutObject on it"},
    {"POST", "; the credentials need s3:PutObject on it"},
    {"DELETE", "; the credentials need s3:DeleteObject on it"},
};

static const char *advice_for(const s3_request *request)
{
    const char *code = request->problem.code;
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (strcmp(advices[i].code, code) == 0) return advices[i].advice;
    if (strncmp(code, "KMS.", 4) == 0) return "; the credentials need to use the KMS key";
    if (request->exchange.status != 403) return "";
    if (!request->key) return "; the credentials need s3:ListBucket on the bucket";
    for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
        if (strcmp(permissions[i].method, request->method) == 0)
            return permissions[i].advice;
    return "";
}

static pqt_status fail(const s3 *s, s3_request *request, pqt_status status,
                       const char *what)
{
    request->status =
        error_set(&request->error, status, "s3://%s/%.200s: %s: %s", s->bucket,
                  request->key ? request->key : "", request->method, what);
    return request->status;
}

static void describe_transport(s3 *s, s3_request *request)
{
    const http_exchange *exchange = &request->exchange;
    char what[300], host[sizeof s->place.host];
    pthread_mutex_lock(&s->lock);
    memcpy(host, s->place.host, sizeof host);
    pthread_mutex_unlock(&s->lock);
    switch (exchange->transport) {
    case HTTP_STOPPED:
        request->status = error_set(&request->error, PQT_CANCELLED, "stopped on request");
        return;
    case HTTP_UNTRUSTED:
        snprintf(what, sizeof what,
                 "%s; set --s3-ca-bundle where the server has a certificate of your own",
                 exchange->reason);
        fail(s, request, PQT_IO, what);
        return;
    case HTTP_NO_CONNECTION:
        snprintf(what, sizeof what, "no connection to %.100s: %s", host,
                 exchange->reason);
        fail(s, request, PQT_TIMEOUT, what);
        return;
    default:
        fail(s, request, exchange->transport == HTTP_LOST ? PQT_TIMEOUT : PQT_IO,
             exchange->reason);
    }
}

static void describe_problem(const s3 *s, s3_request *request)
{
    const s3_problem *problem = &request->problem;
    char what[400];
    snprintf(what, sizeof what, "HTTP %d%s%s%s%s%s%s%s%s", request->exchange.status,
             *problem->code ? " " : "", problem->code, *problem->message ? ": " : "",
             problem->message, *problem->request_id ? " (request " : "",
             problem->request_id, *problem->request_id ? ")" : "", advice_for(request));
    fail(s, request, status_of(request), what);
}

/* --- Answers that say they succeeded --- */

static bool range_is_right(const s3_request *request)
{
    const http_exchange *exchange = &request->exchange;
    unsigned long long first, last, all = 0;
    const pqt_view field = http_answer_field(exchange, "content-range");
    char text[100];
    copy_printable(text, sizeof text, field);
    if (exchange->status != 206) return exchange->body_bytes >= request->end_offset;
    const int found = sscanf(text, "bytes %20llu-%20llu/%20llu", &first, &last, &all);
    return found >= 2 && first == request->first_offset &&
           last + 1 == request->end_offset &&
           (found == 2 || all == request->object_bytes) &&
           exchange->body_bytes == request->end_offset - request->first_offset;
}

/* Where an answer of a request that changes something is the XML of an error. */
static bool hides_error(s3_request *request)
{
    const bool reads = strcmp(request->method, "GET") == 0 || is_head(request);
    const bool has_text = request->into && request->exchange.body_bytes > 0;
    if (!has_text || (reads && !request->root)) return false;
    char root[XML_NAME_BYTES];
    const size_t size = (size_t)request->exchange.body_bytes;
    const pqt_view text =
        view_of(request->into->data + request->into->size_bytes - size, size);
    xml_root(text, root);
    if (strcmp(root, "Error") != 0) return false;
    read_problem(request, text);
    return true;
}

static void check_success(const s3 *s, s3_request *request)
{
    const http_exchange *exchange = &request->exchange;
    const size_t size = (size_t)exchange->body_bytes;
    char what[200], root[XML_NAME_BYTES];
    request->status = PQT_OK;
    if (exchange->is_over_limit) {
        snprintf(what, sizeof what, "the answer has more than %llu bytes",
                 (unsigned long long)request->limit_bytes);
        fail(s, request, PQT_LIMIT, what);
    } else if (hides_error(request)) {
        describe_problem(s, request);
    } else if (request->wants_etag && !http_answer_field(exchange, "etag").size_bytes) {
        fail(s, request, PQT_IO,
             "the answer has no ETag: is there a proxy in between that answers itself?");
    } else if (request->end_offset && !range_is_right(request)) {
        fail(s, request, PQT_IO,
             "the answer is not the range that was asked for, of an object of that size");
    } else if (request->root) {
        xml_root(view_of(request->into->data + request->into->size_bytes - size, size),
                 root);
        if (strcmp(root, request->root) == 0) return;
        snprintf(what, sizeof what, "expected the XML of %s, found '%.60s'",
                 request->root, root);
        fail(s, request, PQT_IO, what);
    }
}

/* --- What follows --- */

/* Takes the server's time over; false where the answer has none. */
static bool set_clock(s3 *s, s3_request *request)
{
    int64_t server_ms;
    if (!http_date_parse(http_answer_field(&request->exchange, "date"), &server_ms))
        return false;
    const int64_t offset = server_ms - clock_wall_ms();
    pthread_mutex_lock(&s->lock);
    s->clock_offset_ms = offset;
    pthread_mutex_unlock(&s->lock);
    char what[160];
    snprintf(
        what, sizeof what,
        "RequestTimeTooSkewed: this machine's clock is %lld s %s the server's; set it",
        (long long)llabs(offset) / 1000, offset > 0 ? "behind" : "before");
    fail(s, request, PQT_DENIED, what);
    return true;
}

static bool set_region(s3 *s, const s3_request *request)
{
    const s3_place_request place = {s->bucket, s->settings.options.endpoint,
                                    request->problem.region,
                                    s->settings.options.addressing};
    s3_place found;
    if (!*request->problem.region) return false;
    if (s3_place_make(&place, &found, NULL) != PQT_OK) return false;
    pthread_mutex_lock(&s->lock);
    const bool is_other = strcmp(found.region, s->place.region) != 0;
    s->place = found;
    pthread_mutex_unlock(&s->lock);
    return is_other || request->retry.tries == 1;
}

/* Servers that do not know the header refuse it by one of these. */
static bool refuses_checksum(s3 *s, const s3_request *request)
{
    const int status = request->exchange.status;
    if (!*request->checksum || (status != 400 && status != 501)) return false;
    if (status == 400 && *request->problem.code &&
        strcmp(request->problem.code, "InvalidArgument") != 0 &&
        strcmp(request->problem.code, "InvalidRequest") != 0)
        return false;
    pthread_mutex_lock(&s->lock);
    const bool is_news = !s->refuses_checksums;
    s->refuses_checksums = true;
    pthread_mutex_unlock(&s->lock);
    return is_news;
}

static retry_action follow(s3 *s, s3_request *request, retry_action action)
{
    if (refuses_checksum(s, request)) return RETRY_AGAIN;
    if (action == RETRY_CLOCK && !set_clock(s, request)) return RETRY_NO;
    if (action == RETRY_REGION && !set_region(s, request)) return RETRY_NO;
    if (action == RETRY_CREDENTIALS) aws_keyring_expire(s->keyring, request->keys);
    return action;
}

retry_action s3_judge(s3 *s, s3_request *request)
{
    const http_exchange *exchange = &request->exchange;
    request->problem = (s3_problem){0};
    if (exchange->transport != HTTP_WHOLE) {
        describe_transport(s, request);
    } else if (exchange->status / 100 == 2) {
        check_success(s, request);
        if (request->status == PQT_OK) return RETRY_NO;
        /* What came instead of S3's answer may be gone the next time. */
        if (!*request->problem.code)
            return request->status == PQT_IO ? RETRY_AGAIN : RETRY_NO;
    } else {
        read_problem(request, buffer_view(&exchange->text));
        describe_problem(s, request);
    }
    retry_action action =
        retry_choose(exchange->transport, exchange->status, request->problem.code);
    /* An answer to HEAD has no code to tell why it is 400. */
    if (is_head(request) && exchange->status == 400 && *request->problem.region)
        action = RETRY_REGION;
    return follow(s, request, action);
}
