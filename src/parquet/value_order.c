#include "parquet/value_order.h"

#include <math.h>

#include "base/cursor.h"
#include "base/view.h"
#include "parquet/statistics.h"

value_order value_order_of(const pqt_schema_node *node)
{
    static const value_order orders[] = {
        [ORDER_NONE] = VALUE_UNORDERED,        [ORDER_BOOLEAN] = VALUE_BOOLEAN,
        [ORDER_INT32] = VALUE_INT32,           [ORDER_UINT32] = VALUE_UINT32,
        [ORDER_INT64] = VALUE_INT64,           [ORDER_UINT64] = VALUE_UINT64,
        [ORDER_FLOAT16] = VALUE_FLOAT16,       [ORDER_FLOAT] = VALUE_FLOAT,
        [ORDER_DOUBLE] = VALUE_DOUBLE,         [ORDER_BYTES] = VALUE_BYTES,
        [ORDER_DECIMAL_BYTES] = VALUE_DECIMAL,
    };
    if (node->type == PQT_INT96) return VALUE_INT96;
    const statistics_order order = statistics_order_of(node->type, &node->logical);
    if (order == ORDER_FLOAT16 && node->type_length != 2) return VALUE_UNORDERED;
    return orders[order];
}

bool value_has_size(value_order order, const pqt_schema_node *node, pqt_view value)
{
    static const size_t sizes[] = {
        [VALUE_BOOLEAN] = 1, [VALUE_INT32] = 4,   [VALUE_UINT32] = 4,
        [VALUE_INT64] = 8,   [VALUE_UINT64] = 8,  [VALUE_FLOAT] = 4,
        [VALUE_DOUBLE] = 8,  [VALUE_FLOAT16] = 2, [VALUE_INT96] = 12,
        [VALUE_DECIMAL] = 0, [VALUE_BYTES] = 0,   [VALUE_UNORDERED] = 0,
    };
    if (sizes[order]) return value.size_bytes == sizes[order];
    if (order == VALUE_DECIMAL) return value.size_bytes > 0;
    return node->type == PQT_BYTE_ARRAY || value.size_bytes == (size_t)node->type_length;
}

/* --- Comparing --- */

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

#define DEFINE_COMPARE(name, type)                 \
    static int name(pqt_view left, pqt_view right) \
    {                                              \
        type a, b;                                 \
        memcpy(&a, left.data, sizeof a);           \
        memcpy(&b, right.data, sizeof b);          \
        return COMPARE(a, b);                      \
    }
DEFINE_COMPARE(compare_u8, uint8_t)
DEFINE_COMPARE(compare_i32, int32_t)
DEFINE_COMPARE(compare_u32, uint32_t)
DEFINE_COMPARE(compare_i64, int64_t)
DEFINE_COMPARE(compare_u64, uint64_t)
DEFINE_COMPARE(compare_float, float)
DEFINE_COMPARE(compare_double, double)

/* As a number that has the order of the halves: negative ones count down, -0 is 0. */
static int32_t rank_of_half(pqt_view value)
{
    const int32_t bits = value.data[0] | value.data[1] << 8;
    return bits & 0x8000 ? -(bits & 0x7fff) : bits;
}

static int compare_half(pqt_view left, pqt_view right)
{
    const int32_t a = rank_of_half(left), b = rank_of_half(right);
    return COMPARE(a, b);
}

/* parquet.thrift, INT96_TIMESTAMP_ORDER: days, then nanoseconds, both signed. */
static int compare_int96(pqt_view left, pqt_view right)
{
    const int32_t a_day = (int32_t)load_u32le(left.data + 8);
    const int32_t b_day = (int32_t)load_u32le(right.data + 8);
    const int64_t a_ns = (int64_t)load_u64le(left.data);
    const int64_t b_ns = (int64_t)load_u64le(right.data);
    return a_day != b_day ? COMPARE(a_day, b_day) : COMPARE(a_ns, b_ns);
}

static uint8_t sign_of(pqt_view value)
{
    return value.size_bytes && value.data[0] & 0x80 ? 0xff : 0;
}

/* Without leading bytes that only repeat the sign; what is left decides by its length. */
static pqt_view without_signs(pqt_view value, uint8_t sign)
{
    while (value.size_bytes > 0 && value.data[0] == sign)
        value = (pqt_view){value.data + 1, value.size_bytes - 1};
    return value;
}

static int compare_decimal(pqt_view left, pqt_view right)
{
    const uint8_t sign = sign_of(left);
    if (sign != sign_of(right)) return sign ? -1 : 1;
    const pqt_view a = without_signs(left, sign), b = without_signs(right, sign);
    if (a.size_bytes == b.size_bytes) return view_compare(a, b);
    return (a.size_bytes < b.size_bytes) == (sign == 0) ? -1 : 1;
}

static int (*const comparisons[])(pqt_view left, pqt_view right) = {
    [VALUE_BOOLEAN] = compare_u8,    [VALUE_INT32] = compare_i32,
    [VALUE_UINT32] = compare_u32,    [VALUE_INT64] = compare_i64,
    [VALUE_UINT64] = compare_u64,    [VALUE_FLOAT] = compare_float,
    [VALUE_DOUBLE] = compare_double, [VALUE_FLOAT16] = compare_half,
    [VALUE_INT96] = compare_int96,   [VALUE_DECIMAL] = compare_decimal,
    [VALUE_BYTES] = view_compare,    [VALUE_UNORDERED] = view_compare,
};

int value_compare(value_order order, pqt_view a, pqt_view b)
{
    return comparisons[order](a, b);
}

bool value_equal(value_order order, pqt_view a, pqt_view b)
{
    if (order >= VALUE_BYTES) return view_equal(a, b);
    return comparisons[order](a, b) == 0;
}

bool value_order_has_nan(value_order order)
{
    return order == VALUE_FLOAT || order == VALUE_DOUBLE || order == VALUE_FLOAT16;
}

bool value_is_nan(value_order order, pqt_view value)
{
    float narrow;
    double wide;
    switch (order) {
    case VALUE_FLOAT:
        memcpy(&narrow, value.data, sizeof narrow);
        return isnan(narrow);
    case VALUE_DOUBLE:
        memcpy(&wide, value.data, sizeof wide);
        return isnan(wide);
    case VALUE_FLOAT16:
        return (value.data[1] & 0x7f) > 0x7c ||
               ((value.data[1] & 0x7f) == 0x7c && value.data[0] != 0);
    default:
        return false;
    }
}
