#include "parquet/statistics.h"

#include "base/cursor.h"
#include "base/utf8.h"

static statistics_order order_of_bytes(pqt_type type, pqt_logical kind)
{
    switch (kind) {
    case PQT_LOGICAL_DECIMAL:
        return type == PQT_FIXED_LEN_BYTE_ARRAY ? ORDER_DECIMAL_BYTES : ORDER_NONE;
    case PQT_LOGICAL_INTERVAL:
    case PQT_LOGICAL_FLOAT16:
    case PQT_LOGICAL_VARIANT:
    case PQT_LOGICAL_GEOMETRY:
    case PQT_LOGICAL_GEOGRAPHY:
    case PQT_LOGICAL_UNKNOWN:
        return ORDER_NONE;
    default:
        return ORDER_BYTES;
    }
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
    s->null_count = 0;
}

/* The bits of a double, in the order of its values; and back (its own inverse). */
static int64_t flip_double_bits(int64_t bits)
{
    return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1);
}

static int64_t double_key(double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return flip_double_bits(bits);
}

static double key_double(int64_t key)
{
    const int64_t bits = flip_double_bits(key);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
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

static void add_real(statistics *s, double value)
{
    if (value == value) take_range(s, double_key(value), double_key(value));
}

static int compare_bytes(statistics_order order, pqt_view a, pqt_view b)
{
    if (order == ORDER_DECIMAL_BYTES && a.size_bytes && b.size_bytes) {
        const int sign = (b.data[0] >> 7) - (a.data[0] >> 7);
        if (sign != 0) return sign;
    }
    return view_compare(a, b);
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
    case ORDER_FLOAT:
        for (size_t i = 0; i < count; i++)
            add_real(s, (double)((const float *)values)[i]);
        break;
    case ORDER_DOUBLE:
        for (size_t i = 0; i < count; i++) add_real(s, ((const double *)values)[i]);
        break;
    default:
        return add_byte_arrays(s, values, count, error);
    }
    return PQT_OK;
}

pqt_status statistics_merge(statistics *s, const statistics *other, pqt_error *error)
{
    s->null_count += other->null_count;
    if (!other->has_range) return PQT_OK;
    if (s->order < ORDER_BYTES) {
        take_range(s, other->min_key, other->max_key);
        return PQT_OK;
    }
    const pqt_view both[2] = {buffer_view(&other->min_bytes),
                              buffer_view(&other->max_bytes)};
    return add_byte_arrays(s, both, 2, error);
}

/* PLAIN bytes of a key. Zeros of both signs count as equal: a smallest one is written as
 * -0.0 and a largest one as +0.0 (parquet.thrift, ColumnOrder). */
static pqt_view put_number(statistics_order order, int64_t key, bool is_max,
                           uint8_t out[8])
{
    uint64_t bits = (uint64_t)key;
    if (order == ORDER_UINT64) bits ^= UINT64_C(1) << 63;
    if (order == ORDER_FLOAT || order == ORDER_DOUBLE) {
        double value = key_double(key);
        if (value == 0) value = is_max ? 0.0 : -0.0;
        const float narrow = (float)value;
        if (order == ORDER_DOUBLE) memcpy(&bits, &value, sizeof value);
        uint32_t narrow_bits;
        memcpy(&narrow_bits, &narrow, sizeof narrow);
        if (order == ORDER_FLOAT) bits = narrow_bits;
    }
    store_u64le(out, bits);
    const bool is_wide =
        order == ORDER_INT64 || order == ORDER_UINT64 || order == ORDER_DOUBLE;
    return view_of(out, order == ORDER_BOOLEAN ? 1 : is_wide ? 8 : 4);
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
        out->value = put_number(s->order, s->min_key, false, out->number);
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
        out->value = put_number(s->order, s->max_key, true, out->number);
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
    const uint32_t narrow = load_u32le(value.data);
    if (order == ORDER_INT32) return (int32_t)narrow;
    if (order == ORDER_UINT32) return narrow;
    if (order == ORDER_FLOAT) {
        float real;
        memcpy(&real, &narrow, sizeof real);
        return double_key((double)real);
    }
    const int64_t wide = (int64_t)load_u64le(value.data);
    if (order == ORDER_DOUBLE) return flip_double_bits(wide);
    return order == ORDER_UINT64 ? UINT64_KEY((uint64_t)wide) : wide;
}

int statistics_compare(statistics_order order, pqt_view a, pqt_view b)
{
    if (order >= ORDER_BYTES) return compare_bytes(order, a, b);
    return compare_keys(number_key(order, a), number_key(order, b));
}
