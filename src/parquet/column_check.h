/* Whether a column can be written as its options ask for (LogicalTypes.md). */
#ifndef PARQUET_COLUMN_CHECK_H
#define PARQUET_COLUMN_CHECK_H

#include "base/error.h"
#include "pqt.h"

/* INVALID where name, type, logical type and encoding contradict each other; UNSUPPORTED
 * for what is not written yet. The message names the column. */
pqt_status column_check(const pqt_column_options *column, pqt_error *error);

#endif
