/*
 * Reading bytes from outside: a cursor that cannot pass the end. Each read returns false
 * and leaves the cursor where it is when there are not enough bytes.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <string.h>

#include "pqt_base.h"

typedef struct cursor {
    const uint8_t *at;
    const uint8_t *end;
} cursor;

static inline cursor cursor_of(pqt_view view)
{
    return (cursor){view.data, view.data ? view.data + view.size_bytes : view.data};
}

static inline size_t cursor_left(const cursor *c)
{
    return (size_t)(c->end - c->at);
}

static inline bool cursor_bytes(cursor *c, size_t size_bytes, pqt_view *out)
{
    if (size_bytes > cursor_left(c)) return false;
    *out = (pqt_view){c->at, size_bytes};
    if (size_bytes) c->at += size_bytes;
    return true;
}

static inline bool cursor_skip(cursor *c, size_t size_bytes)
{
    pqt_view ignored;
    return cursor_bytes(c, size_bytes, &ignored);
}

static inline bool cursor_u8(cursor *c, uint8_t *out)
{
    if (c->at == c->end) return false;
    *out = *c->at++;
    return true;
}

/* Little endian, as Parquet stores numbers. */
static inline uint32_t load_u32le(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static inline uint64_t load_u64le(const uint8_t *bytes)
{
    return (uint64_t)load_u32le(bytes) | (uint64_t)load_u32le(bytes + 4) << 32;
}

static inline void store_u32le(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (8 * i));
}

static inline void store_u64le(uint8_t *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(value >> (8 * i));
}

static inline bool cursor_u32le(cursor *c, uint32_t *out)
{
    if (cursor_left(c) < 4) return false;
    *out = load_u32le(c->at);
    c->at += 4;
    return true;
}

static inline bool cursor_u64le(cursor *c, uint64_t *out)
{
    if (cursor_left(c) < 8) return false;
    *out = load_u64le(c->at);
    c->at += 8;
    return true;
}

/* Big endian, as PostgreSQL's binary COPY sends numbers. */
static inline uint16_t load_u16be(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t load_u32be(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static inline uint64_t load_u64be(const uint8_t *bytes)
{
    return (uint64_t)load_u32be(bytes) << 32 | load_u32be(bytes + 4);
}

/* ULEB128 of at most 64 bits; false where it does not end, or does not fit. */
static inline bool cursor_varint(cursor *c, uint64_t *out)
{
    uint64_t value = 0;
    const uint8_t *at = c->at;
    for (unsigned shift = 0; shift < 70 && at < c->end; shift += 7) {
        const uint8_t byte = *at++;
        if (shift == 63 && byte > 1) return false;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80) continue;
        c->at = at;
        *out = value;
        return true;
    }
    return false;
}

static inline int64_t zigzag_decode(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static inline uint64_t zigzag_encode(int64_t value)
{
    return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

#endif
