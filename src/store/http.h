/*
 * HTTP requests through libcurl: many at once on connections that are kept. A request is
 * made once; what a failure means is for the caller to say.
 *
 * Memory: about 100 KiB a connection, and 64 KiB each for an answer's headers and for the
 * body of one that is not 2xx; bodies of 2xx answers go where the caller says.
 */
#ifndef STORE_HTTP_H
#define STORE_HTTP_H

#include "base/buffer.h"
#include "base/progress.h"

/* A header: the name in lower case. */
typedef struct http_field {
    const char *name;
    const char *value;
} http_field;

/* What is sent: a part of a file (`descriptor` >= 0), or else `bytes`. */
typedef struct http_body {
    bool is_there; /* a request with a body, be it empty */
    int descriptor;
    uint64_t offset; /* in the file */
    uint64_t size_bytes;
    pqt_view bytes;
} http_body;

/* Where a range of the object goes; `offset` is in the object. */
typedef struct http_segment {
    uint64_t offset;
    uint8_t *out;
    size_t size_bytes;
} http_segment;

/* How a transfer ended. */
typedef enum http_transport {
    HTTP_WHOLE,         /* an answer came, whole */
    HTTP_NO_CONNECTION, /* nothing was sent: name or connection failed */
    HTTP_LOST,          /* reset, timed out or cut: what was sent may have taken effect */
    HTTP_UNTRUSTED,     /* TLS: the certificate or the authorities' file */
    HTTP_STOPPED,       /* the caller cancelled */
    HTTP_BROKEN         /* anything else: the same again would fail the same way */
} http_transport;

typedef struct http_exchange {
    /* asked */
    const char *method;
    const char *url; /* encoded */
    const http_field *fields;
    size_t field_count;
    http_body body;
    int idle_s; /* without a KiB a second for so long it is lost; 0: the pool's */
    /* where the body of a 2xx answer goes: */
    buffer *into;                 /* appended; NULL: see segments */
    uint64_t limit_bytes;         /* of `into` */
    const http_segment *segments; /* ascending and apart; what lies between is dropped */
    size_t segment_count;
    uint64_t first_offset; /* of a 206 answer's first byte in the object */
    /* answered; freed by http_exchange_free */
    http_transport transport;
    int status;          /* 0: none came */
    buffer head;         /* the header lines */
    buffer text;         /* the body of an answer that is not 2xx, cut to 64 KiB */
    uint64_t body_bytes; /* received of a 2xx answer */
    bool is_over_limit;
    bool was_sent_again; /* libcurl sent the body a second time on a new connection */
    char reason[160];    /* of a transport failure, in libcurl's words */
} http_exchange;

typedef struct http_options {
    int connect_s; /* to make a connection */
    int idle_s;
    const char *ca_bundle; /* a file of certificates; NULL: the system's */
    bool no_proxy;         /* not even the environment's */
} http_options;

typedef struct http_pool http_pool;

/* The options are copied. The caller frees. */
pqt_status http_pool_create(const http_options *options, http_pool **out,
                            pqt_error *error);
/* NULL is fine; no request may be under way. */
void http_pool_free(http_pool *pool);

enum { HTTP_PARALLEL = 16, HTTP_PARALLEL_MOST = 64 };

/*
 * Makes the requests, at most `parallel` at once, and fills in their answers. Stops
 * within a tenth of a second when `progress` (may be NULL) is cancelled, and after
 * `most_ms` (0: never). Only NOMEM and INTERNAL are returned; how each ended is in it.
 * Several threads may call it.
 */
typedef struct http_run {
    http_exchange *const *exchanges;
    size_t count;
    int parallel; /* at most HTTP_PARALLEL_MOST [HTTP_PARALLEL] */
    const pqt_progress *progress;
    int64_t most_ms;
} http_run;
pqt_status http_pool_run(http_pool *pool, const http_run *run, pqt_error *error);

/* The value of a header of the answer (name in lower case), without blanks around it;
 * data NULL where it is not there. Points into `head`. */
pqt_view http_answer_field(const http_exchange *exchange, const char *name);
/* Its value as a number, false where it is none. */
bool http_answer_number(const http_exchange *exchange, const char *name, uint64_t *out);

/* Empties the answer, so that the request can be made again. */
void http_exchange_clear(http_exchange *exchange);
void http_exchange_free(http_exchange *exchange);

#endif
