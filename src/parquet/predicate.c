#include "parquet/predicate.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/view.h"
#include "parquet/decoder.h"
#include "parquet/values.h"

/* --- Making --- */

static pqt_status check_column(const pqt_schema *schema, const pqt_predicate *in,
                               pqt_error *error)
{
    if (in->column < 0 || in->column >= schema->column_count)
        return error_set(error, PQT_INVALID, "predicate on column %d, there are %d",
                         (int)in->column, (int)schema->column_count);
    const pqt_schema_node *node = &schema->nodes[schema->column_nodes[in->column]];
    if ((unsigned)in->comparison > PQT_IS_NOT_NULL)
        return error_set(error, PQT_INVALID, "predicate on %s: comparison %d", node->name,
                         (int)in->comparison);
    if (node->max_repetition_level == 0) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "predicate on %s, which is repeated: only columns with at most one "
                     "value a row are compared",
                     node->name);
}

static pqt_status check_count(const predicate *p, size_t count, pqt_error *error)
{
    const bool fits = predicate_is_of_nulls(p)  ? count == 0
                      : p->comparison != PQT_IN ? count == 1
                                                : true;
    if (fits) return PQT_OK;
    return error_set(error, PQT_INVALID, "predicate on %s: %zu values, expected %d",
                     p->node->name, count, predicate_is_of_nulls(p) ? 0 : 1);
}

static pqt_status check_value(const predicate *p, pqt_view value, pqt_error *error)
{
    if (!value_has_size(p->order, p->node, value) ||
        (value.size_bytes > 0 && !value.data))
        return error_set(error, PQT_INVALID,
                         "predicate on %s: a value of %zu bytes is no %s", p->node->name,
                         value.size_bytes, pqt_type_name(p->node->type));
    if (p->order == VALUE_BOOLEAN && value.data[0] > 1)
        return error_set(error, PQT_INVALID, "predicate on %s: %u is no boolean",
                         p->node->name, value.data[0]);
    if (p->order == VALUE_UNORDERED && p->comparison >= PQT_LESS &&
        p->comparison <= PQT_GREATER_OR_EQUAL)
        return error_set(error, PQT_INVALID,
                         "predicate on %s: values of its type are equal or not, but have "
                         "no order",
                         p->node->name);
    return PQT_OK;
}

/* One a type, as qsort has no room for what it compares by. */
#define DEFINE_SORT(name, order)                                                        \
    static int name(const void *left, const void *right)                                \
    {                                                                                   \
        return value_compare(order, *(const pqt_view *)left, *(const pqt_view *)right); \
    }
DEFINE_SORT(sort_boolean, VALUE_BOOLEAN)
DEFINE_SORT(sort_int32, VALUE_INT32)
DEFINE_SORT(sort_uint32, VALUE_UINT32)
DEFINE_SORT(sort_int64, VALUE_INT64)
DEFINE_SORT(sort_uint64, VALUE_UINT64)
DEFINE_SORT(sort_float, VALUE_FLOAT)
DEFINE_SORT(sort_double, VALUE_DOUBLE)
DEFINE_SORT(sort_float16, VALUE_FLOAT16)
DEFINE_SORT(sort_int96, VALUE_INT96)
DEFINE_SORT(sort_decimal, VALUE_DECIMAL)
DEFINE_SORT(sort_bytes, VALUE_BYTES)

static int (*const sorts[])(const void *left, const void *right) = {
    [VALUE_BOOLEAN] = sort_boolean, [VALUE_INT32] = sort_int32,
    [VALUE_UINT32] = sort_uint32,   [VALUE_INT64] = sort_int64,
    [VALUE_UINT64] = sort_uint64,   [VALUE_FLOAT] = sort_float,
    [VALUE_DOUBLE] = sort_double,   [VALUE_FLOAT16] = sort_float16,
    [VALUE_INT96] = sort_int96,     [VALUE_DECIMAL] = sort_decimal,
    [VALUE_BYTES] = sort_bytes,     [VALUE_UNORDERED] = sort_bytes,
};

static pqt_status copy_values(predicate *p, const pqt_predicate *in, arena *memory,
                              pqt_error *error)
{
    pqt_view *values = arena_alloc(memory, in->value_count, sizeof *values);
    if (!values) return error_no_memory(error, in->value_count * sizeof *values);
    for (size_t i = 0; i < in->value_count; i++) {
        TRY(check_value(p, in->values[i], error));
        if (value_is_nan(p->order, in->values[i])) {
            p->has_nan = true;
            continue;
        }
        const pqt_view copy = arena_copy(memory, in->values[i]);
        if (!copy.data) return error_no_memory(error, in->values[i].size_bytes);
        values[p->value_count++] = copy;
    }
    if (p->value_count > 0)
        qsort(values, p->value_count, sizeof *values, sorts[p->order]);
    p->values = values;
    return PQT_OK;
}

/* --- Numbers as ranges --- */

/* What lies next to a number, and the ends of its type. */
#define DEFINE_RANGE(name, type, member, least, most, below, above)                      \
    static void name(predicate *p)                                                       \
    {                                                                                    \
        type value;                                                                      \
        memcpy(&value, p->values[0].data, sizeof value);                                 \
        p->low.member = least;                                                           \
        p->high.member = most;                                                           \
        const bool is_low =                                                              \
            p->comparison == PQT_GREATER || p->comparison == PQT_GREATER_OR_EQUAL;       \
        const bool is_high =                                                             \
            p->comparison == PQT_LESS || p->comparison == PQT_LESS_OR_EQUAL;             \
        if (!is_high)                                                                    \
            p->low.member = p->comparison == PQT_GREATER ? (type)(above) : value;        \
        if (!is_low) p->high.member = p->comparison == PQT_LESS ? (type)(below) : value; \
        p->is_empty = (p->comparison == PQT_GREATER && value >= (most)) ||               \
                      (p->comparison == PQT_LESS && value <= (least));                   \
    }
DEFINE_RANGE(range_u8, uint8_t, boolean, 0, UINT8_MAX, value - 1, value + 1)
DEFINE_RANGE(range_i32, int32_t, int32, INT32_MIN, INT32_MAX, (uint32_t)value - 1u,
             (uint32_t)value + 1u)
DEFINE_RANGE(range_u32, uint32_t, uint32, 0, UINT32_MAX, value - 1, value + 1)
DEFINE_RANGE(range_i64, int64_t, int64, INT64_MIN, INT64_MAX, (uint64_t)value - 1u,
             (uint64_t)value + 1u)
DEFINE_RANGE(range_u64, uint64_t, uint64, 0, UINT64_MAX, value - 1, value + 1)
DEFINE_RANGE(range_float, float, number, -INFINITY, INFINITY,
             nextafterf(value, -INFINITY), nextafterf(value, INFINITY))
DEFINE_RANGE(range_double, double, wide, -(double)INFINITY, (double)INFINITY,
             nextafter(value, -(double)INFINITY), nextafter(value, (double)INFINITY))

static void (*const ranges[VALUE_UNORDERED + 1])(predicate *p) = {
    [VALUE_BOOLEAN] = range_u8,    [VALUE_INT32] = range_i32,
    [VALUE_UINT32] = range_u32,    [VALUE_INT64] = range_i64,
    [VALUE_UINT64] = range_u64,    [VALUE_FLOAT] = range_float,
    [VALUE_DOUBLE] = range_double,
};

/* A comparison with a NaN holds for no number; that it is not equal, for all. */
static void make_range(predicate *p)
{
    if (!ranges[p->order] || p->comparison > PQT_GREATER_OR_EQUAL) return;
    p->is_range = true;
    p->is_negated = p->comparison == PQT_NOT_EQUAL;
    p->is_empty = p->value_count == 0;
    if (p->value_count > 0) ranges[p->order](p);
}

pqt_status predicate_make(const pqt_schema *schema, const pqt_predicate *in,
                          arena *memory, predicate *out, pqt_error *error)
{
    TRY(check_column(schema, in, error));
    const pqt_schema_node *node = &schema->nodes[schema->column_nodes[in->column]];
    predicate p = {.column = in->column,
                   .node = node,
                   .order = value_order_of(node),
                   .comparison = in->comparison};
    TRY(check_count(&p, in->value_count, error));
    TRY(copy_values(&p, in, memory, error));
    make_range(&p);
    *out = p;
    return PQT_OK;
}

/* --- One value --- */

static bool is_among(const predicate *p, pqt_view value)
{
    size_t low = 0, high = p->value_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = value_compare(p->order, p->values[middle], value);
        if (order == 0) return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool predicate_matches(const predicate *p, pqt_view value)
{
    if (predicate_is_of_nulls(p)) return p->comparison == PQT_IS_NOT_NULL;
    if (!value_has_size(p->order, p->node, value)) return false;
    if (value_is_nan(p->order, value)) return p->comparison == PQT_NOT_EQUAL;
    if (p->value_count == 0) return p->comparison == PQT_NOT_EQUAL;
    switch (p->comparison) {
    case PQT_EQUAL:
        return value_equal(p->order, value, p->values[0]);
    case PQT_NOT_EQUAL:
        return !value_equal(p->order, value, p->values[0]);
    case PQT_IN:
        return is_among(p, value);
    default:
        break;
    }
    const int order = value_compare(p->order, value, p->values[0]);
    return p->comparison == PQT_LESS            ? order < 0
           : p->comparison == PQT_LESS_OR_EQUAL ? order <= 0
           : p->comparison == PQT_GREATER       ? order > 0
                                                : order >= 0;
}

/* --- Many values --- */

enum { STEP = 64 };

#define DEFINE_WITHIN(name, type, member)                                   \
    static void name(const predicate *p, const void *values, size_t count,  \
                     uint8_t *matches)                                      \
    {                                                                       \
        const type *array = values;                                         \
        const type low = p->low.member, high = p->high.member;              \
        for (size_t i = 0; i < count; i++)                                  \
            matches[i] = (uint8_t)((array[i] >= low) & (array[i] <= high)); \
    }
DEFINE_WITHIN(within_u8, uint8_t, boolean)
DEFINE_WITHIN(within_i32, int32_t, int32)
DEFINE_WITHIN(within_u32, uint32_t, uint32)
DEFINE_WITHIN(within_i64, int64_t, int64)
DEFINE_WITHIN(within_u64, uint64_t, uint64)
DEFINE_WITHIN(within_float, float, number)
DEFINE_WITHIN(within_double, double, wide)

static void (*const withins[])(const predicate *p, const void *values, size_t count,
                               uint8_t *matches) = {
    [VALUE_BOOLEAN] = within_u8,    [VALUE_INT32] = within_i32,
    [VALUE_UINT32] = within_u32,    [VALUE_INT64] = within_i64,
    [VALUE_UINT64] = within_u64,    [VALUE_FLOAT] = within_float,
    [VALUE_DOUBLE] = within_double,
};

static void match_range(const predicate *p, const void *values, size_t count,
                        uint8_t *matches)
{
    if (p->is_empty)
        memset(matches, 0, count);
    else
        withins[p->order](p, values, count, matches);
    for (size_t i = 0; p->is_negated && i < count; i++) matches[i] ^= 1;
}

/* Value `at` of an array as in pqt_values. */
static pqt_view value_at(pqt_type type, const void *values, size_t at)
{
    const size_t size_bytes = values_slot_bytes(type);
    if (size_bytes == sizeof(pqt_view)) return ((const pqt_view *)values)[at];
    return (pqt_view){(const uint8_t *)values + at * size_bytes, size_bytes};
}

/* Neighbours that share their bytes are the same value. */
static void match_each(const predicate *p, const void *values, size_t count,
                       uint8_t *matches)
{
    pqt_view last = {0};
    for (size_t i = 0; i < count; i++) {
        const pqt_view value = value_at(p->node->type, values, i);
        const bool again =
            i > 0 && value.data == last.data && value.size_bytes == last.size_bytes;
        matches[i] = again ? matches[i - 1] : predicate_matches(p, value);
        last = value;
    }
}

static void match_some(const predicate *p, const void *values, size_t count,
                       uint8_t *matches)
{
    if (p->is_range)
        match_range(p, values, count, matches);
    else
        match_each(p, values, count, matches);
}

bool predicate_match_all(const predicate *p, const void *values, size_t count,
                         uint8_t *matches)
{
    match_some(p, values, count, matches);
    return memchr(matches, 1, count) != NULL;
}

/* Eight bytes that are 0 or 1 as the bits of one. */
static uint8_t pack_matches(const uint8_t *matches)
{
    return (uint8_t)((load_u64le(matches) * UINT64_C(0x0102040810204080)) >> 56);
}

static const void *slots_of(const pqt_values *v)
{
    const void *const slots[] = {v->booleans, v->int32s,  v->int64s,
                                 v->floats,   v->doubles, v->bytes};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (slots[i]) return slots[i];
    return NULL;
}

static void filter_values(const predicate *p, const pqt_values *values, uint8_t *bits)
{
    const size_t slot_bytes = values_slot_bytes(values->type);
    const size_t count = (size_t)values->slot_count;
    const uint8_t *slots = slots_of(values);
    for (size_t at = 0; at < count; at += STEP) {
        uint8_t matches[STEP] = {0};
        const size_t step = count - at < STEP ? count - at : STEP;
        match_some(p, slots + at * slot_bytes, step, matches);
        for (size_t i = 0; i < step; i += 8)
            bits[(at + i) / 8] &= pack_matches(matches + i);
    }
}

void predicate_filter(const predicate *p, const pqt_values *values, uint8_t *bits)
{
    const size_t bytes = ((size_t)values->slot_count + 7) / 8;
    const bool wants_null = p->comparison == PQT_IS_NULL;
    if (!predicate_is_of_nulls(p)) filter_values(p, values, bits);
    if (!values->validity && wants_null) memset(bits, 0, bytes);
    for (size_t i = 0; values->validity && i < bytes; i++)
        bits[i] &= wants_null ? (uint8_t)~values->validity[i] : values->validity[i];
}
