/* Reading objects, whole and by ranges, and removing them. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "store/s3.h"
#include "store/s3_ranges.h"

pqt_status s3_head_read(s3 *s, const char *full_key, s3_head *out, pqt_error *error)
{
    s3_request request = {.method = "HEAD", .key = full_key, .wants_etag = true};
    s3_head head = {0};
    pqt_status status = s3_run(s, &request, 1, error);
    const pqt_view etag = http_answer_field(&request.exchange, "etag");
    if (status == PQT_OK &&
        !http_answer_number(&request.exchange, "content-length", &head.size_bytes))
        status = error_set(error, PQT_IO, "s3://%s/%s: HEAD: the answer has no length",
                           s->bucket, full_key);
    if (status == PQT_OK && etag.size_bytes < sizeof head.etag)
        snprintf(head.etag, sizeof head.etag, "%.*s", (int)etag.size_bytes,
                 (const char *)etag.data);
    s3_request_free(&request);
    if (status == PQT_OK) *out = head;
    return status;
}

pqt_status s3_size(void *self, const char *key, uint64_t *size_bytes, pqt_error *error)
{
    buffer full_key = {0};
    s3_head head;
    pqt_status status = s3_full_key(self, key, &full_key, error);
    if (status == PQT_OK)
        status = s3_head_read(self, (const char *)full_key.data, &head, error);
    buffer_free(&full_key);
    if (status == PQT_OK) *size_bytes = head.size_bytes;
    return status;
}

/* --- Whole --- */

/* Against the checksum that the server keeps; that of an object in parts (HASH-N) is not
 * one of its bytes. */
static pqt_status check_checksum(const s3 *s, const s3_request *request, pqt_error *error)
{
    const pqt_view said = http_answer_field(&request->exchange, "x-amz-checksum-sha256");
    if (!said.data || memchr(said.data, '-', said.size_bytes)) return PQT_OK;
    const size_t size = (size_t)request->exchange.body_bytes;
    const uint8_t *begin = request->into->data + request->into->size_bytes - size;
    uint8_t digest[SHA256_BYTES];
    buffer text = {0};
    TRY(sha256_of(view_of(begin, size), digest, error));
    pqt_status status = base64_append(&text, view_of(digest, sizeof digest), error);
    if (status == PQT_OK && !view_equal(buffer_view(&text), said))
        status = error_set(error, PQT_IO,
                           "s3://%s/%s: the bytes do not have the server's checksum",
                           s->bucket, request->key);
    buffer_free(&text);
    return status;
}

static void ask_for_whole(s3_request *request, const char *full_key, uint64_t limit_bytes,
                          buffer *out)
{
    *request = (s3_request){.method = "GET",
                            .key = full_key,
                            .into = out,
                            .limit_bytes = limit_bytes,
                            .wants_etag = true};
    s3_request_add(request, "x-amz-checksum-mode", "ENABLED");
}

/* What one of the requests came to, checked. */
static pqt_status end_whole(const s3 *s, const s3_request *request, pqt_error *error)
{
    uint64_t length;
    if (request->status == PQT_OK)
        return request->into ? check_checksum(s, request, error) : PQT_OK;
    if (request->status == PQT_LIMIT &&
        http_answer_number(&request->exchange, "content-length", &length))
        return error_set(error, PQT_LIMIT,
                         "s3://%s/%s has %llu bytes; at most %llu are read", s->bucket,
                         request->key, (unsigned long long)length,
                         (unsigned long long)request->limit_bytes);
    if (error) *error = request->error;
    return request->status;
}

static pqt_status get_whole(s3 *s, const char *full_key, uint64_t limit_bytes,
                            buffer *out, pqt_error *error)
{
    const size_t start = out->size_bytes;
    s3_request request;
    ask_for_whole(&request, full_key, limit_bytes, out);
    pqt_status status = s3_run(s, &request, 1, error);
    if (request.status == status) status = end_whole(s, &request, error);
    if (status != PQT_OK) out->size_bytes = start;
    s3_request_free(&request);
    return status;
}

pqt_status s3_get(void *self, const char *key, uint64_t limit_bytes, buffer *out,
                  pqt_error *error)
{
    buffer full_key = {0};
    pqt_status status = s3_full_key(self, key, &full_key, error);
    if (status == PQT_OK)
        status = get_whole(self, (const char *)full_key.data, limit_bytes, out, error);
    buffer_free(&full_key);
    return status;
}

/* Several at once: their keys lie in one arena. */
struct many {
    s3_request *requests;
    size_t *starts; /* of each one's buffer */
    arena keys;
};

static pqt_status make_many(s3 *s, const store_get_request *wanted, size_t count,
                            uint64_t limit_bytes, struct many *m, pqt_error *error)
{
    buffer full_key = {0};
    m->requests = arena_alloc(&m->keys, count, sizeof *m->requests);
    m->starts = arena_alloc(&m->keys, count, sizeof *m->starts);
    pqt_status status = m->requests && m->starts
                            ? PQT_OK
                            : error_no_memory(error, count * sizeof *m->requests);
    for (size_t i = 0; i < count && status == PQT_OK; i++) {
        buffer_clear(&full_key);
        status = s3_full_key(s, wanted[i].key, &full_key, error);
        if (status != PQT_OK) break;
        const char *key = arena_text(&m->keys, buffer_view(&full_key));
        if (!key) status = error_no_memory(error, full_key.size_bytes);
        if (!wanted[i].out) {
            m->requests[i] = (s3_request){.method = "HEAD", .key = key};
            continue;
        }
        ask_for_whole(&m->requests[i], key, limit_bytes, wanted[i].out);
        m->starts[i] = wanted[i].out->size_bytes;
    }
    buffer_free(&full_key);
    return status;
}

static pqt_status end_many(const s3 *s, const store_get_request *wanted, size_t count,
                           const struct many *m, pqt_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const pqt_status status = end_whole(s, &m->requests[i], error);
        *wanted[i].is_there = status == PQT_OK;
        if (status != PQT_OK && wanted[i].out) wanted[i].out->size_bytes = m->starts[i];
        if (status != PQT_NOT_FOUND) TRY(status);
    }
    return PQT_OK;
}

pqt_status s3_get_many(void *self, const store_get_request *requests, size_t count,
                       uint64_t limit_bytes, pqt_error *error)
{
    struct many m = {0};
    pqt_status status = make_many(self, requests, count, limit_bytes, &m, error);
    if (status == PQT_OK && count > 0) {
        status = s3_run(self, m.requests, count, error);
        /* Of those that are not there, each has its own status. */
        if (status == PQT_NOT_FOUND || status == PQT_OK)
            status = end_many(self, requests, count, &m, error);
    }
    for (size_t i = 0; m.requests && i < count; i++) s3_request_free(&m.requests[i]);
    arena_free(&m.keys);
    return status;
}

/* --- Ranges --- */

/* Of one object. */
struct object_ranges {
    const char *full_key;
    const s3_head *head;
    range_plan plan;
};

static void make_request(s3_request *request, const struct object_ranges *object,
                         const range_piece *piece)
{
    *request = (s3_request){.method = "GET",
                            .key = object->full_key,
                            .segments = object->plan.segments + piece->segment,
                            .segment_count = piece->segment_count,
                            .first_offset = piece->first_offset,
                            .end_offset = piece->end_offset,
                            .object_bytes = object->head->size_bytes,
                            .wants_etag = true};
    /* Ranges of two objects must not be taken for one's. */
    if (*object->head->etag == '"')
        s3_request_add(request, "if-match", object->head->etag);
}

static pqt_status report_replaced(const s3 *s, const s3_request *requests, size_t count,
                                  pqt_error *error)
{
    const char *key = "";
    for (size_t i = 0; i < count; i++)
        if (requests[i].status == PQT_CONFLICT) key = requests[i].key;
    return error_set(error, PQT_IO, "s3://%s/%s was replaced while it was read",
                     s->bucket, key);
}

/* All pieces of all objects at once. */
static pqt_status read_objects(s3 *s, const struct object_ranges *objects, size_t count,
                               pqt_error *error)
{
    size_t pieces = 0, at = 0;
    for (size_t i = 0; i < count; i++) pieces += objects[i].plan.piece_count;
    if (pieces == 0) return PQT_OK;
    s3_request *requests = alloc_zeroed(NULL, pieces, sizeof *requests);
    if (!requests) return error_no_memory(error, pieces * sizeof *requests);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < objects[i].plan.piece_count; k++)
            make_request(&requests[at++], &objects[i], &objects[i].plan.pieces[k]);
    pqt_status status = s3_run(s, requests, pieces, error);
    if (status == PQT_CONFLICT) status = report_replaced(s, requests, pieces, error);
    for (size_t i = 0; i < pieces; i++) s3_request_free(&requests[i]);
    alloc_release(NULL, requests);
    return status;
}

static pqt_status read_object(s3 *s, const char *full_key, const s3_head *head,
                              const store_range_request *wanted, pqt_error *error)
{
    struct object_ranges object = {.full_key = full_key, .head = head};
    pqt_status status = range_plan_make(wanted->ranges, wanted->count, wanted->outs,
                                        head->size_bytes, full_key, &object.plan, error);
    if (status == PQT_OK) status = read_objects(s, &object, 1, error);
    range_plan_free(&object.plan);
    return status;
}

pqt_status s3_read_range(s3 *s, const char *full_key, const s3_head *head,
                         uint64_t offset, uint8_t *out, size_t size_bytes,
                         pqt_error *error)
{
    const pqt_byte_range range = {offset, size_bytes};
    const store_range_request wanted = {.ranges = &range, .count = 1, .outs = &out};
    return read_object(s, full_key, head, &wanted, error);
}

/* An object that is known: its size is, its ETag is not. */
struct known_object {
    s3_head head;
    buffer full_key;
};

static pqt_status plan_known(s3 *s, const store_range_request *request,
                             struct known_object *known, struct object_ranges *out,
                             pqt_error *error)
{
    known->head.size_bytes = request->size_bytes;
    TRY(s3_full_key(s, request->key, &known->full_key, error));
    out->full_key = (const char *)known->full_key.data;
    out->head = &known->head;
    return range_plan_make(request->ranges, request->count, request->outs,
                           request->size_bytes, out->full_key, &out->plan, error);
}

pqt_status s3_read_ranges(void *self, const store_range_request *requests, size_t count,
                          pqt_error *error)
{
    struct object_ranges *objects = alloc_zeroed(NULL, count, sizeof *objects);
    struct known_object *known = alloc_zeroed(NULL, count, sizeof *known);
    pqt_status status =
        objects && known ? PQT_OK : error_no_memory(error, count * sizeof *known);
    for (size_t i = 0; i < count && status == PQT_OK; i++)
        status = plan_known(self, &requests[i], &known[i], &objects[i], error);
    if (status == PQT_OK) status = read_objects(self, objects, count, error);
    for (size_t i = 0; objects && known && i < count; i++) {
        range_plan_free(&objects[i].plan);
        buffer_free(&known[i].full_key);
    }
    alloc_release(NULL, objects);
    alloc_release(NULL, known);
    return status;
}

/* --- Inputs --- */

struct s3_input {
    s3 *s;
    s3_head head;
    char *name;           /* "s3://bucket/key" */
    const char *full_key; /* in name */
};

static pqt_status read_input(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                             pqt_error *error)
{
    const struct s3_input *input = self;
    return s3_read_range(input->s, input->full_key, &input->head, offset, out, size_bytes,
                         error);
}

static pqt_status read_input_many(void *self, const pqt_byte_range *ranges, size_t count,
                                  uint8_t *const *outs, pqt_error *error)
{
    const struct s3_input *input = self;
    const store_range_request wanted = {.ranges = ranges, .count = count, .outs = outs};
    return read_object(input->s, input->full_key, &input->head, &wanted, error);
}

static void release_input(void *self)
{
    struct s3_input *input = self;
    alloc_release(NULL, input->name);
    alloc_release(NULL, input);
}

static pqt_status make_input(s3 *s, const char *key, struct s3_input *input,
                             pqt_error *error)
{
    buffer name = {0};
    pqt_status status = buffer_printf(&name, error, "s3://%s/", s->bucket);
    const size_t start = name.size_bytes;
    if (status == PQT_OK) status = s3_full_key(s, key, &name, error);
    if (status == PQT_OK) input->name = alloc_view_text(NULL, buffer_view(&name));
    buffer_free(&name);
    TRY(status);
    if (!input->name) return error_no_memory(error, start);
    input->full_key = input->name + start;
    input->s = s;
    return PQT_OK;
}

/* `known`: the size, NULL: it is asked for, with the ETag. */
static pqt_status open_object(s3 *s, const char *key, const uint64_t *known,
                              pqt_input *out, pqt_error *error)
{
    struct s3_input *input = alloc_zeroed(NULL, 1, sizeof *input);
    if (!input) return error_no_memory(error, sizeof *input);
    pqt_status status = make_input(s, key, input, error);
    if (known) input->head.size_bytes = *known;
    if (status == PQT_OK && !known)
        status = s3_head_read(s, input->full_key, &input->head, error);
    if (status != PQT_OK) {
        release_input(input);
        return status;
    }
    *out = (pqt_input){.read = read_input,
                       .read_many = read_input_many,
                       .release = release_input,
                       .self = input,
                       .size_bytes = input->head.size_bytes,
                       .name = input->name};
    return PQT_OK;
}

pqt_status s3_open_input(void *self, const char *key, pqt_input *out, pqt_error *error)
{
    return open_object(self, key, NULL, out, error);
}

pqt_status s3_open_known(void *self, const char *key, uint64_t size_bytes, pqt_input *out,
                         pqt_error *error)
{
    return open_object(self, key, &size_bytes, out, error);
}

/* --- Removing --- */

pqt_status s3_remove(void *self, const char *key, pqt_error *error)
{
    buffer full_key = {0};
    pqt_status status = s3_full_key(self, key, &full_key, error);
    s3_request request = {.method = "DELETE", .key = (const char *)full_key.data};
    if (status == PQT_OK) status = s3_run(self, &request, 1, error);
    s3_request_free(&request);
    buffer_free(&full_key);
    return status == PQT_NOT_FOUND ? PQT_OK : status;
}
