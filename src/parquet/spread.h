/* Making room for nulls among values. */
#ifndef PARQUET_SPREAD_H
#define PARQUET_SPREAD_H

#include "pqt_base.h"

/*
 * `slots` begins with `valid` values of `slot_bytes` (1, 4, 8 or 16): moves each to its
 * place among `count` slots, of which those are not null whose bit is set in `validity`
 * from bit `at` on; nulls become zero. Up to 9 bytes behind the last bit may be read.
 */
typedef struct spreading {
    void *slots;
    size_t slot_bytes;
    size_t count;
    size_t valid;
    const uint8_t *validity;
    size_t at;
} spreading;

void spread_values(const spreading *s);

/* The same without the processor's vectors: what tests compare it with. */
void spread_values_scalar(const spreading *s);

#endif
