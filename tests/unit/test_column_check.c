#include "parquet/column_check.h"

#include "test_help.h"

static pqt_error error;

static void test_check_what_fits_accepted(void **state)
{
    (void)state;
    const pqt_column_options columns[] = {
        {.name = "a", .type = PQT_BOOLEAN},
        {.name = "a", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}},
        {.name = "a",
         .type = PQT_INT32,
         .logical = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 16, .is_signed = true}},
        {.name = "a",
         .type = PQT_FIXED_LEN_BYTE_ARRAY,
         .type_length = 16,
         .logical = {.kind = PQT_LOGICAL_UUID}},
        {.name = "a",
         .type = PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_TIME, .unit = PQT_NANOS}},
        {.name = "a",
         .type = PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 18, .scale = 18}},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        assert_ok(column_check(&columns[i], &error));
}

static void test_check_contradictions_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        pqt_column_options column;
        pqt_status status;
        const char *part;
    } cases[] = {
        {{.name = ""}, PQT_INVALID, "no name"},
        {{.name = "x", .repetition = PQT_REPEATED},
         PQT_UNSUPPORTED,
         "column 'x': repeated"},
        {{.name = "x", .type = PQT_INT96}, PQT_UNSUPPORTED, "INT96"},
        {{.name = "x", .type = (pqt_type)8}, PQT_INVALID, "no type 8"},
        {{.name = "x", .type = PQT_FIXED_LEN_BYTE_ARRAY},
         PQT_INVALID,
         "type_length is 0"},
        {{.name = "x", .encoding = PQT_RLE_DICTIONARY}, PQT_INVALID, "dictionary"},
        {{.name = "x", .bloom_filter = true}, PQT_INVALID, "bloom"},
        {{.name = "x", .type = PQT_INT32, .logical = {.kind = PQT_LOGICAL_STRING}},
         PQT_INVALID,
         "STRING cannot be INT32"},
        {{.name = "x", .type = PQT_INT32, .logical = {.kind = PQT_LOGICAL_INTEGER}},
         PQT_INVALID,
         "INTEGER of 0 bits"},
        {{.name = "x",
          .type = PQT_INT64,
          .logical = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 32}},
         PQT_INVALID,
         "INTEGER of 32 bits cannot be INT64"},
        {{.name = "x",
          .type = PQT_FIXED_LEN_BYTE_ARRAY,
          .type_length = 8,
          .logical = {.kind = PQT_LOGICAL_UUID}},
         PQT_INVALID,
         "UUID has 16 bytes, not 8"},
        {{.name = "x",
          .type = PQT_INT32,
          .logical = {.kind = PQT_LOGICAL_TIME, .unit = PQT_MICROS}},
         PQT_INVALID,
         "milliseconds"},
        {{.name = "x",
          .type = PQT_INT32,
          .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 3, .scale = 4}},
         PQT_INVALID,
         "precision 3 and scale 4"},
        {{.name = "x", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_LIST}},
         PQT_UNSUPPORTED,
         "LIST cannot be written yet"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(column_check(&cases[i].column, &error), cases[i].status,
                     cases[i].part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_what_fits_accepted),
        cmocka_unit_test(test_check_contradictions_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
