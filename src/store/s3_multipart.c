/* Putting a large object in parts: its uploads are aborted where they fail. */
#include <stdio.h>

#include "base/alloc.h"
#include "store/s3.h"
#include "store/s3_xml.h"
#include "store/uri_text.h"

enum {
    ANSWER_LIMIT_BYTES = 1 << 20,
    PART_BYTES = 16 << 20,
    MOST_PARTS = 10000,
    PARTS_AT_ONCE = 4,
    COMPLETE_IDLE_S = 600, /* the server puts the parts together before it answers */
    ABORT_MS = 800,
    MOST_STARTS = 3
};

struct part {
    char etag[128];
    char checksum[48];
};

struct upload {
    s3 *s;
    const char *full_key;
    const http_body *body;
    uint64_t part_bytes;
    size_t part_count;
    struct part *parts;
    buffer query; /* "uploadId=..." encoded, with a NUL */
};

static pqt_status take_id(void *self, const char *path, pqt_view text, pqt_error *error)
{
    struct upload *u = self;
    if (strcmp(path, "InitiateMultipartUploadResult/UploadId") != 0) return PQT_OK;
    buffer_clear(&u->query);
    TRY(buffer_append_text(&u->query, "uploadId=", error));
    TRY(uri_encode(&u->query, text, false, error));
    return buffer_append_u8(&u->query, 0, error);
}

static pqt_status create_upload(struct upload *u, pqt_error *error)
{
    buffer answer = {0};
    s3_request request = {.method = "POST",
                          .key = u->full_key,
                          .query = "uploads=",
                          .body = {.is_there = true, .descriptor = -1},
                          .into = &answer,
                          .limit_bytes = ANSWER_LIMIT_BYTES,
                          .root = "InitiateMultipartUploadResult"};
    s3_request_add(&request, "x-amz-checksum-algorithm", "SHA256");
    s3_add_placement(u->s, &request);
    pqt_status status = s3_run(u->s, &request, 1, error);
    if (status == PQT_OK) status = xml_read(buffer_view(&answer), take_id, u, error);
    if (status == PQT_OK && u->query.size_bytes <= 10)
        status = error_set(error, PQT_IO, "s3://%s/%s: the upload has no id",
                           u->s->bucket, u->full_key);
    s3_request_free(&request);
    buffer_free(&answer);
    return status;
}

/* What is left behind costs money, but does no harm: a failure is not told. */
static void abort_upload(struct upload *u)
{
    if (u->query.size_bytes == 0) return;
    s3_request request = {
        .method = "DELETE", .key = u->full_key, .query = (const char *)u->query.data};
    (void)s3_run_last(u->s, &request, ABORT_MS, NULL);
    s3_request_free(&request);
    buffer_clear(&u->query);
}

/* --- Parts --- */

/* Parts that are under way together. */
struct batch {
    s3_request requests[PARTS_AT_ONCE];
    s3_content contents[PARTS_AT_ONCE];
    buffer queries[PARTS_AT_ONCE];
    buffer answers[PARTS_AT_ONCE];
};

static pqt_status make_part(struct upload *u, struct batch *b, size_t slot, size_t index,
                            pqt_error *error)
{
    const uint64_t begin = index * u->part_bytes;
    const uint64_t left = u->body->size_bytes - begin;
    http_body body = *u->body;
    body.size_bytes = left < u->part_bytes ? left : u->part_bytes;
    body.offset += begin;
    if (body.descriptor < 0)
        body.bytes = view_of(body.bytes.data + begin, (size_t)body.size_bytes);
    TRY(s3_content_of(&body, &b->contents[slot], error));
    TRY(buffer_printf(&b->queries[slot], error, "partNumber=%zu&%s", index + 1,
                      (const char *)u->query.data));
    TRY(buffer_append_u8(&b->queries[slot], 0, error));
    s3_request *request = &b->requests[slot];
    *request = (s3_request){.method = "PUT",
                            .key = u->full_key,
                            .query = (const char *)b->queries[slot].data,
                            .body = body,
                            .into = &b->answers[slot],
                            .limit_bytes = ANSWER_LIMIT_BYTES,
                            .wants_etag = true};
    memcpy(request->payload_hash, b->contents[slot].hash, sizeof request->payload_hash);
    memcpy(request->checksum, b->contents[slot].checksum, sizeof request->checksum);
    return PQT_OK;
}

static pqt_status keep_part(struct upload *u, const struct batch *b, size_t slot,
                            size_t index, pqt_error *error)
{
    struct part *part = &u->parts[index];
    const pqt_view etag = http_answer_field(&b->requests[slot].exchange, "etag");
    if (etag.size_bytes >= sizeof part->etag)
        return error_set(error, PQT_IO, "s3://%s/%s: a part's ETag has %zu bytes",
                         u->s->bucket, u->full_key, etag.size_bytes);
    snprintf(part->etag, sizeof part->etag, "%.*s", (int)etag.size_bytes,
             (const char *)etag.data);
    memcpy(part->checksum, b->contents[slot].checksum, sizeof part->checksum);
    return PQT_OK;
}

static pqt_status send_batch(struct upload *u, size_t first, pqt_error *error)
{
    const size_t left = u->part_count - first;
    const size_t count = left < PARTS_AT_ONCE ? left : PARTS_AT_ONCE;
    struct batch *b = alloc_zeroed(NULL, 1, sizeof *b);
    if (!b) return error_no_memory(error, sizeof *b);
    pqt_status status = PQT_OK;
    for (size_t i = 0; i < count && status == PQT_OK; i++)
        status = make_part(u, b, i, first + i, error);
    if (status == PQT_OK) status = s3_run(u->s, b->requests, count, error);
    for (size_t i = 0; i < count && status == PQT_OK; i++)
        status = keep_part(u, b, i, first + i, error);
    for (size_t i = 0; i < count; i++) {
        s3_request_free(&b->requests[i]);
        buffer_free(&b->queries[i]);
        buffer_free(&b->answers[i]);
    }
    alloc_release(NULL, b);
    return status;
}

/* --- Putting them together --- */

static bool sends_checksums(s3 *s)
{
    pthread_mutex_lock(&s->lock);
    const bool sends = !s->refuses_checksums;
    pthread_mutex_unlock(&s->lock);
    return sends;
}

static pqt_status make_manifest(struct upload *u, buffer *out, pqt_error *error)
{
    const bool with_checksums = sends_checksums(u->s);
    TRY(buffer_append_text(out,
                           "<CompleteMultipartUpload "
                           "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
                           error));
    for (size_t i = 0; i < u->part_count; i++) {
        const struct part *part = &u->parts[i];
        TRY(buffer_append_text(out, "<Part>", error));
        if (with_checksums)
            TRY(buffer_printf(out, error, "<ChecksumSHA256>%s</ChecksumSHA256>",
                              part->checksum));
        TRY(buffer_append_text(out, "<ETag>", error));
        TRY(xml_escape(out, view_text(part->etag), error));
        TRY(buffer_printf(out, error, "</ETag><PartNumber>%zu</PartNumber></Part>",
                          i + 1));
    }
    return buffer_append_text(out, "</CompleteMultipartUpload>", error);
}

struct completion {
    pqt_status status;
    bool is_unknown; /* it may have taken effect, or yet will */
    bool starts_anew;
};

static pqt_status send_manifest(struct upload *u, const s3_content *manifest,
                                struct completion *out, pqt_error *error)
{
    buffer answer = {0};
    s3_request request = {.method = "POST",
                          .key = u->full_key,
                          .query = (const char *)u->query.data,
                          .body = manifest->body,
                          .into = &answer,
                          .limit_bytes = ANSWER_LIMIT_BYTES,
                          .root = "CompleteMultipartUploadResult",
                          .idle_s = COMPLETE_IDLE_S};
    memcpy(request.payload_hash, manifest->hash, sizeof request.payload_hash);
    s3_request_add(&request, "if-none-match", "*");
    const pqt_status status = s3_run(u->s, &request, 1, error);
    out->is_unknown = status != PQT_OK && request.maybe_applied;
    /* The condition failed against another writer that was under way: the upload is gone.
     */
    out->starts_anew = !request.maybe_applied && request.exchange.status == 404 &&
                       strcmp(request.problem.code, "NoSuchUpload") == 0 &&
                       request.retry.tries > 1;
    s3_request_free(&request);
    buffer_free(&answer);
    return status;
}

static pqt_status complete_upload(struct upload *u, struct completion *out,
                                  pqt_error *error)
{
    buffer text = {0};
    s3_content manifest;
    pqt_status status = make_manifest(u, &text, error);
    const http_body body = {true, -1, 0, text.size_bytes, buffer_view(&text)};
    if (status == PQT_OK) status = s3_content_of(&body, &manifest, error);
    if (status == PQT_OK) status = send_manifest(u, &manifest, out, error);
    buffer_free(&text);
    return status;
}

/* --- The whole upload --- */

static pqt_status run_upload(struct upload *u, struct completion *out, pqt_error *error)
{
    TRY(create_upload(u, error));
    for (size_t i = 0; i < u->part_count; i += PARTS_AT_ONCE)
        TRY(send_batch(u, i, error));
    return complete_upload(u, out, error);
}

static pqt_status make_parts(struct upload *u, pqt_error *error)
{
    const uint64_t size = u->body->size_bytes;
    u->part_bytes = PART_BYTES;
    while (size / u->part_bytes >= MOST_PARTS) u->part_bytes *= 2;
    u->part_count = (size_t)((size + u->part_bytes - 1) / u->part_bytes);
    if (u->part_count == 0) u->part_count = 1;
    u->parts = alloc_zeroed(NULL, u->part_count, sizeof *u->parts);
    return u->parts ? PQT_OK : error_no_memory(error, u->part_count * sizeof *u->parts);
}

static pqt_status refuse_existing(s3 *s, const char *full_key, pqt_error *error)
{
    return error_set(error, PQT_CONFLICT, "s3://%s/%s is there already", s->bucket,
                     full_key);
}

/* One that is there already is refused before anything is sent. */
static pqt_status check_absent(s3 *s, const char *full_key, pqt_error *error)
{
    s3_head head;
    const pqt_status found = s3_head_read(s, full_key, &head, error);
    if (found == PQT_NOT_FOUND) return PQT_OK;
    return found == PQT_OK ? refuse_existing(s, full_key, error) : found;
}

static pqt_status try_upload(struct upload *u, struct completion *out, pqt_error *error)
{
    *out = (struct completion){0};
    pqt_status status = run_upload(u, out, error);
    if (status != PQT_OK && out->is_unknown)
        return s3_settle(u->s, u->full_key, u->body, status, error);
    if (status != PQT_OK) abort_upload(u);
    return status == PQT_CONFLICT ? refuse_existing(u->s, u->full_key, error) : status;
}

pqt_status s3_put_parts(s3 *s, const char *full_key, const http_body *body,
                        bool looks_first, pqt_error *error)
{
    struct upload u = {.s = s, .full_key = full_key, .body = body};
    struct completion end = {0};
    pqt_status status = looks_first ? check_absent(s, full_key, error) : PQT_OK;
    if (status == PQT_OK) status = make_parts(&u, error);
    bool goes_on = status == PQT_OK;
    for (int starts = 0; starts < MOST_STARTS && goes_on; starts++) {
        status = try_upload(&u, &end, error);
        goes_on = status != PQT_OK && end.starts_anew;
    }
    alloc_release(NULL, u.parts);
    buffer_free(&u.query);
    return status;
}
