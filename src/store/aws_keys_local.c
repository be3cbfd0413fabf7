/* Keys from the environment and from the shared files. */
#include <stdio.h>
#include <stdlib.h>

#include "store/aws_files.h"
#include "store/aws_keys.h"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

pqt_status aws_keys_from_settings(const aws_lookup *lookup, aws_keys *out, bool *found,
                                  pqt_error *error)
{
    if (!lookup->access_key && !lookup->secret_key && !lookup->session_token)
        return PQT_OK;
    TRY(aws_keys_set(out, "access_key, secret_key", lookup->access_key,
                     lookup->secret_key, lookup->session_token, error));
    *found = true;
    return PQT_OK;
}

/* A profile that a setting chose comes before the environment's keys. */
pqt_status aws_keys_from_environment(const aws_lookup *lookup, aws_keys *out, bool *found,
                                     pqt_error *error)
{
    const char *access_key = variable("AWS_ACCESS_KEY_ID");
    const char *secret_key = variable("AWS_SECRET_ACCESS_KEY");
    if (lookup->profile || (!access_key && !secret_key)) return PQT_OK;
    TRY(aws_keys_set(out, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY", access_key,
                     secret_key, variable("AWS_SESSION_TOKEN"), error));
    *found = true;
    return PQT_OK;
}

/* What profiles may say that is not done here; each would be other keys than these. */
static const char *const unsupported[] = {"credential_process", "source_profile",
                                          "credential_source", "sso_session",
                                          "sso_start_url"};

static pqt_status refuse_unsupported(const aws_files *files, pqt_error *error)
{
    buffer value = {0};
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++) {
        const bool is_there = aws_files_find(files, unsupported[i], &value);
        buffer_free(&value);
        if (is_there)
            return error_set(error, PQT_UNSUPPORTED,
                             "the profile '%s' says %s, which is not supported; put keys "
                             "into the environment, as with 'aws configure "
                             "export-credentials --format env'",
                             files->profile, unsupported[i]);
    }
    return PQT_OK;
}

static pqt_status read_profile(const aws_files *files, aws_keys *out, bool *found,
                               pqt_error *error)
{
    buffer access_key = {0}, secret_key = {0}, token = {0};
    char where[160];
    const bool has_access = aws_files_find(files, "aws_access_key_id", &access_key);
    const bool has_secret = aws_files_find(files, "aws_secret_access_key", &secret_key);
    const bool has_token = aws_files_find(files, "aws_session_token", &token);
    pqt_status status = PQT_OK;
    if (has_access || has_secret) {
        snprintf(where, sizeof where, "the profile '%s'", files->profile);
        status = aws_keys_set(out, where, (const char *)access_key.data,
                              (const char *)secret_key.data,
                              has_token ? (const char *)token.data : NULL, error);
        *found = status == PQT_OK;
    } else {
        status = refuse_unsupported(files, error);
    }
    buffer_free(&access_key);
    buffer_free(&secret_key);
    buffer_free(&token);
    return status;
}

pqt_status aws_keys_from_profile(const aws_lookup *lookup, aws_keys *out, bool *found,
                                 pqt_error *error)
{
    aws_files files;
    pqt_status status = aws_files_read(lookup->profile, &files, error);
    if (status == PQT_OK) status = read_profile(&files, out, found, error);
    aws_files_free(&files);
    return status;
}
