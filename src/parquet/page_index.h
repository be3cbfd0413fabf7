/* ColumnIndex and OffsetIndex (PageIndex.md). */
#ifndef PARQUET_PAGE_INDEX_H
#define PARQUET_PAGE_INDEX_H

#include "base/arena.h"
#include "pqt.h"

/*
 * Reads the index of one column chunk; `column_index` has no data where the file has
 * none. Arrays are in the arena, bounds show the bytes given, which must live as long.
 * CORRUPT where pages are not in order, not inside the chunk, or not of its rows.
 */
pqt_status page_index_read(pqt_view offset_index, pqt_view column_index,
                           const pqt_column_chunk *chunk, int64_t row_count,
                           arena *memory, pqt_page_index *out, pqt_error *error);

#endif
