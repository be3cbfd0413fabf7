#include "parquet/encoding_choice.h"

#include <stdio.h>

#include "naive_decode.h"

static pqt_error error;
enum { COUNT = 8192 };

static encoding_choice choose(pqt_type type, const void *values, pqt_codec codec,
                              bool portable)
{
    page_scratch scratch;
    page_scratch_init(&scratch, NULL);
    const encoding_sample sample = {.type = type,
                                    .value_bytes = encoder_value_bytes(type, 0),
                                    .codec = {codec, 0},
                                    .values = values,
                                    .count = COUNT};
    const encoding_limits limits = {
        .portable = portable, .expected_values = 1 << 20, .dictionary_bytes = 1 << 20};
    encoding_choice choice;
    assert_ok(encoding_choose(&sample, &limits, &scratch, &choice, &error));
    page_scratch_free(&scratch);
    return choice;
}

static void test_numbers_sorted_deltas_random_plain_few_dictionary(void **state)
{
    (void)state;
    static int64_t sorted[COUNT], random[COUNT], few[COUNT], many[COUNT];
    uint64_t seed = 1;
    for (int i = 0; i < COUNT; i++) {
        sorted[i] = (i ? sorted[i - 1] : 0) + (int64_t)(naive_random(&seed) % 9);
        random[i] = (int64_t)naive_random(&seed);
        few[i] = (int64_t)(naive_random(&seed) % 30 * UINT64_C(0x9e3779b97f4a7c15));
        many[i] = (int64_t)(naive_random(&seed) % 50000 * UINT64_C(0x9e3779b97f4a7c15));
    }
    encoding_choice c = choose(PQT_INT64, sorted, PQT_UNCOMPRESSED, false);
    assert_int_equal(c.kind->encoding, PQT_DELTA_BINARY_PACKED);
    assert_false(c.has_dictionary);
    c = choose(PQT_INT64, random, PQT_ZSTD, false);
    assert_int_equal(c.kind->encoding, PQT_PLAIN);
    assert_false(c.has_dictionary);
    assert_true(choose(PQT_INT64, few, PQT_UNCOMPRESSED, false).has_dictionary);
    /* Nearly all are new in the sample, but not in the chunk. */
    assert_true(choose(PQT_INT64, many, PQT_UNCOMPRESSED, false).has_dictionary);
}

static void test_texts_sorted_prefixes_unless_portable(void **state)
{
    (void)state;
    static char text[COUNT][32];
    static pqt_view views[COUNT];
    for (int i = 0; i < COUNT; i++) {
        const int size = snprintf(text[i], sizeof text[i], "/en/latest/page-%05d", i);
        views[i] = view_of(text[i], (size_t)size);
    }
    encoding_choice c = choose(PQT_BYTE_ARRAY, views, PQT_UNCOMPRESSED, false);
    assert_int_equal(c.kind->encoding, PQT_DELTA_BYTE_ARRAY);
    assert_false(c.has_dictionary);
    c = choose(PQT_BYTE_ARRAY, views, PQT_UNCOMPRESSED, true);
    assert_int_equal(c.kind->encoding, PQT_PLAIN);
}

static void test_types_of_few_encodings_those_common_readers_know(void **state)
{
    (void)state;
    static uint8_t runs[COUNT];
    static int32_t numbers[COUNT];
    static float floats[COUNT];
    for (int i = 0; i < COUNT; i++) {
        runs[i] = (uint8_t)(i / 1000 % 2);
        /* Bytes apart would compress well; few readers know that for integers. */
        numbers[i] = (int32_t)((uint32_t)i * 2654435761u & 0xff0000ff);
        floats[i] = 1.0f + (float)(i * 7919 % 100003) / 100003.0f;
    }
    const encoding_choice c = choose(PQT_BOOLEAN, runs, PQT_UNCOMPRESSED, false);
    assert_int_equal(c.kind->encoding, PQT_RLE);
    assert_false(c.has_dictionary);
    assert_int_equal(choose(PQT_BOOLEAN, runs, PQT_UNCOMPRESSED, true).kind->encoding,
                     PQT_PLAIN);
    assert_int_not_equal(choose(PQT_INT32, numbers, PQT_ZSTD, false).kind->encoding,
                         PQT_BYTE_STREAM_SPLIT);
    assert_int_equal(choose(PQT_FLOAT, floats, PQT_ZSTD, false).kind->encoding,
                     PQT_BYTE_STREAM_SPLIT);
}

static void test_projection_as_growth_falls(void **state)
{
    (void)state;
    assert_int_equal(encoding_project(10, 0, 1000), 0);
    assert_int_equal(encoding_project(10, 10, 1000), 10000); /* as ever */
    assert_int_equal(encoding_project(5, 10, 3), 30);        /* it does not rise */
    assert_int_equal(encoding_project(16, 8, 3), 4 + 2 + 1);
    assert_int_equal(encoding_project(16, 8, 1e12), 8);
    assert_int_equal(encoding_project(16, 8, -1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_sorted_deltas_random_plain_few_dictionary),
        cmocka_unit_test(test_texts_sorted_prefixes_unless_portable),
        cmocka_unit_test(test_types_of_few_encodings_those_common_readers_know),
        cmocka_unit_test(test_projection_as_growth_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
