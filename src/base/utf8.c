#include "base/utf8.h"

#include <string.h>

#include "base/cursor.h"

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Length of the valid sequence that begins at `at`, or 0. */
static size_t sequence_bytes(const uint8_t *at, size_t left)
{
    const uint8_t first = at[0];
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    const size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (left < size) return 0;
    for (size_t i = 1; i < size; i++)
        if (!is_continuation(at[i])) return 0;
    const uint8_t second = at[1];
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
    return size;
}

bool utf8_is_ascii(pqt_view text)
{
    size_t at = 0;
    uint64_t any = 0;
    for (; text.size_bytes - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, text.data + at, 8);
        any |= word;
    }
    for (; at < text.size_bytes; at++) any |= text.data[at];
    return !(any & 0x8080808080808080u);
}

/* How many bytes below 0x80 come first; eight are looked at together. */
static size_t ascii_bytes(const uint8_t *bytes, size_t left)
{
    size_t at = 0;
    for (; left - at >= 8; at += 8) {
        const uint64_t high = load_u64le(bytes + at) & 0x8080808080808080u;
        if (high) return at + (size_t)__builtin_ctzll(high) / 8;
    }
    while (at < left && bytes[at] < 0x80) at++;
    return at;
}

bool utf8_is_valid(pqt_view text, size_t *bad_offset)
{
    size_t at = 0;
    while (at < text.size_bytes) {
        at += ascii_bytes(text.data + at, text.size_bytes - at);
        if (at == text.size_bytes) break;
        const size_t size = sequence_bytes(text.data + at, text.size_bytes - at);
        if (size == 0) {
            if (bad_offset) *bad_offset = at;
            return false;
        }
        at += size;
    }
    return true;
}
