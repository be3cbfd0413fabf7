#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "cli/convert.h"

static bool is_valid(const pqt_values *values, int64_t slot)
{
    return !values->validity || (values->validity[slot / 8] >> (slot % 8) & 1);
}

/* Nanoseconds of the day, then the Julian day. */
static pqt_status convert_time(const pqt_schema_node *node, pqt_view int96, int64_t *out,
                               pqt_error *error)
{
    enum { JULIAN_1970 = 2440588 };
    const int64_t nanos = (int64_t)load_u64le(int96.data);
    const int64_t days = (int64_t)load_u32le(int96.data + 8) - JULIAN_1970;
    if (!__builtin_mul_overflow(days, INT64_C(86400000000000), out) &&
        !__builtin_add_overflow(*out, nanos, out))
        return PQT_OK;
    return error_set(error, PQT_LIMIT,
                     "column %s has a time on the day %lld after 1970-01-01, which "
                     "nanoseconds do not reach; --columns leaves it out",
                     node->name, (long long)days);
}

static pqt_status convert_times(const pqt_schema_node *node, const pqt_values *values,
                                converted_times *times, pqt_error *error)
{
    if (alloc_grow(NULL, (void **)&times->times, &times->capacity,
                   (size_t)values->slot_count + 1, sizeof *times->times) != 0)
        return error_no_memory(error, (size_t)values->slot_count * sizeof *times->times);
    for (int64_t i = 0; i < values->slot_count; i++) {
        times->times[i] = 0;
        if (is_valid(values, i))
            TRY(convert_time(node, values->bytes[i], &times->times[i], error));
    }
    return PQT_OK;
}

static const void *values_of(const pqt_values *values)
{
    switch (values->type) {
    case PQT_BOOLEAN:
        return values->booleans;
    case PQT_INT32:
        return values->int32s;
    case PQT_INT64:
        return values->int64s;
    case PQT_FLOAT:
        return values->floats;
    case PQT_DOUBLE:
        return values->doubles;
    default:
        return values->bytes;
    }
}

pqt_status convert_values(const pqt_schema_node *node, const pqt_values *values,
                          converted_times *times, pqt_column_values *out,
                          pqt_error *error)
{
    const void *data = values_of(values);
    if (node->type == PQT_INT96) {
        TRY(convert_times(node, values, times, error));
        data = times->times;
    }
    *out = (pqt_column_values){.values = data,
                               .validity = values->validity,
                               .definition_levels = values->definition_levels,
                               .repetition_levels = values->repetition_levels,
                               .slot_count = values->slot_count};
    return PQT_OK;
}
