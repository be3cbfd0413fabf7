/* Which of a store's calls are made to fail, one run each: every call; under a sanitizer,
 * where a run takes many times as long, every third unless PQA_CHECK_ALL is set. */
#ifndef FAULT_CALLS_H
#define FAULT_CALLS_H

#include <stdlib.h>

#include "store/store.h"
#include "test_help.h"

/* How a call fails: once or from then on, before or after it took effect. */
enum fault_way {
    FAULT_ONCE = 0,
    FAULT_FOR_EVER = 1,
    FAULT_ANSWER_LOST = 2,
    FAULT_ALL_ANSWERS_LOST = FAULT_FOR_EVER | FAULT_ANSWER_LOST
};

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

/* A run whose store fails as planned; returns whether it went through without a fault. */
typedef bool (*fault_run)(const void *self, struct store_fault_plan plan);

/* Lets call after call fail until a run gets through: behind call number `least`. */
static inline void each_call_fails(fault_run run, const void *self, int way,
                                   uint64_t least)
{
    uint64_t at = first_call(way);
    while (!run(self,
                (struct store_fault_plan){.fail_at = at,
                                          .fail_for_ever = (way & FAULT_FOR_EVER) != 0,
                                          .apply_first = (way & FAULT_ANSWER_LOST) != 0}))
        at = next_call(at);
    assert_true(at > least);
}

/* A store that another may take over without closing it. */
static inline void keep_store(void *self)
{
    (void)self;
}

static inline store *borrow_store(store *s)
{
    static struct store_functions functions;
    pqt_error error;
    store *borrowed = NULL;
    functions = *s->functions;
    functions.release = keep_store;
    assert_ok(store_make(&functions, s->self, "borrowed", &borrowed, &error));
    return borrowed;
}

#endif
