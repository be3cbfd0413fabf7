/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, at most U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>

#include "pqt_base.h"

/* True where all bytes are valid. `bad_offset` (may be NULL) gets where it is not. */
bool utf8_is_valid(pqt_view text, size_t *bad_offset);

/* True where all bytes are below 0x80, which is told much faster. */
bool utf8_is_ascii(pqt_view text);

#endif
