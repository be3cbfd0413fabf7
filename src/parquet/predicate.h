/* A pqt_predicate made ready: checked against its column, values copied and sorted. */
#ifndef PARQUET_PREDICATE_H
#define PARQUET_PREDICATE_H

#include "base/arena.h"
#include "parquet/value_order.h"

/* Values of a number within [low, high]. */
typedef union predicate_limit {
    uint8_t boolean;
    int32_t int32;
    uint32_t uint32;
    int64_t int64;
    uint64_t uint64;
    float number;
    double wide;
} predicate_limit;

typedef struct predicate {
    int32_t column;
    const pqt_schema_node *node;
    value_order order;
    pqt_comparison comparison;
    const pqt_view *values; /* in order, without NaN */
    size_t value_count;
    bool has_nan;  /* the value, or one of them, is a NaN */
    bool is_range; /* of numbers: fulfilled within low and high, or, negated, elsewhere */
    bool is_negated;
    bool is_empty; /* no number is within */
    predicate_limit low;
    predicate_limit high;
} predicate;

/* INVALID for a column that is not there or repeated, and for values that it cannot have
 * or that do not go with the comparison. */
pqt_status predicate_make(const pqt_schema *schema, const pqt_predicate *in,
                          arena *memory, predicate *out, pqt_error *error);

/* Asks for nulls only: values are not looked at. */
static inline bool predicate_is_of_nulls(const predicate *p)
{
    return p->comparison == PQT_IS_NULL || p->comparison == PQT_IS_NOT_NULL;
}

/* Whether a value that is not null fulfils it; one of a wrong size fulfils nothing. */
bool predicate_matches(const predicate *p, pqt_view value);

/* Clears the bits of slots that do not fulfil it, as in pqt_values. Bits of nulls are
 * cleared unless it is IS_NULL. */
void predicate_filter(const predicate *p, const pqt_values *values, uint8_t *bits);

/* Fills a byte a value: 1 where it fulfils, of an array as in pqt_values without nulls.
 * True where one does. */
bool predicate_match_all(const predicate *p, const void *values, size_t count,
                         uint8_t *matches);

#endif
