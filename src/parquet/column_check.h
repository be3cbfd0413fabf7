/* Whether a leaf can be written as its options ask for (LogicalTypes.md). */
#ifndef PARQUET_COLUMN_CHECK_H
#define PARQUET_COLUMN_CHECK_H

#include "base/error.h"
#include "pqt.h"

/* INVALID where the leaf's type and logical type contradict each other; UNSUPPORTED for
 * what is not written. */
pqt_status column_check_type(const pqt_schema_node *leaf, pqt_error *error);

/* INVALID where encoding, codec or bloom filter do not fit the leaf, which was checked;
 * UNSUPPORTED where the codec is not built. */
pqt_status column_check_options(const pqt_schema_node *leaf,
                                const pqt_column_options *options, pqt_error *error);

#endif
