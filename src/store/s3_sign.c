#include "store/s3_sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/sha256.h"

enum { DAY_TEXT_LENGTH = 8 };

void sign_time_text(int64_t time_ms, char text[SIGN_TIME_BYTES])
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    if (strftime(text, SIGN_TIME_BYTES, "%Y%m%dT%H%M%SZ", &parts) == 0) *text = 0;
}

static int compare_fields(const void *a, const void *b)
{
    return strcmp(((const http_field *)a)->name, ((const http_field *)b)->name);
}

/* Without blanks around it, and one blank for several. */
static pqt_status append_trimmed(buffer *out, const char *value, pqt_error *error)
{
    const char *at = value + strspn(value, " \t");
    while (*at) {
        const size_t word = strcspn(at, " \t");
        TRY(buffer_append(out, at, word, error));
        at += word + strspn(at + word, " \t");
        if (*at) TRY(buffer_append_u8(out, ' ', error));
    }
    return PQT_OK;
}

static pqt_status append_names(buffer *out, const http_field *fields, size_t count,
                               pqt_error *error)
{
    for (size_t i = 0; i < count; i++)
        TRY(buffer_printf(out, error, "%s%s", i ? ";" : "", fields[i].name));
    return PQT_OK;
}

static pqt_status append_canonical(buffer *out, const sign_request *request,
                                   const http_field *fields, pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s\n%s\n%s\n", request->method, request->path,
                      request->query));
    for (size_t i = 0; i < request->field_count; i++) {
        TRY(buffer_printf(out, error, "%s:", fields[i].name));
        TRY(append_trimmed(out, fields[i].value, error));
        TRY(buffer_append_u8(out, '\n', error));
    }
    TRY(buffer_append_u8(out, '\n', error));
    TRY(append_names(out, fields, request->field_count, error));
    return buffer_printf(out, error, "\n%s", request->payload_hash);
}

static pqt_status derive_key(const sign_scope *scope, const char *day,
                             uint8_t key[SHA256_BYTES], pqt_error *error)
{
    const pqt_view day_view = view_of(day, DAY_TEXT_LENGTH);
    const pqt_view steps[] = {day_view, view_text(scope->region),
                              view_text(scope->service), view_text("aws4_request")};
    buffer secret = {0};
    pqt_status status = buffer_printf(&secret, error, "AWS4%s", scope->secret_key);
    pqt_view last = buffer_view(&secret);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == PQT_OK; i++) {
        uint8_t next[SHA256_BYTES];
        status = hmac_sha256(last, steps[i], next, error);
        if (status == PQT_OK) memcpy(key, next, sizeof next);
        last = view_of(key, SHA256_BYTES);
    }
    buffer_free(&secret);
    return status;
}

static pqt_status append_signature(buffer *out, const sign_scope *scope,
                                   const char *time_text, pqt_view canonical,
                                   pqt_error *error)
{
    uint8_t digest[SHA256_BYTES], key[SHA256_BYTES];
    char text[SHA256_TEXT_BYTES];
    buffer to_sign = {0};
    TRY(sha256_of(canonical, digest, error));
    sha256_text(digest, text);
    TRY(derive_key(scope, time_text, key, error));
    pqt_status status = buffer_printf(
        &to_sign, error, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/%s/aws4_request\n%s", time_text,
        time_text, scope->region, scope->service, text);
    if (status == PQT_OK)
        status =
            hmac_sha256(view_of(key, sizeof key), buffer_view(&to_sign), digest, error);
    buffer_free(&to_sign);
    TRY(status);
    sha256_text(digest, text);
    return buffer_append_text(out, text, error);
}

static pqt_status append_header(buffer *out, const sign_scope *scope,
                                const sign_request *request, const http_field *fields,
                                pqt_view canonical, pqt_error *error)
{
    char time_text[SIGN_TIME_BYTES];
    sign_time_text(request->time_ms, time_text);
    TRY(buffer_printf(out, error,
                      "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/%s/aws4_request, "
                      "SignedHeaders=",
                      scope->access_key, time_text, scope->region, scope->service));
    TRY(append_names(out, fields, request->field_count, error));
    TRY(buffer_append_text(out, ", Signature=", error));
    return append_signature(out, scope, time_text, canonical, error);
}

pqt_status sign_append(buffer *out, const sign_scope *scope, const sign_request *request,
                       pqt_error *error)
{
    http_field fields[SIGN_MOST_FIELDS];
    if (request->field_count == 0 || request->field_count > SIGN_MOST_FIELDS)
        return error_set(error, PQT_INTERNAL, "a request with %zu headers to sign",
                         request->field_count);
    memcpy(fields, request->fields, request->field_count * sizeof *fields);
    qsort(fields, request->field_count, sizeof *fields, compare_fields);
    buffer canonical = {0};
    pqt_status status = append_canonical(&canonical, request, fields, error);
    if (status == PQT_OK)
        status =
            append_header(out, scope, request, fields, buffer_view(&canonical), error);
    buffer_free(&canonical);
    return status;
}
