/* Columns put together as Arrow arrays, nested as the schema says (Dremel). */
#ifndef PARQUET_ARROW_ARRAY_H
#define PARQUET_ARROW_ARRAY_H

#include "parquet/arrow_schema.h"

/*
 * The struct of these fields for `row_count` rows; `columns` has, for each column of the
 * schema that is needed, the values of these rows. CORRUPT where the columns of one list
 * do not agree, LIMIT where a batch has more than 2 GiB of bytes or 2^31 elements.
 */
pqt_status arrow_array_make(const pqt_schema *schema, const pqt_values *columns,
                            const int32_t *fields, int32_t field_count, int64_t row_count,
                            struct ArrowArray *out, pqt_error *error);

#endif
