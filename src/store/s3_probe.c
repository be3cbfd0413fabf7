/* What a server can do is shown, not believed: some take If-None-Match and ignore it. */
#include <stdio.h>

#include "base/clock.h"
#include "store/s3.h"

enum { MOST_TRIES = 3 };

/* Other bytes each time, so that none can be taken for a put of before. */
static pqt_status make_content(char text[64], s3_content *out, pqt_error *error)
{
    char id[UUID_TEXT_BYTES];
    TRY(uuid_random(id, error));
    const int size = snprintf(text, 64, "pqa probe %s\n", id);
    const http_body body = {true, -1, 0, (uint64_t)size, view_of(text, (size_t)size)};
    return s3_content_of(&body, out, error);
}

static pqt_status put_probe(s3 *s, const char *full_key, pqt_error *error)
{
    char text[64];
    s3_content content;
    TRY(make_content(text, &content, error));
    return s3_put_single(s, full_key, &content, true, error);
}

static pqt_status refuse_server(s3 *s, pqt_error *error)
{
    char host[sizeof s->place.host];
    pthread_mutex_lock(&s->lock);
    memcpy(host, s->place.host, sizeof host);
    pthread_mutex_unlock(&s->lock);
    return error_set(
        error, PQT_UNSUPPORTED,
        "the S3 server %.200s ignores If-None-Match: *, so that writers could "
        "overwrite each other's commits; nothing is written to it",
        host);
}

/* Removing is not a writer's right everywhere: what stays is small, and the next probe
 * finds its answer in it. */
static void remove_probe(s3 *s, const char *full_key)
{
    s3_request request = {.method = "DELETE", .key = full_key};
    (void)s3_run(s, &request, 1, NULL);
    s3_request_free(&request);
}

/* The second must be refused; more than once is asked because another process may have
 * removed the object in between. */
static pqt_status probe_key(s3 *s, const char *full_key, pqt_error *error)
{
    pqt_status status = put_probe(s, full_key, error);
    if (status == PQT_CONFLICT) return PQT_OK;
    TRY(status);
    for (int i = 0; i < MOST_TRIES && status == PQT_OK; i++)
        status = put_probe(s, full_key, error);
    remove_probe(s, full_key);
    if (status == PQT_CONFLICT) return PQT_OK;
    return status == PQT_OK ? refuse_server(s, error) : status;
}

pqt_status s3_probe_puts(s3 *s, pqt_error *error)
{
    buffer full_key = {0};
    pthread_mutex_lock(&s->probe_lock);
    pqt_status status = PQT_OK;
    if (!s->is_probed) status = s3_full_key(s, ".pqa-probe", &full_key, error);
    if (!s->is_probed && status == PQT_OK)
        status = probe_key(s, (const char *)full_key.data, error);
    if (status == PQT_OK) s->is_probed = true;
    pthread_mutex_unlock(&s->probe_lock);
    buffer_free(&full_key);
    return status;
}

/* An upload onto an object that is there must be refused. */
static pqt_status probe_upload(s3 *s, const char *full_key, bool *conditional,
                               pqt_error *error)
{
    char text[64];
    s3_content content;
    pqt_status status = put_probe(s, full_key, error);
    if (status == PQT_OK || status == PQT_CONFLICT)
        status = make_content(text, &content, error);
    if (status == PQT_OK) status = s3_put_parts(s, full_key, &content.body, false, error);
    remove_probe(s, full_key);
    *conditional = status == PQT_CONFLICT;
    return *conditional || status == PQT_UNSUPPORTED ? PQT_OK : status;
}

pqt_status s3_probe_parts(s3 *s, bool *conditional, pqt_error *error)
{
    buffer full_key = {0};
    pthread_mutex_lock(&s->probe_lock);
    pqt_status status = PQT_OK;
    if (!s->are_parts_probed)
        status = s3_full_key(s, ".pqa-probe-parts", &full_key, error);
    if (!s->are_parts_probed && status == PQT_OK)
        status = probe_upload(s, (const char *)full_key.data, &s->parts_are_conditional,
                              error);
    if (status == PQT_OK) {
        s->are_parts_probed = true;
        *conditional = s->parts_are_conditional;
    }
    pthread_mutex_unlock(&s->probe_lock);
    buffer_free(&full_key);
    return status;
}

pqt_status s3_probe_write(void *self, pqt_error *error)
{
    return s3_probe_puts(self, error);
}
