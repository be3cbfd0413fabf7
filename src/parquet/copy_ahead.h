/*
 * Copying short runs of bytes in one step of fixed length, which costs no guess at how
 * long they are. What is read and written behind them must be there: see block_pool.h.
 */
#ifndef PARQUET_COPY_AHEAD_H
#define PARQUET_COPY_AHEAD_H

#include <string.h>

#include "parquet/block_pool.h"

enum { COPY_STEP_BYTES = BLOCK_SLACK_BYTES };

/* All is read before anything is written: the two may overlap. */
static inline void copy_step(uint8_t *out, const uint8_t *in)
{
    struct step {
        uint8_t bytes[COPY_STEP_BYTES];
    } step;
    memcpy(&step, in, sizeof step);
    memcpy(out, &step, sizeof step);
}

/* Bytes beyond the first step must not overlap `out`. */
static inline void copy_ahead(uint8_t *out, const uint8_t *in, size_t size_bytes)
{
    copy_step(out, in);
    if (size_bytes > COPY_STEP_BYTES)
        memcpy(out + COPY_STEP_BYTES, in + COPY_STEP_BYTES, size_bytes - COPY_STEP_BYTES);
}

#endif
