/* One value as JSON, by its logical type. */
#ifndef PARQUET_VALUE_PRINTER_H
#define PARQUET_VALUE_PRINTER_H

#include "base/buffer.h"
#include "pqt.h"

/* Appends the value of slot `at`, which is not null. */
pqt_status value_print(const pqt_schema_node *node, const pqt_values *values, size_t at,
                       buffer *out, pqt_error *error);

/* As a program that does not speak JSON wants it: no quotes, and texts as they are. */
pqt_status value_print_plain(const pqt_schema_node *node, const pqt_values *values,
                             size_t at, buffer *out, pqt_error *error);

/* Appends a limit of statistics, in PLAIN encoding without a length, as JSON; null where
 * it is absent or has not the type's size. */
pqt_status value_print_limit(const pqt_schema_node *node, pqt_view plain, buffer *out,
                             pqt_error *error);

/* Appends a JSON string; bytes that are not UTF-8 become U+FFFD. */
pqt_status json_print_text(pqt_view text, buffer *out, pqt_error *error);

#endif
