/*
 * Writing a Parquet file anew: what is read becomes what is written, column by column.
 * Types, names, field ids and key-values stay; INT96 becomes a TIMESTAMP in nanoseconds
 * without a zone, and an annotation that is not known is left out.
 */
#ifndef CLI_CONVERT_H
#define CLI_CONVERT_H

#include "cli/row_choice.h"

/* A conversion as the options have it. */
typedef struct conversion {
    const struct options *options;
    const pqt_file_metadata *source;
    row_choice choice;
    pqt_schema target;           /* nodes only */
    const char *const *paths;    /* of the target's leaves */
    pqt_column_options *columns; /* of the target's leaves */
    const pqt_key_value *key_values;
    int32_t key_value_count;
    pqt_sorting_column *sorting; /* numbers among the target's leaves */
    int32_t sorting_count;
    int threads; /* set by the caller [1] */
    arena memory;
} conversion;

/* The source's node of a chosen leaf. */
const pqt_schema_node *conversion_source_node(const conversion *c, int32_t column);

/* INVALID for columns, encodings and conditions that are not there or do not fit. Freed
 * with conversion_free. */
pqt_status conversion_plan(const struct options *o, const pqt_file_metadata *source,
                           conversion *out, pqt_error *error);
void conversion_free(conversion *c);

/* Numbers that stand for the times of INT96 columns; all zero is empty. */
typedef struct converted_times {
    int64_t *times;
    size_t capacity;
} converted_times;

/*
 * What the writer takes of one column of a batch. Its values are those of `values`, or in
 * `times`, which the caller frees by alloc_release. LIMIT for an INT96 before 1677 or
 * after 2262.
 */
pqt_status convert_values(const pqt_schema_node *node, const pqt_values *values,
                          converted_times *times, pqt_column_values *out,
                          pqt_error *error);

/* Reads all chosen rows and appends them to the writer, sorted where asked for. */
pqt_status convert_rows(const pqt_reader *reader, const conversion *c, pqt_writer *writer,
                        pqt_error *error);

#endif
