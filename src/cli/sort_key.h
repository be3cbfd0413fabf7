/* By what a column's values are ordered (parquet.thrift, ColumnOrder). */
#ifndef CLI_SORT_KEY_H
#define CLI_SORT_KEY_H

#include "pqt.h"

/* <0, 0, >0 for two values as a pqt_column_values has them. NaN comes behind all numbers;
 * -0.0 equals 0.0. */
typedef int (*compare_values)(const void *values, size_t a, size_t b);

/* By value: numbers signed or not as the logical type says, decimals as numbers, other
 * bytes unsigned. */
compare_values sort_key_find(const pqt_schema_node *leaf);

#endif
