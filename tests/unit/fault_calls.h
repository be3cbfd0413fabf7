/* Which of a store's calls are made to fail, one run each: every call; under a sanitizer,
 * where a run takes many times as long, every third unless PQA_CHECK_ALL is set. */
#ifndef FAULT_CALLS_H
#define FAULT_CALLS_H

#include <stdint.h>
#include <stdlib.h>

static inline uint64_t calls_a_step(void)
{
#ifdef __SANITIZE_ADDRESS__
    const char *all = getenv("PQA_CHECK_ALL");
    return all && *all ? 1 : 3;
#else
    return 1;
#endif
}

/* Of each way to fail other calls, where not all are. */
static inline uint64_t first_call(int way)
{
    return 1 + (uint64_t)way % calls_a_step();
}

static inline uint64_t next_call(uint64_t at)
{
    return at + calls_a_step();
}

#endif
