#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>

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
