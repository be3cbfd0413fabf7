/*
 * A bucket on an S3 server, and requests to it. Each part (reading, listing, putting) has
 * a file of its own; s3_store.c makes the table of functions of them.
 *
 * Memory: HTTP_PARALLEL_MOST connections a thread that asks (see http.h), a page of 1000
 * keys while listing, two blocks of 4 MiB while objects are compared; never an object's
 * size, except of what store_get appends for its caller.
 */
#ifndef STORE_S3_H
#define STORE_S3_H

#include <pthread.h>

#include "base/arena.h"
#include "base/sha256.h"
#include "store/aws_keys.h"
#include "store/s3_place.h"
#include "store/s3_retry.h"
#include "store/s3_settings.h"

typedef struct s3 {
    char *name; /* s3://bucket/prefix */
    char *bucket;
    char *prefix;   /* "" or without a '/' at its end */
    char *identity; /* see store_identity */
    s3_settings settings;
    const pqt_progress *progress;
    http_pool *pool;
    http_pool *metadata; /* for credentials */
    aws_keyring *keyring;
    pthread_mutex_t lock; /* guards what follows */
    s3_place place;
    int64_t clock_offset_ms;    /* the server's clock less ours */
    bool refuses_checksums;     /* x-amz-checksum-sha256 */
    pthread_mutex_t probe_lock; /* guards what follows; held while the server is probed */
    bool is_probed;             /* puts honour If-None-Match: * */
    bool are_parts_probed;
    bool parts_are_conditional; /* CompleteMultipartUpload honours it too */
} s3;

/* --- Requests --- */

enum { S3_MOST_FIELDS = 12, S3_CODE_BYTES = 64 };

/* What an error's answer says. */
typedef struct s3_problem {
    char code[S3_CODE_BYTES];
    char message[160];
    char request_id[80];
    char region[64];
} s3_problem;

typedef struct s3_request {
    /* asked */
    const char *method;
    const char *key;   /* with the prefix; NULL: the bucket */
    const char *query; /* encoded and ordered; NULL: none */
    http_field fields[S3_MOST_FIELDS];
    size_t field_count;
    http_body body;
    char payload_hash[SHA256_TEXT_BYTES]; /* of the body; "" where there is none */
    char checksum[48]; /* base64 for x-amz-checksum-sha256; "": not sent */
    buffer *into;      /* as http_exchange's */
    uint64_t limit_bytes;
    const http_segment *segments;
    size_t segment_count;
    uint64_t first_offset, end_offset; /* of a range; end 0: none is asked */
    uint64_t object_bytes;             /* that the range is of */
    const char *root; /* the XML that the answer to succeed has; NULL: none */
    bool wants_etag;  /* an answer without one is not S3's */
    int idle_s;
    /* answered */
    pqt_status status; /* PQT_OK, or what `error` says */
    pqt_error error;
    s3_problem problem;
    http_exchange exchange;
    retry_state retry;
    bool maybe_applied; /* a try before the last may have taken effect */
    bool is_done;
    int64_t pause_ms;
    buffer text; /* URL and header values of the try */
    const aws_keys *keys;
} s3_request;

/* Makes the requests, in parallel and again where the retry table says so, until each has
 * its answer or failed. The first failure is returned (NOT_FOUND only where there is no
 * other); each request has its own. */
pqt_status s3_run(s3 *s, s3_request *requests, size_t count, pqt_error *error);
/* One that is made also when the work was cancelled, for at most `most_ms`, once. */
pqt_status s3_run_last(s3 *s, s3_request *request, int64_t most_ms, pqt_error *error);
void s3_request_free(s3_request *request);

void s3_request_add(s3_request *request, const char *name, const char *value);

/* Looks at the answer of a transfer that has ended: fills in problem, status and error;
 * returns what to do where it failed. */
retry_action s3_judge(s3 *s, s3_request *request);

/* Waits; CANCELLED as soon as the work is. */
pqt_status s3_pause(s3 *s, int64_t pause_ms, pqt_error *error);

/* The key with the prefix before it, and a NUL that does not count. */
pqt_status s3_full_key(const s3 *s, const char *key, buffer *out, pqt_error *error);

/* --- Objects --- */

pqt_status s3_get(void *self, const char *key, uint64_t limit_bytes, buffer *out,
                  pqt_error *error);
pqt_status s3_get_many(void *self, const store_get_request *requests, size_t count,
                       uint64_t limit_bytes, pqt_error *error);
pqt_status s3_read_ranges(void *self, const store_range_request *requests, size_t count,
                          pqt_error *error);
pqt_status s3_open_known(void *self, const char *key, uint64_t size_bytes, pqt_input *out,
                         pqt_error *error);
pqt_status s3_size(void *self, const char *key, uint64_t *size_bytes, pqt_error *error);
pqt_status s3_open_input(void *self, const char *key, pqt_input *out, pqt_error *error);
pqt_status s3_remove(void *self, const char *key, pqt_error *error);
pqt_status s3_list(void *self, const char *prefix, const char *start_after,
                   store_list_callback callback, void *callback_self, pqt_error *error);
/* As s3_list, of the store's own objects (.pqa-...), which s3_list leaves out. */
pqt_status s3_list_own(s3 *s, const char *prefix, store_list_callback callback,
                       void *callback_self, pqt_error *error);

/* --- Putting --- */

pqt_status s3_put(void *self, const char *key, const store_body *body, pqt_error *error);
pqt_status s3_replace(void *self, const char *key, pqt_view bytes, pqt_error *error);

/* A single PUT under a full key. With `is_conditional` CONFLICT where one is there. */
typedef struct s3_content {
    http_body body;
    char hash[SHA256_TEXT_BYTES];
    char checksum[48];
} s3_content;
pqt_status s3_content_of(const http_body *body, s3_content *out, pqt_error *error);
pqt_status s3_put_single(s3 *s, const char *full_key, const s3_content *content,
                         bool is_conditional, pqt_error *error);
/* In parts; as s3_put_single with is_conditional. With `looks_first` an object that is
 * there is found before anything is sent. */
pqt_status s3_put_parts(s3 *s, const char *full_key, const http_body *body,
                        bool looks_first, pqt_error *error);
/* Storage class and encryption of new objects. */
void s3_add_placement(const s3 *s, s3_request *request);

/* Compares an object with what was to be put: after a lost answer. NOT_FOUND where none
 * is there. */
pqt_status s3_compare(s3 *s, const char *full_key, const http_body *body, bool *same,
                      pqt_error *error);
/* What an answer that was lost comes to: PQT_OK, CONFLICT, or `status` with its error. */
pqt_status s3_settle(s3 *s, const char *full_key, const http_body *body,
                     pqt_status status, pqt_error *error);

/* Size and ETag of an object. */
typedef struct s3_head {
    uint64_t size_bytes;
    char etag[128];
} s3_head;
pqt_status s3_head_read(s3 *s, const char *full_key, s3_head *out, pqt_error *error);
/* Bytes of an object into `out`. */
pqt_status s3_read_range(s3 *s, const char *full_key, const s3_head *head,
                         uint64_t offset, uint8_t *out, size_t size_bytes,
                         pqt_error *error);

/* --- Abilities --- */

/* Whether puts are refused where an object is there, shown once by putting a small object
 * twice; UNSUPPORTED, naming the server, where the second is not refused. */
pqt_status s3_probe_puts(s3 *s, pqt_error *error);
/* The same for CompleteMultipartUpload, without a refusal. */
pqt_status s3_probe_parts(s3 *s, bool *conditional, pqt_error *error);
pqt_status s3_probe_write(void *self, pqt_error *error);

pqt_status s3_access(void *self, arena *memory, store_access *out, pqt_error *error);

void s3_diagnose(void *self, store_finding_callback callback, void *callback_self);

/* --- The writer's lease --- */

pqt_status s3_lock(void *self, const char *name, void **lock, pqt_error *error);
pqt_status s3_check_lock(void *self, void *lock, pqt_error *error);
void s3_unlock(void *self, void *lock);

#endif
