#include "parquet/value_printer.h"

#include "test_help.h"

static pqt_error error;

/* What one value of a column is printed as. */
static void assert_prints(const pqt_schema_node *node, const void *value,
                          const char *wanted)
{
    buffer out = {0};
    pqt_values values = {.type = node->type, .row_count = 1, .slot_count = 1};
    values.booleans = value;
    values.int32s = value;
    values.int64s = value;
    values.floats = value;
    values.doubles = value;
    values.bytes = value;
    assert_ok(value_print(node, &values, 0, &out, &error));
    assert_ok(buffer_append_u8(&out, 0, &error));
    assert_string_equal((const char *)out.data, wanted);
    buffer_free(&out);
}

static void integers_are_printed_by_their_meaning(void **state)
{
    (void)state;
    static const struct {
        pqt_type type;
        pqt_logical_type logical;
        int64_t value;
        const char *text;
    } cases[] = {
        {PQT_INT32, {0}, -5, "-5"},
        {PQT_INT64, {0}, INT64_MIN, "-9223372036854775808"},
        {PQT_INT32, {.kind = PQT_LOGICAL_INTEGER, .bit_width = 32}, -1, "4294967295"},
        {PQT_INT64,
         {.kind = PQT_LOGICAL_INTEGER, .bit_width = 64},
         -1,
         "18446744073709551615"},
        {PQT_INT32,
         {.kind = PQT_LOGICAL_INTEGER, .bit_width = 8, .is_signed = true},
         -1,
         "-1"},
        {PQT_INT32, {.kind = PQT_LOGICAL_DATE}, 0, "\"1970-01-01\""},
        {PQT_INT32, {.kind = PQT_LOGICAL_DATE}, -1, "\"1969-12-31\""},
        {PQT_INT32, {.kind = PQT_LOGICAL_DATE}, 20454, "\"2026-01-01\""},
        {PQT_INT32,
         {.kind = PQT_LOGICAL_TIME, .unit = PQT_MILLIS},
         3723004,
         "\"01:02:03.004\""},
        {PQT_INT64,
         {.kind = PQT_LOGICAL_TIME, .unit = PQT_NANOS},
         1,
         "\"00:00:00.000000001\""},
        {PQT_INT64,
         {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MICROS, .is_utc = true},
         1767225600000001,
         "\"2026-01-01T00:00:00.000001Z\""},
        {PQT_INT64,
         {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MILLIS},
         -1,
         "\"1969-12-31T23:59:59.999\""},
        {PQT_INT32,
         {.kind = PQT_LOGICAL_DECIMAL, .scale = 2, .precision = 9},
         -12345,
         "\"-123.45\""},
        {PQT_INT64,
         {.kind = PQT_LOGICAL_DECIMAL, .scale = 5, .precision = 18},
         7,
         "\"0.00007\""},
        {PQT_INT64, {.kind = PQT_LOGICAL_DECIMAL, .precision = 18}, 7, "\"7\""},
        {PQT_INT64, {.kind = PQT_LOGICAL_DECIMAL, .scale = -3}, -7, "\"-7000\""},
        {PQT_INT64,
         {.kind = PQT_LOGICAL_DECIMAL, .scale = INT32_MAX},
         -7,
         "\"-7E-2147483647\""},
        {PQT_INT64,
         {.kind = PQT_LOGICAL_DECIMAL, .scale = INT32_MIN},
         7,
         "\"7E2147483648\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pqt_schema_node node = {.type = cases[i].type, .logical = cases[i].logical};
        const int32_t narrow = (int32_t)cases[i].value;
        assert_prints(&node,
                      cases[i].type == PQT_INT32 ? (const void *)&narrow
                                                 : (const void *)&cases[i].value,
                      cases[i].text);
    }
}

static void bytes_are_printed_by_their_meaning(void **state)
{
    (void)state;
    static const struct {
        pqt_type type;
        pqt_logical_type logical;
        const char *bytes;
        size_t size;
        const char *text;
    } cases[] = {
        {PQT_BYTE_ARRAY, {0}, "\x00\xff", 2, "\"AP8=\""},
        {PQT_BYTE_ARRAY, {0}, "", 0, "\"\""},
        {PQT_BYTE_ARRAY,
         {.kind = PQT_LOGICAL_STRING},
         "a\"\\\n\x01",
         5,
         "\"a\\\"\\\\\\u000a\\u0001\""},
        {PQT_BYTE_ARRAY, {.kind = PQT_LOGICAL_STRING}, "\xc3\xa9", 2, "\"\xc3\xa9\""},
        {PQT_BYTE_ARRAY,
         {.kind = PQT_LOGICAL_STRING},
         "\xff"
         "a",
         2,
         "\"\xef\xbf\xbd"
         "a\""},
        {PQT_BYTE_ARRAY, {.kind = PQT_LOGICAL_ENUM}, "RED", 3, "\"RED\""},
        {PQT_FIXED_LEN_BYTE_ARRAY,
         {.kind = PQT_LOGICAL_UUID},
         "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
         16,
         "\"00112233-4455-6677-8899-aabbccddeeff\""},
        {PQT_FIXED_LEN_BYTE_ARRAY,
         {.kind = PQT_LOGICAL_DECIMAL, .scale = 2},
         "\xff\x85",
         2,
         "\"-1.23\""},
        {PQT_BYTE_ARRAY,
         {.kind = PQT_LOGICAL_DECIMAL, .scale = 3},
         "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
         16,
         "\"170141183460469231731687303715884105.727\""},
        {PQT_FIXED_LEN_BYTE_ARRAY, {.kind = PQT_LOGICAL_FLOAT16}, "\x00\x3c", 2, "1"},
        {PQT_FIXED_LEN_BYTE_ARRAY, {.kind = PQT_LOGICAL_FLOAT16}, "\x00\x7c", 2, "null"},
        {PQT_FIXED_LEN_BYTE_ARRAY,
         {.kind = PQT_LOGICAL_FLOAT16},
         "\x01\x00",
         2,
         "5.9604645e-08"},
        {PQT_INT96,
         {0},
         "\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x3d\x25\x00",
         12,
         "\"1970-01-01T00:00:00.000000000\""},
        {PQT_INT96, /* beyond 64 bits of nanoseconds */
         {0},
         "\x00\xe0\x29\x92\xd2\x09\x00\x00\x2c\xfe\x51\x00",
         12,
         "\"9999-12-31T03:00:00.000000000\""},
        {PQT_INT96, /* a nanosecond before a day */
         {0},
         "\xff\xff\xff\xff\xff\xff\xff\xff\x8c\x3d\x25\x00",
         12,
         "\"1969-12-31T23:59:59.999999999\""},
        {PQT_INT96, /* a day without a date */
         {0},
         "\x00\x60\xb9\xc7\x6e\xe2\xff\xff\xa8\xab\xb0\xf9",
         12,
         "\"AGC5x27i//+oq7D5\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pqt_schema_node node = {.type = cases[i].type,
                                      .type_length = (int32_t)cases[i].size,
                                      .logical = cases[i].logical};
        const pqt_view value = view_of(cases[i].bytes, cases[i].size);
        assert_prints(&node, &value, cases[i].text);
    }
}

static void floats_are_printed_so_that_they_read_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1, "1"},
                 {-2.5, "-2.5"},
                 {1e300, "1e+300"},
                 {1e-320, "9.99988867182683e-321"},
                 {0.30000000000000004, "0.30000000000000004"},
                 {__builtin_nan(""), "null"},
                 {__builtin_inf(), "null"}};
    const pqt_schema_node wide = {.type = PQT_DOUBLE}, narrow = {.type = PQT_FLOAT};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_prints(&wide, &cases[i].value, cases[i].text);
    const float tenth = 0.1f;
    assert_prints(&narrow, &tenth, "0.1");
    const pqt_schema_node boolean = {.type = PQT_BOOLEAN};
    assert_prints(&boolean, "\x01", "true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_printed_by_their_meaning),
        cmocka_unit_test(bytes_are_printed_by_their_meaning),
        cmocka_unit_test(floats_are_printed_so_that_they_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
