/* Hashes: xxHash3 for tables and sums of rows, XXH64 for bloom filters. */
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

#endif
