/*
 * A batch of rows as eight arrays in PostgreSQL's binary format, one a column: parameters
 * that need no escaping and are compared by value.
 *
 * Memory: the batch, once more.
 */
#ifndef SOURCE_POSTGRES_ARRAYS_H
#define SOURCE_POSTGRES_ARRAYS_H

#include "base/buffer.h"
#include "source/kind.h"

typedef struct postgres_arrays {
    buffer columns[SOURCE_COLUMN_COUNT];
} postgres_arrays;

/* LIMIT where the batch is too large for a parameter. The caller frees, also after a
 * failure. */
pqt_status postgres_arrays_make(const source_row *rows, size_t count,
                                postgres_arrays *out, pqt_error *error);
void postgres_arrays_free(postgres_arrays *arrays);

#endif
