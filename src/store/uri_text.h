/* Percent-encoding as S3 signs it: all but A-Z a-z 0-9 - . _ ~ is %XX, upper case. */
#ifndef STORE_URI_TEXT_H
#define STORE_URI_TEXT_H

#include "base/buffer.h"

/* Appends the encoded text; '/' stays as it is where `keep_slash`. NOMEM. */
pqt_status uri_encode(buffer *out, pqt_view text, bool keep_slash, pqt_error *error);

/* Appends the decoded text, '+' as a space where `plus_is_space`. CORRUPT where a '%' has
 * not two hex digits behind it. */
pqt_status uri_decode(buffer *out, pqt_view text, bool plus_is_space, pqt_error *error);

#endif
