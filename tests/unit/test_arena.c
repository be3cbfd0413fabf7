#include "base/arena.h"

#include "test_help.h"

static void arena_alloc_aligned_and_zeroed(void **state)
{
    (void)state;
    arena a = {0};
    for (size_t size = 1; size < 3000; size += 37) {
        uint8_t *p = arena_alloc(&a, 1, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % sizeof(void *), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    arena_free(&a);
    assert_int_equal(a.allocated_bytes, 0);
}

static void arena_copy_keeps_bytes(void **state)
{
    (void)state;
    arena a = {0};
    pqt_view copies[100];
    for (int i = 0; i < 100; i++) copies[i] = arena_copy(&a, view_text("some path"));
    for (int i = 0; i < 100; i++) assert_view_is(copies[i], "some path");
    assert_string_equal(arena_text(&a, view_of("abcdef", 3)), "abc");
    assert_null(arena_alloc(&a, SIZE_MAX, 2));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_alloc_aligned_and_zeroed),
        cmocka_unit_test(arena_copy_keeps_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
