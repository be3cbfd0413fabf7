/*
 * The shared files of AWS's tools (~/.aws/config, ~/.aws/credentials): sections of
 * "key = value" lines, with nested settings indented below a key without a value.
 */
#ifndef STORE_AWS_PROFILE_H
#define STORE_AWS_PROFILE_H

#include "base/buffer.h"

/*
 * Appends the value of `key` in the profile to `out` and a NUL behind it that does not
 * count; false where it is not there. A nested setting is named "s3.addressing_style".
 * The profile's section is [NAME] or [profile NAME]; where a section or a key is there
 * twice, the last one counts.
 */
bool profile_find(pqt_view text, const char *profile, const char *key, buffer *out);

/* Whether the text has such a section. */
bool profile_exists(pqt_view text, const char *profile);

#endif
