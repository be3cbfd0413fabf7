#include "base/hash.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_bytes64(const void *data, size_t size_bytes)
{
    return XXH3_64bits(data, size_bytes);
}

uint64_t hash_xxh64(const void *data, size_t size_bytes)
{
    return XXH64(data, size_bytes, 0);
}

hash128 hash_bytes128(const void *data, size_t size_bytes)
{
    const XXH128_hash_t value = XXH3_128bits(data, size_bytes);
    return (hash128){value.low64, value.high64};
}

hash128 hash128_add(hash128 a, hash128 b)
{
    const uint64_t low = a.low + b.low;
    return (hash128){low, a.high + b.high + (low < a.low)};
}

hash128 hash128_subtract(hash128 a, hash128 b)
{
    return (hash128){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

void hash128_text(hash128 value, char text[HASH128_TEXT_BYTES])
{
    snprintf(text, HASH128_TEXT_BYTES, "%016" PRIx64 "%016" PRIx64, value.high, value.low);
}

int hash128_parse(const char *text, hash128 *out)
{
    if (strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32) return -1;
    hash128 value;
    if (sscanf(text, "%16" SCNx64 "%16" SCNx64, &value.high, &value.low) != 2) return -1;
    *out = value;
    return 0;
}

pqt_status sha256_start(sha256 *h, pqt_error *error)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context) return error_no_memory(error, sizeof(void *));
    if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        return error_set(error, PQT_INTERNAL, "SHA-256 is not available in libcrypto");
    }
    h->context = context;
    return PQT_OK;
}

pqt_status sha256_add(sha256 *h, const void *data, size_t size_bytes, pqt_error *error)
{
    if (EVP_DigestUpdate(h->context, data, size_bytes) == 1) return PQT_OK;
    return error_set(error, PQT_INTERNAL, "SHA-256 failed in libcrypto");
}

pqt_status sha256_end(sha256 *h, char text[SHA256_TEXT_BYTES], pqt_error *error)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const int ok = EVP_DigestFinal_ex(h->context, digest, NULL);
    sha256_free(h);
    if (ok != 1) return error_set(error, PQT_INTERNAL, "SHA-256 failed in libcrypto");
    for (int i = 0; i < SHA256_BYTES; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return PQT_OK;
}

void sha256_free(sha256 *h)
{
    EVP_MD_CTX_free(h->context);
    h->context = NULL;
}
