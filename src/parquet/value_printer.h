/* One value as JSON, by its logical type. */
#ifndef PARQUET_VALUE_PRINTER_H
#define PARQUET_VALUE_PRINTER_H

#include "base/buffer.h"
#include "pqt.h"

/* Appends the value of slot `at`, which is not null. */
pqt_status value_print(const pqt_schema_node *node, const pqt_values *values, size_t at,
                       buffer *out, pqt_error *error);

/* Appends a JSON string; bytes that are not UTF-8 become U+FFFD. */
pqt_status json_print_text(pqt_view text, buffer *out, pqt_error *error);

#endif
