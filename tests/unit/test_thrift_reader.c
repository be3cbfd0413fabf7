#include "parquet/thrift_reader.h"

#include <stdlib.h>

#include "naive_decode.h"
#include "parquet/thrift_writer.h"

static pqt_error error;

static void fields_come_back_as_written(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 63, -64, 64, INT32_MAX, INT32_MIN};
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        buffer out = {0};
        thrift_writer w = thrift_begin(&out, &error);
        thrift_bool(&w, 1, true);
        thrift_bool(&w, 2, false);
        thrift_i8(&w, 3, (int8_t)numbers[n]);
        thrift_i32(&w, 40, (int32_t)numbers[n]); /* a long step */
        thrift_i64(&w, 41, numbers[n] * INT64_C(0x7fffffff));
        thrift_binary(&w, 42, view_text("text"));
        thrift_struct_begin(&w, 43);
        thrift_i32(&w, 1, 7);
        thrift_struct_end(&w);
        thrift_list(&w, 44, THRIFT_LIST_I64, 20);
        for (int i = 0; i < 20; i++) thrift_item_i64(&w, i - 10);
        assert_ok(thrift_end(&w));
        thrift_reader r = thrift_reader_of(buffer_view(&out), &error);
        thrift_struct s = {0};
        int seen = 0;
        while (thrift_next(&r, &s)) {
            seen++;
            if (s.id == 1) assert_true(thrift_read_bool(&r, &s));
            if (s.id == 2) assert_false(thrift_read_bool(&r, &s));
            if (s.id == 3) assert_int_equal(thrift_read_i8(&r, &s), (int8_t)numbers[n]);
            if (s.id == 40) assert_int_equal(thrift_read_i32(&r, &s), numbers[n]);
            if (s.id == 41)
                assert_true(thrift_read_i64(&r, &s) == numbers[n] * INT64_C(0x7fffffff));
            if (s.id == 42) assert_view_is(thrift_read_binary(&r, &s), "text");
            if (s.id == 43) {
                thrift_struct inner = {0};
                assert_true(thrift_is_struct(&r, &s));
                assert_true(thrift_next(&r, &inner));
                assert_int_equal(thrift_read_i32(&r, &inner), 7);
                assert_false(thrift_next(&r, &inner));
            }
            if (s.id == 44) {
                assert_int_equal(thrift_read_list(&r, &s, THRIFT_I64, 1), 20);
                for (int i = 0; i < 20; i++)
                    assert_int_equal(thrift_element_i64(&r), i - 10);
            }
        }
        assert_int_equal(r.status, PQT_OK);
        assert_int_equal(seen, 8);
        assert_int_equal(thrift_position(&r), out.size_bytes);
        buffer_free(&out);
    }
}

/* A value of every type is passed over, at any depth. */
static void unknown_fields_are_skipped(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } values[] = {
        {"\x11", 1},                                          /* true */
        {"\x13\x05", 2},                                      /* i8 */
        {"\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, /* i64 */
        {"\x17"
         "12345678",
         9}, /* double */
        {"\x18\x03"
         "abc",
         5}, /* binary */
        {"\x19\x38\x01"
         "a\x01"
         "b\x00",
         7},                     /* three binaries */
        {"\x19\x21\x01\x02", 4}, /* two booleans */
        {"\x1a\x15\x02", 3},     /* a set of one i32 */
        {"\x1b\x00", 2},         /* an empty map */
        {"\x1b\x01\x85\x01"
         "a\x02",
         6},                             /* a map of one */
        {"\x1c\x15\x02\x00", 4},         /* a struct */
        {"\x1c\x1c\x1c\x00\x00\x00", 6}, /* structs in structs */
        {"\x1d"
         "0123456789abcdef",
         17}, /* a uuid */
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint8_t bytes[64];
        memcpy(bytes, values[i].bytes, values[i].size);
        memcpy(bytes + values[i].size, "\x15\x0e\x00", 3); /* i32 7 behind it */
        thrift_reader r = thrift_reader_of(view_of(bytes, values[i].size + 3), &error);
        thrift_struct s = {0};
        assert_true(thrift_next(&r, &s));
        thrift_skip(&r, &s);
        assert_true(thrift_next(&r, &s));
        if (s.id != 2 || thrift_read_i32(&r, &s) != 7) fail_msg("value %zu", i);
        assert_false(thrift_next(&r, &s));
        assert_int_equal(r.status, PQT_OK);
        for (size_t size = 0; size < values[i].size + 2; size++) {
            uint8_t *exact = malloc(size ? size : 1);
            memcpy(exact, bytes, size);
            thrift_reader cut = thrift_reader_of(view_of(exact, size), &error);
            thrift_struct c = {0};
            while (thrift_next(&cut, &c)) thrift_skip(&cut, &c);
            assert_int_equal(cut.status, PQT_CORRUPT);
            free(exact);
        }
    }
}

static void skip_whole(thrift_reader *r)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) thrift_skip(r, &s);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    uint8_t bytes[400];
    memset(bytes, 0x1c, 200);
    memset(bytes + 200, 0, 200);
    thrift_reader deep = thrift_reader_of(view_of(bytes, 400), &error);
    skip_whole(&deep);
    assert_int_equal(deep.status, PQT_CORRUPT);
    thrift_reader fine = thrift_reader_of(view_of(bytes + 150, 101), &error);
    skip_whole(&fine);
    assert_int_equal(fine.status, PQT_OK);
}

static void counts_beyond_the_bytes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\x18\x05"
         "abcd",
         6}, /* a binary of 5 in 4 */
        {"\x18\xff\xff\xff\xff\x0f"
         "abcd",
         10}, /* of 4 GiB */
        {"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
        {"\x19\xf5\xff\xff\xff\xff\x07\x00", 8}, /* 2^31 - 1 integers */
        {"\x19\xfc\xff\xff\xff\xff\x0f\x00", 8},
        {"\x1b\xff\xff\xff\xff\x0f\x55\x00", 8}, /* a map of 4 G */
        {"\x19\x3e\x00\x00", 4},                 /* no such type */
        {"\x1f\x00", 2},
        {"\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
         12}, /* an integer too long */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *exact = malloc(cases[i].size);
        memcpy(exact, cases[i].bytes, cases[i].size);
        thrift_reader r = thrift_reader_of(view_of(exact, cases[i].size), &error);
        skip_whole(&r);
        if (r.status != PQT_CORRUPT) fail_msg("case %zu", i);
        free(exact);
    }
    /* A list's count is trusted only as far as its elements can be there. */
    thrift_reader r =
        thrift_reader_of(view_of("\x19\xac\x00\x00\x00\x00\x00", 7), &error);
    thrift_struct s = {0};
    assert_true(thrift_next(&r, &s));
    assert_int_equal(thrift_read_list(&r, &s, THRIFT_STRUCT, 3), 0);
    assert_int_equal(r.status, PQT_CORRUPT);
}

static void field_of_another_type_is_refused(void **state)
{
    (void)state;
    thrift_reader r = thrift_reader_of(view_of("\x18\x01"
                                               "a\x00",
                                               4),
                                       &error);
    thrift_struct s = {0};
    assert_true(thrift_next(&r, &s));
    assert_int_equal(thrift_read_i32(&r, &s), 0);
    assert_int_equal(r.status, PQT_CORRUPT);
    assert_false(thrift_next(&r, &s)); /* and it stays refused */
}

static void random_bytes_do_no_harm(void **state)
{
    (void)state;
    uint64_t random = 31;
    for (int round = 0; round < 20000; round++) {
        const size_t size = naive_random(&random) % 60;
        uint8_t *bytes = malloc(size + 1);
        for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)naive_random(&random);
        thrift_reader r = thrift_reader_of(view_of(bytes, size), &error);
        skip_whole(&r);
        assert_true(thrift_position(&r) <= size);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_back_as_written),
        cmocka_unit_test(unknown_fields_are_skipped),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(counts_beyond_the_bytes_are_refused),
        cmocka_unit_test(field_of_another_type_is_refused),
        cmocka_unit_test(random_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
