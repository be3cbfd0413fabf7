#include "store/s3_place.h"

#include <ctype.h>
#include <stdio.h>

#include "base/alloc.h"
#include "store/uri_text.h"

static bool is_host_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr(".-_[]:", text[i])) return false;
    return length > 0;
}

/* Without a port that the scheme has anyway: Host does not name it then. */
static size_t without_port(const char *scheme, const char *host, size_t length)
{
    const char *port = strcmp(scheme, "https") == 0 ? ":443" : ":80";
    const size_t size = strlen(port);
    const bool has = length > size && memcmp(host + length - size, port, size) == 0;
    return has ? length - size : length;
}

static pqt_status refuse_endpoint(const char *endpoint, pqt_error *error)
{
    /* It may hold a password: only what is before an '@' could, and is not shown. */
    const char *at = strrchr(endpoint, '@');
    return error_set(
        error, PQT_INVALID,
        "'%.150s' is not an S3 endpoint; expected https://HOST[:PORT][/PATH] "
        "without a user",
        at ? at + 1 : endpoint);
}

static pqt_status read_endpoint(const char *endpoint, s3_place *place, pqt_error *error)
{
    const char *rest = NULL;
    if (strncmp(endpoint, "https://", 8) == 0) rest = endpoint + 8;
    if (strncmp(endpoint, "http://", 7) == 0) rest = endpoint + 7;
    if (!rest) return refuse_endpoint(endpoint, error);
    snprintf(place->scheme, sizeof place->scheme, "%.*s", (int)(rest - endpoint - 3),
             endpoint);
    const size_t length = strcspn(rest, "/");
    size_t path = strlen(rest + length);
    while (path > 0 && rest[length + path - 1] == '/') path--;
    if (!is_host_text(rest, length) || length >= 250 || path >= 150 ||
        strcspn(rest + length, "?#@\\ ") != strlen(rest + length))
        return refuse_endpoint(endpoint, error);
    snprintf(place->host, sizeof place->host, "%.*s",
             (int)without_port(place->scheme, rest, length), rest);
    snprintf(place->base, sizeof place->base, "%.*s", (int)path, rest + length);
    return PQT_OK;
}

static pqt_status check_region(const char *region, pqt_error *error)
{
    const size_t length = strlen(region);
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)region[i]) && region[i] != '-')
            return error_set(error, PQT_INVALID, "'%.60s' is not a region's name",
                             region);
    if (length < 60) return PQT_OK;
    return error_set(error, PQT_INVALID, "'%.60s...' is not a region's name", region);
}

static bool fits_a_host(const char *bucket, bool with_dots)
{
    const size_t length = strlen(bucket);
    if (length < 3 || length > 63) return false;
    for (size_t i = 0; i < length; i++) {
        const char c = bucket[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!plain && !(c == '.' && with_dots)) return false;
    }
    return true;
}

static pqt_status name_bucket(const s3_place_request *request, s3_place *place,
                              pqt_error *error)
{
    const bool fits = fits_a_host(request->bucket, false);
    place->is_virtual =
        request->addressing == STORE_S3_VIRTUAL ||
        (request->addressing == STORE_S3_AUTO && place->is_amazon && fits);
    if (place->is_virtual) {
        char host[320];
        if (!fits_a_host(request->bucket, true))
            return error_set(error, PQT_INVALID,
                             "the bucket '%.100s' cannot be a part of a host's name; use "
                             "path addressing",
                             request->bucket);
        snprintf(host, sizeof host, "%.63s.%.250s", request->bucket, place->host);
        memcpy(place->host, host, sizeof host);
        return PQT_OK;
    }
    buffer name = {0};
    pqt_status status = uri_encode(&name, view_text(request->bucket), false, error);
    const size_t used = strlen(place->base);
    if (status == PQT_OK && used + name.size_bytes + 2 > sizeof place->base)
        status = error_set(error, PQT_INVALID, "the bucket's name is too long");
    if (status == PQT_OK)
        snprintf(place->base + used, sizeof place->base - used, "/%.*s",
                 (int)name.size_bytes, (const char *)name.data);
    buffer_free(&name);
    return status;
}

pqt_status s3_place_make(const s3_place_request *request, s3_place *out, pqt_error *error)
{
    s3_place place = {0};
    const char *region =
        request->region && *request->region ? request->region : "us-east-1";
    TRY(check_region(region, error));
    snprintf(place.region, sizeof place.region, "%s", region);
    place.is_amazon = !request->endpoint || !*request->endpoint;
    if (place.is_amazon) {
        snprintf(place.scheme, sizeof place.scheme, "https");
        snprintf(place.host, sizeof place.host, "s3.%s.amazonaws.com%s", place.region,
                 strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    } else {
        TRY(read_endpoint(request->endpoint, &place, error));
    }
    TRY(name_bucket(request, &place, error));
    *out = place;
    return PQT_OK;
}

pqt_status s3_place_path(const s3_place *place, const char *key, buffer *out,
                         pqt_error *error)
{
    TRY(buffer_append_text(out, place->base, error));
    if (!key || !*key) return place->base[0] ? PQT_OK : buffer_append_u8(out, '/', error);
    TRY(buffer_append_u8(out, '/', error));
    return uri_encode(out, view_text(key), true, error);
}

static pqt_status refuse_url(const char *url, const char *why, pqt_error *error)
{
    return error_set(error, PQT_INVALID, "%.200s: %s; expected s3://BUCKET[/PREFIX]", url,
                     why);
}

static bool has_bad_part(const char *prefix)
{
    for (const char *part = prefix;; part++) {
        const size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && *part == '.') ||
            (length == 2 && memcmp(part, "..", 2) == 0))
            return true;
        part += length;
        if (*part == 0) return false;
    }
}

pqt_status s3_url_split(const char *url, char **bucket, char **prefix, pqt_error *error)
{
    const char *rest = url + 5; /* "s3://" */
    const size_t length = strcspn(rest, "/");
    if (length == 0) return refuse_url(url, "the bucket's name is missing", error);
    if (length > 200 || memchr(rest, '@', length))
        return refuse_url("s3://...", "this is no bucket's name", error);
    const char *begin = rest + length + (rest[length] == '/');
    size_t size = strlen(begin);
    while (size > 0 && begin[size - 1] == '/') size--;
    *bucket = alloc_view_text(NULL, view_of(rest, length));
    *prefix = alloc_view_text(NULL, view_of(begin, size));
    pqt_status status = *bucket && *prefix ? PQT_OK : error_no_memory(error, size);
    if (status == PQT_OK && size > 0 && has_bad_part(*prefix))
        status =
            refuse_url(url, "the prefix has a part that is empty, '.' or '..'", error);
    if (status == PQT_OK && size > 512)
        status = refuse_url(url, "the prefix is longer than 512 bytes", error);
    if (status == PQT_OK) return PQT_OK;
    alloc_release(NULL, *bucket);
    alloc_release(NULL, *prefix);
    *bucket = *prefix = NULL;
    return status;
}
