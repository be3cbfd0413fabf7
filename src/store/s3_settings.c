#include "store/s3_settings.h"

#include <stdlib.h>

#include "store/aws_files.h"

enum {
    DEFAULT_CONNECT_S = 10,
    DEFAULT_IDLE_S = 30,
    DEFAULT_RETRY_S = 60,
    DEFAULT_LEASE_S = 60
};
enum { DEFAULT_MULTIPART_BYTES = 64 << 20, LEAST_PART_BYTES = 5 << 20 };

/* Where else a text comes from, in this order. */
static const struct {
    size_t offset;
    const char *variables[2];
    const char *key; /* in the profile; NULL: nowhere */
} texts[] = {
    {offsetof(store_s3_options, endpoint),
     {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"},
     "endpoint_url"},
    {offsetof(store_s3_options, region), {"AWS_REGION", "AWS_DEFAULT_REGION"}, "region"},
    {offsetof(store_s3_options, ca_bundle), {"AWS_CA_BUNDLE", NULL}, "ca_bundle"},
    {offsetof(store_s3_options, profile), {NULL, NULL}, NULL},
    {offsetof(store_s3_options, access_key), {NULL, NULL}, NULL},
    {offsetof(store_s3_options, secret_key), {NULL, NULL}, NULL},
    {offsetof(store_s3_options, session_token), {NULL, NULL}, NULL},
    {offsetof(store_s3_options, kms_key), {NULL, NULL}, NULL},
    {offsetof(store_s3_options, storage_class), {NULL, NULL}, NULL},
};

static const char *find_variable(const char *const variables[2])
{
    for (int i = 0; i < 2; i++) {
        const char *value = variables[i] ? getenv(variables[i]) : NULL;
        if (value && *value) return value;
    }
    return NULL;
}

static pqt_status fill_text(s3_settings *settings, size_t row, const aws_files *files,
                            pqt_error *error)
{
    const char **text =
        (const char **)(void *)((char *)&settings->options + texts[row].offset);
    buffer found = {0};
    const char *value = *text ? *text : find_variable(texts[row].variables);
    if (!value && texts[row].key && aws_files_find(files, texts[row].key, &found))
        value = (const char *)found.data;
    *text = value ? arena_text(&settings->memory, view_text(value)) : NULL;
    buffer_free(&found);
    return value && !*text ? error_no_memory(error, 1) : PQT_OK;
}

static void fill_addressing(store_s3_options *options, const aws_files *files)
{
    buffer style = {0};
    if (options->addressing == STORE_S3_AUTO &&
        aws_files_find(files, "s3.addressing_style", &style)) {
        if (strcmp((char *)style.data, "path") == 0) options->addressing = STORE_S3_PATH;
        if (strcmp((char *)style.data, "virtual") == 0)
            options->addressing = STORE_S3_VIRTUAL;
    }
    buffer_free(&style);
}

static pqt_status fill_numbers(store_s3_options *options, pqt_error *error)
{
    if (options->connect_s <= 0) options->connect_s = DEFAULT_CONNECT_S;
    if (options->idle_s <= 0) options->idle_s = DEFAULT_IDLE_S;
    if (options->retry_s <= 0) options->retry_s = DEFAULT_RETRY_S;
    if (options->lease_s <= 0) options->lease_s = DEFAULT_LEASE_S;
    if (options->multipart_bytes == 0) options->multipart_bytes = DEFAULT_MULTIPART_BYTES;
    if (options->multipart_bytes < LEAST_PART_BYTES)
        return error_set(error, PQT_INVALID,
                         "objects are sent in parts from 5 MiB on at the least");
    if (options->kms_key && options->encryption != STORE_S3_SSE_KMS)
        return error_set(error, PQT_INVALID,
                         "a KMS key is given, but the encryption is not sse-kms");
    return PQT_OK;
}

pqt_status s3_settings_read(const store_s3_options *given, s3_settings *out,
                            pqt_error *error)
{
    *out = (s3_settings){.options = given ? *given : (store_s3_options){0}};
    aws_files files;
    pqt_status status = aws_files_read(out->options.profile, &files, error);
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == PQT_OK; i++)
        status = fill_text(out, i, &files, error);
    fill_addressing(&out->options, &files);
    aws_files_free(&files);
    TRY(status);
    return fill_numbers(&out->options, error);
}

void s3_settings_free(s3_settings *settings)
{
    arena_free(&settings->memory);
}
