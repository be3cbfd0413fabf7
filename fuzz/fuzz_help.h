/* What fuzz targets share: memory with a budget, and choices taken from the input. */
#ifndef FUZZ_HELP_H
#define FUZZ_HELP_H

#include <stdlib.h>

#include "base/cursor.h"
#include "base/error.h"
#include "memory_budget.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All was given back. */
static inline void fuzz_budget_end(const memory_budget *budget)
{
    if (budget->used_bytes != 0) abort();
}

/* The next byte of the choices; 0 behind their end. */
static inline uint8_t fuzz_u8(cursor *input)
{
    uint8_t byte = 0;
    cursor_u8(input, &byte);
    return byte;
}

static inline size_t fuzz_u16(cursor *input)
{
    const size_t low = fuzz_u8(input);
    return low | (size_t)fuzz_u8(input) << 8;
}

/* What is left of the input. */
static inline pqt_view fuzz_rest(const cursor *input)
{
    return (pqt_view){input->at, cursor_left(input)};
}

/* A failure must say what it is. */
static inline void fuzz_check_error(pqt_status status, const pqt_error *error)
{
    if (status != PQT_OK && (error->status != status || !error->message[0])) abort();
}

#endif
