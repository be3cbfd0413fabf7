/* Smallest and largest value of pages, column chunks and files (parquet.thrift,
 * Statistics). */
#ifndef PARQUET_STATISTICS_H
#define PARQUET_STATISTICS_H

#include "base/buffer.h"
#include "pqt.h"

/* By what values of a column are ordered (parquet.thrift, ColumnOrder). */
typedef enum statistics_order {
    ORDER_NONE, /* none defined, or none of ours: no smallest and largest */
    ORDER_BOOLEAN,
    ORDER_INT32,
    ORDER_UINT32,
    ORDER_INT64,
    ORDER_UINT64,
    ORDER_FLOAT16, /* of FIXED_LEN_BYTE_ARRAY, two bytes */
    ORDER_FLOAT,
    ORDER_DOUBLE,
    ORDER_BYTES,        /* bytewise unsigned */
    ORDER_DECIMAL_BYTES /* big-endian two's complement of any length */
} statistics_order;

/*
 * Numbers are kept as keys: signed 64-bit numbers in the same order; NaN apart from
 * others. All zero with an order is empty. Nulls and NaN are counted by the caller.
 */
typedef struct statistics {
    statistics_order order;
    bool has_range; /* a value was seen that is not NaN */
    bool has_nan;
    int64_t min_key;
    int64_t max_key;
    int64_t min_nan_key;
    int64_t max_nan_key;
    buffer min_bytes;
    buffer max_bytes;
    int64_t null_count;
    int64_t nan_count;
} statistics;

statistics_order statistics_order_of(pqt_type type, const pqt_logical_type *logical);

/* Whether values may be NaN. */
bool statistics_order_is_real(statistics_order order);

void statistics_init(statistics *s, statistics_order order, const pqt_allocator *a);
void statistics_free(statistics *s);
/* Forgets the values; keeps the order and memory. */
void statistics_clear(statistics *s);

/* Takes in values, as encoder_kind.add has them. */
pqt_status statistics_add(statistics *s, const void *values, size_t count,
                          pqt_error *error);
/* How many of the values are NaN, for an order that is real. */
size_t statistics_count_nan(statistics_order order, const void *values, size_t count);
/* Takes in another's values and counts. */
pqt_status statistics_merge(statistics *s, const statistics *other, pqt_error *error);

/* A limit of one side as it is written, in the caller's memory. */
typedef struct statistics_bound {
    uint8_t number[8];
    pqt_view value; /* PLAIN; may show `number` or the statistics' bytes */
    bool is_exact;
} statistics_bound;

/* How limits are written. */
typedef struct statistics_cut {
    size_t limit_bytes; /* of byte arrays; 0: they are not cut */
    bool is_text;       /* at characters, and what is raised stays UTF-8 */
    bool is_total;      /* reals by the total order of IEEE 754, not by that of the type
                           (parquet.thrift, ColumnOrder) */
} statistics_cut;

/* Whether there is a smallest and a largest value. */
bool statistics_has_bounds(const statistics *s, bool is_total);

/*
 * Smallest and largest value, PLAIN, byte arrays cut where that still bounds them.
 * `scratch` holds a cut value that was raised. There must be bounds.
 */
void statistics_min(const statistics *s, statistics_cut cut, statistics_bound *out);
pqt_status statistics_max(const statistics *s, statistics_cut cut, buffer *scratch,
                          statistics_bound *out, pqt_error *error);

/* Compares two values that statistics_min or _max gave. */
int statistics_compare(statistics_order order, pqt_view a, pqt_view b);

#endif
