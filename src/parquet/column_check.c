#include "parquet/column_check.h"

#include <stdbool.h>

#include "parquet/codec.h"
#include "parquet/encoder.h"

enum {
    INT32S = 1u << PQT_INT32,
    INT64S = 1u << PQT_INT64,
    BYTE_ARRAYS = 1u << PQT_BYTE_ARRAY,
    FIXED = 1u << PQT_FIXED_LEN_BYTE_ARRAY
};

/* What a logical type stands on. */
typedef struct logical_rule {
    const char *name;
    unsigned types;      /* bits 1 << pqt_type; 0: no leaf has it */
    int32_t type_length; /* of FIXED_LEN_BYTE_ARRAY; 0: any */
} logical_rule;

static const logical_rule rules[] = {
    [PQT_LOGICAL_NONE] = {"no logical type", UINT8_MAX, 0},
    [PQT_LOGICAL_STRING] = {"STRING", BYTE_ARRAYS, 0},
    [PQT_LOGICAL_MAP] = {"MAP", 0, 0},
    [PQT_LOGICAL_LIST] = {"LIST", 0, 0},
    [PQT_LOGICAL_ENUM] = {"ENUM", BYTE_ARRAYS, 0},
    [PQT_LOGICAL_DECIMAL] = {"DECIMAL", INT32S | INT64S | BYTE_ARRAYS | FIXED, 0},
    [PQT_LOGICAL_DATE] = {"DATE", INT32S, 0},
    [PQT_LOGICAL_TIME] = {"TIME", INT32S | INT64S, 0},
    [PQT_LOGICAL_TIMESTAMP] = {"TIMESTAMP", INT64S, 0},
    [PQT_LOGICAL_INTERVAL] = {"INTERVAL", FIXED, 12},
    [PQT_LOGICAL_INTEGER] = {"INTEGER", INT32S | INT64S, 0},
    [PQT_LOGICAL_UNKNOWN] = {"UNKNOWN", UINT8_MAX, 0},
    [PQT_LOGICAL_JSON] = {"JSON", BYTE_ARRAYS, 0},
    [PQT_LOGICAL_BSON] = {"BSON", BYTE_ARRAYS, 0},
    [PQT_LOGICAL_UUID] = {"UUID", FIXED, 16},
    [PQT_LOGICAL_FLOAT16] = {"FLOAT16", FIXED, 2},
    [PQT_LOGICAL_VARIANT] = {"VARIANT", 0, 0},
    [PQT_LOGICAL_GEOMETRY] = {"GEOMETRY", BYTE_ARRAYS, 0},
    [PQT_LOGICAL_GEOGRAPHY] = {"GEOGRAPHY", BYTE_ARRAYS, 0},
    [PQT_LOGICAL_FILE] = {"FILE", 0, 0},
};

static pqt_status check_physical(const pqt_schema_node *leaf, pqt_error *error)
{
    if ((int)leaf->type < PQT_BOOLEAN || (int)leaf->type > PQT_FIXED_LEN_BYTE_ARRAY)
        return error_set(error, PQT_INVALID, "there is no type %d", (int)leaf->type);
    if (leaf->type == PQT_INT96)
        return error_set(error, PQT_UNSUPPORTED,
                         "INT96 is deprecated and not written; use a TIMESTAMP");
    if (leaf->type == PQT_FIXED_LEN_BYTE_ARRAY && leaf->type_length < 1)
        return error_set(error, PQT_INVALID, "type_length is %d", (int)leaf->type_length);
    return PQT_OK;
}

/* The digits that so many bytes of two's complement hold: floor(log10(2^(8n - 1) - 1)).
 */
static int32_t decimal_digits(int32_t bytes)
{
    return (int32_t)(((int64_t)bytes * 8 - 1) * 30103 / 100000);
}

static pqt_status check_decimal(const pqt_schema_node *leaf, pqt_error *error)
{
    const pqt_logical_type *l = &leaf->logical;
    if (l->precision < 1 || l->scale < 0 || l->scale > l->precision)
        return error_set(error, PQT_INVALID, "DECIMAL of precision %d and scale %d",
                         (int)l->precision, (int)l->scale);
    if (leaf->type == PQT_BYTE_ARRAY) return PQT_OK;
    const int32_t bytes = leaf->type == PQT_INT32   ? 4
                          : leaf->type == PQT_INT64 ? 8
                                                    : leaf->type_length;
    if (l->precision <= decimal_digits(bytes)) return PQT_OK;
    return error_set(
        error, PQT_INVALID,
        "DECIMAL of precision %d does not fit %d bytes, which hold %d digits",
        (int)l->precision, (int)bytes, (int)decimal_digits(bytes));
}

/* Numbers that a logical type has of its own. */
static pqt_status check_parameters(const pqt_schema_node *leaf, pqt_error *error)
{
    const pqt_logical_type *l = &leaf->logical;
    if (l->kind == PQT_LOGICAL_INTEGER) {
        const bool is_narrow =
            l->bit_width == 8 || l->bit_width == 16 || l->bit_width == 32;
        if (leaf->type == PQT_INT64 ? l->bit_width != 64 : !is_narrow)
            return error_set(error, PQT_INVALID, "INTEGER of %d bits cannot be %s",
                             (int)l->bit_width, pqt_type_name(leaf->type));
    }
    const bool is_time = l->kind == PQT_LOGICAL_TIME || l->kind == PQT_LOGICAL_TIMESTAMP;
    if (is_time && (unsigned)l->unit > PQT_NANOS)
        return error_set(error, PQT_INVALID, "there is no time unit %d", (int)l->unit);
    if (l->kind == PQT_LOGICAL_TIME &&
        (leaf->type == PQT_INT32) != (l->unit == PQT_MILLIS))
        return error_set(error, PQT_INVALID,
                         "TIME is INT32 in milliseconds, INT64 in finer units");
    return l->kind == PQT_LOGICAL_DECIMAL ? check_decimal(leaf, error) : PQT_OK;
}

static pqt_status check_logical(const pqt_schema_node *leaf, pqt_error *error)
{
    const pqt_logical kind = leaf->logical.kind;
    if (kind == PQT_LOGICAL_OTHER)
        return error_set(error, PQT_UNSUPPORTED,
                         "logical type %d is newer than this library",
                         (int)leaf->logical.field_number);
    if ((size_t)kind >= sizeof rules / sizeof *rules)
        return error_set(error, PQT_INVALID, "there is no logical type %d", (int)kind);
    const logical_rule *rule = &rules[kind];
    if (rule->types == 0)
        return error_set(error, PQT_INVALID, "%s is for groups", rule->name);
    if (!(rule->types >> leaf->type & 1))
        return error_set(error, PQT_INVALID, "%s cannot be %s", rule->name,
                         pqt_type_name(leaf->type));
    if (rule->type_length && rule->type_length != leaf->type_length)
        return error_set(error, PQT_INVALID, "%s has %d bytes, not %d", rule->name,
                         (int)rule->type_length, (int)leaf->type_length);
    return check_parameters(leaf, error);
}

pqt_status column_check_type(const pqt_schema_node *leaf, pqt_error *error)
{
    TRY(check_physical(leaf, error));
    return check_logical(leaf, error);
}

static pqt_status check_encoding(pqt_encoding encoding, pqt_type type, pqt_error *error)
{
    if (encoder_find(encoding, type)) return PQT_OK;
    return error_set(error, PQT_INVALID, "%s cannot be encoded as %s",
                     pqt_type_name(type), pqt_encoding_name(encoding));
}

pqt_status column_check_options(const pqt_schema_node *leaf,
                                const pqt_column_options *options, pqt_error *error)
{
    const pqt_encoding encoding = options->encoding;
    if (leaf->type == PQT_BOOLEAN && encoding == PQT_RLE_DICTIONARY)
        return error_set(error, PQT_INVALID, "BOOLEAN has no dictionary");
    if (leaf->type == PQT_BOOLEAN && options->bloom_filter)
        return error_set(error, PQT_INVALID, "BOOLEAN has no bloom filter");
    if (encoding == PQT_RLE_DICTIONARY)
        TRY(check_encoding(options->fallback, leaf->type, error));
    else if (encoding != PQT_ENCODING_CHOSEN)
        TRY(check_encoding(encoding, leaf->type, error));
    return codec_check(options->codec, error);
}
