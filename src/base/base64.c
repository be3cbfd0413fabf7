#include "base/base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pqt_status base64_append(buffer *out, pqt_view bytes, pqt_error *error)
{
    for (size_t at = 0; at < bytes.size_bytes; at += 3) {
        const size_t left = bytes.size_bytes - at;
        const uint8_t *b = bytes.data + at;
        const uint32_t three = (uint32_t)b[0] << 16 |
                               (left > 1 ? (uint32_t)b[1] << 8 : 0) |
                               (left > 2 ? (uint32_t)b[2] : 0);
        const char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                              left > 1 ? digits[three >> 6 & 63] : '=',
                              left > 2 ? digits[three & 63] : '='};
        TRY(buffer_append(out, four, sizeof four, error));
    }
    return PQT_OK;
}
