#include "archive/import_column.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/view.h"

enum { JULIAN_DAY_OF_1970 = 2440588 };
#define MOST_IN_A_DOUBLE 9007199254740992.0 /* 2^53: above, whole numbers are missing */

enum reading {
    READ_INT32,
    READ_UINT32,
    READ_INT64,
    READ_UINT64,
    READ_FLOAT,
    READ_DOUBLE,
    READ_BYTES,
    READ_INT96,
    READ_NOTHING /* every value is null */
};

/* Which types may mean what. */
struct import_kind {
    import_meaning meaning;
    pqt_type type;
    pqt_logical logical;
    bool is_unsigned; /* of INTEGER */
    enum reading reading;
};
static const struct import_kind kinds[] = {
    {IMPORT_NUMBER, PQT_INT32, PQT_LOGICAL_NONE, false, READ_INT32},
    {IMPORT_NUMBER, PQT_INT32, PQT_LOGICAL_INTEGER, false, READ_INT32},
    {IMPORT_NUMBER, PQT_INT32, PQT_LOGICAL_INTEGER, true, READ_UINT32},
    {IMPORT_NUMBER, PQT_INT64, PQT_LOGICAL_NONE, false, READ_INT64},
    {IMPORT_NUMBER, PQT_INT64, PQT_LOGICAL_INTEGER, false, READ_INT64},
    {IMPORT_NUMBER, PQT_INT64, PQT_LOGICAL_INTEGER, true, READ_UINT64},
    {IMPORT_NUMBER, PQT_FLOAT, PQT_LOGICAL_NONE, false, READ_FLOAT},
    {IMPORT_NUMBER, PQT_DOUBLE, PQT_LOGICAL_NONE, false, READ_DOUBLE},
    {IMPORT_TEXT, PQT_BYTE_ARRAY, PQT_LOGICAL_STRING, false, READ_BYTES},
    {IMPORT_TEXT, PQT_BYTE_ARRAY, PQT_LOGICAL_NONE, false, READ_BYTES},
    {IMPORT_DAY, PQT_INT32, PQT_LOGICAL_DATE, false, READ_INT32},
    {IMPORT_DAY, PQT_INT64, PQT_LOGICAL_TIMESTAMP, false, READ_INT64},
    {IMPORT_DAY, PQT_INT96, PQT_LOGICAL_NONE, false, READ_INT96},
    {IMPORT_DAY, PQT_BYTE_ARRAY, PQT_LOGICAL_STRING, false, READ_BYTES},
    {IMPORT_DAY, PQT_BYTE_ARRAY, PQT_LOGICAL_NONE, false, READ_BYTES},
};
/* pyarrow's type "null": a column of nothing but None. */
static const struct import_kind nothing = {.reading = READ_NOTHING};

static const char *const meanings[] = {
    [IMPORT_NUMBER] = "integers, or floating numbers without fractions",
    [IMPORT_TEXT] = "strings",
    [IMPORT_DAY] = "dates, timestamps or strings",
};

/* --- Finding --- */

static const struct import_kind *find_kind(const pqt_schema_node *node,
                                           import_meaning meaning)
{
    const pqt_logical_type *logical = &node->logical;
    const bool is_unsigned = logical->kind == PQT_LOGICAL_INTEGER && !logical->is_signed;
    if (node->max_repetition_level > 0) return NULL;
    if (logical->kind == PQT_LOGICAL_UNKNOWN) return &nothing;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].meaning == meaning && kinds[i].type == node->type &&
            kinds[i].logical == logical->kind && kinds[i].is_unsigned == is_unsigned)
            return &kinds[i];
    return NULL;
}

static int64_t units_of(const pqt_logical_type *logical)
{
    static const int64_t units[] = {[PQT_MILLIS] = 86400000,
                                    [PQT_MICROS] = 86400000000,
                                    [PQT_NANOS] = 86400000000000};
    return logical->kind == PQT_LOGICAL_TIMESTAMP ? units[logical->unit] : 1;
}

pqt_status import_column_find(const pqt_schema *schema, const char *name,
                              import_meaning meaning, import_column *out,
                              pqt_error *error)
{
    *out = (import_column){.name = name, .leaf = -1};
    for (int32_t i = 1; i < schema->node_count; i++) {
        const pqt_schema_node *node = &schema->nodes[i];
        if (node->parent != 0 || strcmp(node->name, name) != 0) continue;
        const struct import_kind *kind = node->is_group ? NULL : find_kind(node, meaning);
        if (!kind)
            return error_set(error, PQT_UNSUPPORTED,
                             "column %s is %s%s; expected %s (pqa parquet schema FILE "
                             "shows its type)",
                             name, node->is_group ? "a group" : "of type ",
                             node->is_group ? "" : pqt_type_name(node->type),
                             meanings[meaning]);
        *out = (import_column){name, node->column, kind, units_of(&node->logical)};
        return PQT_OK;
    }
    return PQT_OK;
}

/* --- Values --- */

static bool is_absent(const import_column *column, const pqt_values *values, int64_t at)
{
    if (column->leaf < 0 || column->kind->reading == READ_NOTHING) return true;
    return values->validity && !(values->validity[at / 8] >> (at % 8) & 1);
}

static pqt_status refuse_number(const import_column *column, const char *value,
                                int64_t most, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT,
                     "column %s: %s; expected a whole number from 0 to %lld",
                     column->name, value, (long long)most);
}

static pqt_status check_integer(const import_column *column, int64_t value, int64_t most,
                                int64_t *out, pqt_error *error)
{
    char text[32];
    *out = value;
    if (value >= 0 && value <= most) return PQT_OK;
    snprintf(text, sizeof text, "%lld", (long long)value);
    return refuse_number(column, text, most, error);
}

static pqt_status check_double(const import_column *column, double value, int64_t most,
                               int64_t *out, pqt_error *error)
{
    char text[64];
    if (value >= 0 && value <= MOST_IN_A_DOUBLE) {
        const int64_t whole = (int64_t)value;
        if (!((double)whole < value))
            return check_integer(column, whole, most, out, error);
    }
    snprintf(text, sizeof text, "%.17g", value);
    return refuse_number(column, text, most, error);
}

/* NaN is what pandas has for a number that is not there. */
static pqt_status take_double(const import_column *column, double value, int64_t most,
                              int64_t *out, bool *is_null, pqt_error *error)
{
    *is_null = !(value <= 0) && !(value > 0);
    return *is_null ? PQT_OK : check_double(column, value, most, out, error);
}

pqt_status import_number(const import_column *column, const pqt_values *values,
                         int64_t at, int64_t most, int64_t *out, bool *is_null,
                         pqt_error *error)
{
    *is_null = is_absent(column, values, at);
    *out = 0;
    if (*is_null) return PQT_OK;
    switch (column->kind->reading) {
    case READ_INT32:
        return check_integer(column, values->int32s[at], most, out, error);
    case READ_UINT32:
        return check_integer(column, (uint32_t)values->int32s[at], most, out, error);
    case READ_UINT64:
        if (values->int64s[at] < 0)
            return refuse_number(column, "a number above 2^63", most, error);
        return check_integer(column, values->int64s[at], most, out, error);
    case READ_FLOAT:
        return take_double(column, (double)values->floats[at], most, out, is_null, error);
    case READ_DOUBLE:
        return take_double(column, values->doubles[at], most, out, is_null, error);
    default:
        return check_integer(column, values->int64s[at], most, out, error);
    }
}

pqt_status import_text(const import_column *column, const pqt_values *values, int64_t at,
                       pqt_view *out, bool *is_null, pqt_error *error)
{
    size_t bad = 0;
    *is_null = is_absent(column, values, at);
    *out = (pqt_view){0};
    if (*is_null) return PQT_OK;
    const pqt_view text = values->bytes[at];
    if (!utf8_is_valid(text, &bad))
        return error_set(error, PQT_CORRUPT,
                         "column %s: byte %zu of the text is not UTF-8", column->name,
                         bad);
    if (text.size_bytes && memchr(text.data, 0, text.size_bytes))
        return error_set(error, PQT_CORRUPT, "column %s: the text has a NUL in it",
                         column->name);
    *out = text;
    return PQT_OK;
}

static pqt_status refuse_time(const import_column *column, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT,
                     "column %s: a time that is not midnight (UTC); expected days: which "
                     "day it is cannot be told",
                     column->name);
}

static pqt_status day_of_units(const import_column *column, int64_t value, int32_t *out,
                               pqt_error *error)
{
    const int64_t day = value / column->units_a_day;
    if (value % column->units_a_day != 0) return refuse_time(column, error);
    if (day < INT32_MIN || day > INT32_MAX) return refuse_time(column, error);
    *out = (int32_t)day;
    return PQT_OK;
}

/* 2026-01-15, or as Timestamps are written: 2026-01-15 00:00:00. */
static pqt_status day_of_text(const import_column *column, pqt_view text, int32_t *out,
                              pqt_error *error)
{
    const pqt_view blank = view_text(" 00:00:00"), letter = view_text("T00:00:00");
    pqt_view date = text;
    if (view_ends_with(text, blank) || view_ends_with(text, letter))
        date.size_bytes -= blank.size_bytes;
    if (date_parse_iso(date, out, NULL) == PQT_OK) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "column %s: '%.*s' is no date; expected one like 2026-01-15",
                     column->name, (int)(text.size_bytes < 40 ? text.size_bytes : 40),
                     (const char *)text.data);
}

/* Nanoseconds of the day in eight bytes, then the Julian day in four. */
static pqt_status day_of_int96(const import_column *column, pqt_view bytes, int32_t *out,
                               pqt_error *error)
{
    int64_t day = 0;
    for (size_t i = 0; i < 8; i++)
        if (bytes.data[i] != 0) return refuse_time(column, error);
    for (size_t i = 4; i-- > 0;) day = day << 8 | bytes.data[8 + i];
    *out = (int32_t)(day - JULIAN_DAY_OF_1970);
    return PQT_OK;
}

pqt_status import_day(const import_column *column, const pqt_values *values, int64_t at,
                      int32_t *out, bool *is_null, pqt_error *error)
{
    pqt_view text;
    *is_null = is_absent(column, values, at);
    *out = 0;
    if (*is_null) return PQT_OK;
    switch (column->kind->reading) {
    case READ_INT32:
        *out = values->int32s[at];
        return PQT_OK;
    case READ_INT64:
        return day_of_units(column, values->int64s[at], out, error);
    case READ_INT96:
        return day_of_int96(column, values->bytes[at], out, error);
    default:
        TRY(import_text(column, values, at, &text, is_null, error));
        return day_of_text(column, text, out, error);
    }
}
