/* The shared files of AWS's tools for one profile, read. */
#ifndef STORE_AWS_FILES_H
#define STORE_AWS_FILES_H

#include "base/buffer.h"

typedef struct aws_files {
    char profile[128];
    buffer config;      /* $AWS_CONFIG_FILE or ~/.aws/config; empty where there is none */
    buffer credentials; /* $AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials */
} aws_files;

/*
 * Reads both for `profile` (NULL: $AWS_PROFILE, else "default"). Files that are not there
 * are empty; INVALID where a profile that was chosen is in neither, DENIED where one
 * cannot be read. The caller frees, also after a failure.
 */
pqt_status aws_files_read(const char *profile, aws_files *out, pqt_error *error);

/* As profile_find, in the credentials first, then in the configuration. */
bool aws_files_find(const aws_files *files, const char *key, buffer *out);

void aws_files_free(aws_files *files);

#endif
