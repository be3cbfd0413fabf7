#include "cli/sort_key.h"

#include <math.h>

#include "base/view.h"

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

#define COMPARE_NUMBERS(name, type)                         \
    static int name(const void *values, size_t a, size_t b) \
    {                                                       \
        const type *const numbers = values;                 \
        return COMPARE(numbers[a], numbers[b]);             \
    }

COMPARE_NUMBERS(compare_booleans, uint8_t)
COMPARE_NUMBERS(compare_int32s, int32_t)
COMPARE_NUMBERS(compare_int64s, int64_t)
COMPARE_NUMBERS(compare_uint32s, uint32_t)
COMPARE_NUMBERS(compare_uint64s, uint64_t)

static int compare_reals(double a, double b)
{
    if (isnan(a) || isnan(b)) return !!isnan(a) - !!isnan(b);
    return COMPARE(a, b);
}

static int compare_floats(const void *values, size_t a, size_t b)
{
    const float *const floats = values;
    return compare_reals((double)floats[a], (double)floats[b]);
}

static int compare_doubles(const void *values, size_t a, size_t b)
{
    const double *const doubles = values;
    return compare_reals(doubles[a], doubles[b]);
}

static int compare_bytes(const void *values, size_t a, size_t b)
{
    const pqt_view *const views = values;
    return view_compare(views[a], views[b]);
}

/* Half-precision bits as a number that is ordered as they are: NaN above all. */
static int32_t half_rank(pqt_view half)
{
    const int32_t bits = half.data[0] | half.data[1] << 8, magnitude = bits & 0x7fff;
    if (magnitude > 0x7c00) return INT32_MAX;
    return bits & 0x8000 ? -magnitude : magnitude;
}

static int compare_halves(const void *values, size_t a, size_t b)
{
    const pqt_view *const views = values;
    return COMPARE(half_rank(views[a]), half_rank(views[b]));
}

/* Big-endian two's complement; the shorter one goes on with its sign at the front. */
static uint8_t decimal_byte(pqt_view v, size_t from_end)
{
    if (from_end < v.size_bytes) return v.data[v.size_bytes - 1 - from_end];
    return v.size_bytes && v.data[0] & 0x80 ? 0xff : 0;
}

static int compare_decimals(const void *values, size_t a, size_t b)
{
    const pqt_view *const views = values;
    const pqt_view x = views[a], y = views[b];
    const size_t longer = x.size_bytes > y.size_bytes ? x.size_bytes : y.size_bytes;
    for (size_t i = longer; i-- > 0;) {
        /* Of the first byte the sign bit counts the other way. */
        const uint8_t flip = i + 1 == longer ? 0x80 : 0;
        const int xb = decimal_byte(x, i) ^ flip, yb = decimal_byte(y, i) ^ flip;
        if (xb != yb) return COMPARE(xb, yb);
    }
    return 0;
}

compare_values sort_key_find(const pqt_schema_node *leaf)
{
    const pqt_logical_type *const logical = &leaf->logical;
    const bool is_unsigned = logical->kind == PQT_LOGICAL_INTEGER && !logical->is_signed;
    switch (leaf->type) {
    case PQT_BOOLEAN:
        return compare_booleans;
    case PQT_INT32:
        return is_unsigned ? compare_uint32s : compare_int32s;
    case PQT_INT64:
        return is_unsigned ? compare_uint64s : compare_int64s;
    case PQT_FLOAT:
        return compare_floats;
    case PQT_DOUBLE:
        return compare_doubles;
    default:
        break;
    }
    if (logical->kind == PQT_LOGICAL_DECIMAL) return compare_decimals;
    if (logical->kind == PQT_LOGICAL_FLOAT16 && leaf->type_length == 2)
        return compare_halves;
    return compare_bytes;
}
