#include "parquet/arrow_import_values.h"

#include "base/alloc.h"
#include "base/checked.h"
#include "base/cursor.h"
#include "base/error.h"
#include "parquet/bits.h"
#include "parquet/values.h"

struct source {
    const import_field *field;
    const struct ArrowArray *array;
    const arrow_span_list *slots;
    uint8_t *bytes; /* type_length a slot, where values are made anew */
    pqt_error *error;
};

static const uint8_t *values_of(const struct source *s)
{
    return s->array->buffers[1];
}

static pqt_status refuse(const struct source *s, int64_t at, const char *why)
{
    return error_set(s->error, PQT_INVALID, "the value at slot %lld %s",
                     (long long)(at - s->array->offset), why);
}

/* --- Numbers --- */

#define DEFINE_WIDEN(from)                                 \
    static bool widen_##from(from##_t value, int32_t *out) \
    {                                                      \
        *out = value;                                      \
        return true;                                       \
    }
DEFINE_WIDEN(int8)
DEFINE_WIDEN(uint8)
DEFINE_WIDEN(int16)
DEFINE_WIDEN(uint16)

/* Milliseconds of a whole day, as date64 has to be. */
static bool date_of(int64_t value, int32_t *out)
{
    const int64_t day_ms = 86400000, days = value / day_ms;
    if (value % day_ms != 0 || days < INT32_MIN || days > INT32_MAX) return false;
    *out = (int32_t)days;
    return true;
}

static bool millis32_of(int32_t seconds, int32_t *out)
{
    return !__builtin_mul_overflow(seconds, 1000, out);
}

static bool millis64_of(int64_t seconds, int64_t *out)
{
    return !__builtin_mul_overflow(seconds, INT64_C(1000), out);
}

/* Values are loaded by memcpy: buffers need not be aligned. */
#define DEFINE_TAKE(name, from, to, convert, why)                                  \
    static pqt_status name(const struct source *s, void *values)                   \
    {                                                                              \
        to *out = values;                                                          \
        for (size_t i = 0; i < s->slots->count; i++) {                             \
            const arrow_span span = s->slots->spans[i];                            \
            const uint8_t *in = values_of(s) + (size_t)span.start * sizeof(from);  \
            for (int64_t k = 0; k < span.count; k++, in += sizeof(from)) {         \
                from value;                                                        \
                memcpy(&value, in, sizeof value);                                  \
                if (!convert(value, out++)) return refuse(s, span.start + k, why); \
            }                                                                      \
        }                                                                          \
        return PQT_OK;                                                             \
    }
DEFINE_TAKE(take_int8, int8_t, int32_t, widen_int8, "")
DEFINE_TAKE(take_uint8, uint8_t, int32_t, widen_uint8, "")
DEFINE_TAKE(take_int16, int16_t, int32_t, widen_int16, "")
DEFINE_TAKE(take_uint16, uint16_t, int32_t, widen_uint16, "")
DEFINE_TAKE(take_date64, int64_t, int32_t, date_of, "is no whole day that DATE can hold")
DEFINE_TAKE(take_seconds32, int32_t, int32_t, millis32_of, "is too large in milliseconds")
DEFINE_TAKE(take_seconds64, int64_t, int64_t, millis64_of, "is too large in milliseconds")

static pqt_status take_bits(const struct source *s, void *values)
{
    uint8_t *out = values;
    for (size_t i = 0; i < s->slots->count; i++) {
        const arrow_span span = s->slots->spans[i];
        for (int64_t at = span.start; at < span.start + span.count; at++)
            *out++ = bits_get(values_of(s), (size_t)at);
    }
    return PQT_OK;
}

static pqt_status take_same(const struct source *s, void *values)
{
    const size_t width = (size_t)s->field->type.width_bytes;
    uint8_t *out = values;
    for (size_t i = 0; i < s->slots->count; i++) {
        const arrow_span span = s->slots->spans[i];
        const size_t size = (size_t)span.count * width;
        memcpy(out, values_of(s) + (size_t)span.start * width, size);
        out += size;
    }
    return PQT_OK;
}

static pqt_status take_nulls(const struct source *s, void *values)
{
    (void)s;
    (void)values;
    return PQT_OK;
}

/* --- Values that are made anew, each of type_length bytes --- */

/* Little-endian two's complement: whether all behind `size` bytes is only the sign. */
static bool is_sign_only(const uint8_t *in, size_t width, size_t size)
{
    const uint8_t sign = in[size - 1] & 0x80 ? 0xff : 0;
    for (size_t i = size; i < width; i++)
        if (in[i] != sign) return false;
    return true;
}

static bool take_decimal(const struct source *s, const uint8_t *in, uint8_t *out)
{
    const size_t width = (size_t)s->field->type.width_bytes;
    const size_t size = (size_t)s->field->type.type_length;
    for (size_t i = 0; i < size; i++) out[i] = in[size - 1 - i];
    return is_sign_only(in, width, size);
}

/* Months, days, milliseconds (LogicalTypes.md, "INTERVAL"): all without a sign. */
static bool take_months(const struct source *s, const uint8_t *in, uint8_t *out)
{
    (void)s;
    int32_t months;
    memcpy(&months, in, sizeof months);
    store_u32le(out, (uint32_t)months);
    memset(out + 4, 0, 8);
    return months >= 0;
}

static bool take_days_time(const struct source *s, const uint8_t *in, uint8_t *out)
{
    (void)s;
    int32_t parts[2];
    memcpy(parts, in, sizeof parts);
    memset(out, 0, 4);
    store_u32le(out + 4, (uint32_t)parts[0]);
    store_u32le(out + 8, (uint32_t)parts[1]);
    return parts[0] >= 0 && parts[1] >= 0;
}

typedef bool (*make_bytes)(const struct source *s, const uint8_t *in, uint8_t *out);

static pqt_status take_made(const struct source *s, make_bytes make, const char *why,
                            pqt_view *out)
{
    const size_t width = (size_t)s->field->type.width_bytes;
    const size_t size = (size_t)s->field->type.type_length;
    uint8_t *bytes = s->bytes;
    for (size_t i = 0; i < s->slots->count; i++) {
        const arrow_span span = s->slots->spans[i];
        for (int64_t at = span.start; at < span.start + span.count; at++) {
            if (!make(s, values_of(s) + (size_t)at * width, bytes))
                return refuse(s, at, why);
            *out++ = (pqt_view){bytes, size};
            bytes += size;
        }
    }
    return PQT_OK;
}

static pqt_status take_all_months(const struct source *s, void *values)
{
    return take_made(s, take_months, "is negative, which INTERVAL cannot be", values);
}

static pqt_status take_all_days_time(const struct source *s, void *values)
{
    return take_made(s, take_days_time, "is negative, which INTERVAL cannot be", values);
}

/* A decimal in the integer that its precision fits. */
static pqt_status take_small_decimals(const struct source *s, size_t size, uint8_t *out)
{
    const size_t width = (size_t)s->field->type.width_bytes;
    for (size_t i = 0; i < s->slots->count; i++) {
        const arrow_span span = s->slots->spans[i];
        for (int64_t at = span.start; at < span.start + span.count; at++, out += size) {
            const uint8_t *in = values_of(s) + (size_t)at * width;
            if (width >= size) {
                memcpy(out, in, size);
                if (is_sign_only(in, width, size)) continue;
                return refuse(s, at, "has more digits than its decimal type");
            }
            const uint8_t sign = in[width - 1] & 0x80 ? 0xff : 0;
            memset(out, sign, size);
            memcpy(out, in, width);
        }
    }
    return PQT_OK;
}

static pqt_status take_decimals(const struct source *s, void *values)
{
    if (s->field->type.type == PQT_INT32) return take_small_decimals(s, 4, values);
    if (s->field->type.type == PQT_INT64) return take_small_decimals(s, 8, values);
    return take_made(s, take_decimal, "has more digits than its decimal type", values);
}

/* --- Bytes --- */

static pqt_status take_fixed_bytes(const struct source *s, void *values)
{
    const size_t width = (size_t)s->field->type.width_bytes;
    pqt_view *out = values;
    for (size_t i = 0; i < s->slots->count; i++) {
        const arrow_span span = s->slots->spans[i];
        const uint8_t *in = values_of(s) + (size_t)span.start * width;
        for (int64_t k = 0; k < span.count; k++, in += width)
            *out++ = (pqt_view){in, width};
    }
    return PQT_OK;
}

#define DEFINE_TAKE_BYTES(name, offset)                                                 \
    static pqt_status name(const struct source *s, void *values)                        \
    {                                                                                   \
        const uint8_t *data = s->array->buffers[2];                                     \
        pqt_view *out = values;                                                         \
        for (size_t i = 0; i < s->slots->count; i++) {                                  \
            const arrow_span span = s->slots->spans[i];                                 \
            const uint8_t *in = values_of(s) + (size_t)span.start * sizeof(offset);     \
            offset start, end;                                                          \
            memcpy(&start, in, sizeof start);                                           \
            for (int64_t k = 0; k < span.count; k++, start = end) {                     \
                in += sizeof(offset);                                                   \
                memcpy(&end, in, sizeof end);                                           \
                if (start < 0 || end < start || (end > start && !data))                 \
                    return refuse(s, span.start + k, "has offsets that do not grow");   \
                *out++ = (pqt_view){data ? data + start : data, (size_t)(end - start)}; \
            }                                                                           \
        }                                                                               \
        return PQT_OK;                                                                  \
    }
DEFINE_TAKE_BYTES(take_bytes32, int32_t)
DEFINE_TAKE_BYTES(take_bytes64, int64_t)

/* A view: length, then the bytes themselves up to 12; or their start, the number of the
 * buffer that they are in, and where (Columnar format, "Variable-size Binary View"). */
static bool resolve_view(const struct source *s, const uint8_t *view, pqt_view *out)
{
    enum { INLINE_BYTES = 12, VIEWED_FROM = 2 };
    int32_t length, buffer, offset;
    memcpy(&length, view, sizeof length);
    memcpy(&buffer, view + 8, sizeof buffer);
    memcpy(&offset, view + 12, sizeof offset);
    if (length < 0) return false;
    *out = (pqt_view){view + 4, (size_t)length};
    if (length <= INLINE_BYTES) return true;
    const int64_t buffers = s->array->n_buffers - VIEWED_FROM - 1;
    const void *sizes = s->array->buffers[s->array->n_buffers - 1];
    int64_t size_bytes;
    if (buffer < 0 || buffer >= buffers || offset < 0 || !sizes) return false;
    memcpy(&size_bytes, (const uint8_t *)sizes + (size_t)buffer * sizeof size_bytes,
           sizeof size_bytes);
    const uint8_t *data = s->array->buffers[VIEWED_FROM + buffer];
    if (!data || size_bytes < 0 ||
        !range_within((uint64_t)offset, (uint64_t)length, (uint64_t)size_bytes))
        return false;
    *out = (pqt_view){data + offset, (size_t)length};
    return true;
}

static pqt_status take_views(const struct source *s, void *values)
{
    enum { VIEW_BYTES = 16 };
    pqt_view *out = values;
    for (size_t i = 0; i < s->slots->count; i++) {
        const arrow_span span = s->slots->spans[i];
        for (int64_t at = span.start; at < span.start + span.count; at++)
            if (!resolve_view(s, values_of(s) + (size_t)at * VIEW_BYTES, out++))
                return refuse(s, at, "is a view outside of its buffers");
    }
    return PQT_OK;
}

/* --- The whole --- */

static const struct {
    pqt_status (*take)(const struct source *s, void *values);
    bool allows_nulls;
} layouts[] = {
    [IMPORT_NULLS] = {take_nulls, false},
    [IMPORT_BITS] = {take_bits, true},
    [IMPORT_SAME] = {take_same, true},
    [IMPORT_INT8] = {take_int8, true},
    [IMPORT_UINT8] = {take_uint8, true},
    [IMPORT_INT16] = {take_int16, true},
    [IMPORT_UINT16] = {take_uint16, true},
    [IMPORT_DATE64] = {take_date64, false},
    [IMPORT_SECONDS32] = {take_seconds32, false},
    [IMPORT_SECONDS64] = {take_seconds64, false},
    [IMPORT_DECIMAL] = {take_decimals, false},
    [IMPORT_MONTHS] = {take_all_months, false},
    [IMPORT_DAYS_TIME] = {take_all_days_time, false},
    [IMPORT_FIXED_BYTES] = {take_fixed_bytes, true},
    [IMPORT_BYTES32] = {take_bytes32, true},
    [IMPORT_BYTES64] = {take_bytes64, true},
    [IMPORT_VIEWS] = {take_views, false},
};

bool import_values_allow_nulls(import_layout layout)
{
    return layouts[layout].allows_nulls;
}

/* One run of values that Parquet's are like: they can stay where they are. */
static const void *find_in_place(const import_field *leaf, const struct ArrowArray *array,
                                 const arrow_span_list *slots)
{
    if (leaf->type.layout != IMPORT_SAME || slots->count != 1) return NULL;
    const size_t width = (size_t)leaf->type.width_bytes;
    const uint8_t *values =
        (const uint8_t *)array->buffers[1] + (size_t)slots->spans[0].start * width;
    return (uintptr_t)values % width == 0 ? values : NULL;
}

static pqt_status reserve_values(import_values *memory, size_t count, size_t size,
                                 pqt_error *error)
{
    size_t needed;
    if (checked_multiply(count, size, &needed) &&
        alloc_grow(memory->allocator, (void **)&memory->values, &memory->values_capacity,
                   needed + 1, 1) == 0)
        return PQT_OK;
    return error_no_memory(error, count);
}

static pqt_status reserve_bytes(import_values *memory, size_t count, size_t size,
                                pqt_error *error)
{
    size_t needed;
    if (checked_multiply(count, size, &needed) &&
        alloc_grow(memory->allocator, (void **)&memory->bytes, &memory->bytes_capacity,
                   needed + 1, 1) == 0)
        return PQT_OK;
    return error_no_memory(error, count);
}

pqt_status import_values_take(const import_field *leaf, const struct ArrowArray *array,
                              const arrow_span_list *slots, import_values *memory,
                              const void **out, pqt_error *error)
{
    *out = find_in_place(leaf, array, slots);
    if (*out) return PQT_OK;
    const import_type *type = &leaf->type;
    const bool is_made = type->layout == IMPORT_DECIMAL ||
                         type->layout == IMPORT_MONTHS ||
                         type->layout == IMPORT_DAYS_TIME;
    TRY(reserve_values(memory, slots->slot_count, values_slot_bytes(type->type), error));
    if (is_made)
        TRY(reserve_bytes(memory, slots->slot_count, (size_t)type->type_length, error));
    const struct source source = {leaf, array, slots, memory->bytes, error};
    const pqt_status status = layouts[type->layout].take(&source, memory->values);
    if (status != PQT_OK) import_error_prefix(leaf, error);
    *out = memory->values;
    return status;
}

void import_values_free(import_values *memory)
{
    alloc_release(memory->allocator, memory->values);
    alloc_release(memory->allocator, memory->bytes);
    *memory = (import_values){0};
}
