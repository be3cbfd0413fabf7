/* Memory that fails when it is told to: for programs that are linked with
 * --wrap=malloc, calloc and realloc. */
#ifndef FAILING_MEMORY_H
#define FAILING_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static uint64_t allocations, fail_at; /* 1..: which fails; 0: none */
static bool fail_for_ever;            /* and all behind it */

/* The allocation to fail after `at`: each where PQA_CHECK_ALL is set, else ever fewer. */
static inline uint64_t next_failure(uint64_t at, uint64_t part)
{
    const char *all = getenv("PQA_CHECK_ALL");
    return all && *all ? at + 1 : at + 1 + at / part;
}

static bool may_allocate(void)
{
    const uint64_t number = ++allocations;
    return fail_at == 0 || number < fail_at || (number > fail_at && !fail_for_ever);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return may_allocate() ? __real_realloc(pointer, size) : NULL;
}

#endif
