/*
 * One encrypted module (Encryption.md 5.1): length, nonce, ciphertext and, by GCM, a tag.
 * This is the one place that knows libcrypto; where it was left out of the build, what
 * needs it answers UNSUPPORTED.
 */
#ifndef PARQUET_CRYPTO_MODULE_H
#define PARQUET_CRYPTO_MODULE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "parquet/crypto_aad.h"
#include "pqt.h"

typedef enum crypto_mode { CRYPTO_GCM, CRYPTO_CTR } crypto_mode;

enum {
    CRYPTO_LENGTH_BYTES = 4,
    CRYPTO_NONCE_BYTES = 12,
    CRYPTO_TAG_BYTES = 16,
    CRYPTO_SIGNATURE_BYTES = CRYPTO_NONCE_BYTES + CRYPTO_TAG_BYTES,
    CRYPTO_CIPHERS = 6 /* three key sizes in two modes */
};

/* Ciphers kept from module to module; all zero before the first. For one thread. */
typedef struct crypto_context {
    void *ciphers[CRYPTO_CIPHERS];
} crypto_context;

void crypto_context_free(crypto_context *context);

/* How a module is closed. `aad` is not looked at by CTR. */
typedef struct crypto_seal {
    crypto_mode mode;
    const pqt_key *key;
    crypto_aad aad;
} crypto_seal;

/* PQT_OK where this build has encryption. */
pqt_status crypto_check_built(pqt_error *error);

/* INVALID unless the key has 16, 24 or 32 bytes. */
pqt_status crypto_check_key(const pqt_key *key, pqt_error *error);

/* The bytes of a module, its length field included, with so many plain ones. */
size_t crypto_module_bytes(crypto_mode mode, size_t plain_bytes);

/*
 * The bytes of the module that begins with `bytes`, its length field included, and how
 * many of them are plain. CORRUPT where it is too short to be one, or longer than
 * `bytes`.
 */
typedef struct crypto_size {
    size_t module_bytes;
    size_t plain_bytes;
} crypto_size;
pqt_status crypto_module_measure(crypto_mode mode, pqt_view bytes, crypto_size *out,
                                 pqt_error *error);

/* Decrypts a module that is exactly `module` to `out`, which has room for its plain
 * bytes. CORRUPT where the tag is not right: then `out` is zero. */
pqt_status crypto_module_decrypt(crypto_context *context, const crypto_seal *seal,
                                 pqt_view module, uint8_t *out, pqt_error *error);

/* The same, to memory of the arena. */
pqt_status crypto_module_take(crypto_context *context, const crypto_seal *seal,
                              pqt_view module, arena *memory, pqt_view *plain,
                              pqt_error *error);

/* Encrypts to `out`, which has room for crypto_module_bytes. LIMIT from 2 GiB on. */
pqt_status crypto_module_encrypt(crypto_context *context, const crypto_seal *seal,
                                 pqt_view plain, uint8_t *out, pqt_error *error);

/* The same, appended. */
pqt_status crypto_module_append(crypto_context *context, const crypto_seal *seal,
                                pqt_view plain, buffer *out, pqt_error *error);

/* The nonce and tag of GCM, without the ciphertext: what signs a plaintext footer. */
pqt_status crypto_sign(crypto_context *context, const crypto_seal *seal, pqt_view text,
                       uint8_t signature[CRYPTO_SIGNATURE_BYTES], pqt_error *error);
/* CORRUPT where the signature is not that of the text. */
pqt_status crypto_check_signature(crypto_context *context, const crypto_seal *seal,
                                  pqt_view text, const uint8_t *signature,
                                  pqt_error *error);

/* Bytes that nobody can guess. */
pqt_status crypto_random(uint8_t *out, size_t size_bytes, pqt_error *error);

/* Zeroes memory that held a key, for certain. */
void crypto_cleanse(void *memory, size_t size_bytes);

#endif
