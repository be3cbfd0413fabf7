/* Hashes: xxHash3 for tables and sums of rows, SHA-256 for objects. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/error.h"

/* A number mod 2^128: sums of row hashes do not depend on the rows' order. */
typedef struct hash128 {
    uint64_t low;
    uint64_t high;
} hash128;

uint64_t hash_bytes64(const void *data, size_t size_bytes);
/* XXH64 with seed 0, as Parquet's bloom filters have it. */
uint64_t hash_xxh64(const void *data, size_t size_bytes);
hash128 hash_bytes128(const void *data, size_t size_bytes);
hash128 hash128_add(hash128 a, hash128 b);
hash128 hash128_subtract(hash128 a, hash128 b);

static inline int hash128_equal(hash128 a, hash128 b)
{
    return a.low == b.low && a.high == b.high;
}

/* 32 lower-case hex digits, high half first, and NUL. */
enum { HASH128_TEXT_BYTES = 33 };
void hash128_text(hash128 value, char text[HASH128_TEXT_BYTES]);
/* Returns 0, or -1 where the text is not 32 hex digits. */
int hash128_parse(const char *text, hash128 *out);

/* SHA-256 in pieces: start, add..., end (which frees). */
typedef struct sha256 {
    void *context;
} sha256;
enum { SHA256_BYTES = 32, SHA256_TEXT_BYTES = 65 };

pqt_status sha256_start(sha256 *h, pqt_error *error);
pqt_status sha256_add(sha256 *h, const void *data, size_t size_bytes, pqt_error *error);
/* Lower-case hex and NUL. */
pqt_status sha256_end(sha256 *h, char text[SHA256_TEXT_BYTES], pqt_error *error);
/* Frees one that was not ended; all zero or ended is fine. */
void sha256_free(sha256 *h);

#endif
