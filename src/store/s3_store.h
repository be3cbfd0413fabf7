/* Objects in a bucket of an S3 server. */
#ifndef STORE_S3_STORE_H
#define STORE_S3_STORE_H

#include "store/store.h"

/* store_open for s3://bucket/prefix. UNSUPPORTED in a build without S3. */
pqt_status store_open_s3(const char *url, const store_options *options, store **out,
                         pqt_error *error);

#endif
