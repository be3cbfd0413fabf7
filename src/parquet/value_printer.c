#include "parquet/value_printer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/date.h"
#include "base/utf8.h"
#include "parquet/schema.h"

/* --- Texts --- */

static pqt_status print_plain(pqt_view text, buffer *out, pqt_error *error)
{
    for (size_t i = 0; i < text.size_bytes; i++) {
        const uint8_t c = text.data[i];
        if (c == '"' || c == '\\')
            TRY(buffer_printf(out, error, "\\%c", c));
        else if (c < 0x20 || c == 0x7f)
            TRY(buffer_printf(out, error, "\\u%04x", c));
        else
            TRY(buffer_append_u8(out, c, error));
    }
    return PQT_OK;
}

pqt_status json_print_text(pqt_view text, buffer *out, pqt_error *error)
{
    TRY(buffer_append_u8(out, '"', error));
    while (text.size_bytes > 0) {
        size_t good = text.size_bytes;
        utf8_is_valid(text, &good);
        TRY(print_plain(view_of(text.data, good), out, error));
        if (good == text.size_bytes) break;
        TRY(buffer_append_text(out, "\xef\xbf\xbd", error));
        text = view_of(text.data + good + 1, text.size_bytes - good - 1);
    }
    return buffer_append_u8(out, '"', error);
}

static pqt_status print_base64(pqt_view bytes, buffer *out, pqt_error *error)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    TRY(buffer_append_u8(out, '"', error));
    for (size_t i = 0; i < bytes.size_bytes; i += 3) {
        const size_t left = bytes.size_bytes - i;
        const uint32_t group = (uint32_t)bytes.data[i] << 16 |
                               (left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                               (left > 2 ? bytes.data[i + 2] : 0);
        const char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                              left > 1 ? digits[group >> 6 & 63] : '=',
                              left > 2 ? digits[group & 63] : '='};
        TRY(buffer_append(out, text, 4, error));
    }
    return buffer_append_u8(out, '"', error);
}

/* --- Numbers --- */

enum { FLOAT_DIGITS = 9, DOUBLE_DIGITS = 17 };

/* With the fewest digits that give the value back: `most` are always enough. */
static pqt_status print_double(double value, int most, buffer *out, pqt_error *error)
{
    char text[40];
    if (!isfinite(value)) return buffer_append_text(out, "null", error);
    for (int digits = most - 2; digits <= most; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        const double back = strtod(text, NULL);
        if (back == value || (most == FLOAT_DIGITS && (float)back == (float)value)) break;
    }
    return buffer_append_text(out, text, error);
}

/* IEEE 754 half precision. */
static double half_to_double(uint16_t half)
{
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    double value;
    if (exponent == 31)
        value = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(fraction + 1024, exponent - 25);
    return half & 0x8000 ? -value : value;
}

enum { DECIMAL_LIMIT_BYTES = 512, DECIMAL_DIGITS = DECIMAL_LIMIT_BYTES * 3 };

/* Digits of a magnitude, with a point `scale` from the right, or that said where it would
 * need more zeros than a decimal has digits. */
static pqt_status print_scaled(bool negative, const char *digits, int32_t scale,
                               buffer *out, pqt_error *error)
{
    const int count = (int)strlen(digits);
    TRY(buffer_append_text(out, negative ? "\"-" : "\"", error));
    if (scale < -DECIMAL_DIGITS || scale > DECIMAL_DIGITS)
        return buffer_printf(out, error, "%sE%lld\"", digits, -(long long)scale);
    if (scale <= 0) {
        TRY(buffer_append_text(out, digits, error));
        for (int32_t i = scale; i < 0 && strcmp(digits, "0") != 0; i++)
            TRY(buffer_append_u8(out, '0', error));
        return buffer_append_u8(out, '"', error);
    }
    if (count <= scale) {
        TRY(buffer_append_text(out, "0.", error));
        for (int i = count; i < scale; i++) TRY(buffer_append_u8(out, '0', error));
        TRY(buffer_append_text(out, digits, error));
    } else {
        TRY(buffer_append(out, digits, (size_t)(count - scale), error));
        TRY(buffer_append_u8(out, '.', error));
        TRY(buffer_append_text(out, digits + count - scale, error));
    }
    return buffer_append_u8(out, '"', error);
}

/* The decimal digits of a big-endian magnitude, which is divided away. */
static void make_digits(uint8_t *magnitude, size_t size, char digits[DECIMAL_DIGITS + 1])
{
    char reversed[DECIMAL_DIGITS + 1];
    int count = 0;
    bool is_zero = false;
    while (!is_zero && count < DECIMAL_DIGITS) {
        unsigned rest = 0;
        is_zero = true;
        for (size_t i = 0; i < size; i++) {
            const unsigned value = rest << 8 | magnitude[i];
            magnitude[i] = (uint8_t)(value / 10);
            rest = value % 10;
            is_zero = is_zero && magnitude[i] == 0;
        }
        reversed[count++] = (char)('0' + rest);
    }
    for (int i = 0; i < count; i++) digits[i] = reversed[count - 1 - i];
    digits[count] = 0;
}

/* Big-endian two's complement ("DECIMAL" in LogicalTypes.md). */
static pqt_status print_decimal(pqt_view bytes, int32_t scale, buffer *out,
                                pqt_error *error)
{
    uint8_t magnitude[DECIMAL_LIMIT_BYTES];
    char digits[DECIMAL_DIGITS + 1];
    if (bytes.size_bytes == 0 || bytes.size_bytes > sizeof magnitude)
        return print_base64(bytes, out, error);
    const bool negative = bytes.data[0] & 0x80;
    unsigned carry = 1;
    for (size_t i = bytes.size_bytes; i-- > 0;) {
        const unsigned byte = negative ? (uint8_t)~bytes.data[i] + carry : bytes.data[i];
        carry = negative ? byte >> 8 : 0;
        magnitude[i] = (uint8_t)byte;
    }
    make_digits(magnitude, bytes.size_bytes, digits);
    return print_scaled(negative, digits, scale, out, error);
}

/* --- Time --- */

static pqt_status print_date(int64_t days, buffer *out, pqt_error *error)
{
    char text[DATE_TEXT_BYTES];
    if (days < INT32_MIN || days > INT32_MAX)
        return buffer_printf(out, error, "%" PRId64, days);
    date_text((int32_t)days, text);
    return buffer_printf(out, error, "\"%s\"", text);
}

static const struct {
    int64_t a_second;
    int digits;
} units[] = {
    [PQT_MILLIS] = {1000, 3}, [PQT_MICROS] = {1000000, 6}, [PQT_NANOS] = {1000000000, 9}};

/* hh:mm:ss with the unit's digits. */
static void make_time(int64_t of_day, pqt_time_unit unit, char *text, size_t size)
{
    const int64_t seconds = of_day / units[unit].a_second;
    snprintf(text, size, "%02d:%02d:%02d.%0*" PRId64, (int)(seconds / 3600),
             (int)(seconds / 60 % 60), (int)(seconds % 60), units[unit].digits,
             of_day % units[unit].a_second);
}

static pqt_status print_instant(int64_t days, int64_t of_day, pqt_time_unit unit,
                                bool is_utc, buffer *out, pqt_error *error)
{
    char date[DATE_TEXT_BYTES], time[40];
    date_text((int32_t)days, date);
    make_time(of_day, unit, time, sizeof time);
    return buffer_printf(out, error, "\"%sT%s%s\"", date, time, is_utc ? "Z" : "");
}

static pqt_status print_timestamp(int64_t value, pqt_time_unit unit, bool is_utc,
                                  buffer *out, pqt_error *error)
{
    const int64_t a_day = units[unit].a_second * 86400;
    int64_t days = value / a_day, of_day = value % a_day;
    if (of_day < 0) {
        of_day += a_day;
        days--;
    }
    if (days < INT32_MIN || days > INT32_MAX)
        return buffer_printf(out, error, "%" PRId64, value);
    return print_instant(days, of_day, unit, is_utc, out, error);
}

static pqt_status print_time(int64_t value, pqt_time_unit unit, buffer *out,
                             pqt_error *error)
{
    char text[40];
    if (value < 0 || value >= units[unit].a_second * 86400)
        return buffer_printf(out, error, "%" PRId64, value);
    make_time(value, unit, text, sizeof text);
    return buffer_printf(out, error, "\"%s\"", text);
}

/* INT96: nanoseconds of the day, then the Julian day; they need not fit 64 bits. */
static pqt_status print_int96(pqt_view bytes, buffer *out, pqt_error *error)
{
    enum { JULIAN_1970 = 2440588 };
    const int64_t a_day = INT64_C(86400000000000);
    int64_t nanos = (int64_t)load_u64le(bytes.data);
    int64_t days = (int64_t)load_u32le(bytes.data + 8) - JULIAN_1970 + nanos / a_day;
    nanos %= a_day;
    if (nanos < 0) {
        nanos += a_day;
        days--;
    }
    if (days < INT32_MIN || days > INT32_MAX) return print_base64(bytes, out, error);
    return print_instant(days, nanos, PQT_NANOS, false, out, error);
}

/* --- By type --- */

static pqt_status print_integer(const pqt_logical_type *logical, int64_t value, int bits,
                                buffer *out, pqt_error *error)
{
    char digits[24];
    switch (logical->kind) {
    case PQT_LOGICAL_DATE:
        return print_date(value, out, error);
    case PQT_LOGICAL_TIME:
        return print_time(value, logical->unit, out, error);
    case PQT_LOGICAL_TIMESTAMP:
        return print_timestamp(value, logical->unit, logical->is_utc, out, error);
    case PQT_LOGICAL_DECIMAL:
        snprintf(digits, sizeof digits, "%" PRIu64,
                 value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value);
        return print_scaled(value < 0, digits, logical->scale, out, error);
    default:
        break;
    }
    if (logical->kind == PQT_LOGICAL_INTEGER && !logical->is_signed)
        return buffer_printf(out, error, "%" PRIu64,
                             bits == 32 ? (uint64_t)(uint32_t)value : (uint64_t)value);
    return buffer_printf(out, error, "%" PRId64, value);
}

static pqt_status print_uuid(pqt_view b, buffer *out, pqt_error *error)
{
    TRY(buffer_append_u8(out, '"', error));
    for (size_t i = 0; i < b.size_bytes; i++)
        TRY(buffer_printf(out, error, "%s%02x",
                          i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b.data[i]));
    return buffer_append_u8(out, '"', error);
}

/* Months, days and milliseconds, each in 4 bytes. */
static pqt_status print_interval(pqt_view b, buffer *out, pqt_error *error)
{
    return buffer_printf(out, error, "{\"months\":%u,\"days\":%u,\"milliseconds\":%u}",
                         load_u32le(b.data), load_u32le(b.data + 4),
                         load_u32le(b.data + 8));
}

static pqt_status print_bytes(const pqt_schema_node *node, pqt_view bytes, buffer *out,
                              pqt_error *error)
{
    const size_t size = bytes.size_bytes;
    if (node->type == PQT_INT96) return print_int96(bytes, out, error);
    switch (node->logical.kind) {
    case PQT_LOGICAL_STRING:
    case PQT_LOGICAL_ENUM:
    case PQT_LOGICAL_JSON:
        return json_print_text(bytes, out, error);
    case PQT_LOGICAL_DECIMAL:
        return print_decimal(bytes, node->logical.scale, out, error);
    case PQT_LOGICAL_UUID:
        if (size == 16) return print_uuid(bytes, out, error);
        break;
    case PQT_LOGICAL_INTERVAL:
        if (size == 12) return print_interval(bytes, out, error);
        break;
    case PQT_LOGICAL_FLOAT16:
        if (size == 2)
            return print_double(
                half_to_double((uint16_t)(bytes.data[0] | bytes.data[1] << 8)),
                FLOAT_DIGITS, out, error);
        break;
    default:
        break;
    }
    return print_base64(bytes, out, error);
}

pqt_status value_print(const pqt_schema_node *node, const pqt_values *values, size_t at,
                       buffer *out, pqt_error *error)
{
    switch (node->type) {
    case PQT_BOOLEAN:
        return buffer_append_text(out, values->booleans[at] ? "true" : "false", error);
    case PQT_INT32:
        return print_integer(&node->logical, values->int32s[at], 32, out, error);
    case PQT_INT64:
        return print_integer(&node->logical, values->int64s[at], 64, out, error);
    case PQT_FLOAT:
        return print_double((double)values->floats[at], FLOAT_DIGITS, out, error);
    case PQT_DOUBLE:
        return print_double(values->doubles[at], DOUBLE_DIGITS, out, error);
    default:
        return print_bytes(node, values->bytes[at], out, error);
    }
}

static bool is_text(const pqt_schema_node *node)
{
    return node->type == PQT_BYTE_ARRAY && logical_is_text(node->logical.kind);
}

/* What is in quotes as JSON, other than text, has nothing in it that is escaped. */
pqt_status value_print_plain(const pqt_schema_node *node, const pqt_values *values,
                             size_t at, buffer *out, pqt_error *error)
{
    if (is_text(node)) {
        const pqt_view text = values->bytes[at];
        return text.size_bytes ? buffer_append(out, text.data, text.size_bytes, error)
                               : PQT_OK;
    }
    const size_t start = out->size_bytes;
    TRY(value_print(node, values, at, out, error));
    if (out->data[start] != '"') return PQT_OK;
    out->size_bytes -= 2;
    memmove(out->data + start, out->data + start + 1, out->size_bytes - start);
    return PQT_OK;
}

pqt_status value_print_limit(const pqt_schema_node *node, pqt_view plain, buffer *out,
                             pqt_error *error)
{
    static const size_t widths[] = {[PQT_BOOLEAN] = 1,    [PQT_INT32] = 4,
                                    [PQT_INT64] = 8,      [PQT_INT96] = 12,
                                    [PQT_FLOAT] = 4,      [PQT_DOUBLE] = 8,
                                    [PQT_BYTE_ARRAY] = 0, [PQT_FIXED_LEN_BYTE_ARRAY] = 0};
    uint64_t aligned = 0;
    if (!plain.data || (widths[node->type] && plain.size_bytes != widths[node->type]))
        return buffer_append_text(out, "null", error);
    if (plain.size_bytes && plain.size_bytes <= sizeof aligned)
        memcpy(&aligned, plain.data, plain.size_bytes);
    const void *value = &aligned;
    const pqt_values values = {.booleans = value,
                               .int32s = value,
                               .int64s = value,
                               .floats = value,
                               .doubles = value,
                               .bytes = &plain};
    return value_print(node, &values, 0, out, error);
}

pqt_status pqt_print_value(const pqt_schema_node *node, const pqt_values *values,
                           int64_t slot, bool as_json, const pqt_text_output *output,
                           pqt_error *error)
{
    buffer text = {0};
    const size_t at = (size_t)slot;
    pqt_status status =
        slot < 0 || slot >= values->slot_count
            ? error_set(error, PQT_INVALID, "slot %" PRId64 " of %" PRId64, slot,
                        values->slot_count)
        : as_json ? value_print(node, values, at, &text, error)
                  : value_print_plain(node, values, at, &text, error);
    if (status == PQT_OK && text.size_bytes)
        status =
            output->write(output->self, (const char *)text.data, text.size_bytes, error);
    buffer_free(&text);
    return status;
}
