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
    ORDER_FLOAT,
    ORDER_DOUBLE,
    ORDER_BYTES,        /* bytewise unsigned */
    ORDER_DECIMAL_BYTES /* big-endian two's complement of one length */
} statistics_order;

/*
 * Numbers are kept as keys: signed 64-bit numbers in the same order. All zero with an
 * order is empty.
 */
typedef struct statistics {
    statistics_order order;
    bool has_range; /* a value was seen that counts (NaN does not) */
    int64_t min_key;
    int64_t max_key;
    buffer min_bytes;
    buffer max_bytes;
    int64_t null_count;
} statistics;

statistics_order statistics_order_of(pqt_type type, const pqt_logical_type *logical);

void statistics_init(statistics *s, statistics_order order, const pqt_allocator *a);
void statistics_free(statistics *s);
/* Forgets the values; keeps the order and memory. */
void statistics_clear(statistics *s);

/* Takes in values, as encoder_kind.add has them. */
pqt_status statistics_add(statistics *s, const void *values, size_t count,
                          pqt_error *error);
/* Takes in another's values and nulls. */
pqt_status statistics_merge(statistics *s, const statistics *other, pqt_error *error);

/* A limit of one side as it is written, in the caller's memory. */
typedef struct statistics_bound {
    uint8_t number[8];
    pqt_view value; /* PLAIN; may show `number` or the statistics' bytes */
    bool is_exact;
} statistics_bound;

/* How byte arrays are cut. */
typedef struct statistics_cut {
    size_t limit_bytes; /* 0: not */
    bool is_text;       /* at characters, and what is raised stays UTF-8 */
} statistics_cut;

/*
 * Smallest and largest value, PLAIN, byte arrays cut where that still bounds them.
 * `scratch` holds a cut value that was raised. has_range must be true.
 */
void statistics_min(const statistics *s, statistics_cut cut, statistics_bound *out);
pqt_status statistics_max(const statistics *s, statistics_cut cut, buffer *scratch,
                          statistics_bound *out, pqt_error *error);

/* Compares two values that statistics_min or _max gave. */
int statistics_compare(statistics_order order, pqt_view a, pqt_view b);

#endif
