#include "parquet/column_check.h"

#include "test_help.h"

static pqt_error error;

static void test_check_what_fits_accepted(void **state)
{
    (void)state;
    const pqt_schema_node leaves[] = {
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
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        assert_ok(column_check_type(&leaves[i], &error));
}

static void test_check_contradictions_refused(void **state)
{
    (void)state;
    static const struct {
        pqt_schema_node leaf;
        pqt_status status;
        const char *part;
    } cases[] = {
        {{.name = "x", .type = PQT_INT96}, PQT_UNSUPPORTED, "INT96"},
        {{.name = "x", .type = (pqt_type)8}, PQT_INVALID, "no type 8"},
        {{.name = "x", .type = PQT_FIXED_LEN_BYTE_ARRAY},
         PQT_INVALID,
         "type_length is 0"},
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
         PQT_INVALID,
         "LIST is for groups"},
        {{.name = "x",
          .type = PQT_INT32,
          .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 10}},
         PQT_INVALID,
         "which hold 9 digits"},
        {{.name = "x",
          .type = PQT_FIXED_LEN_BYTE_ARRAY,
          .type_length = 16,
          .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 39}},
         PQT_INVALID,
         "which hold 38 digits"},
        {{.name = "x", .type = PQT_INT64, .logical = {.kind = PQT_LOGICAL_GEOMETRY}},
         PQT_INVALID,
         "GEOMETRY cannot be INT64"},
        {{.name = "x", .logical = {.kind = PQT_LOGICAL_OTHER, .field_number = 77}},
         PQT_UNSUPPORTED,
         "logical type 77"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(column_check_type(&cases[i].leaf, &error), cases[i].status,
                     cases[i].part);
}

static void test_check_options_that_do_not_fit_refused(void **state)
{
    (void)state;
    static const struct {
        pqt_type type;
        pqt_column_options options;
        const char *part;
    } cases[] = {
        {PQT_BOOLEAN, {.encoding = PQT_RLE_DICTIONARY}, "dictionary"},
        {PQT_BOOLEAN, {.bloom_filter = true}, "bloom"},
        {PQT_INT32, {.encoding = PQT_DELTA_BYTE_ARRAY}, "INT32 cannot be encoded as"},
        {PQT_BYTE_ARRAY, {.encoding = PQT_BYTE_STREAM_SPLIT}, "BYTE_STREAM_SPLIT"},
        {PQT_INT64,
         {.encoding = PQT_RLE_DICTIONARY, .fallback = PQT_RLE},
         "cannot be encoded as RLE"},
        {PQT_INT64, {.encoding = PQT_BIT_PACKED}, "BIT_PACKED"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pqt_schema_node leaf = {.name = "x", .type = cases[i].type};
        assert_fails(column_check_options(&leaf, &cases[i].options, &error), PQT_INVALID,
                     cases[i].part);
    }
    const pqt_schema_node leaf = {.name = "x"};
    const pqt_column_options chosen = {.encoding = PQT_ENCODING_CHOSEN};
    assert_ok(column_check_options(&leaf, &chosen, &error));
    const pqt_column_options lzo = {.codec = PQT_LZO};
    assert_fails(column_check_options(&leaf, &lzo, &error), PQT_UNSUPPORTED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_what_fits_accepted),
        cmocka_unit_test(test_check_contradictions_refused),
        cmocka_unit_test(test_check_options_that_do_not_fit_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
