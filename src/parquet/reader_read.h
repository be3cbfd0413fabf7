/* What pqt_reader_read and pqt_reader_read_runs share. */
#ifndef PARQUET_READER_READ_H
#define PARQUET_READER_READ_H

#include "parquet/column_reader.h"
#include "parquet/metadata.h"

struct pqt_values_memory {
    const pqt_allocator *allocator;
    column_reader column;
};

/* Which rows of which chunk. */
typedef struct chunk_rows {
    int32_t row_group;
    int32_t column;
    int64_t first_row;
    int64_t row_count;
} chunk_rows;

/* INVALID for rows or a chunk that are not there. */
pqt_status reader_read_check(const pqt_reader *reader, const chunk_rows *rows,
                             pqt_error *error);

/* Makes the memory of values that have none yet. */
pqt_status reader_read_memory(const pqt_reader *reader, pqt_values *values,
                              pqt_error *error);

/* Opens the chunk anew. */
pqt_status reader_read_open(const pqt_reader *reader, const chunk_rows *rows,
                            column_reader *column, pqt_error *error);

#endif
