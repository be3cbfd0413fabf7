/* Making a batch of a column smaller, and values of its codes. */
#ifndef PARQUET_COLUMN_COMPACT_H
#define PARQUET_COLUMN_COMPACT_H

#include "parquet/column_reader.h"

/* Keeps the rows of the batch whose bit is set; `count` of them are. Codes stay codes. */
pqt_status column_compact(column_reader *column, const uint8_t *bits, size_t count,
                          pqt_error *error);

/* Fills the slots of codes with the dictionary's values. */
void column_fill_codes(column_reader *column);

#endif
