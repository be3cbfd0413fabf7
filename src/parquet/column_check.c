#include "parquet/column_check.h"

#include <stdbool.h>

enum {
    INT32S = 1u << PQT_INT32,
    INT64S = 1u << PQT_INT64,
    BYTE_ARRAYS = 1u << PQT_BYTE_ARRAY,
    FIXED = 1u << PQT_FIXED_LEN_BYTE_ARRAY
};

/* What a logical type stands on. */
typedef struct logical_rule {
    const char *name;
    unsigned types;      /* bits 1 << pqt_type; 0: not written */
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
    [PQT_LOGICAL_GEOMETRY] = {"GEOMETRY", 0, 0},
    [PQT_LOGICAL_GEOGRAPHY] = {"GEOGRAPHY", 0, 0},
};

static pqt_status check_type(const pqt_column_options *c, pqt_error *error)
{
    if ((int)c->type < PQT_BOOLEAN || (int)c->type > PQT_FIXED_LEN_BYTE_ARRAY)
        return error_set(error, PQT_INVALID, "there is no type %d", (int)c->type);
    if (c->type == PQT_INT96)
        return error_set(error, PQT_UNSUPPORTED,
                         "INT96 is deprecated and not written; use a TIMESTAMP");
    if (c->type == PQT_FIXED_LEN_BYTE_ARRAY && c->type_length < 1)
        return error_set(error, PQT_INVALID, "type_length is %d", (int)c->type_length);
    if (c->type == PQT_BOOLEAN && c->encoding == PQT_RLE_DICTIONARY)
        return error_set(error, PQT_INVALID, "BOOLEAN has no dictionary");
    if (c->type == PQT_BOOLEAN && c->bloom_filter)
        return error_set(error, PQT_INVALID, "BOOLEAN has no bloom filter");
    return PQT_OK;
}

/* Numbers that a logical type has of its own. */
static pqt_status check_parameters(const pqt_column_options *c, pqt_error *error)
{
    const pqt_logical_type *l = &c->logical;
    if (l->kind == PQT_LOGICAL_INTEGER) {
        const bool is_narrow =
            l->bit_width == 8 || l->bit_width == 16 || l->bit_width == 32;
        if (c->type == PQT_INT64 ? l->bit_width != 64 : !is_narrow)
            return error_set(error, PQT_INVALID, "INTEGER of %d bits cannot be %s",
                             (int)l->bit_width, pqt_type_name(c->type));
    }
    if (l->kind == PQT_LOGICAL_TIME && (c->type == PQT_INT32) != (l->unit == PQT_MILLIS))
        return error_set(error, PQT_INVALID,
                         "TIME is INT32 in milliseconds, INT64 in finer units");
    if (l->kind == PQT_LOGICAL_DECIMAL &&
        (l->precision < 1 || l->scale < 0 || l->scale > l->precision))
        return error_set(error, PQT_INVALID, "DECIMAL of precision %d and scale %d",
                         (int)l->precision, (int)l->scale);
    return PQT_OK;
}

static pqt_status check_logical(const pqt_column_options *c, pqt_error *error)
{
    if ((size_t)c->logical.kind >= sizeof rules / sizeof *rules)
        return error_set(error, PQT_INVALID, "there is no logical type %d",
                         (int)c->logical.kind);
    const logical_rule *rule = &rules[c->logical.kind];
    if (rule->types == 0)
        return error_set(error, PQT_UNSUPPORTED, "%s cannot be written yet", rule->name);
    if (!(rule->types >> c->type & 1))
        return error_set(error, PQT_INVALID, "%s cannot be %s", rule->name,
                         pqt_type_name(c->type));
    if (rule->type_length && rule->type_length != c->type_length)
        return error_set(error, PQT_INVALID, "%s has %d bytes, not %d", rule->name,
                         (int)rule->type_length, (int)c->type_length);
    return check_parameters(c, error);
}

pqt_status column_check(const pqt_column_options *c, pqt_error *error)
{
    if (!c->name || !c->name[0])
        return error_set(error, PQT_INVALID, "a column has no name");
    pqt_status status = PQT_OK;
    if (c->repetition != PQT_REQUIRED && c->repetition != PQT_OPTIONAL)
        status =
            error_set(error, PQT_UNSUPPORTED, "repeated columns cannot be written yet");
    if (status == PQT_OK) status = check_type(c, error);
    if (status == PQT_OK) status = check_logical(c, error);
    if (status != PQT_OK) error_prefix(error, "column '%s'", c->name);
    return status;
}
