#include "parquet/crypto_module.h"

#include <limits.h>

#include "base/cursor.h"

enum { CTR_IV_BYTES = 16 };

pqt_status crypto_check_key(const pqt_key *key, pqt_error *error)
{
    if (key->size_bytes == 16 || key->size_bytes == 24 || key->size_bytes == 32)
        return PQT_OK;
    return error_set(error, PQT_INVALID, "a key of %zu bytes: AES has 16, 24 or 32",
                     key->size_bytes);
}

static size_t overhead_bytes(crypto_mode mode)
{
    return CRYPTO_LENGTH_BYTES + CRYPTO_NONCE_BYTES +
           (mode == CRYPTO_GCM ? CRYPTO_TAG_BYTES : 0);
}

size_t crypto_module_bytes(crypto_mode mode, size_t plain_bytes)
{
    return overhead_bytes(mode) + plain_bytes;
}

pqt_status crypto_module_measure(crypto_mode mode, pqt_view bytes, crypto_size *out,
                                 pqt_error *error)
{
    cursor in = cursor_of(bytes);
    uint32_t length;
    const size_t overhead = overhead_bytes(mode);
    if (!cursor_u32le(&in, &length))
        return error_set(error, PQT_CORRUPT,
                         "an encrypted module of %zu bytes: at least %zu",
                         bytes.size_bytes, overhead);
    if (length < overhead - CRYPTO_LENGTH_BYTES || length > cursor_left(&in))
        return error_set(error, PQT_CORRUPT,
                         "an encrypted module says %u bytes; expected %zu to %zu", length,
                         overhead - CRYPTO_LENGTH_BYTES, cursor_left(&in));
    out->module_bytes = CRYPTO_LENGTH_BYTES + (size_t)length;
    out->plain_bytes = out->module_bytes - overhead;
    return PQT_OK;
}

pqt_status crypto_module_take(crypto_context *context, const crypto_seal *seal,
                              pqt_view module, arena *memory, pqt_view *plain,
                              pqt_error *error)
{
    crypto_size size = {0};
    TRY(crypto_module_measure(seal->mode, module, &size, error));
    uint8_t *bytes = arena_alloc(memory, size.plain_bytes + 1, 1);
    if (!bytes) return error_no_memory(error, size.plain_bytes);
    TRY(crypto_module_decrypt(context, seal, module, bytes, error));
    *plain = (pqt_view){bytes, size.plain_bytes};
    return PQT_OK;
}

pqt_status crypto_module_append(crypto_context *context, const crypto_seal *seal,
                                pqt_view plain, buffer *out, pqt_error *error)
{
    const size_t at = out->size_bytes;
    const size_t module_bytes = crypto_module_bytes(seal->mode, plain.size_bytes);
    TRY(buffer_resize(out, at + module_bytes, error));
    const pqt_status status =
        crypto_module_encrypt(context, seal, plain, out->data + at, error);
    if (status != PQT_OK) out->size_bytes = at;
    return status;
}

#ifdef PQT_WITH_ENCRYPTION

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

void crypto_context_free(crypto_context *context)
{
    for (int i = 0; i < CRYPTO_CIPHERS; i++) EVP_CIPHER_CTX_free(context->ciphers[i]);
    *context = (crypto_context){0};
}

pqt_status crypto_check_built(pqt_error *error)
{
    (void)error;
    return PQT_OK;
}

void crypto_cleanse(void *memory, size_t size_bytes)
{
    OPENSSL_cleanse(memory, size_bytes);
}

pqt_status crypto_random(uint8_t *out, size_t size_bytes, pqt_error *error)
{
    if (RAND_bytes(out, (int)size_bytes) == 1) return PQT_OK;
    return error_set(error, PQT_INTERNAL, "libcrypto has no random bytes");
}

static pqt_status fail(pqt_error *error)
{
    return error_set(error, PQT_INTERNAL, "AES failed in libcrypto");
}

/* A cipher context remembers its cipher: looking one up anew takes a lock. */
static pqt_status find_cipher(crypto_context *context, const crypto_seal *seal,
                              EVP_CIPHER_CTX **out, pqt_error *error)
{
    const EVP_CIPHER *const ciphers[CRYPTO_CIPHERS] = {
        EVP_aes_128_gcm(), EVP_aes_192_gcm(), EVP_aes_256_gcm(),
        EVP_aes_128_ctr(), EVP_aes_192_ctr(), EVP_aes_256_ctr()};
    TRY(crypto_check_key(seal->key, error));
    const size_t place =
        (seal->mode == CRYPTO_GCM ? 0 : 3) + (seal->key->size_bytes - 16) / 8;
    *out = context->ciphers[place];
    if (*out) return PQT_OK;
    EVP_CIPHER_CTX *made = EVP_CIPHER_CTX_new();
    if (!made) return error_no_memory(error, sizeof(void *));
    if (EVP_CipherInit_ex(made, ciphers[place], NULL, NULL, NULL, 1) != 1) {
        EVP_CIPHER_CTX_free(made);
        return fail(error);
    }
    *out = context->ciphers[place] = made;
    return PQT_OK;
}

enum { DECRYPT = 0, ENCRYPT = 1 };

/* CTR counts from 1 behind the nonce. The AAD goes in by its parts. */
static bool start(EVP_CIPHER_CTX *cipher, const crypto_seal *seal, const uint8_t *nonce,
                  int direction)
{
    uint8_t iv[CTR_IV_BYTES] = {[CTR_IV_BYTES - 1] = 1};
    int ignored;
    memcpy(iv, nonce, CRYPTO_NONCE_BYTES);
    if (EVP_CipherInit_ex(cipher, NULL, NULL, seal->key->bytes, iv, direction) != 1)
        return false;
    if (seal->mode == CRYPTO_CTR) return true;
    const pqt_view file = seal->aad.file;
    if (file.size_bytes > INT_MAX ||
        (file.size_bytes &&
         EVP_CipherUpdate(cipher, NULL, &ignored, file.data, (int)file.size_bytes) != 1))
        return false;
    return EVP_CipherUpdate(cipher, NULL, &ignored, seal->aad.suffix,
                            (int)seal->aad.suffix_bytes) == 1;
}

/* Nothing may be passed on where there are no bytes: a NULL output would mean an AAD. */
static bool run(EVP_CIPHER_CTX *cipher, pqt_view in, uint8_t *out)
{
    int done = 0;
    if (in.size_bytes == 0) return true;
    return EVP_CipherUpdate(cipher, out, &done, in.data, (int)in.size_bytes) == 1 &&
           (size_t)done == in.size_bytes;
}

/* False where the tag is not that of what was decrypted (compared in constant time). */
static bool end_decryption(EVP_CIPHER_CTX *cipher, const uint8_t *tag)
{
    uint8_t rest[CTR_IV_BYTES], copy[CRYPTO_TAG_BYTES];
    int ignored;
    memcpy(copy, tag, sizeof copy);
    return EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, sizeof copy, copy) == 1 &&
           EVP_CipherFinal_ex(cipher, rest, &ignored) == 1;
}

static bool end_encryption(EVP_CIPHER_CTX *cipher, uint8_t *tag)
{
    uint8_t rest[CTR_IV_BYTES];
    int ignored;
    return EVP_CipherFinal_ex(cipher, rest, &ignored) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG_BYTES, tag) == 1;
}

static pqt_status refuse(const crypto_seal *seal, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT,
                     "the %s is not authentic: wrong key or damaged (or it was moved, or "
                     "the AAD prefix is another)",
                     crypto_module_name((crypto_module_type)seal->aad.suffix[0]));
}

static pqt_status decrypt(crypto_context *context, const crypto_seal *seal,
                          pqt_view module, uint8_t *out, pqt_error *error)
{
    crypto_size size = {0};
    EVP_CIPHER_CTX *cipher;
    TRY(crypto_module_measure(seal->mode, module, &size, error));
    if (size.module_bytes != module.size_bytes || size.plain_bytes > INT_MAX)
        return error_set(error, PQT_CORRUPT,
                         "an encrypted module of %zu bytes; expected %zu",
                         size.module_bytes, module.size_bytes);
    TRY(find_cipher(context, seal, &cipher, error));
    const uint8_t *nonce = module.data + CRYPTO_LENGTH_BYTES;
    const uint8_t *text = nonce + CRYPTO_NONCE_BYTES;
    if (!start(cipher, seal, nonce, DECRYPT)) return fail(error);
    const bool is_run = run(cipher, (pqt_view){text, size.plain_bytes}, out);
    if (is_run &&
        (seal->mode == CRYPTO_CTR || end_decryption(cipher, text + size.plain_bytes)))
        return PQT_OK;
    memset(out, 0, size.plain_bytes);
    return is_run ? refuse(seal, error) : fail(error);
}

static pqt_status encrypt(crypto_context *context, const crypto_seal *seal,
                          pqt_view plain, uint8_t *out, pqt_error *error)
{
    EVP_CIPHER_CTX *cipher;
    const size_t module_bytes = crypto_module_bytes(seal->mode, plain.size_bytes);
    if (plain.size_bytes > INT_MAX - overhead_bytes(CRYPTO_GCM))
        return error_set(error, PQT_LIMIT,
                         "%s of %zu bytes: less than 2 GiB are encrypted",
                         crypto_module_name((crypto_module_type)seal->aad.suffix[0]),
                         plain.size_bytes);
    TRY(find_cipher(context, seal, &cipher, error));
    uint8_t *nonce = out + CRYPTO_LENGTH_BYTES;
    uint8_t *text = nonce + CRYPTO_NONCE_BYTES;
    store_u32le(out, (uint32_t)(module_bytes - CRYPTO_LENGTH_BYTES));
    TRY(crypto_random(nonce, CRYPTO_NONCE_BYTES, error));
    if (start(cipher, seal, nonce, ENCRYPT) && run(cipher, plain, text) &&
        (seal->mode == CRYPTO_CTR || end_encryption(cipher, text + plain.size_bytes)))
        return PQT_OK;
    return fail(error);
}

/* Encrypts in pieces that are thrown away: only the tag is wanted. */
static bool run_away(EVP_CIPHER_CTX *cipher, pqt_view text)
{
    uint8_t piece[1024];
    while (text.size_bytes > 0) {
        const size_t size =
            text.size_bytes < sizeof piece ? text.size_bytes : sizeof piece;
        if (!run(cipher, (pqt_view){text.data, size}, piece)) return false;
        text = (pqt_view){text.data + size, text.size_bytes - size};
    }
    return true;
}

/* The tag that belongs to the nonce at the signature's front. */
static pqt_status fill_tag(crypto_context *context, const crypto_seal *seal,
                           pqt_view text, uint8_t signature[CRYPTO_SIGNATURE_BYTES],
                           pqt_error *error)
{
    EVP_CIPHER_CTX *cipher;
    TRY(find_cipher(context, seal, &cipher, error));
    if (start(cipher, seal, signature, ENCRYPT) && run_away(cipher, text) &&
        end_encryption(cipher, signature + CRYPTO_NONCE_BYTES))
        return PQT_OK;
    return fail(error);
}

/* libcrypto's errors of the thread are the caller's: what is added here is taken back. */
pqt_status crypto_module_decrypt(crypto_context *context, const crypto_seal *seal,
                                 pqt_view module, uint8_t *out, pqt_error *error)
{
    ERR_set_mark();
    const pqt_status status = decrypt(context, seal, module, out, error);
    ERR_pop_to_mark();
    return status;
}

pqt_status crypto_module_encrypt(crypto_context *context, const crypto_seal *seal,
                                 pqt_view plain, uint8_t *out, pqt_error *error)
{
    ERR_set_mark();
    const pqt_status status = encrypt(context, seal, plain, out, error);
    ERR_pop_to_mark();
    return status;
}

pqt_status crypto_sign(crypto_context *context, const crypto_seal *seal, pqt_view text,
                       uint8_t signature[CRYPTO_SIGNATURE_BYTES], pqt_error *error)
{
    ERR_set_mark();
    pqt_status status = crypto_random(signature, CRYPTO_NONCE_BYTES, error);
    if (status == PQT_OK) status = fill_tag(context, seal, text, signature, error);
    ERR_pop_to_mark();
    return status;
}

pqt_status crypto_check_signature(crypto_context *context, const crypto_seal *seal,
                                  pqt_view text, const uint8_t *signature,
                                  pqt_error *error)
{
    uint8_t right[CRYPTO_SIGNATURE_BYTES];
    memcpy(right, signature, CRYPTO_NONCE_BYTES);
    ERR_set_mark();
    const pqt_status status = fill_tag(context, seal, text, right, error);
    ERR_pop_to_mark();
    TRY(status);
    return CRYPTO_memcmp(right, signature, sizeof right) == 0 ? PQT_OK
                                                              : refuse(seal, error);
}

#else

void crypto_context_free(crypto_context *context)
{
    (void)context;
}

pqt_status crypto_check_built(pqt_error *error)
{
    return error_set(error, PQT_UNSUPPORTED,
                     "no encryption: this library was built without libcrypto");
}

void crypto_cleanse(void *memory, size_t size_bytes)
{
    volatile uint8_t *bytes = memory;
    for (size_t i = 0; i < size_bytes; i++) bytes[i] = 0;
}

pqt_status crypto_random(uint8_t *out, size_t size_bytes, pqt_error *error)
{
    (void)out, (void)size_bytes;
    return crypto_check_built(error);
}

pqt_status crypto_module_decrypt(crypto_context *context, const crypto_seal *seal,
                                 pqt_view module, uint8_t *out, pqt_error *error)
{
    (void)context, (void)seal, (void)module, (void)out;
    return crypto_check_built(error);
}

pqt_status crypto_module_encrypt(crypto_context *context, const crypto_seal *seal,
                                 pqt_view plain, uint8_t *out, pqt_error *error)
{
    (void)context, (void)seal, (void)plain, (void)out;
    return crypto_check_built(error);
}

pqt_status crypto_sign(crypto_context *context, const crypto_seal *seal, pqt_view text,
                       uint8_t signature[CRYPTO_SIGNATURE_BYTES], pqt_error *error)
{
    (void)context, (void)seal, (void)text, (void)signature;
    return crypto_check_built(error);
}

pqt_status crypto_check_signature(crypto_context *context, const crypto_seal *seal,
                                  pqt_view text, const uint8_t *signature,
                                  pqt_error *error)
{
    (void)context, (void)seal, (void)text, (void)signature;
    return crypto_check_built(error);
}

#endif
