/* Where a bucket is: its endpoint, how the bucket is named in a request, and URLs. */
#ifndef STORE_S3_PLACE_H
#define STORE_S3_PLACE_H

#include "base/buffer.h"
#include "store/store.h"

typedef struct s3_place {
    char scheme[8];  /* "http" or "https" */
    char host[320];  /* with the port where it is not the scheme's; the Host header */
    char base[256];  /* the path before the key, encoded: "", "/bucket", "/x/bucket" */
    char region[64]; /* to sign for */
    bool is_amazon;  /* no endpoint was given: the region is in the host */
    bool is_virtual; /* the bucket is in the host */
} s3_place;

typedef struct s3_place_request {
    const char *bucket;
    const char *endpoint; /* "https://host[:port][/path]"; NULL or "": Amazon's */
    const char *region;   /* NULL or "": us-east-1 */
    store_s3_addressing addressing;
} s3_place_request;

/*
 * AUTO names the bucket in the host at Amazon, where it can be a part of a host's name
 * and has no dots (its certificate would not fit), and in the path everywhere else.
 * INVALID for what is no endpoint, region or bucket.
 */
pqt_status s3_place_make(const s3_place_request *request, s3_place *out,
                         pqt_error *error);

/* Appends the encoded path of a key ("" or NULL: the bucket itself). */
pqt_status s3_place_path(const s3_place *place, const char *key, buffer *out,
                         pqt_error *error);

/* Takes "s3://bucket/prefix" apart; the prefix has no '/' at its end, and may be empty.
 * INVALID with what is wrong. The caller frees both texts. */
pqt_status s3_url_split(const char *url, char **bucket, char **prefix, pqt_error *error);

#endif
