/* SHA-256, for objects. Apart from the other hashes, so that only what uses it needs
 * libcrypto. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/error.h"

/* In pieces: start, add..., end (which frees). */
typedef struct sha256 {
    void *context;
} sha256;
enum { SHA256_BYTES = 32, SHA256_TEXT_BYTES = 65 };

pqt_status sha256_start(sha256 *h, pqt_error *error);
pqt_status sha256_add(sha256 *h, const void *data, size_t size_bytes, pqt_error *error);
/* Lower-case hex and NUL. */
pqt_status sha256_end(sha256 *h, char text[SHA256_TEXT_BYTES], pqt_error *error);
pqt_status sha256_end_bytes(sha256 *h, uint8_t digest[SHA256_BYTES], pqt_error *error);
/* Frees one that was not ended; all zero or ended is fine. */
void sha256_free(sha256 *h);

/* Of all at once. */
pqt_status sha256_of(pqt_view data, uint8_t digest[SHA256_BYTES], pqt_error *error);
/* HMAC-SHA-256 (RFC 2104). */
pqt_status hmac_sha256(pqt_view key, pqt_view data, uint8_t digest[SHA256_BYTES],
                       pqt_error *error);
/* The digest as lower-case hex and NUL. */
void sha256_text(const uint8_t digest[SHA256_BYTES], char text[SHA256_TEXT_BYTES]);

#endif
