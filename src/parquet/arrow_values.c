#include "parquet/arrow_values.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "parquet/arrow_bytes.h"
#include "parquet/bits.h"

static bool is_null(const arrow_slots *s, size_t at)
{
    return s->validity && !bits_get(s->validity, at);
}

/* --- Numbers --- */

/* One body a width in Parquet's values and one in Arrow's. */
#define DEFINE_NARROW(name, from, to)                                \
    static void name(const void *in, void *out, size_t count)        \
    {                                                                \
        const from *values = in;                                     \
        to *slots = out;                                             \
        for (size_t i = 0; i < count; i++) slots[i] = (to)values[i]; \
    }
DEFINE_NARROW(narrow_4_to_1, uint32_t, uint8_t)
DEFINE_NARROW(narrow_4_to_2, uint32_t, uint16_t)
DEFINE_NARROW(narrow_8_to_1, uint64_t, uint8_t)
DEFINE_NARROW(narrow_8_to_2, uint64_t, uint16_t)
DEFINE_NARROW(narrow_8_to_4, uint64_t, uint32_t)

static const struct {
    size_t from;
    size_t to;
    void (*narrow)(const void *in, void *out, size_t count);
} narrows[] = {{4, 1, narrow_4_to_1},
               {4, 2, narrow_4_to_2},
               {8, 1, narrow_8_to_1},
               {8, 2, narrow_8_to_2},
               {8, 4, narrow_8_to_4}};

static pqt_status copy_fixed(const arrow_slots *s, size_t width, void *out,
                             pqt_error *error)
{
    const size_t from = s->node->type == PQT_INT32 || s->node->type == PQT_FLOAT ? 4 : 8;
    if (from == width) {
        if (s->count) memcpy(out, s->values, s->count * width);
        return PQT_OK;
    }
    for (size_t i = 0; i < sizeof narrows / sizeof *narrows; i++) {
        if (narrows[i].from != from || narrows[i].to != width) continue;
        narrows[i].narrow(s->values, out, s->count);
        return PQT_OK;
    }
    return error_set(error, PQT_INTERNAL, "values of %zu bytes as %zu", from, width);
}

/* --- Decimals --- */

/* Two's complement, highest byte first, to `width` bytes, lowest first. */
static pqt_status copy_big_endian(pqt_view in, size_t width, uint8_t *out,
                                  pqt_error *error)
{
    const uint8_t sign = in.size_bytes && in.data[0] & 0x80 ? 0xff : 0;
    memset(out, sign, width);
    for (size_t i = 0; i < in.size_bytes; i++) {
        const uint8_t byte = in.data[in.size_bytes - 1 - i];
        if (i < width)
            out[i] = byte;
        else if (byte != sign)
            return error_set(error, PQT_CORRUPT,
                             "a decimal of %zu bytes is larger than its precision allows",
                             in.size_bytes);
    }
    if (in.size_bytes > width && (out[width - 1] ^ sign) & 0x80)
        return error_set(error, PQT_CORRUPT,
                         "a decimal is larger than its precision allows");
    return PQT_OK;
}

static void copy_integer(int64_t value, size_t width, uint8_t *out)
{
    memset(out, value < 0 ? 0xff : 0, width);
    for (size_t i = 0; i < sizeof value; i++)
        out[i] = (uint8_t)((uint64_t)value >> 8 * i);
}

static pqt_status copy_decimals(const arrow_slots *s, size_t width, uint8_t *out,
                                pqt_error *error)
{
    const pqt_type type = s->node->type;
    for (size_t i = 0; i < s->count; i++, out += width) {
        if (is_null(s, i))
            memset(out, 0, width);
        else if (type == PQT_INT32)
            copy_integer(((const int32_t *)s->values)[i], width, out);
        else if (type == PQT_INT64)
            copy_integer(((const int64_t *)s->values)[i], width, out);
        else
            TRY(copy_big_endian(((const pqt_view *)s->values)[i], width, out, error));
    }
    return PQT_OK;
}

/* Nanoseconds of the day, then the Julian day; beyond 64 bits they wrap, as elsewhere. */
static pqt_status copy_int96(const arrow_slots *s, int64_t *out)
{
    enum { JULIAN_DAY_1970 = 2440588 };
    const uint64_t day_ns = UINT64_C(86400000000000);
    for (size_t i = 0; i < s->count; i++) {
        const pqt_view value = ((const pqt_view *)s->values)[i];
        out[i] = 0;
        if (is_null(s, i) || value.size_bytes != 12) continue;
        const int64_t day = (int64_t)load_u32le(value.data + 8) - JULIAN_DAY_1970;
        out[i] = (int64_t)((uint64_t)day * day_ns + load_u64le(value.data));
    }
    return PQT_OK;
}

/* --- Bytes of one length --- */

#define DEFINE_COPY(width)                                                       \
    static void copy_##width(const pqt_view *values, size_t count, uint8_t *out) \
    {                                                                            \
        for (size_t i = 0; i < count; i++, out += (width)) {                     \
            if (values[i].size_bytes == (width))                                 \
                memcpy(out, values[i].data, (width));                            \
            else                                                                 \
                memset(out, 0, (width));                                         \
        }                                                                        \
    }
DEFINE_COPY(2)
DEFINE_COPY(16)

static void copy_any(const pqt_view *values, size_t count, size_t width, uint8_t *out)
{
    for (size_t i = 0; i < count; i++, out += width) {
        if (values[i].size_bytes == width)
            memcpy(out, values[i].data, width);
        else
            memset(out, 0, width);
    }
}

/* Those of a page lie one behind the other. */
static bool are_together(const pqt_view *values, size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++)
        if (values[i].size_bytes != width || values[i].data != values[0].data + i * width)
            return false;
    return true;
}

static pqt_status copy_fixed_bytes(const arrow_slots *s, size_t width, uint8_t *out)
{
    enum { TOGETHER = 256 };
    const pqt_view *values = s->values;
    for (size_t at = 0; at < s->count; at += TOGETHER, out += TOGETHER * width) {
        const size_t left = s->count - at, count = left < TOGETHER ? left : TOGETHER;
        if (are_together(values + at, count, width))
            memcpy(out, values[at].data, count * width);
        else if (width == 16)
            copy_16(values + at, count, out);
        else if (width == 2)
            copy_2(values + at, count, out);
        else
            copy_any(values + at, count, width, out);
    }
    return PQT_OK;
}

/* --- The whole --- */

static void copy_booleans(const arrow_slots *s, uint8_t *out)
{
    bits_pack(s->values, out, s->count);
}

static size_t values_bytes(const arrow_slots *s, const arrow_type *type)
{
    if (type->layout == ARROW_BOOLEAN) return s->count / 8 + 1;
    return s->count * type->width_bytes;
}

pqt_status arrow_values_copy(const arrow_slots *slots, const arrow_type *type,
                             void *buffers[ARROW_VALUE_BUFFERS], pqt_error *error)
{
    if (type->layout == ARROW_BYTES) return arrow_bytes_copy(slots, buffers, error);
    if (type->layout == ARROW_LARGE_BYTES)
        return arrow_large_bytes_copy(slots, buffers, error);
    if (type->layout == ARROW_VIEWS) return arrow_views_copy(slots, buffers, error);
    const size_t size = values_bytes(slots, type);
    void *out = alloc_bytes(NULL, size);
    if (!out) return error_no_memory(error, size);
    buffers[0] = out;
    switch (type->layout) {
    case ARROW_BOOLEAN:
        copy_booleans(slots, out);
        return PQT_OK;
    case ARROW_FIXED:
        return copy_fixed(slots, type->width_bytes, out, error);
    case ARROW_FIXED_BYTES:
        return copy_fixed_bytes(slots, type->width_bytes, out);
    case ARROW_DECIMAL:
        return copy_decimals(slots, type->width_bytes, out, error);
    default:
        return copy_int96(slots, out);
    }
}
