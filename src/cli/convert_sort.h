/* Rows of a conversion held in memory, sorted, and written; lists move with their row. */
#ifndef CLI_CONVERT_SORT_H
#define CLI_CONVERT_SORT_H

#include "cli/convert.h"

typedef struct held_rows held_rows;

/* `schema` is the writer's, and outlives it, as the conversion does. The caller frees. */
pqt_status held_rows_create(const conversion *c, const pqt_schema *schema,
                            held_rows **out, pqt_error *error);

/* Copies the rows. LIMIT where all that is held takes more than --memory (1 GiB). */
pqt_status held_rows_add(held_rows *rows, const pqt_column_values *columns,
                         int64_t row_count, pqt_error *error);

/* Sorts (equal rows stay as they came) and appends everything to the writer. */
pqt_status held_rows_write(held_rows *rows, pqt_writer *writer, pqt_error *error);

/* NULL is fine. */
void held_rows_free(held_rows *rows);

#endif
