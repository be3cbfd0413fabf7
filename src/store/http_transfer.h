/* One request on a curl handle: its options, where its bytes come from and go to, and
 * what the end of it means. */
#ifndef STORE_HTTP_TRANSFER_H
#define STORE_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "store/http.h"

typedef struct http_transfer {
    CURL *handle;
    http_exchange *exchange; /* NULL: free for the next */
    struct curl_slist *lines;
    uint64_t sent_bytes;
    uint64_t position;  /* in the object, of the next body byte */
    size_t segment;     /* the next that is not filled */
    bool head_is_whole; /* its blank line came */
    bool has_begun;     /* the answer's body */
    bool is_satisfied;  /* all segments are filled: the rest is not wanted */
    pqt_status status;  /* of what failed on our side */
    char reason[CURL_ERROR_SIZE];
} http_transfer;

/* Makes the handle ready to go. NOMEM, INTERNAL. */
pqt_status http_transfer_begin(http_transfer *transfer, http_exchange *exchange,
                               const http_options *options, pqt_error *error);
/* Fills in how it ended, and frees what it held; the handle stays. */
void http_transfer_end(http_transfer *transfer, CURLcode result);

#endif
