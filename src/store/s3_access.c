#include "base/alloc.h"
#include "store/s3.h"

static pqt_status keep_text(arena *memory, pqt_view text, const char **out,
                            pqt_error *error)
{
    *out = arena_text(memory, text);
    return *out ? PQT_OK : error_no_memory(error, text.size_bytes);
}

static pqt_status keep_keys(const aws_keys *keys, arena *memory, store_access *out,
                            pqt_error *error)
{
    TRY(keep_text(memory, view_text(keys->access_key), &out->access_key, error));
    TRY(keep_text(memory, view_text(keys->secret_key), &out->secret_key, error));
    if (!keys->session_token[0]) return PQT_OK;
    return keep_text(memory, view_text(keys->session_token), &out->session_token, error);
}

/* Without scheme and final slashes; it was taken apart before, so it has a scheme. */
static pqt_status keep_endpoint(const char *endpoint, arena *memory, store_access *out,
                                pqt_error *error)
{
    const char *scheme_end = endpoint ? strstr(endpoint, "://") : NULL;
    if (!scheme_end) return PQT_OK;
    pqt_view text = view_text(scheme_end + 3);
    while (text.size_bytes && text.data[text.size_bytes - 1] == '/') text.size_bytes--;
    return keep_text(memory, text, &out->endpoint, error);
}

static pqt_status keep_place(s3 *s, arena *memory, store_access *out, pqt_error *error)
{
    pthread_mutex_lock(&s->lock);
    const s3_place place = s->place;
    pthread_mutex_unlock(&s->lock);
    out->is_plain = strcmp(place.scheme, "http") == 0;
    out->is_virtual = place.is_virtual;
    out->ca_bundle = s->settings.options.ca_bundle;
    TRY(keep_endpoint(s->settings.options.endpoint, memory, out, error));
    return keep_text(memory, view_text(place.region), &out->region, error);
}

pqt_status s3_access(void *self, arena *memory, store_access *out, pqt_error *error)
{
    s3 *s = self;
    aws_keys *keys = alloc_bytes(NULL, sizeof *keys);
    if (!keys) return error_no_memory(error, sizeof *keys);
    out->is_remote = true;
    pqt_status status = aws_keyring_get(s->keyring, keys, error);
    if (status == PQT_OK) status = keep_keys(keys, memory, out, error);
    if (status == PQT_OK) status = keep_place(s, memory, out, error);
    aws_keys_wipe(keys);
    alloc_release(NULL, keys);
    return status;
}
