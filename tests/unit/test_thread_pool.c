#include "base/thread_pool.h"

#include "test_help.h"

enum { TURNS = 5000 };

static pqt_status count_turn(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    (void)error;
    ((int *)self)[index]++;
    return PQT_OK;
}

static pqt_status fail_at_100(void *self, size_t index, int worker, pqt_error *error)
{
    (void)self;
    (void)worker;
    return index == 100 ? error_set(error, PQT_CORRUPT, "turn 100") : PQT_OK;
}

static void thread_pool_runs_each_turn_once(void **state)
{
    (void)state;
    pqt_error error;
    for (int threads = 1; threads <= 4; threads++) {
        static int turns[TURNS];
        memset(turns, 0, sizeof turns);
        thread_pool *pool = NULL;
        assert_ok(thread_pool_create(threads, &pool, &error));
        assert_int_equal(thread_pool_size(pool), threads);
        for (int round = 1; round <= 20; round++) {
            assert_ok(thread_pool_run(pool, TURNS, count_turn, turns, &error));
            for (int i = 0; i < TURNS; i++) assert_int_equal(turns[i], round);
        }
        thread_pool_free(pool);
    }
}

static void thread_pool_returns_the_first_error(void **state)
{
    (void)state;
    pqt_error error;
    thread_pool *pool = NULL;
    assert_ok(thread_pool_create(3, &pool, &error));
    assert_fails(thread_pool_run(pool, TURNS, fail_at_100, NULL, &error), PQT_CORRUPT,
                 "turn 100");
    int turns[TURNS] = {0};
    assert_ok(thread_pool_run(pool, TURNS, count_turn, turns, &error));
    assert_fails(thread_pool_run(NULL, TURNS, fail_at_100, NULL, &error), PQT_CORRUPT,
                 "turn 100");
    thread_pool_free(pool);
    thread_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_pool_runs_each_turn_once),
        cmocka_unit_test(thread_pool_returns_the_first_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
