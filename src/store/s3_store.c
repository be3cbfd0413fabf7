#include "store/s3_store.h"

#include "base/alloc.h"
#include "store/s3.h"
#include "store/s3_ranges.h"

enum { METADATA_CONNECT_S = 1, METADATA_IDLE_S = 2 };

static pqt_status s3_free_bytes(void *self, uint64_t *free_bytes, pqt_error *error)
{
    (void)self;
    (void)error;
    *free_bytes = UINT64_MAX;
    return PQT_OK;
}

static const char *s3_identity(void *self)
{
    const s3 *s = self;
    return s->identity;
}

static void s3_release(void *self)
{
    s3 *s = self;
    aws_keyring_free(s->keyring);
    http_pool_free(s->pool);
    http_pool_free(s->metadata);
    s3_settings_free(&s->settings);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->probe_lock);
    alloc_release(NULL, s->name);
    alloc_release(NULL, s->bucket);
    alloc_release(NULL, s->prefix);
    alloc_release(NULL, s->identity);
    alloc_release(NULL, s);
}

static const struct store_functions s3_functions = {
    .near_bytes = RANGES_GAP_BYTES,
    .get = s3_get,
    .get_many = s3_get_many,
    .open_input = s3_open_input,
    .read_ranges = s3_read_ranges,
    .open_known = s3_open_known,
    .size = s3_size,
    .put = s3_put,
    .replace = s3_replace,
    .list = s3_list,
    .remove = s3_remove,
    .probe_write = s3_probe_write,
    .free_bytes = s3_free_bytes,
    .diagnose = s3_diagnose,
    .lock = s3_lock,
    .check_lock = s3_check_lock,
    .unlock = s3_unlock,
    .identity = s3_identity,
    .access = s3_access,
    .release = s3_release,
};

/* Buckets of one name may be on several servers. */
static pqt_status make_identity(s3 *s, pqt_error *error)
{
    const char *endpoint = s->settings.options.endpoint;
    buffer text = {0};
    pqt_status status =
        buffer_printf(&text, error, "%s s3://%s/%s",
                      endpoint && *endpoint ? endpoint : "amazon", s->bucket, s->prefix);
    if (status == PQT_OK) s->identity = alloc_view_text(NULL, buffer_view(&text));
    buffer_free(&text);
    TRY(status);
    return s->identity ? PQT_OK : error_no_memory(error, text.size_bytes);
}

static pqt_status make_pools(s3 *s, pqt_error *error)
{
    const store_s3_options *o = &s->settings.options;
    const http_options options = {
        .connect_s = o->connect_s, .idle_s = o->idle_s, .ca_bundle = o->ca_bundle};
    const http_options metadata = {.connect_s = METADATA_CONNECT_S,
                                   .idle_s = METADATA_IDLE_S,
                                   .ca_bundle = o->ca_bundle,
                                   .no_proxy = true};
    TRY(http_pool_create(&options, &s->pool, error));
    return http_pool_create(&metadata, &s->metadata, error);
}

static pqt_status make_parts(s3 *s, const char *url, const store_options *options,
                             pqt_error *error)
{
    TRY(s3_url_split(url, &s->bucket, &s->prefix, error));
    TRY(s3_settings_read(options ? options->s3 : NULL, &s->settings, error));
    const store_s3_options *o = &s->settings.options;
    s->progress = options ? options->progress : NULL;
    s->name = alloc_text(NULL, url);
    if (!s->name) return error_no_memory(error, strlen(url));
    const s3_place_request place = {s->bucket, o->endpoint, o->region, o->addressing};
    TRY(s3_place_make(&place, &s->place, error));
    TRY(make_identity(s, error));
    TRY(make_pools(s, error));
    const aws_lookup lookup = {.access_key = o->access_key,
                               .secret_key = o->secret_key,
                               .session_token = o->session_token,
                               .profile = o->profile,
                               .region = o->region,
                               .pool = s->pool,
                               .metadata = s->metadata,
                               .progress = s->progress};
    return aws_keyring_create(&lookup, &s->keyring, error);
}

pqt_status store_open_s3(const char *url, const store_options *options, store **out,
                         pqt_error *error)
{
    s3 *s = alloc_zeroed(NULL, 1, sizeof *s);
    if (!s) return error_no_memory(error, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->probe_lock, NULL);
    const pqt_status status = make_parts(s, url, options, error);
    if (status != PQT_OK) {
        s3_release(s);
        return status;
    }
    return store_make(&s3_functions, s, s->name, out, error);
}
