#include "base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

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

pqt_status sha256_end_bytes(sha256 *h, uint8_t digest[SHA256_BYTES], pqt_error *error)
{
    unsigned char whole[EVP_MAX_MD_SIZE];
    const int ok = EVP_DigestFinal_ex(h->context, whole, NULL);
    sha256_free(h);
    if (ok != 1) return error_set(error, PQT_INTERNAL, "SHA-256 failed in libcrypto");
    memcpy(digest, whole, SHA256_BYTES);
    return PQT_OK;
}

void sha256_text(const uint8_t digest[SHA256_BYTES], char text[SHA256_TEXT_BYTES])
{
    for (int i = 0; i < SHA256_BYTES; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

pqt_status sha256_end(sha256 *h, char text[SHA256_TEXT_BYTES], pqt_error *error)
{
    uint8_t digest[SHA256_BYTES];
    TRY(sha256_end_bytes(h, digest, error));
    sha256_text(digest, text);
    return PQT_OK;
}

void sha256_free(sha256 *h)
{
    EVP_MD_CTX_free(h->context);
    h->context = NULL;
}

pqt_status sha256_of(pqt_view data, uint8_t digest[SHA256_BYTES], pqt_error *error)
{
    sha256 hash = {0};
    pqt_status status = sha256_start(&hash, error);
    if (status == PQT_OK) status = sha256_add(&hash, data.data, data.size_bytes, error);
    if (status == PQT_OK) status = sha256_end_bytes(&hash, digest, error);
    sha256_free(&hash);
    return status;
}

pqt_status hmac_sha256(pqt_view key, pqt_view data, uint8_t digest[SHA256_BYTES],
                       pqt_error *error)
{
    if (key.size_bytes <= INT32_MAX && HMAC(EVP_sha256(), key.data, (int)key.size_bytes,
                                            data.data, data.size_bytes, digest, NULL))
        return PQT_OK;
    return error_set(error, PQT_INTERNAL, "HMAC-SHA-256 failed in libcrypto");
}
