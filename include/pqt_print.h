/*
 * A file as text: rows as JSON, the schema, the footer; and whether all of it is sound.
 */
#ifndef PQT_PRINT_H
#define PQT_PRINT_H

#include "pqt_scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where text goes, in pieces. */
typedef struct pqt_text_output {
    pqt_status (*write)(void *self, const char *text, size_t size_bytes,
                        pqt_error *error);
    void *self;
} pqt_text_output;

/*
 * Writes rows as JSON objects, one a line: nested values as arrays and objects, dates,
 * times and timestamps in ISO form, decimals exact, UUIDs as text, binary as base64, NaN
 * and infinities as null, bytes of a text that are not UTF-8 as U+FFFD. `columns` are
 * names of top-level fields (NULL: all); INVALID where one is not there. `options` (NULL:
 * all rows) chooses rows by range and predicates; its columns and batch_rows are not
 * looked at. Memory: that of the scan.
 */
PQT_API pqt_status pqt_print_rows(const pqt_reader *reader, const char *const *columns,
                                  int32_t column_count, const pqt_scan_options *options,
                                  const pqt_text_output *output, pqt_error *error);

/*
 * Writes the value of a slot that is not null, as in pqt_print_rows: as JSON, or without
 * quotes and escapes, as CSV wants it. `node` is the column's.
 */
PQT_API pqt_status pqt_print_value(const pqt_schema_node *node, const pqt_values *values,
                                   int64_t slot, bool as_json,
                                   const pqt_text_output *output, pqt_error *error);

/* Writes the schema as an indented tree. */
PQT_API pqt_status pqt_print_schema(const pqt_reader *reader,
                                    const pqt_text_output *output, pqt_error *error);

/*
 * Writes what the footer says, and of the page indexes those that were loaded, as text to
 * read or as one JSON object that has all of it. Limits of statistics are decoded by the
 * column's type.
 */
PQT_API pqt_status pqt_print_metadata(const pqt_reader *reader, bool as_json,
                                      const pqt_text_output *output, pqt_error *error);

/* What pqt_verify_file has seen. */
typedef struct pqt_verified_file {
    int64_t row_count;
    int64_t value_count;
} pqt_verified_file;

/* Decodes every page of every column; checksums, counts and sizes must hold. CORRUPT with
 * the place of the first that does not. */
PQT_API pqt_status pqt_verify_file(const pqt_reader *reader, pqt_verified_file *out,
                                   pqt_error *error);

#ifdef __cplusplus
}
#endif
#endif
