/* Decoding values of a page into the slots of a batch. */
#ifndef PARQUET_COLUMN_SLOTS_H
#define PARQUET_COLUMN_SLOTS_H

#include "parquet/column_reader.h"

/* Makes room for the slots of a batch of these rows, as far as that is not too much to be
 * made before it is known whether they are there. */
pqt_status column_slots_reserve(column_reader *column, row_ranges rows, pqt_error *error);

/* Makes `count` slots behind those of the batch and decodes the `valid` values of those
 * that are not null by the batch's validity; slots of nulls are zero. */
pqt_status column_slots_fill(column_reader *column, size_t count, size_t valid,
                             pqt_error *error);

#endif
