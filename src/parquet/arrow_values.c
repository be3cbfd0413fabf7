#include "parquet/arrow_values.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "parquet/bits.h"

static bool is_null(const arrow_slots *s, size_t at)
{
    return s->values->validity && !bits_get(s->values->validity, s->entries[at]);
}

static pqt_status copy_booleans(const arrow_slots *s, uint8_t *out)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->values->booleans[s->entries[i]]) bits_set(out, i, 1);
    return PQT_OK;
}

/* --- Numbers --- */

/* One body a width in Parquet's values and one in Arrow's. */
#define DEFINE_COPY(name, from, to)                                                 \
    static void name(const arrow_slots *s, const void *in, void *out)               \
    {                                                                               \
        const from *values = in;                                                    \
        to *slots = out;                                                            \
        for (size_t i = 0; i < s->count; i++) slots[i] = (to)values[s->entries[i]]; \
    }
DEFINE_COPY(copy_4_to_1, uint32_t, uint8_t)
DEFINE_COPY(copy_4_to_2, uint32_t, uint16_t)
DEFINE_COPY(copy_4_to_4, uint32_t, uint32_t)
DEFINE_COPY(copy_8_to_1, uint64_t, uint8_t)
DEFINE_COPY(copy_8_to_2, uint64_t, uint16_t)
DEFINE_COPY(copy_8_to_4, uint64_t, uint32_t)
DEFINE_COPY(copy_8_to_8, uint64_t, uint64_t)

typedef void (*copy_function)(const arrow_slots *s, const void *in, void *out);

static const struct {
    size_t from;
    size_t to;
    copy_function copy;
} copies[] = {{4, 1, copy_4_to_1}, {4, 2, copy_4_to_2}, {4, 4, copy_4_to_4},
              {8, 1, copy_8_to_1}, {8, 2, copy_8_to_2}, {8, 4, copy_8_to_4},
              {8, 8, copy_8_to_8}};

static const void *numbers_of(const pqt_values *v)
{
    switch (v->type) {
    case PQT_INT32:
        return v->int32s;
    case PQT_INT64:
        return v->int64s;
    case PQT_FLOAT:
        return v->floats;
    default:
        return v->doubles;
    }
}

static pqt_status copy_fixed(const arrow_slots *s, size_t width, void *out,
                             pqt_error *error)
{
    const size_t from =
        s->values->type == PQT_INT32 || s->values->type == PQT_FLOAT ? 4 : 8;
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        if (copies[i].from != from || copies[i].to != width) continue;
        copies[i].copy(s, numbers_of(s->values), out);
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
    const pqt_values *v = s->values;
    for (size_t i = 0; i < s->count; i++, out += width) {
        const size_t entry = s->entries[i];
        if (is_null(s, i)) continue;
        if (v->type == PQT_INT32)
            copy_integer(v->int32s[entry], width, out);
        else if (v->type == PQT_INT64)
            copy_integer(v->int64s[entry], width, out);
        else
            TRY(copy_big_endian(v->bytes[entry], width, out, error));
    }
    return PQT_OK;
}

/* Nanoseconds of the day, then the Julian day; beyond 64 bits they wrap, as elsewhere. */
static pqt_status copy_int96(const arrow_slots *s, int64_t *out)
{
    enum { JULIAN_DAY_1970 = 2440588 };
    const uint64_t day_ns = UINT64_C(86400000000000);
    for (size_t i = 0; i < s->count; i++) {
        const pqt_view value = s->values->bytes[s->entries[i]];
        if (is_null(s, i) || value.size_bytes != 12) continue;
        const int64_t day = (int64_t)load_u32le(value.data + 8) - JULIAN_DAY_1970;
        out[i] = (int64_t)((uint64_t)day * day_ns + load_u64le(value.data));
    }
    return PQT_OK;
}

/* --- Bytes --- */

static pqt_status copy_fixed_bytes(const arrow_slots *s, size_t width, uint8_t *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const pqt_view value = s->values->bytes[s->entries[i]];
        if (value.size_bytes == width) memcpy(out + i * width, value.data, width);
    }
    return PQT_OK;
}

static pqt_status fill_offsets(const arrow_slots *s, int32_t *offsets, pqt_error *error)
{
    uint64_t total = 0;
    for (size_t i = 0; i < s->count; i++) {
        offsets[i] = (int32_t)total;
        total += s->values->bytes[s->entries[i]].size_bytes;
        if (total > INT32_MAX)
            return error_set(error, PQT_LIMIT,
                             "column %s has more than 2 GiB of bytes in a batch; ask for "
                             "fewer rows a batch",
                             s->node->name);
    }
    offsets[s->count] = (int32_t)total;
    return PQT_OK;
}

static pqt_status copy_bytes(const arrow_slots *s, int32_t *offsets, void **bytes,
                             pqt_error *error)
{
    TRY(fill_offsets(s, offsets, error));
    uint8_t *out = alloc_bytes(NULL, (size_t)offsets[s->count]);
    if (!out) return error_no_memory(error, (size_t)offsets[s->count]);
    *bytes = out;
    for (size_t i = 0; i < s->count; i++) {
        const pqt_view value = s->values->bytes[s->entries[i]];
        if (value.size_bytes) memcpy(out + offsets[i], value.data, value.size_bytes);
    }
    return PQT_OK;
}

/* --- The whole --- */

static size_t buffer_bytes(const arrow_slots *s, const arrow_type *type)
{
    if (type->layout == ARROW_BOOLEAN) return s->count / 8 + 1;
    if (type->layout == ARROW_BYTES) return (s->count + 1) * sizeof(int32_t);
    return s->count * type->width_bytes;
}

pqt_status arrow_values_copy(const arrow_slots *slots, const arrow_type *type,
                             void **values, void **bytes, pqt_error *error)
{
    const size_t size = buffer_bytes(slots, type);
    void *out = alloc_zeroed(NULL, size, 1);
    if (!out) return error_no_memory(error, size);
    *values = out;
    switch (type->layout) {
    case ARROW_BOOLEAN:
        return copy_booleans(slots, out);
    case ARROW_FIXED:
        return copy_fixed(slots, type->width_bytes, out, error);
    case ARROW_BYTES:
        return copy_bytes(slots, out, bytes, error);
    case ARROW_FIXED_BYTES:
        return copy_fixed_bytes(slots, type->width_bytes, out);
    case ARROW_DECIMAL:
        return copy_decimals(slots, type->width_bytes, out, error);
    default:
        return copy_int96(slots, out);
    }
}
