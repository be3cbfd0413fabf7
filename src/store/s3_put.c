/* Putting an object whole, if none is there. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/file.h"
#include "store/s3.h"

enum { ANSWER_LIMIT_BYTES = 64 << 10, HASH_BLOCK_BYTES = 1 << 20 };
static const uint64_t most_single_bytes = UINT64_C(5) << 30;

void s3_add_placement(const s3 *s, s3_request *request)
{
    const store_s3_options *o = &s->settings.options;
    static const char *const encryptions[] = {[STORE_S3_SSE_DEFAULT] = NULL,
                                              [STORE_S3_SSE_S3] = "AES256",
                                              [STORE_S3_SSE_KMS] = "aws:kms"};
    const char *encryption = encryptions[o->encryption];
    if (o->storage_class)
        s3_request_add(request, "x-amz-storage-class", o->storage_class);
    if (encryption) s3_request_add(request, "x-amz-server-side-encryption", encryption);
    if (encryption && o->kms_key)
        s3_request_add(request, "x-amz-server-side-encryption-aws-kms-key-id",
                       o->kms_key);
}

/* --- Content: size and hash --- */

static pqt_status measure(const store_body *body, http_body *out, pqt_error *error)
{
    *out = (http_body){.is_there = true,
                       .descriptor = body->descriptor,
                       .bytes = body->bytes,
                       .size_bytes = body->bytes.size_bytes};
    if (body->descriptor < 0) return PQT_OK;
    struct stat status;
    if (fstat(body->descriptor, &status) != 0)
        return error_set_errno(error, errno, "cannot look at what is put");
    out->size_bytes = (uint64_t)status.st_size;
    return PQT_OK;
}

static pqt_status hash_file(const http_body *body, sha256 *hash, pqt_error *error)
{
    uint8_t *block = alloc_bytes(NULL, HASH_BLOCK_BYTES);
    if (!block) return error_no_memory(error, HASH_BLOCK_BYTES);
    pqt_status status = PQT_OK;
    for (uint64_t at = 0; at < body->size_bytes && status == PQT_OK;) {
        const uint64_t left = body->size_bytes - at;
        const size_t size = left < HASH_BLOCK_BYTES ? (size_t)left : HASH_BLOCK_BYTES;
        status = file_read_at(body->descriptor, body->offset + at, block, size,
                              "what is put", error);
        if (status == PQT_OK) status = sha256_add(hash, block, size, error);
        at += size;
    }
    alloc_release(NULL, block);
    return status;
}

/* Hash and checksum of the content's body. */
static pqt_status hash_content(s3_content *content, pqt_error *error)
{
    const http_body *body = &content->body;
    uint8_t digest[SHA256_BYTES];
    sha256 hash = {0};
    buffer text = {0};
    pqt_status status = sha256_start(&hash, error);
    if (status == PQT_OK)
        status = body->descriptor >= 0
                     ? hash_file(body, &hash, error)
                     : sha256_add(&hash, body->bytes.data, body->bytes.size_bytes, error);
    if (status == PQT_OK) status = sha256_end_bytes(&hash, digest, error);
    sha256_free(&hash);
    if (status == PQT_OK)
        status = base64_append(&text, view_of(digest, sizeof digest), error);
    if (status == PQT_OK) {
        sha256_text(digest, content->hash);
        snprintf(content->checksum, sizeof content->checksum, "%.*s",
                 (int)text.size_bytes, (const char *)text.data);
    }
    buffer_free(&text);
    return status;
}

pqt_status s3_content_of(const http_body *body, s3_content *out, pqt_error *error)
{
    *out = (s3_content){.body = *body};
    return hash_content(out, error);
}

/* --- One PUT --- */

pqt_status s3_put_single(s3 *s, const char *full_key, const s3_content *content,
                         bool is_conditional, pqt_error *error)
{
    buffer answer = {0};
    s3_request request = {.method = "PUT",
                          .key = full_key,
                          .body = content->body,
                          .into = &answer,
                          .limit_bytes = ANSWER_LIMIT_BYTES,
                          .wants_etag = true};
    memcpy(request.payload_hash, content->hash, sizeof request.payload_hash);
    memcpy(request.checksum, content->checksum, sizeof request.checksum);
    if (is_conditional) s3_request_add(&request, "if-none-match", "*");
    s3_add_placement(s, &request);
    pqt_status status = s3_run(s, &request, 1, error);
    if (status != PQT_OK && request.maybe_applied)
        status = s3_settle(s, full_key, &content->body, status, error);
    else if (status == PQT_CONFLICT)
        error_set(error, PQT_CONFLICT, "s3://%s/%s is there already", s->bucket,
                  full_key);
    s3_request_free(&request);
    buffer_free(&answer);
    return status;
}

static pqt_status put_body(s3 *s, const char *full_key, const http_body *body,
                           pqt_error *error)
{
    bool in_parts = body->size_bytes > s->settings.options.multipart_bytes;
    TRY(s3_probe_puts(s, error));
    if (in_parts) TRY(s3_probe_parts(s, &in_parts, error));
    if (in_parts) return s3_put_parts(s, full_key, body, true, error);
    if (body->size_bytes > most_single_bytes)
        return error_set(error, PQT_LIMIT,
                         "s3://%s/%s: %llu bytes; this server takes at most 5 GiB in one "
                         "request, and ignores conditions on objects in parts",
                         s->bucket, full_key, (unsigned long long)body->size_bytes);
    s3_content content;
    TRY(s3_content_of(body, &content, error));
    return s3_put_single(s, full_key, &content, true, error);
}

pqt_status s3_put(void *self, const char *key, const store_body *body, pqt_error *error)
{
    buffer full_key = {0};
    http_body measured;
    pqt_status status = measure(body, &measured, error);
    if (status == PQT_OK) status = s3_full_key(self, key, &full_key, error);
    if (status == PQT_OK)
        status = put_body(self, (const char *)full_key.data, &measured, error);
    buffer_free(&full_key);
    return status;
}

pqt_status s3_replace(void *self, const char *key, pqt_view bytes, pqt_error *error)
{
    const http_body body = {.is_there = true,
                            .descriptor = -1,
                            .bytes = bytes,
                            .size_bytes = bytes.size_bytes};
    buffer full_key = {0};
    s3_content content;
    pqt_status status = s3_full_key(self, key, &full_key, error);
    if (status == PQT_OK) status = s3_content_of(&body, &content, error);
    if (status == PQT_OK)
        status = s3_put_single(self, (const char *)full_key.data, &content, false, error);
    buffer_free(&full_key);
    return status;
}
