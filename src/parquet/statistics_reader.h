/* Statistics, SizeStatistics and ColumnOrder of the footer (parquet.thrift). */
#ifndef PARQUET_STATISTICS_READER_H
#define PARQUET_STATISTICS_READER_H

#include "base/arena.h"
#include "parquet/thrift_reader.h"
#include "pqt.h"

/* Statistics with nothing in them. */
pqt_statistics statistics_absent(void);

/*
 * Statistics of a column chunk, at a struct's field. Where there are no limits but those
 * of the deprecated fields, they are taken, and is_deprecated says so.
 */
void statistics_read(thrift_reader *r, const thrift_struct *s, pqt_statistics *out);

/* SizeStatistics with nothing in them, and those at a struct's field. */
pqt_size_statistics size_statistics_absent(void);
void size_statistics_read(thrift_reader *r, const thrift_struct *s, arena *memory,
                          pqt_size_statistics *out);

/* ColumnOrders of all columns; NULL where the list is not as long as there are. */
const pqt_column_order *column_orders_read(thrift_reader *r, const thrift_struct *s,
                                           int32_t column_count, arena *memory);

/*
 * Makes what was read of a chunk agree with its leaf: the order is UNDEFINED where it is
 * none for the type; deprecated limits, which are in signed order, are dropped where the
 * type has another; histograms of another length than the levels have are dropped.
 */
void statistics_settle(pqt_column_chunk *chunk, const pqt_schema_node *leaf);

#endif
