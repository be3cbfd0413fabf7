#include "store/http_transfer.h"

#include <stdio.h>
#include <unistd.h>

/* Larger bodies wait until the server says that it wants them. */
enum { EXPECT_BYTES = 1 << 20 };
enum {
    HEAD_LIMIT_BYTES = 64 << 10,
    TEXT_LIMIT_BYTES = 64 << 10,
    SLOW_BYTES_A_SECOND = 1024
};

/* --- What is sent --- */

static size_t send_body(char *out, size_t size, size_t count, void *self)
{
    http_transfer *transfer = self;
    const http_body *body = &transfer->exchange->body;
    const uint64_t left = body->size_bytes - transfer->sent_bytes;
    size_t wanted = size * count;
    if (wanted > left) wanted = (size_t)left;
    if (wanted == 0) return 0;
    if (body->descriptor < 0) {
        memcpy(out, body->bytes.data + transfer->sent_bytes, wanted);
    } else {
        const ssize_t got = pread(body->descriptor, out, wanted,
                                  (off_t)(body->offset + transfer->sent_bytes));
        if (got <= 0) {
            transfer->status = PQT_IO;
            return CURL_READFUNC_ABORT;
        }
        wanted = (size_t)got;
    }
    transfer->sent_bytes += wanted;
    return wanted;
}

/* libcurl rewinds where a kept connection had been closed and it sends all once more. */
static int rewind_body(void *self, curl_off_t offset, int origin)
{
    http_transfer *transfer = self;
    if (origin != SEEK_SET || offset < 0 ||
        (uint64_t)offset > transfer->exchange->body.size_bytes)
        return CURL_SEEKFUNC_FAIL;
    if (transfer->sent_bytes > 0) transfer->exchange->was_sent_again = true;
    transfer->sent_bytes = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* --- What comes --- */

static size_t take_line(char *line, size_t size, size_t count, void *self)
{
    http_transfer *transfer = self;
    buffer *head = &transfer->exchange->head;
    const size_t length = size * count;
    /* "HTTP/1.1 100 Continue" has an answer behind it. */
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) buffer_clear(head);
    transfer->head_is_whole = length > 0 && (*line == '\r' || *line == '\n');
    if (head->size_bytes + length > HEAD_LIMIT_BYTES) return 0;
    return buffer_append(head, line, length, NULL) == PQT_OK ? length : 0;
}

static bool keep_text(http_exchange *exchange, const char *data, size_t size)
{
    const size_t room = TEXT_LIMIT_BYTES - exchange->text.size_bytes;
    return buffer_append(&exchange->text, data, size < room ? size : room, NULL) ==
           PQT_OK;
}

static bool keep_whole(http_transfer *transfer, const char *data, size_t size)
{
    http_exchange *exchange = transfer->exchange;
    if (size > exchange->limit_bytes ||
        exchange->body_bytes > exchange->limit_bytes - size) {
        exchange->is_over_limit = true;
        return false;
    }
    exchange->body_bytes += size;
    if (buffer_append(exchange->into, data, size, NULL) == PQT_OK) return true;
    transfer->status = PQT_NOMEM;
    return false;
}

/* Copies what lies in the next segments; false once the last is full and more comes. */
static bool fill_segments(http_transfer *transfer, const char *data, size_t size)
{
    http_exchange *exchange = transfer->exchange;
    const uint64_t begin = transfer->position, end = begin + size;
    exchange->body_bytes += size;
    transfer->position = end;
    while (transfer->segment < exchange->segment_count) {
        const http_segment *s = &exchange->segments[transfer->segment];
        const uint64_t segment_end = s->offset + s->size_bytes;
        const uint64_t from = s->offset > begin ? s->offset : begin;
        const uint64_t to = segment_end < end ? segment_end : end;
        if (from < to)
            memcpy(s->out + (from - s->offset), data + (from - begin),
                   (size_t)(to - from));
        if (segment_end > end) return true;
        transfer->segment++;
    }
    transfer->is_satisfied = true;
    return exchange->status == 206;
}

static size_t take_body(char *data, size_t size, size_t count, void *self)
{
    http_transfer *transfer = self;
    http_exchange *exchange = transfer->exchange;
    const size_t length = size * count;
    if (!transfer->has_begun) {
        long status = 0;
        curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
        exchange->status = (int)status;
        transfer->position = status == 206 ? exchange->first_offset : 0;
        transfer->has_begun = true;
    }
    bool goes_on;
    if (exchange->status / 100 != 2)
        goes_on = keep_text(exchange, data, length);
    else if (exchange->into)
        goes_on = keep_whole(transfer, data, length);
    else
        goes_on = fill_segments(transfer, data, length);
    return goes_on ? length : 0;
}

/* --- Options --- */

static pqt_status add_line(http_transfer *transfer, const char *line, pqt_error *error)
{
    struct curl_slist *longer = curl_slist_append(transfer->lines, line);
    if (!longer) return error_no_memory(error, strlen(line));
    transfer->lines = longer;
    return PQT_OK;
}

/* A name with ';' is libcurl's way to say a header without a value. */
static pqt_status add_field(http_transfer *transfer, const http_field *field,
                            pqt_error *error)
{
    buffer line = {0};
    pqt_status status =
        *field->value ? buffer_printf(&line, error, "%s: %s", field->name, field->value)
                      : buffer_printf(&line, error, "%s;", field->name);
    if (status == PQT_OK) status = buffer_append_u8(&line, 0, error);
    if (status == PQT_OK) status = add_line(transfer, (const char *)line.data, error);
    buffer_free(&line);
    return status;
}

static pqt_status make_lines(http_transfer *transfer, pqt_error *error)
{
    const http_exchange *exchange = transfer->exchange;
    for (size_t i = 0; i < exchange->field_count; i++)
        if (strcmp(exchange->fields[i].name, "host") != 0) /* libcurl makes the same */
            TRY(add_field(transfer, &exchange->fields[i], error));
    const bool waits = exchange->body.size_bytes >= EXPECT_BYTES;
    return add_line(transfer, waits ? "Expect: 100-continue" : "Expect:", error);
}

static void set_method(CURL *handle, const http_exchange *exchange, void *transfer)
{
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, exchange->method);
    if (strcmp(exchange->method, "HEAD") == 0)
        curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    if (!exchange->body.is_there) return;
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                     (curl_off_t)exchange->body.size_bytes);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, send_body);
    curl_easy_setopt(handle, CURLOPT_READDATA, transfer);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
}

static void set_limits(CURL *handle, const http_exchange *exchange,
                       const http_options *options)
{
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)options->connect_s);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_A_SECOND);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                     (long)(exchange->idle_s ? exchange->idle_s : options->idle_s));
    if (options->ca_bundle) curl_easy_setopt(handle, CURLOPT_CAINFO, options->ca_bundle);
    if (options->no_proxy) curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
}

pqt_status http_transfer_begin(http_transfer *transfer, http_exchange *exchange,
                               const http_options *options, pqt_error *error)
{
    CURL *handle = transfer->handle;
    *transfer = (http_transfer){.handle = handle, .exchange = exchange};
    TRY(make_lines(transfer, error));
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, exchange->url);
    curl_easy_setopt(handle, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->reason);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "pqa");
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer->lines);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
    set_method(handle, exchange, transfer);
    set_limits(handle, exchange, options);
    return PQT_OK;
}

/* --- The end --- */

static const struct {
    CURLcode code;
    http_transport transport;
} ends[] = {
    {CURLE_OK, HTTP_WHOLE},
    {CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_CONNECTION},
    {CURLE_COULDNT_RESOLVE_PROXY, HTTP_NO_CONNECTION},
    {CURLE_COULDNT_CONNECT, HTTP_NO_CONNECTION},
    {CURLE_SSL_CONNECT_ERROR, HTTP_NO_CONNECTION},
    {CURLE_OPERATION_TIMEDOUT, HTTP_LOST},
    {CURLE_SEND_ERROR, HTTP_LOST},
    {CURLE_RECV_ERROR, HTTP_LOST},
    {CURLE_GOT_NOTHING, HTTP_LOST},
    {CURLE_PARTIAL_FILE, HTTP_LOST},
    {CURLE_WEIRD_SERVER_REPLY, HTTP_LOST},
    {CURLE_PEER_FAILED_VERIFICATION, HTTP_UNTRUSTED},
    {CURLE_SSL_CACERT_BADFILE, HTTP_UNTRUSTED},
    {CURLE_SSL_ISSUER_ERROR, HTTP_UNTRUSTED},
    {CURLE_SSL_CERTPROBLEM, HTTP_UNTRUSTED},
    {CURLE_ABORTED_BY_CALLBACK, HTTP_STOPPED},
};

static http_transport transport_of(const http_transfer *transfer, CURLcode result)
{
    const http_exchange *exchange = transfer->exchange;
    double connected_s = 0;
    if (transfer->status != PQT_OK) return HTTP_BROKEN;
    if (result == CURLE_WRITE_ERROR &&
        (transfer->is_satisfied || exchange->is_over_limit))
        return HTTP_WHOLE;
    /* A server may refuse before it has read the whole body. */
    if (result == CURLE_SEND_ERROR && exchange->status >= 300) return HTTP_WHOLE;
    curl_easy_getinfo(transfer->handle, CURLINFO_PRETRANSFER_TIME, &connected_s);
    if (result == CURLE_OPERATION_TIMEDOUT && connected_s <= 0) return HTTP_NO_CONNECTION;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i].code == result) return ends[i].transport;
    return HTTP_BROKEN;
}

/* libcurl takes a connection that is closed amid the headers for the end of an answer;
 * the length it checks itself, but this is what our own count says. */
static bool is_cut(const http_transfer *transfer)
{
    const http_exchange *exchange = transfer->exchange;
    uint64_t length;
    if (!transfer->head_is_whole) return true;
    if (exchange->status / 100 != 2 || strcmp(exchange->method, "HEAD") == 0)
        return false;
    if (exchange->is_over_limit || transfer->is_satisfied) return false;
    return http_answer_number(exchange, "content-length", &length) &&
           length != exchange->body_bytes;
}

void http_transfer_end(http_transfer *transfer, CURLcode result)
{
    http_exchange *exchange = transfer->exchange;
    long status = 0;
    curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
    exchange->status = (int)status;
    exchange->transport = transport_of(transfer, result);
    if (exchange->transport == HTTP_WHOLE && is_cut(transfer)) {
        exchange->transport = HTTP_LOST;
        snprintf(transfer->reason, sizeof transfer->reason,
                 "the answer was cut behind %llu bytes",
                 (unsigned long long)exchange->body_bytes);
    }
    snprintf(exchange->reason, sizeof exchange->reason, "%.159s",
             *transfer->reason ? transfer->reason : curl_easy_strerror(result));
    curl_slist_free_all(transfer->lines);
    transfer->lines = NULL;
    transfer->exchange = NULL;
}
