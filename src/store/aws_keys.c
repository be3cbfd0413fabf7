#include "store/aws_keys.h"

#include <pthread.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"

enum { REFRESH_BEFORE_MS = 5 * 60 * 1000, RETRY_REFRESH_MS = 10 * 1000 };

/* Asked in this order, as AWS's own tools do. */
static const struct {
    const char *name;
    aws_provider find;
} providers[] = {
    {"the settings", aws_keys_from_settings},
    {"the environment", aws_keys_from_environment},
    {"web identity", aws_keys_from_web_identity},
    {"the profile", aws_keys_from_profile},
    {"the container", aws_keys_from_container},
    {"the instance", aws_keys_from_instance},
};

struct aws_keyring {
    aws_lookup lookup;
    pthread_mutex_t lock; /* guards what follows; held while providers are asked */
    aws_keys keys;
    bool has_keys;
    int64_t not_before_ms; /* after a refresh that failed */
};

pqt_status aws_keyring_create(const aws_lookup *lookup, aws_keyring **out,
                              pqt_error *error)
{
    aws_keyring *ring = alloc_zeroed(NULL, 1, sizeof *ring);
    if (!ring) return error_no_memory(error, sizeof *ring);
    ring->lookup = *lookup;
    pthread_mutex_init(&ring->lock, NULL);
    *out = ring;
    return PQT_OK;
}

void aws_keyring_free(aws_keyring *ring)
{
    if (!ring) return;
    pthread_mutex_destroy(&ring->lock);
    aws_keys_wipe(&ring->keys);
    alloc_release(NULL, ring);
}

void aws_keys_wipe(aws_keys *keys)
{
    volatile char *bytes = (volatile char *)keys;
    for (size_t i = 0; i < sizeof *keys; i++) bytes[i] = 0;
}

static pqt_status ask_providers(aws_keyring *ring, aws_keys *out, pqt_error *error)
{
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
        bool found = false;
        *out = (aws_keys){0};
        const pqt_status status = providers[i].find(&ring->lookup, out, &found, error);
        if (status != PQT_OK) {
            error_prefix(error, "S3 credentials of %s", providers[i].name);
            return status;
        }
        if (found) return PQT_OK;
    }
    return error_set(
        error, PQT_DENIED,
        "no S3 credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
        "or write a profile into ~/.aws/credentials, or give the container "
        "or instance a role");
}

static bool is_good(const aws_keyring *ring, int64_t now_ms, int64_t spare_ms)
{
    return ring->has_keys &&
           (ring->keys.expires_ms == 0 || ring->keys.expires_ms - now_ms > spare_ms);
}

/* Keys that still are valid serve on where new ones cannot be had. */
static pqt_status refresh(aws_keyring *ring, int64_t now_ms, pqt_error *error)
{
    if (is_good(ring, now_ms, REFRESH_BEFORE_MS)) return PQT_OK;
    if (is_good(ring, now_ms, 0) && now_ms < ring->not_before_ms) return PQT_OK;
    aws_keys *fresh = alloc_bytes(NULL, sizeof *fresh);
    if (!fresh) return error_no_memory(error, sizeof *fresh);
    const pqt_status status = ask_providers(ring, fresh, error);
    if (status == PQT_OK) {
        ring->keys = *fresh;
        ring->has_keys = true;
    }
    ring->not_before_ms = now_ms + RETRY_REFRESH_MS;
    aws_keys_wipe(fresh);
    alloc_release(NULL, fresh);
    return status != PQT_OK && is_good(ring, now_ms, 0) ? PQT_OK : status;
}

pqt_status aws_keyring_get(aws_keyring *ring, aws_keys *out, pqt_error *error)
{
    pthread_mutex_lock(&ring->lock);
    const pqt_status status = refresh(ring, clock_wall_ms(), error);
    if (status == PQT_OK) *out = ring->keys;
    pthread_mutex_unlock(&ring->lock);
    return status;
}

void aws_keyring_expire(aws_keyring *ring, const aws_keys *refused)
{
    pthread_mutex_lock(&ring->lock);
    if (strcmp(ring->keys.access_key, refused->access_key) == 0 &&
        strcmp(ring->keys.session_token, refused->session_token) == 0)
        ring->has_keys = false;
    pthread_mutex_unlock(&ring->lock);
}

static bool copy_text(char *out, size_t size, const char *text)
{
    const size_t length = text ? strlen(text) : 0;
    if (length >= size) return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~') return false;
    if (length) memcpy(out, text, length);
    out[length] = 0;
    return true;
}

pqt_status aws_keys_set(aws_keys *out, const char *where, const char *access_key,
                        const char *secret_key, const char *token, pqt_error *error)
{
    if (!access_key || !*access_key || !secret_key || !*secret_key)
        return error_set(error, PQT_INVALID,
                         "%s has an access key id without a secret "
                         "access key, or the other way round",
                         where);
    if (copy_text(out->access_key, sizeof out->access_key, access_key) &&
        copy_text(out->secret_key, sizeof out->secret_key, secret_key) &&
        copy_text(out->session_token, sizeof out->session_token, token))
        return PQT_OK;
    return error_set(
        error, PQT_INVALID,
        "%s has keys with blanks, bytes that are not ASCII, or too long ones", where);
}
