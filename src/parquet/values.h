/* How pqt_values and pqt_column_values lay out values, for both of their sides. */
#ifndef PARQUET_VALUES_H
#define PARQUET_VALUES_H

#include "parquet/bits.h"
#include "pqt.h"

/* Bytes of a slot: a byte for BOOLEAN, the number's width, or a pqt_view. */
size_t values_slot_bytes(pqt_type type);

static inline bool values_is_valid(const pqt_values *values, size_t at)
{
    return !values->validity || bits_get(values->validity, at);
}

#endif
