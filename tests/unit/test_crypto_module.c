/* Modules against published vectors, and every way of being no module. */
#include "parquet/crypto_module.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "test_help.h"

/* Bytes from hexadecimal text; returns how many. */
static size_t unhex(const char *text, uint8_t *out)
{
    const size_t count = strlen(text) / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned value = 0;
        sscanf(text + 2 * i, "%2x", &value);
        out[i] = (uint8_t)value;
    }
    return count;
}

typedef struct vector {
    crypto_mode mode;
    const char *key;
    const char *nonce;
    const char *aad; /* NULL: none */
    const char *plain;
    const char *cipher;
    const char *tag;
} vector;

#define GCM_NONCE "cafebabefacedbaddecaf888"
#define GCM_AAD   "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_PLAIN                                                      \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define SINGLE_BLOCK "53696e676c6520626c6f636b206d7367"

/* GCM: cases 4, 10 and 16 of the algorithm's specification to NIST. CTR: RFC 3686, whose
 * counter begins at 1 too. */
static const vector vectors[] = {
    {CRYPTO_GCM, "feffe9928665731c6d6a8f9467308308", GCM_NONCE, GCM_AAD, GCM_PLAIN,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {CRYPTO_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c", GCM_NONCE, GCM_AAD,
     GCM_PLAIN,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
     "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
     "2519498e80f1478f37ba55bd6d27618c"},
    {CRYPTO_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     GCM_NONCE, GCM_AAD, GCM_PLAIN,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {CRYPTO_CTR, "ae6852f8121067cc4bf7a5765577f39e", "000000300000000000000000", NULL,
     SINGLE_BLOCK, "e4095d4fb7a7b3792d6175a3261311b8", ""},
    {CRYPTO_CTR, "7e24067817fae0d743d6ce1f32539163", "006cb6dbc0543b59da48d90b", NULL,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28", ""},
    {CRYPTO_CTR, "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb78515",
     "0000004836733c147d6d93cb", NULL, SINGLE_BLOCK, "4b55384fe259c9c84e7935a003cbe928",
     ""},
    {CRYPTO_CTR, "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104",
     "00000060db5672c97aa8f0b2", NULL, SINGLE_BLOCK, "145ad01dbf824ec7560863dc71e3e0c0",
     ""},
};

/* A vector as the format has it. The AAD's last bytes are taken for the suffix. */
typedef struct sample {
    pqt_key key;
    uint8_t aad[64];
    crypto_seal seal;
    uint8_t module[256];
    size_t module_bytes;
    uint8_t plain[256];
    size_t plain_bytes;
} sample;

static void make_sample(const vector *v, sample *s)
{
    *s = (sample){0};
    s->key.size_bytes = unhex(v->key, s->key.bytes);
    s->seal = (crypto_seal){.mode = v->mode, .key = &s->key};
    const size_t aad_bytes = v->aad ? unhex(v->aad, s->aad) : 0;
    if (aad_bytes) {
        s->seal.aad.file = view_of(s->aad, aad_bytes - CRYPTO_SUFFIX_BYTES);
        s->seal.aad.suffix_bytes = CRYPTO_SUFFIX_BYTES;
        memcpy(s->seal.aad.suffix, s->aad + s->seal.aad.file.size_bytes,
               CRYPTO_SUFFIX_BYTES);
    }
    s->plain_bytes = unhex(v->plain, s->plain);
    size_t at = CRYPTO_LENGTH_BYTES;
    at += unhex(v->nonce, s->module + at);
    at += unhex(v->cipher, s->module + at);
    at += unhex(v->tag, s->module + at);
    store_u32le(s->module, (uint32_t)(at - CRYPTO_LENGTH_BYTES));
    s->module_bytes = at;
    assert_int_equal(at, crypto_module_bytes(v->mode, s->plain_bytes));
}

static void published_vectors_are_decrypted(void **state)
{
    (void)state;
    pqt_error error;
    crypto_context context = {0};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        sample s;
        uint8_t out[256];
        make_sample(&vectors[i], &s);
        assert_ok(crypto_module_decrypt(&context, &s.seal,
                                        view_of(s.module, s.module_bytes), out, &error));
        assert_memory_equal(out, s.plain, s.plain_bytes);
    }
    crypto_context_free(&context);
}

static void module_of_any_size_comes_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4096, 100001};
    pqt_error error;
    crypto_context context = {0};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            sample s;
            make_sample(&vectors[i], &s);
            const size_t size = sizes[j], all = crypto_module_bytes(s.seal.mode, size);
            uint8_t *plain = malloc(size + 1), *module = malloc(all);
            uint8_t *other = malloc(all), *out = malloc(size + 1);
            for (size_t k = 0; k < size; k++) plain[k] = (uint8_t)(k * 7 + i);
            assert_ok(crypto_module_encrypt(&context, &s.seal, view_of(plain, size),
                                            module, &error));
            assert_ok(crypto_module_encrypt(&context, &s.seal, view_of(plain, size),
                                            other, &error));
            /* The nonce is another each time. */
            assert_memory_not_equal(module + CRYPTO_LENGTH_BYTES,
                                    other + CRYPTO_LENGTH_BYTES, CRYPTO_NONCE_BYTES);
            assert_int_equal(load_u32le(module), all - CRYPTO_LENGTH_BYTES);
            assert_ok(crypto_module_decrypt(&context, &s.seal, view_of(module, all), out,
                                            &error));
            assert_memory_equal(out, plain, size);
            free(plain);
            free(module);
            free(other);
            free(out);
        }
    crypto_context_free(&context);
}

static void any_flipped_bit_of_a_gcm_module_is_refused_and_leaves_zeroes(void **state)
{
    (void)state;
    static const uint8_t zeroes[256];
    pqt_error error;
    crypto_context context = {0};
    for (int i = 0; i < 3; i++) {
        sample s;
        uint8_t out[256];
        make_sample(&vectors[i], &s);
        for (size_t bit = 0; bit < 8 * s.module_bytes; bit++) {
            s.module[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(out, 1, sizeof out);
            assert_fails(
                crypto_module_decrypt(&context, &s.seal,
                                      view_of(s.module, s.module_bytes), out, &error),
                PQT_CORRUPT, "");
            if (bit >= 8 * CRYPTO_LENGTH_BYTES) {
                assert_non_null(strstr(error.message, "wrong key or damaged"));
                assert_memory_equal(out, zeroes, s.plain_bytes);
            }
            s.module[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    crypto_context_free(&context);
}

static void other_key_or_aad_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    crypto_context context = {0};
    sample s;
    uint8_t out[256];
    make_sample(&vectors[0], &s);
    const pqt_view module = view_of(s.module, s.module_bytes);
    s.key.bytes[3] ^= 1;
    assert_fails(crypto_module_decrypt(&context, &s.seal, module, out, &error),
                 PQT_CORRUPT, "wrong key or damaged");
    s.key.bytes[3] ^= 1;
    s.seal.aad.suffix_bytes--;
    assert_fails(crypto_module_decrypt(&context, &s.seal, module, out, &error),
                 PQT_CORRUPT, "wrong key or damaged");
    s.seal.aad.suffix_bytes++;
    s.seal.aad.file.size_bytes = 0;
    assert_fails(crypto_module_decrypt(&context, &s.seal, module, out, &error),
                 PQT_CORRUPT, "wrong key or damaged");
    crypto_context_free(&context);
}

static void length_that_lies_is_refused(void **state)
{
    (void)state;
    static const uint32_t lies[] = {0, 11, 27, 201, 0x7fffffff, 0x80000000, UINT32_MAX};
    pqt_error error;
    crypto_size size;
    uint8_t bytes[204] = {0};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        store_u32le(bytes, lies[i]);
        assert_fails(crypto_module_measure(CRYPTO_GCM, view_of(bytes, sizeof bytes),
                                           &size, &error),
                     PQT_CORRUPT, "says");
    }
    for (size_t short_bytes = 0; short_bytes < 4; short_bytes++)
        assert_fails(
            crypto_module_measure(CRYPTO_CTR, view_of(bytes, short_bytes), &size, &error),
            PQT_CORRUPT, "at least 16");
    store_u32le(bytes, 28);
    assert_ok(
        crypto_module_measure(CRYPTO_GCM, view_of(bytes, sizeof bytes), &size, &error));
    assert_int_equal(size.module_bytes, 32);
    assert_int_equal(size.plain_bytes, 0);
    store_u32le(bytes, 200);
    assert_ok(
        crypto_module_measure(CRYPTO_CTR, view_of(bytes, sizeof bytes), &size, &error));
    assert_int_equal(size.module_bytes, 204);
    assert_int_equal(size.plain_bytes, 188);
}

static void bytes_behind_a_module_are_refused(void **state)
{
    (void)state;
    pqt_error error;
    crypto_context context = {0};
    sample s;
    uint8_t out[256];
    make_sample(&vectors[0], &s);
    assert_fails(
        crypto_module_decrypt(&context, &s.seal, view_of(s.module, s.module_bytes + 1),
                              out, &error),
        PQT_CORRUPT, "expected");
    crypto_context_free(&context);
}

static void key_of_another_size_is_invalid(void **state)
{
    (void)state;
    pqt_error error;
    for (size_t size = 0; size < 40; size++) {
        const pqt_key key = {.size_bytes = size};
        if (size == 16 || size == 24 || size == 32)
            assert_ok(crypto_check_key(&key, &error));
        else
            assert_fails(crypto_check_key(&key, &error), PQT_INVALID, "16, 24 or 32");
    }
}

static void signature_is_of_its_text_only(void **state)
{
    (void)state;
    pqt_error error;
    crypto_context context = {0};
    uint8_t signature[CRYPTO_SIGNATURE_BYTES], text[3000];
    for (size_t size = 0; size < sizeof text; size += 997) {
        sample s;
        make_sample(&vectors[size % 3], &s);
        memset(text, 'x', sizeof text);
        const pqt_view view = view_of(text, size);
        assert_ok(crypto_sign(&context, &s.seal, view, signature, &error));
        assert_ok(crypto_check_signature(&context, &s.seal, view, signature, &error));
        for (size_t i = 0; i < sizeof signature; i++) {
            signature[i] ^= 0x10;
            assert_fails(
                crypto_check_signature(&context, &s.seal, view, signature, &error),
                PQT_CORRUPT, "wrong key or damaged");
            signature[i] ^= 0x10;
        }
        assert_fails(crypto_check_signature(&context, &s.seal, view_of(text, size + 1),
                                            signature, &error),
                     PQT_CORRUPT, "wrong key or damaged");
    }
    crypto_context_free(&context);
}

/* What libcrypto allocates, refused at one call. */
static size_t crypto_calls, crypto_fail_at;

static bool may_allocate(void)
{
    return ++crypto_calls != crypto_fail_at;
}

static void *crypto_allocate(size_t size_bytes, const char *file, int line)
{
    (void)file, (void)line;
    return may_allocate() ? malloc(size_bytes) : NULL;
}

static void *crypto_resize(void *pointer, size_t size_bytes, const char *file, int line)
{
    (void)file, (void)line;
    return may_allocate() ? realloc(pointer, size_bytes) : NULL;
}

static void crypto_release(void *pointer, const char *file, int line)
{
    (void)file, (void)line;
    free(pointer);
}

static void failed_allocation_of_libcrypto_is_an_error(void **state)
{
    (void)state;
    pqt_error error;
    uint8_t module[256], out[256];
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        sample s;
        make_sample(&vectors[i], &s);
        for (size_t n = 1;; n++) {
            crypto_context context = {0};
            crypto_calls = 0;
            crypto_fail_at = n;
            pqt_status status = crypto_module_encrypt(
                &context, &s.seal, view_of(s.plain, s.plain_bytes), module, &error);
            if (status == PQT_OK)
                status = crypto_module_decrypt(
                    &context, &s.seal, view_of(s.module, s.module_bytes), out, &error);
            crypto_context_free(&context);
            crypto_fail_at = 0;
            if (crypto_calls < n) {
                assert_int_equal(status, PQT_OK);
                assert_true(n > 1);
                break;
            }
            assert_true(status == PQT_OK || status == PQT_NOMEM ||
                        status == PQT_INTERNAL);
        }
    }
}

static int skip_without_libcrypto(void **state)
{
    (void)state;
    CRYPTO_set_mem_functions(crypto_allocate, crypto_resize, crypto_release);
    if (crypto_check_built(NULL) == PQT_OK) return 0;
    printf("skipped: built without libcrypto\n");
    exit(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_are_decrypted),
        cmocka_unit_test(module_of_any_size_comes_back),
        cmocka_unit_test(any_flipped_bit_of_a_gcm_module_is_refused_and_leaves_zeroes),
        cmocka_unit_test(other_key_or_aad_is_refused),
        cmocka_unit_test(length_that_lies_is_refused),
        cmocka_unit_test(bytes_behind_a_module_are_refused),
        cmocka_unit_test(key_of_another_size_is_invalid),
        cmocka_unit_test(failed_allocation_of_libcrypto_is_an_error),
        cmocka_unit_test(signature_is_of_its_text_only),
    };
    return cmocka_run_group_tests(tests, skip_without_libcrypto, NULL);
}
