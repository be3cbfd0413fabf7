/* Byte arrays as Arrow's offsets and bytes, or as its views and the bytes they show.
 * CORRUPT where one is not UTF-8 that must be. */
#ifndef PARQUET_ARROW_BYTES_H
#define PARQUET_ARROW_BYTES_H

#include "parquet/arrow_values.h"

/* Buffers: offsets in 32 or 64 bits, and bytes. LIMIT beyond 2 GiB of bytes in 32. */
pqt_status arrow_bytes_copy(const arrow_slots *slots, void *buffers[ARROW_VALUE_BUFFERS],
                            pqt_error *error);
pqt_status arrow_large_bytes_copy(const arrow_slots *slots,
                                  void *buffers[ARROW_VALUE_BUFFERS], pqt_error *error);

/* Buffers: views (ArrowBinaryView), the bytes of those that are too long to be in a view,
 * and how many bytes that are. Neighbours that show the same bytes share them. */
pqt_status arrow_views_copy(const arrow_slots *slots, void *buffers[ARROW_VALUE_BUFFERS],
                            pqt_error *error);

#endif
