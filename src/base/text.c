#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/view.h"

void text_count(int64_t value, char text[SHORT_TEXT_BYTES])
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        const int left = length - i;
        if (i > 0 && digits[i - 1] != '-' && left % 3 == 0) text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = 0;
}

void text_bytes(int64_t bytes, char text[SHORT_TEXT_BYTES])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000 && bytes > -1000) {
        snprintf(text, SHORT_TEXT_BYTES, "%" PRId64 " B", bytes);
        return;
    }
    double value = (double)bytes / 1000;
    size_t unit = 0;
    /* 999.95 would be printed as 1000.0. */
    for (; (value >= 999.95 || value <= -999.95) && unit < 5; unit++) value /= 1000;
    snprintf(text, SHORT_TEXT_BYTES, "%.1f %s", value, units[unit]);
}

void text_duration(int64_t time_us, char text[SHORT_TEXT_BYTES])
{
    const int64_t seconds = (time_us + 500000) / 1000000;
    if (time_us < 9950000)
        snprintf(text, SHORT_TEXT_BYTES, "%.1f s", (double)time_us / 1e6);
    else if (seconds < 60)
        snprintf(text, SHORT_TEXT_BYTES, "%" PRId64 " s", seconds);
    else if (seconds < 3600)
        snprintf(text, SHORT_TEXT_BYTES, "%" PRId64 " min %" PRId64 " s", seconds / 60,
                 seconds % 60);
    else
        snprintf(text, SHORT_TEXT_BYTES, "%" PRId64 " h %" PRId64 " min", seconds / 3600,
                 seconds % 3600 / 60);
}

/* Length of the UTF-8 character at the start, 0 where there is no valid one. */
static size_t decode(pqt_view text, uint32_t *character)
{
    const uint8_t lead = text.data[0];
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length > text.size_bytes || !utf8_is_valid(view_of(text.data, length), NULL))
        return 0;
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    *character = lead & masks[length];
    for (size_t i = 1; i < length; i++)
        *character = *character << 6 | (text.data[i] & 0x3f);
    return length;
}

static bool is_harmless(uint32_t character)
{
    if (character < 0x20 || (character >= 0x7f && character < 0xa0)) return false;
    if (character >= 0x200b && character <= 0x200f) return false;
    if (character >= 0x2028 && character <= 0x202e) return false;
    if (character >= 0x2060 && character <= 0x206f) return false;
    return character != 0xfeff && character != 0x61c;
}

pqt_status text_append_printable(buffer *out, pqt_view text, pqt_error *error)
{
    while (text.size_bytes) {
        uint32_t character = 0;
        const size_t length = decode(text, &character);
        const size_t taken = length ? length : 1;
        if (length && is_harmless(character))
            TRY(buffer_append(out, text.data, length, error));
        else
            for (size_t i = 0; i < taken; i++)
                TRY(buffer_printf(out, error, "\\x%02X", text.data[i]));
        text = view_of(text.data + taken, text.size_bytes - taken);
    }
    return PQT_OK;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static pqt_view trim_blanks(pqt_view text)
{
    while (text.size_bytes && is_blank(text.data[0]))
        text = view_of(text.data + 1, text.size_bytes - 1);
    while (text.size_bytes && is_blank(text.data[text.size_bytes - 1])) text.size_bytes--;
    return text;
}

pqt_status text_append_sentence(buffer *out, pqt_view text, pqt_error *error)
{
    for (text = trim_blanks(text); text.size_bytes; text = trim_blanks(text)) {
        const uint8_t *const end = memchr(text.data, '\n', text.size_bytes);
        const size_t length = end ? (size_t)(end - text.data) : text.size_bytes;
        TRY(text_append_printable(out, trim_blanks(view_of(text.data, length)), error));
        if (end) TRY(buffer_append_text(out, "; ", error));
        text = view_of(text.data + length, text.size_bytes - length);
    }
    return PQT_OK;
}

/* Cells of a character: combining marks none, East Asian wide ones and emoji two. */
static size_t character_width(uint32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f)) return 0;
    const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                      (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                      (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                      (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
                      (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

size_t text_fitting_bytes(pqt_view text, size_t cells)
{
    size_t bytes = 0, width = 0;
    while (bytes < text.size_bytes) {
        uint32_t character = 0;
        const size_t length =
            decode(view_of(text.data + bytes, text.size_bytes - bytes), &character);
        width += length ? character_width(character) : 1;
        if (width > cells) break;
        bytes += length ? length : 1;
    }
    return bytes;
}

pqt_status text_append_csv(buffer *out, pqt_view text, pqt_error *error)
{
    bool plain = true;
    for (size_t i = 0; i < text.size_bytes && plain; i++) {
        const uint8_t byte = text.data[i];
        plain = byte != '"' && byte != ',' && byte != '\n' && byte != '\r';
    }
    if (plain) return buffer_append(out, text.data, text.size_bytes, error);
    TRY(buffer_append_u8(out, '"', error));
    for (size_t i = 0; i < text.size_bytes; i++) {
        if (text.data[i] == '"') TRY(buffer_append_u8(out, '"', error));
        TRY(buffer_append_u8(out, text.data[i], error));
    }
    return buffer_append_u8(out, '"', error);
}

size_t text_width(pqt_view text)
{
    size_t width = 0;
    while (text.size_bytes) {
        uint32_t character = 0;
        const size_t length = decode(text, &character);
        width += length ? character_width(character) : 1;
        const size_t taken = length ? length : 1;
        text = view_of(text.data + taken, text.size_bytes - taken);
    }
    return width;
}
