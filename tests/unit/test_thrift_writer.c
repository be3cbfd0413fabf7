#include "parquet/thrift_writer.h"

#include "test_help.h"

static pqt_error error;

static void assert_bytes(const buffer *out, const char *bytes, size_t size_bytes)
{
    assert_int_equal(out->size_bytes, size_bytes);
    assert_memory_equal(out->data, bytes, size_bytes);
}
#define ASSERT_BYTES(out, bytes) assert_bytes(out, bytes, sizeof bytes - 1)

/* Bytes worked out by hand from the compact protocol's description. */
static void test_fields_each_type_as_described(void **state)
{
    (void)state;
    buffer out = {0};
    thrift_writer w = thrift_begin(&out, &error);
    thrift_i32(&w, 1, -1);
    thrift_i64(&w, 3, 150);
    thrift_bool(&w, 4, true);
    thrift_bool(&w, 5, false);
    thrift_binary(&w, 6, view_text("ab"));
    thrift_i8(&w, 7, 16);
    thrift_i16(&w, 40, 2);
    assert_ok(thrift_end(&w));
    ASSERT_BYTES(&out,
                 "\x15\x01\x26\xac\x02\x11\x12\x18\x02"
                 "ab\x13\x10\x04\x50\x04\x00");
    buffer_free(&out);
}

static void test_structs_nested_field_numbers_restart(void **state)
{
    (void)state;
    buffer out = {0};
    thrift_writer w = thrift_begin(&out, &error);
    thrift_struct_begin(&w, 2);
    thrift_i32(&w, 1, 1);
    thrift_struct_end(&w);
    thrift_i32(&w, 3, 2);
    assert_ok(thrift_end(&w));
    ASSERT_BYTES(&out, "\x2c\x15\x02\x00\x15\x04\x00");
    buffer_free(&out);
}

static void test_lists_short_and_long_headers(void **state)
{
    (void)state;
    buffer out = {0};
    thrift_writer w = thrift_begin(&out, &error);
    thrift_list(&w, 1, THRIFT_LIST_STRUCT, 1);
    thrift_item_struct(&w);
    thrift_i64(&w, 1, 3);
    thrift_struct_end(&w);
    thrift_list(&w, 2, THRIFT_LIST_BOOL, 15);
    for (int i = 0; i < 15; i++) thrift_item_bool(&w, i % 2);
    assert_ok(thrift_end(&w));
    ASSERT_BYTES(&out,
                 "\x19\x1c\x16\x06\x00\x19\xf1\x0f\2\1\2\1\2\1\2\1\2\1\2\1\2\1\2\x00");
    buffer_free(&out);
}

static void test_structs_too_deep_refused(void **state)
{
    (void)state;
    buffer out = {0};
    thrift_writer w = thrift_begin(&out, &error);
    for (int i = 0; i < 20; i++) thrift_struct_begin(&w, 1);
    assert_int_equal(thrift_end(&w), PQT_INTERNAL);
    assert_non_null(strstr(error.message, "deeper"));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_each_type_as_described),
        cmocka_unit_test(test_structs_nested_field_numbers_restart),
        cmocka_unit_test(test_lists_short_and_long_headers),
        cmocka_unit_test(test_structs_too_deep_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
