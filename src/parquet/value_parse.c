#include "parquet/value_parse.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/cursor.h"

enum { NUMBER_CHARACTERS = 400, UUID_CHARACTERS = 36 };

static bool is_word(pqt_view text, const char *word)
{
    for (size_t i = 0; i < text.size_bytes; i++)
        if ((text.data[i] | 0x20) != (uint8_t)word[i]) return false;
    return word[text.size_bytes] == 0;
}

/* --- Numbers --- */

/* Sign and digits of a number without an exponent. */
typedef struct written_number {
    bool is_negative;
    pqt_view whole;
    pqt_view fraction;
} written_number;

static pqt_view take_digits(cursor *c)
{
    const uint8_t *first = c->at;
    while (cursor_left(c) > 0 && *c->at >= '0' && *c->at <= '9') c->at++;
    return (pqt_view){first, (size_t)(c->at - first)};
}

static bool read_number(pqt_view text, written_number *out)
{
    cursor c = cursor_of(text);
    *out = (written_number){0};
    if (cursor_left(&c) > 0 && (*c.at == '-' || *c.at == '+'))
        out->is_negative = *c.at++ == '-';
    out->whole = take_digits(&c);
    if (cursor_left(&c) > 0 && *c.at == '.') {
        c.at++;
        out->fraction = take_digits(&c);
    }
    return cursor_left(&c) == 0 && out->whole.size_bytes + out->fraction.size_bytes > 0;
}

/* The magnitude; false where it has more than 64 bits. */
static bool magnitude_of(pqt_view digits, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits.size_bytes; i++)
        if (__builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, (uint64_t)(digits.data[i] - '0'), &number))
            return false;
    *out = number;
    return true;
}

static unsigned bits_of(const pqt_schema_node *node)
{
    const bool is_said = node->logical.kind == PQT_LOGICAL_INTEGER;
    if (is_said && node->logical.bit_width > 0) return (unsigned)node->logical.bit_width;
    return node->type == PQT_INT32 ? 32 : 64;
}

static pqt_status append_number(uint64_t bits, size_t size_bytes, buffer *out,
                                pqt_error *error)
{
    uint8_t bytes[8];
    store_u64le(bytes, bits);
    return buffer_append(out, bytes, size_bytes, error);
}

/* A magnitude and sign as an integer of so many bits. */
static pqt_status append_integer(const pqt_schema_node *node, bool is_negative,
                                 uint64_t magnitude, buffer *out, pqt_error *error)
{
    const unsigned bits = bits_of(node);
    const bool is_unsigned =
        node->logical.kind == PQT_LOGICAL_INTEGER && !node->logical.is_signed;
    const uint64_t most = is_unsigned ? UINT64_MAX >> (64 - bits)
                                      : (UINT64_C(1) << (bits - 1)) - !is_negative;
    if (magnitude > most || (is_unsigned && is_negative && magnitude > 0))
        return error_set(error, PQT_INVALID, "outside of the column's %s%u bits",
                         is_unsigned ? "unsigned " : "", bits);
    const uint64_t number = is_negative ? 0 - magnitude : magnitude;
    return append_number(number, node->type == PQT_INT32 ? 4 : 8, out, error);
}

static pqt_status parse_integer(const pqt_schema_node *node, pqt_view text, buffer *out,
                                pqt_error *error)
{
    written_number n;
    uint64_t magnitude;
    if (!read_number(text, &n) || n.fraction.data || n.whole.size_bytes == 0)
        return error_set(error, PQT_INVALID, "expected a whole number");
    if (!magnitude_of(n.whole, &magnitude))
        return error_set(error, PQT_INVALID, "outside of the column's 64 bits");
    return append_integer(node, n.is_negative, magnitude, out, error);
}

static uint16_t half_of(double number)
{
    const uint16_t sign = signbit(number) ? 0x8000 : 0;
    const double size = fabs(number);
    if (isnan(number)) return 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    if (size < ldexp(1, -14)) return sign | (uint16_t)nearbyint(ldexp(size, 24));
    int exponent;
    const double fraction = frexp(size, &exponent);      /* 0.5 to 1 */
    const double steps = nearbyint(ldexp(fraction, 11)); /* 1024 to 2048 */
    return (uint16_t)(sign | (uint16_t)(((exponent + 14) << 10) + (int)steps - 1024));
}

static pqt_status append_real(const pqt_schema_node *node, const char *text, char **end,
                              buffer *out, pqt_error *error)
{
    if (node->type == PQT_FLOAT) {
        const float number = strtof(text, end);
        return buffer_append(out, &number, sizeof number, error);
    }
    const double number = strtod(text, end);
    if (node->type == PQT_DOUBLE)
        return buffer_append(out, &number, sizeof number, error);
    return append_number(half_of(number), 2, out, error);
}

/* Numbers with exponents, nan, inf; hexadecimal ones are not taken. */
static pqt_status parse_real(const pqt_schema_node *node, pqt_view text, buffer *out,
                             pqt_error *error)
{
    char copy[NUMBER_CHARACTERS + 1];
    char *end = copy;
    const size_t size = text.size_bytes;
    const size_t before = out->size_bytes;
    if (size > NUMBER_CHARACTERS)
        return error_set(error, PQT_LIMIT, "a number of %zu characters", size);
    memcpy(copy, text.data, size);
    copy[size] = 0;
    if (size > 0 && !memchr(copy, 'x', size) && !memchr(copy, 'X', size) &&
        !memchr(copy, '(', size))
        TRY(append_real(node, copy, &end, out, error));
    if (end == copy + size && size > 0) return PQT_OK;
    out->size_bytes = before;
    return error_set(error, PQT_INVALID, "expected a number");
}

static pqt_status parse_boolean(pqt_view text, buffer *out, pqt_error *error)
{
    const bool is_true = is_word(text, "true");
    if (is_true || is_word(text, "false")) return buffer_append_u8(out, is_true, error);
    return error_set(error, PQT_INVALID, "expected true or false");
}

/* --- Decimals --- */

/* number = number * 10 + digit, lowest byte first; grows as it needs. */
static pqt_status add_digit(buffer *number, unsigned digit, pqt_error *error)
{
    unsigned carry = digit;
    for (size_t i = 0; i < number->size_bytes; i++) {
        carry += number->data[i] * 10u;
        number->data[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return carry ? buffer_append_u8(number, (uint8_t)carry, error) : PQT_OK;
}

static pqt_status add_digits(buffer *number, pqt_view digits, pqt_error *error)
{
    for (size_t i = 0; i < digits.size_bytes; i++)
        TRY(add_digit(number, digits.data[i] - (unsigned)'0', error));
    return PQT_OK;
}

static void negate(buffer *number)
{
    unsigned carry = 1;
    for (size_t i = 0; i < number->size_bytes; i++) {
        carry += (uint8_t)~number->data[i];
        number->data[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

/* Whether the highest byte only repeats the sign. */
static bool is_padded(const buffer *number)
{
    if (number->size_bytes < 2) return false;
    const uint8_t sign = number->data[number->size_bytes - 2] & 0x80 ? 0xff : 0;
    return number->data[number->size_bytes - 1] == sign;
}

/* Two's complement, highest byte first, as short as can be. */
static pqt_status append_big(buffer *number, bool is_negative, buffer *out,
                             pqt_error *error)
{
    TRY(buffer_append_u8(number, 0, error)); /* room for the sign */
    if (is_negative) negate(number);
    while (is_padded(number)) number->size_bytes--;
    for (size_t i = number->size_bytes; i-- > 0;)
        TRY(buffer_append_u8(out, number->data[i], error));
    return PQT_OK;
}

/* The digits of the unscaled number; zeros behind the scale count for nothing. */
static pqt_status unscaled_number(const pqt_schema_node *node, const written_number *n,
                                  buffer *number, pqt_error *error)
{
    pqt_view fraction = n->fraction;
    const size_t scale = node->logical.scale > 0 ? (size_t)node->logical.scale : 0;
    while (fraction.size_bytes > scale && fraction.data[fraction.size_bytes - 1] == '0')
        fraction.size_bytes--;
    if (fraction.size_bytes > scale)
        return error_set(error, PQT_INVALID,
                         "%zu digits behind the point, the column has %zu",
                         fraction.size_bytes, scale);
    if (n->whole.size_bytes + scale > NUMBER_CHARACTERS)
        return error_set(error, PQT_LIMIT, "a decimal of %zu digits",
                         n->whole.size_bytes + scale);
    TRY(add_digits(number, n->whole, error));
    TRY(add_digits(number, fraction, error));
    for (size_t i = fraction.size_bytes; i < scale; i++) TRY(add_digit(number, 0, error));
    return PQT_OK;
}

static pqt_status append_decimal(const pqt_schema_node *node, const written_number *n,
                                 buffer *number, buffer *out, pqt_error *error)
{
    TRY(unscaled_number(node, n, number, error));
    if (node->type != PQT_INT32 && node->type != PQT_INT64)
        return append_big(number, n->is_negative, out, error);
    uint64_t magnitude = 0;
    if (number->size_bytes > 8)
        return error_set(error, PQT_INVALID, "outside of the column's %u bits",
                         bits_of(node));
    for (size_t i = number->size_bytes; i-- > 0;)
        magnitude = magnitude << 8 | number->data[i];
    return append_integer(node, n->is_negative, magnitude, out, error);
}

static pqt_status parse_decimal(const pqt_schema_node *node, pqt_view text, buffer *out,
                                pqt_error *error)
{
    written_number n;
    buffer number = {0};
    if (!read_number(text, &n))
        return error_set(error, PQT_INVALID, "expected a decimal number");
    const pqt_status status = append_decimal(node, &n, &number, out, error);
    buffer_free(&number);
    return status;
}

/* --- Bytes --- */

int value_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static pqt_status parse_uuid(pqt_view text, buffer *out, pqt_error *error)
{
    bool is_good = text.size_bytes == UUID_CHARACTERS;
    uint8_t bytes[16] = {0};
    size_t digits = 0;
    for (size_t i = 0; is_good && i < UUID_CHARACTERS; i++) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const int digit = value_hex_digit(text.data[i]);
        is_good = is_dash ? text.data[i] == '-' : digit >= 0;
        if (is_dash || !is_good) continue;
        bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | digit);
        digits++;
    }
    if (is_good) return buffer_append(out, bytes, sizeof bytes, error);
    return error_set(error, PQT_INVALID,
                     "expected a UUID as '00112233-4455-6677-8899-aabbccddeeff'");
}

static pqt_status append_bytes(const pqt_schema_node *node, pqt_view bytes, buffer *out,
                               pqt_error *error)
{
    const bool is_fixed = node->type == PQT_FIXED_LEN_BYTE_ARRAY;
    if (node->type != PQT_BYTE_ARRAY && !is_fixed)
        return error_set(error, PQT_INVALID, "expected a number, not bytes");
    if (is_fixed && bytes.size_bytes != (size_t)node->type_length)
        return error_set(error, PQT_INVALID, "%zu bytes, the column's values have %d",
                         bytes.size_bytes, (int)node->type_length);
    return buffer_append(out, bytes.data, bytes.size_bytes, error);
}

/* --- The whole --- */

static pqt_status parse_word(const pqt_schema_node *node, pqt_view text, buffer *out,
                             pqt_error *error)
{
    if (node->logical.kind == PQT_LOGICAL_DECIMAL)
        return parse_decimal(node, text, out, error);
    if (node->logical.kind == PQT_LOGICAL_FLOAT16 || node->type == PQT_FLOAT ||
        node->type == PQT_DOUBLE)
        return parse_real(node, text, out, error);
    if (node->type == PQT_BOOLEAN) return parse_boolean(text, out, error);
    if (node->type == PQT_INT32 || node->type == PQT_INT64)
        return parse_integer(node, text, out, error);
    return error_set(error, PQT_INVALID, "expected text in single quotes, or x'00ff'");
}

static bool is_number(const pqt_schema_node *node)
{
    return node->type < PQT_BYTE_ARRAY || node->logical.kind == PQT_LOGICAL_DECIMAL ||
           node->logical.kind == PQT_LOGICAL_FLOAT16;
}

pqt_status value_parse(const pqt_schema_node *node, value_form form, pqt_view text,
                       buffer *out, pqt_error *error)
{
    if (form == VALUE_HEX) return append_bytes(node, text, out, error);
    if (value_is_time(node)) {
        if (form == VALUE_TEXT) return value_parse_time(node, text, out, error);
        return error_set(error, PQT_INVALID,
                         "expected a date or time in single quotes, as '2026-01-15'");
    }
    if (form == VALUE_WORD) return parse_word(node, text, out, error);
    if (is_number(node))
        return error_set(error, PQT_INVALID, "expected %s, without quotes",
                         node->type == PQT_BOOLEAN ? "true or false" : "a number");
    if (node->logical.kind == PQT_LOGICAL_UUID) return parse_uuid(text, out, error);
    return append_bytes(node, text, out, error);
}
