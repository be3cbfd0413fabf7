/* Whether arrays are of the shape that their schema says. */
#ifndef PARQUET_ARROW_CHECK_H
#define PARQUET_ARROW_CHECK_H

#include "parquet/arrow_import.h"

/*
 * Counts of buffers and children, lengths and pointers, in the whole tree below; what is
 * in the buffers is looked at when it is used. INVALID names the field.
 */
pqt_status arrow_check(const import_field *field, const struct ArrowArray *array,
                       pqt_error *error);

/* The child of an array that holds the values of a child of the field: of a list its
 * elements, of a dictionary its values. */
const struct ArrowArray *arrow_check_child(const import_field *child,
                                           const struct ArrowArray *array);

/* The validity of an array, or NULL where it has no nulls or is of a type that has no
 * validity. */
const uint8_t *arrow_validity(const import_field *field, const struct ArrowArray *array);

#endif
