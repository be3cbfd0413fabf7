/* The values of a leaf's slots, as Arrow lays them out. */
#ifndef PARQUET_ARROW_VALUES_H
#define PARQUET_ARROW_VALUES_H

#include "parquet/arrow_schema.h"

/* Slots one behind the other; those of nulls are zero or empty. */
typedef struct arrow_slots {
    const pqt_schema_node *node;
    const void *values;      /* as in the column's pqt_values */
    const uint8_t *validity; /* NULL: no nulls */
    size_t count;
    bool must_be_utf8; /* a text that is not is CORRUPT */
} arrow_slots;

enum { ARROW_VALUE_BUFFERS = 3 };

/*
 * Makes the buffers behind the validity: values; offsets and bytes; or views, bytes and
 * the lengths of the bytes. The caller frees them, also after a failure.
 */
pqt_status arrow_values_copy(const arrow_slots *slots, const arrow_type *type,
                             void *buffers[ARROW_VALUE_BUFFERS], pqt_error *error);

#endif
