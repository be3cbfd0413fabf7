#include "parquet/arrow_import_type.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/view.h"

/* --- Types without parameters --- */

#define INTEGER(bits, with_sign)                                               \
    {                                                                          \
        .kind = PQT_LOGICAL_INTEGER, .bit_width = bits, .is_signed = with_sign \
    }
#define TIME_OF(with_kind, with_unit)        \
    {                                        \
        .kind = with_kind, .unit = with_unit \
    }

/* Durations have no type in Parquet: they are their integers, as with Arrow C++. */
static const struct {
    const char *format;
    import_type type;
} plain_types[] = {
    {"n", {IMPORT_NULLS, 0, PQT_INT32, 0, {.kind = PQT_LOGICAL_UNKNOWN}}},
    {"b", {IMPORT_BITS, 0, PQT_BOOLEAN, 0, {0}}},
    {"c", {IMPORT_INT8, 1, PQT_INT32, 0, INTEGER(8, true)}},
    {"C", {IMPORT_UINT8, 1, PQT_INT32, 0, INTEGER(8, false)}},
    {"s", {IMPORT_INT16, 2, PQT_INT32, 0, INTEGER(16, true)}},
    {"S", {IMPORT_UINT16, 2, PQT_INT32, 0, INTEGER(16, false)}},
    {"i", {IMPORT_SAME, 4, PQT_INT32, 0, {0}}},
    {"I", {IMPORT_SAME, 4, PQT_INT32, 0, INTEGER(32, false)}},
    {"l", {IMPORT_SAME, 8, PQT_INT64, 0, {0}}},
    {"L", {IMPORT_SAME, 8, PQT_INT64, 0, INTEGER(64, false)}},
    {"e",
     {IMPORT_FIXED_BYTES, 2, PQT_FIXED_LEN_BYTE_ARRAY, 2, {.kind = PQT_LOGICAL_FLOAT16}}},
    {"f", {IMPORT_SAME, 4, PQT_FLOAT, 0, {0}}},
    {"g", {IMPORT_SAME, 8, PQT_DOUBLE, 0, {0}}},
    {"z", {IMPORT_BYTES32, 4, PQT_BYTE_ARRAY, 0, {0}}},
    {"Z", {IMPORT_BYTES64, 8, PQT_BYTE_ARRAY, 0, {0}}},
    {"vz", {IMPORT_VIEWS, 16, PQT_BYTE_ARRAY, 0, {0}}},
    {"u", {IMPORT_BYTES32, 4, PQT_BYTE_ARRAY, 0, {.kind = PQT_LOGICAL_STRING}}},
    {"U", {IMPORT_BYTES64, 8, PQT_BYTE_ARRAY, 0, {.kind = PQT_LOGICAL_STRING}}},
    {"vu", {IMPORT_VIEWS, 16, PQT_BYTE_ARRAY, 0, {.kind = PQT_LOGICAL_STRING}}},
    {"tdD", {IMPORT_SAME, 4, PQT_INT32, 0, {.kind = PQT_LOGICAL_DATE}}},
    {"tdm", {IMPORT_DATE64, 8, PQT_INT32, 0, {.kind = PQT_LOGICAL_DATE}}},
    {"tts", {IMPORT_SECONDS32, 4, PQT_INT32, 0, TIME_OF(PQT_LOGICAL_TIME, PQT_MILLIS)}},
    {"ttm", {IMPORT_SAME, 4, PQT_INT32, 0, TIME_OF(PQT_LOGICAL_TIME, PQT_MILLIS)}},
    {"ttu", {IMPORT_SAME, 8, PQT_INT64, 0, TIME_OF(PQT_LOGICAL_TIME, PQT_MICROS)}},
    {"ttn", {IMPORT_SAME, 8, PQT_INT64, 0, TIME_OF(PQT_LOGICAL_TIME, PQT_NANOS)}},
    {"tDs", {IMPORT_SAME, 8, PQT_INT64, 0, {0}}},
    {"tDm", {IMPORT_SAME, 8, PQT_INT64, 0, {0}}},
    {"tDu", {IMPORT_SAME, 8, PQT_INT64, 0, {0}}},
    {"tDn", {IMPORT_SAME, 8, PQT_INT64, 0, {0}}},
    {"tiM",
     {IMPORT_MONTHS, 4, PQT_FIXED_LEN_BYTE_ARRAY, 12, {.kind = PQT_LOGICAL_INTERVAL}}},
    {"tiD",
     {IMPORT_DAYS_TIME, 8, PQT_FIXED_LEN_BYTE_ARRAY, 12, {.kind = PQT_LOGICAL_INTERVAL}}},
};

/* --- Types with parameters --- */

/* A number, and the comma between it and what follows. */
static bool take_number(const char **text, int32_t *out)
{
    char *end;
    const long number = strtol(*text, &end, 10);
    if (end == *text || number < INT32_MIN || number > INT32_MAX) return false;
    *out = (int32_t)number;
    *text = *end == ',' && end[1] ? end + 1 : end;
    return true;
}

/* The fewest bytes for all numbers of so many digits, with a sign. */
static int32_t decimal_bytes(int32_t precision)
{
    const int32_t bits = precision * 3321928 / 1000000 + 2;
    return (bits + 7) / 8;
}

static const struct {
    int32_t bits;
    int32_t precision;
} decimal_widths[] = {{32, 9}, {64, 18}, {128, 38}, {256, 76}};

static int32_t most_digits(int32_t bits)
{
    for (size_t i = 0; i < sizeof decimal_widths / sizeof *decimal_widths; i++)
        if (decimal_widths[i].bits == bits) return decimal_widths[i].precision;
    return 0;
}

static pqt_status parse_decimal(const char *format, import_type *out, pqt_error *error)
{
    const char *at = format + 2;
    int32_t precision, scale, bits = 128;
    const bool is_read = take_number(&at, &precision) && take_number(&at, &scale);
    if (!is_read || (*at && !take_number(&at, &bits)) || *at)
        return error_set(error, PQT_INVALID, "'%s' is no decimal type", format);
    if (precision < 1 || precision > most_digits(bits))
        return error_set(error, PQT_INVALID, "'%s': the precision does not fit %d bits",
                         format, (int)bits);
    if (scale < 0 || scale > precision)
        return error_set(error, PQT_UNSUPPORTED,
                         "'%s': in Parquet the scale of a decimal is from 0 to its "
                         "precision",
                         format);
    *out = (import_type){
        .layout = IMPORT_DECIMAL, .width_bytes = bits / 8, .type = PQT_INT64};
    out->logical = (pqt_logical_type){
        .kind = PQT_LOGICAL_DECIMAL, .precision = precision, .scale = scale};
    if (precision <= 9) out->type = PQT_INT32;
    if (precision <= 18) return PQT_OK;
    out->type = PQT_FIXED_LEN_BYTE_ARRAY;
    out->type_length = decimal_bytes(precision);
    return PQT_OK;
}

static pqt_status parse_fixed(const char *format, import_type *out, pqt_error *error)
{
    const char *at = format + 2;
    int32_t width;
    if (!take_number(&at, &width) || *at || width < 0)
        return error_set(error, PQT_INVALID, "'%s' is no fixed-size binary type", format);
    if (width == 0)
        return error_set(error, PQT_UNSUPPORTED,
                         "fixed-size binary of no bytes cannot be written to Parquet");
    *out = (import_type){IMPORT_FIXED_BYTES, width, PQT_FIXED_LEN_BYTE_ARRAY, width, {0}};
    return PQT_OK;
}

/* With any zone the values are UTC's; the zone's name has no place in Parquet. */
static pqt_status parse_timestamp(const char *format, import_type *out, pqt_error *error)
{
    static const char units[] = "smun";
    const char *unit = format[2] ? strchr(units, format[2]) : NULL;
    if (!unit || format[3] != ':')
        return error_set(error, PQT_INVALID, "'%s' is no timestamp type", format);
    const bool is_seconds = unit == units;
    *out = (import_type){is_seconds ? IMPORT_SECONDS64 : IMPORT_SAME, 8, PQT_INT64, 0,
                         TIME_OF(PQT_LOGICAL_TIMESTAMP, PQT_MILLIS)};
    if (!is_seconds) out->logical.unit = (pqt_time_unit)(unit - units - 1);
    out->logical.is_utc = format[4] != '\0';
    return PQT_OK;
}

static const struct {
    const char *start;
    pqt_status (*parse)(const char *format, import_type *out, pqt_error *error);
} parameter_types[] = {
    {"d:", parse_decimal}, {"w:", parse_fixed}, {"ts", parse_timestamp}};

/* What the format may be that is not taken, in words. */
static const char *describe(const char *format)
{
    if (strcmp(format, "tin") == 0) return "an interval of months, days and nanoseconds";
    if (strncmp(format, "+ud", 3) == 0) return "a dense union";
    if (strncmp(format, "+us", 3) == 0) return "a sparse union";
    return "a type";
}

pqt_status import_type_parse(const char *format, import_type *out, pqt_error *error)
{
    for (size_t i = 0; i < sizeof plain_types / sizeof *plain_types; i++) {
        if (strcmp(format, plain_types[i].format) != 0) continue;
        *out = plain_types[i].type;
        return PQT_OK;
    }
    for (size_t i = 0; i < sizeof parameter_types / sizeof *parameter_types; i++) {
        const char *start = parameter_types[i].start;
        if (strncmp(format, start, strlen(start)) == 0)
            return parameter_types[i].parse(format, out, error);
    }
    return error_set(error, PQT_UNSUPPORTED, "%s ('%s') cannot be written to Parquet",
                     describe(format), format);
}

/* --- Extension types --- */

static const struct {
    const char *name;
    pqt_type type;
    int32_t type_length;
    pqt_logical stored_as;
    pqt_logical kind;
} extensions[] = {
    {"arrow.uuid", PQT_FIXED_LEN_BYTE_ARRAY, 16, PQT_LOGICAL_NONE, PQT_LOGICAL_UUID},
    {"arrow.json", PQT_BYTE_ARRAY, 0, PQT_LOGICAL_STRING, PQT_LOGICAL_JSON},
};

pqt_status import_type_extend(pqt_view extension, import_type *type, pqt_error *error)
{
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        if (!view_equal(extension, view_text(extensions[i].name))) continue;
        if (type->type != extensions[i].type ||
            type->type_length != extensions[i].type_length ||
            type->logical.kind != extensions[i].stored_as)
            return error_set(error, PQT_INVALID, "%s is not stored in such a type",
                             extensions[i].name);
        type->logical.kind = extensions[i].kind;
    }
    return PQT_OK;
}
