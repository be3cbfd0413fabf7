#define _GNU_SOURCE
#include "base/thread_pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/alloc.h"

enum { MOST_THREADS = 64, MOST_AUTOMATIC_THREADS = 16 };

/* `lock` guards every field below it; `work` wakes workers, `idle` the caller. */
struct thread_pool {
    int size;
    pthread_t threads[MOST_THREADS];
    int started;
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_cond_t idle;
    bool stopping;
    size_t next;
    size_t count;
    int running;
    thread_pool_turn turn;
    void *self;
    pqt_status status;
    pqt_error error;
};

struct worker {
    thread_pool *pool;
    int index;
};

/* Takes turns until none is left. Called and left with the lock held. */
static void take_turns(thread_pool *pool, int worker)
{
    while (pool->next < pool->count && pool->status == PQT_OK) {
        const size_t index = pool->next++;
        pool->running++;
        pthread_mutex_unlock(&pool->lock);
        pqt_error error = {0};
        const pqt_status status = pool->turn(pool->self, index, worker, &error);
        pthread_mutex_lock(&pool->lock);
        pool->running--;
        if (status != PQT_OK && pool->status == PQT_OK) {
            pool->status = status;
            pool->error = error;
        }
    }
    if (pool->running == 0) pthread_cond_signal(&pool->idle);
}

static void *run_worker(void *argument)
{
    const struct worker worker = *(struct worker *)argument;
    alloc_release(NULL, argument);
    thread_pool *pool = worker.pool;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        if (pool->next < pool->count && pool->status == PQT_OK)
            take_turns(pool, worker.index);
        else
            pthread_cond_wait(&pool->work, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int automatic_size(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
    const int count = CPU_COUNT(&allowed);
    return count > MOST_AUTOMATIC_THREADS ? MOST_AUTOMATIC_THREADS : count;
}

static pqt_status start_worker(thread_pool *pool, pqt_error *error)
{
    struct worker *worker = alloc_bytes(NULL, sizeof *worker);
    if (!worker) return error_no_memory(error, sizeof *worker);
    *worker = (struct worker){pool, pool->started + 1};
    const int failed =
        pthread_create(&pool->threads[pool->started], NULL, run_worker, worker);
    if (failed) {
        alloc_release(NULL, worker);
        return error_set_errno(error, failed, "cannot start a thread");
    }
    pool->started++;
    return PQT_OK;
}

pqt_status thread_pool_create(int threads, thread_pool **out, pqt_error *error)
{
    if (threads < 0 || threads > MOST_THREADS)
        return error_set(error, PQT_INVALID, "%d threads: expected 0 to %d", threads,
                         MOST_THREADS);
    thread_pool *pool = alloc_zeroed(NULL, 1, sizeof *pool);
    if (!pool) return error_no_memory(error, sizeof *pool);
    pool->size = threads ? threads : automatic_size();
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->idle, NULL);
    for (int i = 1; i < pool->size; i++) {
        const pqt_status status = start_worker(pool, error);
        if (status == PQT_OK) continue;
        thread_pool_free(pool);
        return status;
    }
    *out = pool;
    return PQT_OK;
}

int thread_pool_size(const thread_pool *pool)
{
    return pool ? pool->size : 1;
}

static pqt_status run_alone(size_t count, thread_pool_turn turn, void *self,
                            pqt_error *error)
{
    for (size_t i = 0; i < count; i++) TRY(turn(self, i, 0, error));
    return PQT_OK;
}

pqt_status thread_pool_run(thread_pool *pool, size_t count, thread_pool_turn turn,
                           void *self, pqt_error *error)
{
    if (!pool || pool->size == 1 || count <= 1) return run_alone(count, turn, self, error);
    pthread_mutex_lock(&pool->lock);
    pool->turn = turn;
    pool->self = self;
    pool->status = PQT_OK;
    pool->next = 0;
    pool->count = count;
    pthread_cond_broadcast(&pool->work);
    take_turns(pool, 0);
    while (pool->running > 0) pthread_cond_wait(&pool->idle, &pool->lock);
    pool->count = 0;
    const pqt_status status = pool->status;
    if (status != PQT_OK && error) *error = pool->error;
    pthread_mutex_unlock(&pool->lock);
    return status;
}

void thread_pool_free(thread_pool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->started; i++) pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->idle);
    alloc_release(NULL, pool);
}
