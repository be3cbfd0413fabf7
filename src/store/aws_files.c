#include "store/aws_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "store/aws_profile.h"

enum { FILE_LIMIT_BYTES = 1 << 20 };

static pqt_status read_one(const char *variable, const char *name, buffer *out,
                           pqt_error *error)
{
    char path[4096];
    const char *given = getenv(variable), *home = getenv("HOME");
    if (given && *given)
        snprintf(path, sizeof path, "%s", given);
    else if (home && *home)
        snprintf(path, sizeof path, "%s/.aws/%s", home, name);
    else
        return PQT_OK;
    const pqt_status status = file_read_whole(path, FILE_LIMIT_BYTES, out, error);
    return status == PQT_NOT_FOUND ? PQT_OK : status;
}

pqt_status aws_files_read(const char *profile, aws_files *out, pqt_error *error)
{
    *out = (aws_files){0};
    const char *variable = getenv("AWS_PROFILE");
    const bool is_chosen = profile || (variable && *variable);
    if (!profile) profile = is_chosen ? variable : "default";
    if (strlen(profile) >= sizeof out->profile)
        return error_set(error, PQT_INVALID, "'%.60s...' is no profile's name", profile);
    snprintf(out->profile, sizeof out->profile, "%s", profile);
    TRY(read_one("AWS_CONFIG_FILE", "config", &out->config, error));
    TRY(read_one("AWS_SHARED_CREDENTIALS_FILE", "credentials", &out->credentials, error));
    if (!is_chosen || profile_exists(buffer_view(&out->config), profile) ||
        profile_exists(buffer_view(&out->credentials), profile))
        return PQT_OK;
    return error_set(
        error, PQT_INVALID,
        "there is no profile '%.100s' in AWS's shared config and credentials "
        "files (~/.aws)",
        profile);
}

bool aws_files_find(const aws_files *files, const char *key, buffer *out)
{
    return profile_find(buffer_view(&files->credentials), files->profile, key, out) ||
           profile_find(buffer_view(&files->config), files->profile, key, out);
}

void aws_files_free(aws_files *files)
{
    buffer_free(&files->config);
    buffer_free(&files->credentials);
}
