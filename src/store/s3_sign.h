/*
 * AWS Signature Version 4 with a signed payload, as S3 wants it: the path is encoded once
 * and taken as it is. See "Signature Calculations for the Authorization Header" in the
 * Amazon S3 API Reference.
 */
#ifndef STORE_S3_SIGN_H
#define STORE_S3_SIGN_H

#include "store/http.h"

typedef struct sign_scope {
    const char *access_key;
    const char *secret_key;
    const char *region;
    const char *service; /* "s3", "sts" */
} sign_scope;

enum { SIGN_MOST_FIELDS = 32, SIGN_TIME_BYTES = 17 };

typedef struct sign_request {
    const char *method;
    const char *path;         /* encoded; begins with '/' */
    const char *query;        /* encoded, "a=1&b=", ordered by name; "" for none */
    const http_field *fields; /* all that are signed, host among them, in any order */
    size_t field_count;       /* at most SIGN_MOST_FIELDS */
    const char *payload_hash; /* SHA-256 of the body, lower-case hex */
    int64_t time_ms;          /* since 1970-01-01 UTC; the same as in x-amz-date */
} sign_request;

/* "20150830T123600Z" */
void sign_time_text(int64_t time_ms, char text[SIGN_TIME_BYTES]);

/* Appends the value of the Authorization header. NOMEM, INTERNAL. */
pqt_status sign_append(buffer *out, const sign_scope *scope, const sign_request *request,
                       pqt_error *error);

#endif
