/* The key-value metadata of an ArrowSchema (CDataInterface, "ArrowSchema.metadata"). */
#ifndef PARQUET_ARROW_METADATA_H
#define PARQUET_ARROW_METADATA_H

#include "base/buffer.h"

/* The value of `key`, data NULL where there is none; a view into `metadata`, which may be
 * NULL. INVALID for negative counts and lengths. */
pqt_status arrow_metadata_find(const char *metadata, const char *key, pqt_view *out,
                               pqt_error *error);

/* Adds a pair to a block that is made, of which the first four bytes count the pairs. */
pqt_status arrow_metadata_add(buffer *metadata, const char *key, pqt_view value,
                              pqt_error *error);

#endif
