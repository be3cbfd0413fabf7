#include "store/uri_text.h"

static bool is_unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

pqt_status uri_encode(buffer *out, pqt_view text, bool keep_slash, pqt_error *error)
{
    for (size_t i = 0; i < text.size_bytes; i++) {
        const uint8_t c = text.data[i];
        if (is_unreserved(c) || (c == '/' && keep_slash))
            TRY(buffer_append_u8(out, c, error));
        else
            TRY(buffer_printf(out, error, "%%%02X", c));
    }
    return PQT_OK;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

pqt_status uri_decode(buffer *out, pqt_view text, bool plus_is_space, pqt_error *error)
{
    for (size_t i = 0; i < text.size_bytes; i++) {
        uint8_t c = text.data[i];
        if (c == '%') {
            const bool whole = text.size_bytes - i > 2;
            const int high = whole ? hex_value(text.data[i + 1]) : -1;
            const int low = whole ? hex_value(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return error_set(error, PQT_CORRUPT,
                                 "expected two hex digits behind '%%' in '%.*s'",
                                 (int)(text.size_bytes < 100 ? text.size_bytes : 100),
                                 (const char *)text.data);
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        TRY(buffer_append_u8(out, c, error));
    }
    return PQT_OK;
}
