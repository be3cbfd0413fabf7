/* A small pool of threads for loops whose turns do not depend on each other. */
#ifndef BASE_THREAD_POOL_H
#define BASE_THREAD_POOL_H

#include "base/error.h"

typedef struct thread_pool thread_pool;

/* `threads` includes the caller's: 1 starts none, 0 means one a processor (at most 16).
 * The caller frees. */
pqt_status thread_pool_create(int threads, thread_pool **out, pqt_error *error);

/* How many threads take part, the caller's included. NULL counts 1. */
int thread_pool_size(const thread_pool *pool);

/*
 * One turn: `index` counts 0..count-1, `worker` 0..size-1 says which thread runs it (for
 * scratch memory of its own).
 */
typedef pqt_status (*thread_pool_turn)(void *self, size_t index, int worker,
                                       pqt_error *error);

/*
 * Runs all turns, the caller's thread taking part, and returns when all have ended.
 * Turns start in order of index. After a failure no further turn starts; the first error
 * is returned. `pool` NULL runs them in order on the caller's thread. Not reentrant: one
 * thread at a time may call it for a pool.
 */
pqt_status thread_pool_run(thread_pool *pool, size_t count, thread_pool_turn turn,
                           void *self, pqt_error *error);

/* Ends the threads and frees. NULL is fine. */
void thread_pool_free(thread_pool *pool);

#endif
