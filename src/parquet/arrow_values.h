/* The values of a leaf's slots, as Arrow lays them out. */
#ifndef PARQUET_ARROW_VALUES_H
#define PARQUET_ARROW_VALUES_H

#include "parquet/arrow_schema.h"

/* Which entries of a column become an array's slots. */
typedef struct arrow_slots {
    const pqt_values *values;
    const pqt_schema_node *node;
    const uint32_t *entries;
    size_t count;
} arrow_slots;

/* Makes the second and, for byte arrays, the third buffer, which the caller frees, also
 * after a failure. Slots of nulls are zero or empty. */
pqt_status arrow_values_copy(const arrow_slots *slots, const arrow_type *type,
                             void **values, void **bytes, pqt_error *error);

#endif
