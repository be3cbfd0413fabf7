#include "base/buffer.h"

#include "test_help.h"

static void buffer_append_grows(void **state)
{
    (void)state;
    pqt_error error;
    buffer b = {0};
    for (uint32_t i = 0; i < 10000; i++) assert_ok(buffer_append(&b, &i, 4, &error));
    assert_int_equal(b.size_bytes, 40000);
    for (uint32_t i = 0; i < 10000; i++) assert_memory_equal(b.data + 4 * i, &i, 4);
    buffer_free(&b);
    assert_null(b.data);
}

static void buffer_reserve_impossible_fails(void **state)
{
    (void)state;
    pqt_error error;
    buffer b = {0};
    assert_ok(buffer_append_text(&b, "kept", &error));
    assert_fails(buffer_reserve(&b, SIZE_MAX - 2, &error), PQT_NOMEM, "out of memory");
    assert_view_is(buffer_view(&b), "kept");
    buffer_free(&b);
}

static void buffer_varint_and_printf(void **state)
{
    (void)state;
    pqt_error error;
    buffer b = {0};
    assert_ok(buffer_append_varint(&b, 300, &error));
    assert_memory_equal(b.data, "\xac\x02", 2);
    buffer_clear(&b);
    assert_ok(buffer_printf(&b, &error, "%d-%s", 7, "x"));
    assert_view_is(buffer_view(&b), "7-x");
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_append_grows),
        cmocka_unit_test(buffer_reserve_impossible_fails),
        cmocka_unit_test(buffer_varint_and_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
