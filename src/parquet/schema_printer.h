/* Types and places of a schema as text. */
#ifndef PARQUET_SCHEMA_PRINTER_H
#define PARQUET_SCHEMA_PRINTER_H

#include "base/buffer.h"
#include "pqt.h"

/* "DECIMAL(9,2)", "TIMESTAMP(MICROS,UTC)"; nothing for none. */
pqt_status logical_print(const pqt_logical_type *logical, buffer *out, pqt_error *error);

/* "optional". */
const char *repetition_name(pqt_repetition repetition);

/* Appends the names from below the root to the node, dots between. */
pqt_status node_print_path(const pqt_schema *schema, int32_t node, buffer *out,
                           pqt_error *error);

#endif
