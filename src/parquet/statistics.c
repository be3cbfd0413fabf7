#include "parquet/statistics.h"

#include "base/cursor.h"
#include "base/utf8.h"

static statistics_order order_of_bytes(pqt_type type, pqt_logical kind)
{
    switch (kind) {
    case PQT_LOGICAL_DECIMAL:
        return ORDER_DECIMAL_BYTES;
    case PQT_LOGICAL_FLOAT16:
        return type == PQT_FIXED_LEN_BYTE_ARRAY ? ORDER_FLOAT16 : ORDER_NONE;
    case PQT_LOGICAL_INTERVAL:
    case PQT_LOGICAL_VARIANT:
    case PQT_LOGICAL_GEOMETRY:
    case PQT_LOGICAL_GEOGRAPHY:
    case PQT_LOGICAL_FILE:
    case PQT_LOGICAL_UNKNOWN:
    case PQT_LOGICAL_OTHER:
        return ORDER_NONE;
    default:
        return ORDER_BYTES;
    }
}

bool statistics_order_is_real(statistics_order order)
{
    return order == ORDER_FLOAT16 || order == ORDER_FLOAT || order == ORDER_DOUBLE;
}

statistics_order statistics_order_of(pqt_type type, const pqt_logical_type *logical)
{
    const bool is_unsigned = logical->kind == PQT_LOGICAL_INTEGER && !logical->is_signed;
    switch (type) {
    case PQT_BOOLEAN:
        return ORDER_BOOLEAN;
    case PQT_INT32:
        return is_unsigned ? ORDER_UINT32 : ORDER_INT32;
    case PQT_INT64:
        return is_unsigned ? ORDER_UINT64 : ORDER_INT64;
    case PQT_FLOAT:
        return ORDER_FLOAT;
    case PQT_DOUBLE:
        return ORDER_DOUBLE;
    case PQT_BYTE_ARRAY:
    case PQT_FIXED_LEN_BYTE_ARRAY:
        return order_of_bytes(type, logical->kind);
    default:
        return ORDER_NONE;
    }
}

void statistics_init(statistics *s, statistics_order order, const pqt_allocator *a)
{
    *s = (statistics){.order = order, .min_bytes.allocator = a, .max_bytes.allocator = a};
}

void statistics_free(statistics *s)
{
    buffer_free(&s->min_bytes);
    buffer_free(&s->max_bytes);
}

void statistics_clear(statistics *s)
{
    s->has_range = false;
    s->has_nan = false;
    s->null_count = 0;
    s->nan_count = 0;
}

/* The bits of a real number of so many bits, in the total order of IEEE 754: those of
 * the magnitude are turned where it is negative; and back (its own inverse). */
static inline int64_t flip64(int64_t bits)
{
    return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1);
}

static inline int32_t flip32(int32_t bits)
{
    return bits ^ (int32_t)((uint32_t)(bits >> 31) >> 1);
}

static inline int16_t flip16(int16_t bits)
{
    return bits < 0 ? (int16_t)(bits ^ 0x7fff) : bits;
}

/* The keys of the infinities: beyond them are NaN. */
static int64_t infinity_key(statistics_order order)
{
    return order == ORDER_DOUBLE  ? INT64_C(0x7ff0000000000000)
           : order == ORDER_FLOAT ? 0x7f800000
                                  : 0x7c00;
}

static bool is_nan_key(int64_t key, int64_t infinity)
{
    return key > infinity || key < -infinity - 1;
}

static void take_range(statistics *s, int64_t min_key, int64_t max_key)
{
    if (!s->has_range || min_key < s->min_key) s->min_key = min_key;
    if (!s->has_range || max_key > s->max_key) s->max_key = max_key;
    s->has_range = true;
}

/* A loop a type, which compilers vectorise. */
#define DEFINE_ADD(name, type, key)                                   \
    static void name(statistics *s, const type *values, size_t count) \
    {                                                                 \
        type min = values[0];                                         \
        type max = values[0];                                         \
        for (size_t i = 1; i < count; i++) {                          \
            if (values[i] < min) min = values[i];                     \
            if (values[i] > max) max = values[i];                     \
        }                                                             \
        take_range(s, key(min), key(max));                            \
    }
#define SAME_KEY(value)   (value)
#define UINT64_KEY(value) ((int64_t)((value) ^ UINT64_C(1) << 63))

DEFINE_ADD(add_booleans, uint8_t, SAME_KEY)
DEFINE_ADD(add_int32s, int32_t, SAME_KEY)
DEFINE_ADD(add_uint32s, uint32_t, SAME_KEY)
DEFINE_ADD(add_int64s, int64_t, SAME_KEY)
DEFINE_ADD(add_uint64s, uint64_t, UINT64_KEY)

/* The key of value i. */
static inline int64_t float16_key(const void *values, size_t i)
{
    const uint8_t *bytes = ((const pqt_view *)values)[i].data;
    return flip16((int16_t)(bytes[0] | bytes[1] << 8));
}

static inline int32_t float_key(const void *values, size_t i)
{
    int32_t bits;
    memcpy(&bits, (const uint8_t *)values + i * sizeof bits, sizeof bits);
    return flip32(bits);
}

static inline int64_t double_key(const void *values, size_t i)
{
    int64_t bits;
    memcpy(&bits, (const uint8_t *)values + i * sizeof bits, sizeof bits);
    return flip64(bits);
}

/* Two loops over reals a type: how many are NaN, and the range of those that are not. */
#define DEFINE_REAL(name, type, key_of, least, most)                                \
    static size_t count_nan_##name(const void *values, size_t count, type infinity) \
    {                                                                               \
        size_t nan = 0;                                                             \
        for (size_t i = 0; i < count; i++) {                                        \
            const type key = (type)key_of(values, i);                               \
            nan += (key > infinity) | (key < -infinity - 1);                        \
        }                                                                           \
        return nan;                                                                 \
    }                                                                               \
    static void add_##name(statistics *s, const void *values, size_t count,         \
                           type infinity)                                           \
    {                                                                               \
        type min = most;                                                            \
        type max = least;                                                           \
        for (size_t i = 0; i < count; i++) {                                        \
            const type key = (type)key_of(values, i);                               \
            const bool is_nan = (key > infinity) | (key < -infinity - 1);           \
            const type low = is_nan ? most : key;                                   \
            const type high = is_nan ? least : key;                                 \
            min = low < min ? low : min;                                            \
            max = high > max ? high : max;                                          \
        }                                                                           \
        if (min <= max) take_range(s, min, max);                                    \
    }
DEFINE_REAL(float16, int64_t, float16_key, INT64_MIN, INT64_MAX)
DEFINE_REAL(float, int32_t, float_key, INT32_MIN, INT32_MAX)
DEFINE_REAL(double, int64_t, double_key, INT64_MIN, INT64_MAX)

size_t statistics_count_nan(statistics_order order, const void *values, size_t count)
{
    const int64_t infinity = infinity_key(order);
    if (order == ORDER_DOUBLE) return count_nan_double(values, count, infinity);
    if (order == ORDER_FLOAT) return count_nan_float(values, count, (int32_t)infinity);
    return count_nan_float16(values, count, infinity);
}

static int64_t real_key(statistics_order order, const void *values, size_t i)
{
    if (order == ORDER_DOUBLE) return double_key(values, i);
    return order == ORDER_FLOAT ? float_key(values, i) : float16_key(values, i);
}

static void take_nan_range(statistics *s, int64_t min_key, int64_t max_key)
{
    if (!s->has_nan || min_key < s->min_nan_key) s->min_nan_key = min_key;
    if (!s->has_nan || max_key > s->max_nan_key) s->max_nan_key = max_key;
    s->has_nan = true;
}

static void add_reals(statistics *s, const void *values, size_t count)
{
    const int64_t infinity = infinity_key(s->order);
    if (s->order == ORDER_DOUBLE)
        add_double(s, values, count, infinity);
    else if (s->order == ORDER_FLOAT)
        add_float(s, values, count, (int32_t)infinity);
    else
        add_float16(s, values, count, infinity);
    if (statistics_count_nan(s->order, values, count) == 0) return;
    for (size_t i = 0; i < count; i++) {
        const int64_t key = real_key(s->order, values, i);
        if (is_nan_key(key, infinity)) take_nan_range(s, key, key);
    }
}

/* Numbers of any length, big-endian two's complement: behind the bytes that only repeat
 * the sign, the longer is the farther from 0. */
static int compare_decimals(pqt_view a, pqt_view b)
{
    const bool a_negative = a.size_bytes && a.data[0] >> 7;
    const bool b_negative = b.size_bytes && b.data[0] >> 7;
    if (a_negative != b_negative) return a_negative ? -1 : 1;
    const uint8_t sign = a_negative ? 0xff : 0;
    for (; a.size_bytes && a.data[0] == sign; a.size_bytes--) a.data++;
    for (; b.size_bytes && b.data[0] == sign; b.size_bytes--) b.data++;
    if (a.size_bytes == b.size_bytes) return view_compare(a, b);
    return (a.size_bytes > b.size_bytes) != a_negative ? 1 : -1;
}

static int compare_bytes(statistics_order order, pqt_view a, pqt_view b)
{
    return order == ORDER_DECIMAL_BYTES ? compare_decimals(a, b) : view_compare(a, b);
}

static pqt_status keep_bytes(buffer *kept, pqt_view value, pqt_error *error)
{
    if (kept->data == value.data && kept->data) return PQT_OK;
    buffer_clear(kept);
    return buffer_append(kept, value.data, value.size_bytes, error);
}

/* The first eight bytes as a number that orders as they do, 0 for those missing. */
static uint64_t leading_bytes(pqt_view value)
{
    if (value.size_bytes >= 8) return __builtin_bswap64(load_u64le(value.data));
    uint64_t leading = 0;
    for (size_t i = 0; i < value.size_bytes; i++)
        leading |= (uint64_t)value.data[i] << (56 - 8 * i);
    return leading;
}

/* Most values are told from the limits by their first bytes. Where they sort as decimals
 * do, every value is compared. */
static pqt_status add_byte_arrays(statistics *s, const pqt_view *values, size_t count,
                                  pqt_error *error)
{
    pqt_view min = s->has_range ? buffer_view(&s->min_bytes) : values[0];
    pqt_view max = s->has_range ? buffer_view(&s->max_bytes) : values[0];
    const bool is_decimal = s->order == ORDER_DECIMAL_BYTES;
    uint64_t min_leading = is_decimal ? UINT64_MAX : leading_bytes(min);
    uint64_t max_leading = is_decimal ? 0 : leading_bytes(max);
    for (size_t i = 0; i < count; i++) {
        const pqt_view value = values[i];
        if (i > 0 && value.data == values[i - 1].data &&
            value.size_bytes == values[i - 1].size_bytes)
            continue;
        const uint64_t leading = leading_bytes(value);
        if (leading > min_leading && leading < max_leading) continue;
        if (compare_bytes(s->order, value, max) > 0) {
            max = value;
            max_leading = is_decimal ? 0 : leading;
        } else if (compare_bytes(s->order, value, min) < 0) {
            min = value;
            min_leading = is_decimal ? UINT64_MAX : leading;
        }
    }
    s->has_range = true;
    TRY(keep_bytes(&s->min_bytes, min, error));
    return keep_bytes(&s->max_bytes, max, error);
}

pqt_status statistics_add(statistics *s, const void *values, size_t count,
                          pqt_error *error)
{
    if (count == 0 || s->order == ORDER_NONE) return PQT_OK;
    switch (s->order) {
    case ORDER_BOOLEAN:
        add_booleans(s, values, count);
        break;
    case ORDER_INT32:
        add_int32s(s, values, count);
        break;
    case ORDER_UINT32:
        add_uint32s(s, values, count);
        break;
    case ORDER_INT64:
        add_int64s(s, values, count);
        break;
    case ORDER_UINT64:
        add_uint64s(s, values, count);
        break;
    case ORDER_FLOAT16:
    case ORDER_FLOAT:
    case ORDER_DOUBLE:
        add_reals(s, values, count);
        break;
    default:
        return add_byte_arrays(s, values, count, error);
    }
    return PQT_OK;
}

pqt_status statistics_merge(statistics *s, const statistics *other, pqt_error *error)
{
    s->null_count += other->null_count;
    s->nan_count += other->nan_count;
    if (other->has_nan) take_nan_range(s, other->min_nan_key, other->max_nan_key);
    if (!other->has_range) return PQT_OK;
    if (s->order < ORDER_BYTES) {
        take_range(s, other->min_key, other->max_key);
        return PQT_OK;
    }
    const pqt_view both[2] = {buffer_view(&other->min_bytes),
                              buffer_view(&other->max_bytes)};
    return add_byte_arrays(s, both, 2, error);
}

/* The PLAIN bytes of a key, and how many. */
static pqt_view put_key(statistics_order order, int64_t key, uint8_t out[8])
{
    static const uint8_t widths[] = {
        [ORDER_BOOLEAN] = 1, [ORDER_INT32] = 4,   [ORDER_UINT32] = 4, [ORDER_INT64] = 8,
        [ORDER_UINT64] = 8,  [ORDER_FLOAT16] = 2, [ORDER_FLOAT] = 4,  [ORDER_DOUBLE] = 8,
    };
    uint64_t bits = (uint64_t)key;
    if (order == ORDER_UINT64) bits ^= UINT64_C(1) << 63;
    if (order == ORDER_FLOAT16) bits = (uint16_t)flip16((int16_t)key);
    if (order == ORDER_FLOAT) bits = (uint32_t)flip32((int32_t)key);
    if (order == ORDER_DOUBLE) bits = (uint64_t)flip64(key);
    store_u64le(out, bits);
    return view_of(out, widths[order]);
}

/* By the type's order zeros of both signs count as equal: a smallest one is written as
 * -0.0 (key -1), a largest one as +0.0 (key 0). By the total order they differ, and NaN
 * are limits where there is nothing else. */
static pqt_view put_limit(const statistics *s, bool is_max, bool is_total, uint8_t out[8])
{
    int64_t key = is_max ? s->max_key : s->min_key;
    const bool is_real = statistics_order_is_real(s->order);
    if (is_real && is_total && !s->has_range)
        key = is_max ? s->max_nan_key : s->min_nan_key;
    if (is_real && !is_total && (key == 0 || key == -1)) key = is_max ? 0 : -1;
    return put_key(s->order, key, out);
}

bool statistics_has_bounds(const statistics *s, bool is_total)
{
    return s->has_range || (is_total && s->has_nan);
}

/* The end of the last whole character within `size_bytes`. */
static size_t cut_at_character(pqt_view value, size_t size_bytes)
{
    while (size_bytes > 0 && (value.data[size_bytes] & 0xc0) == 0x80) size_bytes--;
    return size_bytes;
}

/* Whether the bytes may be cut, and to how many. */
static bool can_cut(const statistics *s, pqt_view value, size_t limit_bytes)
{
    return s->order == ORDER_BYTES && limit_bytes > 0 && value.size_bytes > limit_bytes;
}

void statistics_min(const statistics *s, statistics_cut cut, statistics_bound *out)
{
    out->is_exact = true;
    if (s->order < ORDER_BYTES) {
        out->value = put_limit(s, false, cut.is_total, out->number);
        return;
    }
    out->value = buffer_view(&s->min_bytes);
    if (!can_cut(s, out->value, cut.limit_bytes)) return;
    out->is_exact = false;
    out->value.size_bytes =
        cut.is_text ? cut_at_character(out->value, cut.limit_bytes) : cut.limit_bytes;
}

/* Raises the last byte that can be; false where all are 0xff. */
static bool raise_bytes(buffer *b)
{
    while (b->size_bytes > 0 && b->data[b->size_bytes - 1] == 0xff) b->size_bytes--;
    if (b->size_bytes == 0) return false;
    b->data[b->size_bytes - 1]++;
    return true;
}

static uint32_t decode_character(const uint8_t *bytes, size_t size_bytes)
{
    static const uint8_t lead_masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = bytes[0] & lead_masks[size_bytes];
    for (size_t i = 1; i < size_bytes; i++) code = code << 6 | (bytes[i] & 0x3fu);
    return code;
}

/* `out` holds 4 bytes; returns how many are used. */
static size_t encode_character(uint32_t code, uint8_t *out)
{
    const size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = count - 1; i > 0; i--, code >>= 6)
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
    out[0] = (uint8_t)(leads[count] | code);
    return count;
}

/* Raises the last character that can be, so that the text stays valid UTF-8; there is
 * room for 4 more bytes. False where all are U+10FFFF. */
static bool raise_text(buffer *b)
{
    while (b->size_bytes > 0) {
        size_t start = b->size_bytes - 1;
        while (start > 0 && (b->data[start] & 0xc0) == 0x80) start--;
        const uint32_t code = decode_character(b->data + start, b->size_bytes - start);
        b->size_bytes = start;
        if (code == 0x10ffff) continue;
        /* Surrogates are no characters. */
        const uint32_t next = code == 0xd7ff ? 0xe000 : code + 1;
        b->size_bytes += encode_character(next, b->data + start);
        return true;
    }
    return false;
}

pqt_status statistics_max(const statistics *s, statistics_cut cut, buffer *scratch,
                          statistics_bound *out, pqt_error *error)
{
    out->is_exact = true;
    if (s->order < ORDER_BYTES) {
        out->value = put_limit(s, true, cut.is_total, out->number);
        return PQT_OK;
    }
    const pqt_view whole = buffer_view(&s->max_bytes);
    out->value = whole;
    if (!can_cut(s, whole, cut.limit_bytes)) return PQT_OK;
    size_t size_bytes =
        cut.is_text ? cut_at_character(whole, cut.limit_bytes) : cut.limit_bytes;
    const bool as_text =
        cut.is_text && utf8_is_valid(view_of(whole.data, size_bytes), NULL);
    if (!as_text) size_bytes = cut.limit_bytes;
    buffer_clear(scratch);
    TRY(buffer_reserve(scratch, size_bytes + 4, error));
    TRY(buffer_append(scratch, whole.data, size_bytes, error));
    if (!(as_text ? raise_text(scratch) : raise_bytes(scratch))) return PQT_OK;
    out->value = buffer_view(scratch);
    out->is_exact = false;
    return PQT_OK;
}

static int compare_keys(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int64_t number_key(statistics_order order, pqt_view value)
{
    if (order == ORDER_BOOLEAN) return value.data[0];
    if (order == ORDER_FLOAT16) return float16_key(&value, 0);
    if (value.size_bytes == 4) {
        const uint32_t narrow = load_u32le(value.data);
        if (order == ORDER_UINT32) return narrow;
        return order == ORDER_FLOAT ? flip32((int32_t)narrow) : (int32_t)narrow;
    }
    const int64_t wide = (int64_t)load_u64le(value.data);
    if (order == ORDER_DOUBLE) return flip64(wide);
    return order == ORDER_UINT64 ? UINT64_KEY((uint64_t)wide) : wide;
}

int statistics_compare(statistics_order order, pqt_view a, pqt_view b)
{
    if (order >= ORDER_BYTES) return compare_bytes(order, a, b);
    return compare_keys(number_key(order, a), number_key(order, b));
}
