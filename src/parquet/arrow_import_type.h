/* Arrow's types of single values: what Parquet writes for them, and how they lie. */
#ifndef PARQUET_ARROW_IMPORT_TYPE_H
#define PARQUET_ARROW_IMPORT_TYPE_H

#include "pqt.h"
#include "pqt_arrow.h"

/* How values lie in Arrow's buffers, and what is done with them. */
typedef enum import_layout {
    IMPORT_NULLS,
    IMPORT_BITS,
    IMPORT_SAME, /* as Parquet's values */
    IMPORT_INT8,
    IMPORT_UINT8,
    IMPORT_INT16,
    IMPORT_UINT16,
    IMPORT_DATE64,
    IMPORT_SECONDS32, /* to milliseconds */
    IMPORT_SECONDS64,
    IMPORT_DECIMAL, /* of width_bytes, little-endian */
    IMPORT_MONTHS,
    IMPORT_DAYS_TIME,
    IMPORT_FIXED_BYTES,
    IMPORT_BYTES32, /* by 32-bit offsets */
    IMPORT_BYTES64,
    IMPORT_VIEWS
} import_layout;

typedef struct import_type {
    import_layout layout;
    int32_t width_bytes; /* of a value in the second buffer; 0 for bits and nulls */
    pqt_type type;
    int32_t type_length;
    pqt_logical_type logical;
} import_type;

/* The type of an ArrowSchema's format. UNSUPPORTED, INVALID. */
pqt_status import_type_parse(const char *format, import_type *out, pqt_error *error);

/* Gives the type what an extension type says (CanonicalExtensions, "arrow.uuid" and
 * "arrow.json"); others are written as what they are stored in. */
pqt_status import_type_extend(pqt_view extension, import_type *type, pqt_error *error);

#endif
