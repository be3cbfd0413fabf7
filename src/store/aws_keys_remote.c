/* Keys from services: STS with a web identity's token, the container's and the instance's
 * metadata. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/aws_files.h"
#include "store/aws_keys.h"
#include "store/iso_time.h"
#include "store/s3_xml.h"
#include "store/uri_text.h"

enum {
    ANSWER_LIMIT_BYTES = 256 << 10,
    TOKEN_FILE_LIMIT_BYTES = 64 << 10,
    MOST_TRIES = 3
};
enum { METADATA_MS = 3000, STS_MS = 15000 };

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* One request with what it needs, and its answer. */
struct call {
    http_exchange exchange;
    buffer answer;
    int64_t most_ms;
};

static void free_call(struct call *call)
{
    http_exchange_free(&call->exchange);
    buffer_free(&call->answer);
}

/* Again where the service is busy or the answer got lost: asking changes nothing. */
static pqt_status run_call(http_pool *pool, const aws_lookup *lookup, struct call *call,
                           pqt_error *error)
{
    http_exchange *const exchange = &call->exchange;
    const http_run run = {.exchanges = &(http_exchange *){exchange},
                          .count = 1,
                          .progress = lookup->progress,
                          .most_ms = call->most_ms};
    call->exchange.into = &call->answer;
    call->exchange.limit_bytes = ANSWER_LIMIT_BYTES;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        buffer_clear(&call->answer);
        TRY(http_pool_run(pool, &run, error));
        TRY(progress_check(lookup->progress, error));
        const bool is_busy = exchange->status / 100 == 5 || exchange->status == 429;
        if (exchange->transport == HTTP_NO_CONNECTION) break;
        if (exchange->transport == HTTP_WHOLE && !is_busy) break;
    }
    return PQT_OK;
}

static bool is_success(const struct call *call)
{
    return call->exchange.transport == HTTP_WHOLE && call->exchange.status == 200 &&
           !call->exchange.is_over_limit;
}

/* The answer itself may hold secrets: only the status is told. */
static pqt_status report_call(const struct call *call, const char *url, pqt_error *error)
{
    if (call->exchange.transport != HTTP_WHOLE)
        return error_set(error, PQT_TIMEOUT, "%.200s does not answer: %s", url,
                         call->exchange.reason);
    return error_set(error, PQT_DENIED, "%.200s answers with HTTP status %d", url,
                     call->exchange.status);
}

/* --- Keys as JSON, of container and instance --- */

static pqt_status read_json(pqt_view text, const char *where, aws_keys *out,
                            pqt_error *error)
{
    json_t *json = json_loadb((const char *)text.data, text.size_bytes, 0, NULL);
    const char *expires = json_string_value(json_object_get(json, "Expiration"));
    const char *access_key = json_string_value(json_object_get(json, "AccessKeyId"));
    const char *secret_key = json_string_value(json_object_get(json, "SecretAccessKey"));
    const char *token = json_string_value(json_object_get(json, "Token"));
    pqt_status status;
    if (!access_key || !secret_key)
        status = error_set(error, PQT_DENIED, "%s gives no keys", where);
    else if (expires && !iso_time_parse(view_text(expires), &out->expires_ms))
        status = error_set(error, PQT_CORRUPT, "%s: Expiration is no time", where);
    else
        status = aws_keys_set(out, where, access_key, secret_key, token, error);
    json_decref(json);
    return status;
}

/* --- Container: ECS and EKS --- */

/* Keys may be asked for in the clear only where nobody else listens. */
static bool is_allowed_host(const char *url)
{
    static const char *const hosts[] = {"localhost", "169.254.170.2", "169.254.170.23",
                                        "[fd00:ec2::23]", "[::1]"};
    if (strncmp(url, "https://", 8) == 0) return true;
    if (strncmp(url, "http://", 7) != 0) return false;
    const char *host = url + 7;
    const size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strlen(hosts[i]) == length && memcmp(hosts[i], host, length) == 0)
            return true;
    if (strncmp(host, "127.", 4) != 0) return false;
    return strspn(host, "0123456789.") == length;
}

static pqt_status container_url(buffer *url, pqt_error *error)
{
    const char *relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative)
        TRY(buffer_printf(url, error, "http://169.254.170.2%s", relative));
    else
        TRY(buffer_append_text(url, full, error));
    TRY(buffer_append_u8(url, 0, error));
    if (relative || is_allowed_host(full)) return PQT_OK;
    return error_set(
        error, PQT_INVALID,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI: expected https, or http to this "
        "machine or the container agent's address");
}

/* Without the blanks and the line's end behind it. */
static void trim_end(buffer *text)
{
    while (text->size_bytes && text->data[text->size_bytes - 1] <= ' ')
        text->size_bytes--;
}

static pqt_status container_token(buffer *token, pqt_error *error)
{
    const char *file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *value = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (file)
        TRY(file_read_whole(file, TOKEN_FILE_LIMIT_BYTES, token, error));
    else if (value)
        TRY(buffer_append_text(token, value, error));
    trim_end(token);
    for (size_t i = 0; i < token->size_bytes; i++)
        if (token->data[i] < ' ')
            return error_set(error, PQT_INVALID,
                             "the authorization token has a line's end");
    return buffer_append_u8(token, 0, error);
}

static pqt_status ask_container(const aws_lookup *lookup, buffer *url, buffer *token,
                                aws_keys *out, pqt_error *error)
{
    TRY(container_url(url, error));
    TRY(container_token(token, error));
    const char *const text = (const char *)url->data;
    const http_field field = {"authorization", (const char *)token->data};
    struct call call = {.most_ms = METADATA_MS,
                        .exchange = {.method = "GET",
                                     .url = text,
                                     .fields = &field,
                                     .field_count = token->size_bytes > 1}};
    pqt_status status = run_call(lookup->metadata, lookup, &call, error);
    if (status == PQT_OK)
        status = is_success(&call) ? read_json(buffer_view(&call.answer),
                                               "the container's service", out, error)
                                   : report_call(&call, text, error);
    free_call(&call);
    return status;
}

pqt_status aws_keys_from_container(const aws_lookup *lookup, aws_keys *out, bool *found,
                                   pqt_error *error)
{
    if (!variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") &&
        !variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        return PQT_OK;
    buffer url = {0}, token = {0};
    const pqt_status status = ask_container(lookup, &url, &token, out, error);
    buffer_free(&url);
    buffer_free(&token);
    *found = status == PQT_OK;
    return status;
}

/* --- Instance: the metadata service, version 2 --- */

struct metadata {
    const aws_lookup *lookup;
    const char *root;
    buffer token;
    buffer role;
};

/* Appends the answer and a NUL; *found is false where nobody answers, or with 404. */
static pqt_status ask_metadata(struct metadata *m, const char *path, const char *tail,
                               buffer *answer, bool *found, pqt_error *error)
{
    char url[512];
    const bool is_token = m->token.size_bytes == 0;
    const http_field field = {
        is_token ? "x-aws-ec2-metadata-token-ttl-seconds" : "x-aws-ec2-metadata-token",
        is_token ? "21600" : (const char *)m->token.data};
    snprintf(url, sizeof url, "%.200s%s%.200s", m->root, path, tail);
    struct call call = {.most_ms = METADATA_MS,
                        .exchange = {.method = is_token ? "PUT" : "GET",
                                     .url = url,
                                     .fields = &field,
                                     .field_count = 1,
                                     .body = {.is_there = is_token, .descriptor = -1}}};
    pqt_status status = run_call(m->lookup->metadata, m->lookup, &call, error);
    *found = status == PQT_OK && is_success(&call);
    if (*found) {
        trim_end(&call.answer);
        status = buffer_append(answer, call.answer.data, call.answer.size_bytes, error);
        if (status == PQT_OK) status = buffer_append_u8(answer, 0, error);
    }
    free_call(&call);
    return status;
}

static pqt_status ask_instance(struct metadata *m, aws_keys *out, bool *found,
                               pqt_error *error)
{
    static const char path[] = "/latest/meta-data/iam/security-credentials/";
    buffer answer = {0};
    bool is_there = false;
    TRY(ask_metadata(m, "/latest/api/token", "", &m->token, &is_there, error));
    if (!is_there) return PQT_OK;
    TRY(ask_metadata(m, path, "", &m->role, &is_there, error));
    if (!is_there) return PQT_OK;
    char *role = (char *)m->role.data;
    role[strcspn(role, "\r\n")] = 0;
    pqt_status status = ask_metadata(m, path, role, &answer, &is_there, error);
    if (status == PQT_OK && !is_there)
        status = error_set(error, PQT_TIMEOUT,
                           "the instance has a role, but its keys cannot be had");
    if (status == PQT_OK)
        status = read_json(view_of(answer.data, answer.size_bytes - 1),
                           "the instance's service", out, error);
    buffer_free(&answer);
    *found = status == PQT_OK;
    return status;
}

pqt_status aws_keys_from_instance(const aws_lookup *lookup, aws_keys *out, bool *found,
                                  pqt_error *error)
{
    const char *disabled = variable("AWS_EC2_METADATA_DISABLED");
    const char *given = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (disabled && strcmp(disabled, "true") == 0) return PQT_OK;
    char root[256];
    snprintf(root, sizeof root, "%s", given ? given : "http://169.254.169.254");
    const size_t length = strlen(root);
    if (length && root[length - 1] == '/') root[length - 1] = 0;
    struct metadata m = {.lookup = lookup, .root = root};
    const pqt_status status = ask_instance(&m, out, found, error);
    buffer_free(&m.token);
    buffer_free(&m.role);
    return status;
}

/* --- Web identity: STS AssumeRoleWithWebIdentity --- */

struct identity {
    char token_file[1024];
    char role[512];
    char session[128];
};

static void copy_setting(const aws_files *files, const char *variable_name,
                         const char *key, char *out, size_t size)
{
    buffer found = {0};
    const char *value = files ? NULL : variable(variable_name);
    if (files && aws_files_find(files, key, &found)) value = (const char *)found.data;
    snprintf(out, size, "%s", value ? value : "");
    buffer_free(&found);
}

/* From the environment (`files` NULL) or a profile. */
static bool find_identity(const aws_files *files, struct identity *out)
{
    copy_setting(files, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file",
                 out->token_file, sizeof out->token_file);
    copy_setting(files, "AWS_ROLE_ARN", "role_arn", out->role, sizeof out->role);
    copy_setting(files, "AWS_ROLE_SESSION_NAME", "role_session_name", out->session,
                 sizeof out->session);
    if (!out->session[0])
        snprintf(out->session, sizeof out->session, "pqa-%lld",
                 (long long)clock_wall_ms());
    return out->token_file[0] && out->role[0];
}

static pqt_status append_parameter(buffer *form, const char *name, pqt_view value,
                                   pqt_error *error)
{
    TRY(buffer_printf(form, error, "&%s=", name));
    return uri_encode(form, value, false, error);
}

static pqt_status make_form(const struct identity *identity, buffer *form,
                            pqt_error *error)
{
    buffer token = {0};
    pqt_status status =
        file_read_whole(identity->token_file, TOKEN_FILE_LIMIT_BYTES, &token, error);
    if (status == PQT_OK)
        status = buffer_append_text(
            form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15", error);
    trim_end(&token);
    if (status == PQT_OK)
        status = append_parameter(form, "RoleArn", view_text(identity->role), error);
    if (status == PQT_OK)
        status = append_parameter(form, "RoleSessionName", view_text(identity->session),
                                  error);
    if (status == PQT_OK)
        status = append_parameter(form, "WebIdentityToken", buffer_view(&token), error);
    buffer_free(&token);
    return status == PQT_NOT_FOUND ? PQT_DENIED : status;
}

/* The texts of STS's answer, each with a NUL. */
struct sts_answer {
    buffer access_key, secret_key, token, expires;
};

static pqt_status take_sts_text(void *self, const char *path, pqt_view text,
                                pqt_error *error)
{
    static const char start[] =
        "AssumeRoleWithWebIdentityResponse/"
        "AssumeRoleWithWebIdentityResult/Credentials/";
    struct sts_answer *answer = self;
    if (strncmp(path, start, sizeof start - 1) != 0) return PQT_OK;
    const char *name = path + sizeof start - 1;
    buffer *out = strcmp(name, "AccessKeyId") == 0       ? &answer->access_key
                  : strcmp(name, "SecretAccessKey") == 0 ? &answer->secret_key
                  : strcmp(name, "SessionToken") == 0    ? &answer->token
                  : strcmp(name, "Expiration") == 0      ? &answer->expires
                                                         : NULL;
    if (!out) return PQT_OK;
    buffer_clear(out);
    TRY(buffer_append(out, text.data, text.size_bytes, error));
    return buffer_append_u8(out, 0, error);
}

static pqt_status read_sts_answer(pqt_view document, aws_keys *out, pqt_error *error)
{
    struct sts_answer answer = {0};
    pqt_status status = xml_read(document, take_sts_text, &answer, error);
    if (status == PQT_OK &&
        (!answer.token.data || !answer.expires.data ||
         !iso_time_parse(view_text((char *)answer.expires.data), &out->expires_ms)))
        status =
            error_set(error, PQT_CORRUPT, "STS gives no session token or expiration");
    if (status == PQT_OK)
        status = aws_keys_set(out, "STS", (char *)answer.access_key.data,
                              (char *)answer.secret_key.data, (char *)answer.token.data,
                              error);
    buffer_free(&answer.access_key);
    buffer_free(&answer.secret_key);
    buffer_free(&answer.token);
    buffer_free(&answer.expires);
    return status;
}

static void sts_url(const aws_lookup *lookup, char *url, size_t size)
{
    const char *given = variable("AWS_ENDPOINT_URL_STS");
    const char *region = lookup->region ? lookup->region : "us-east-1";
    if (given)
        snprintf(url, size, "%s", given);
    else
        snprintf(url, size, "https://sts.%s.amazonaws.com%s/", region,
                 strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

static pqt_status ask_sts(const aws_lookup *lookup, const struct identity *identity,
                          aws_keys *out, pqt_error *error)
{
    char url[512];
    buffer form = {0};
    const http_field field = {"content-type", "application/x-www-form-urlencoded"};
    sts_url(lookup, url, sizeof url);
    pqt_status status = make_form(identity, &form, error);
    struct call call = {
        .most_ms = STS_MS,
        .exchange = {.method = "POST",
                     .url = url,
                     .fields = &field,
                     .field_count = 1,
                     .body = {true, -1, 0, form.size_bytes, buffer_view(&form)}}};
    if (status == PQT_OK) status = run_call(lookup->pool, lookup, &call, error);
    if (status == PQT_OK)
        status = is_success(&call)
                     ? read_sts_answer(buffer_view(&call.answer), out, error)
                     : report_call(&call, url, error);
    buffer_free(&form);
    free_call(&call);
    return status;
}

pqt_status aws_keys_from_web_identity(const aws_lookup *lookup, aws_keys *out,
                                      bool *found, pqt_error *error)
{
    struct identity identity;
    aws_files files = {0};
    bool is_there = !lookup->profile && find_identity(NULL, &identity);
    pqt_status status = PQT_OK;
    if (!is_there) {
        status = aws_files_read(lookup->profile, &files, error);
        is_there = status == PQT_OK && find_identity(&files, &identity);
    }
    aws_files_free(&files);
    TRY(status);
    if (!is_there) return PQT_OK;
    TRY(ask_sts(lookup, &identity, out, error));
    *found = true;
    return PQT_OK;
}
