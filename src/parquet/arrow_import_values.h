/* Arrow's values as the writer takes them. */
#ifndef PARQUET_ARROW_IMPORT_VALUES_H
#define PARQUET_ARROW_IMPORT_VALUES_H

#include "parquet/arrow_levels.h"

/* All zero but the allocator before the first use; reused from call to call. */
typedef struct import_values {
    const pqt_allocator *allocator;
    uint8_t *values;
    size_t values_capacity;
    uint8_t *bytes; /* that views of converted values are into */
    size_t bytes_capacity;
} import_values;

/*
 * The values of these slots of the leaf's array, one behind the other. *out is in Arrow's
 * own buffer where it lies there so, else in `memory`; views are into Arrow's buffers,
 * or `memory`. INVALID where bytes are not within their buffer, or a value does not fit
 * Parquet's type.
 */
pqt_status import_values_take(const import_field *leaf, const struct ArrowArray *array,
                              const arrow_span_list *slots, import_values *memory,
                              const void **out, pqt_error *error);

/* True where slots of nulls may be taken too: they are well formed by Arrow's rules, and
 * no value is refused. */
bool import_values_allow_nulls(import_layout layout);

void import_values_free(import_values *memory);

#endif
