/* Columns put together as Arrow arrays, nested as the schema says (Dremel). */
#ifndef PARQUET_ARROW_ARRAY_H
#define PARQUET_ARROW_ARRAY_H

#include "parquet/arrow_schema.h"

/* What becomes of a batch's values: the struct of these fields. */
typedef struct arrow_rows {
    const pqt_schema *schema;
    const pqt_values *columns; /* of the schema's columns, those that are needed */
    const int32_t *fields;
    int32_t field_count;
    int64_t row_count;
    arrow_style style;
    /* Hands over the memory of a column's values; NULL: they must be copied. */
    void *(*take)(void *self, int32_t column);
    void *self;
} arrow_rows;

/* CORRUPT where the columns of one list do not agree, LIMIT where 32-bit offsets do not
 * suffice. */
pqt_status arrow_array_make(const arrow_rows *rows, struct ArrowArray *out,
                            pqt_error *error);

#endif
