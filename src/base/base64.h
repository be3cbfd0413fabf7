/* Base64 as RFC 4648 section 4 has it. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buffer.h"

/* Appends the text of the bytes, with its '=' at the end. NOMEM. */
pqt_status base64_append(buffer *out, pqt_view bytes, pqt_error *error);

#endif
