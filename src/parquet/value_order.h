/*
 * How values of a column compare (parquet.thrift, ColumnOrder; LogicalTypes.md). Values
 * are as in PLAIN encoding without a length, which is how they are in memory; a byte for
 * BOOLEAN.
 */
#ifndef PARQUET_VALUE_ORDER_H
#define PARQUET_VALUE_ORDER_H

#include <stdbool.h>

#include "pqt.h"

typedef enum value_order {
    VALUE_BOOLEAN,
    VALUE_INT32,
    VALUE_UINT32,
    VALUE_INT64,
    VALUE_UINT64,
    VALUE_FLOAT,
    VALUE_DOUBLE,
    VALUE_FLOAT16,
    VALUE_INT96,    /* by time: day, then nanoseconds of the day */
    VALUE_DECIMAL,  /* two's complement, highest byte first, of any length */
    VALUE_BYTES,    /* by unsigned bytes, a shorter one before what it begins */
    VALUE_UNORDERED /* equal or not, byte by byte */
} value_order;

value_order value_order_of(const pqt_schema_node *node);

/* Whether values of the order may be a value of the node by their size; a decimal may be
 * of any size but none. */
bool value_has_size(value_order order, const pqt_schema_node *node, pqt_view value);

/* <0, 0, >0, for values of the right size that are no NaN; -0.0 equals 0.0. */
int value_compare(value_order order, pqt_view a, pqt_view b);

/* Whether the values are the same; as value_compare, but also for VALUE_UNORDERED. */
bool value_equal(value_order order, pqt_view a, pqt_view b);

bool value_is_nan(value_order order, pqt_view value);

/* Whether a NaN can be among the values. */
bool value_order_has_nan(value_order order);

#endif
