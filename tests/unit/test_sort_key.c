#include "cli/sort_key.h"

#include <math.h>

#include "test_help.h"

/* The values are in order: each before those behind it. */
static void assert_ascending(const pqt_schema_node *leaf, const void *values,
                             size_t count)
{
    const compare_values compare = sort_key_find(leaf);
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++) {
            const int order = compare(values, a, b);
            if ((order > 0) - (order < 0) != (a > b) - (a < b))
                fail_msg("values %zu and %zu: order %d", a, b, order);
        }
}

static void integers_by_their_sign(void **state)
{
    (void)state;
    const int32_t numbers[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
    assert_ascending(&(pqt_schema_node){.type = PQT_INT32}, numbers, 5);
    const uint64_t naturals[] = {0, 1, INT64_MAX, UINT64_MAX};
    const pqt_schema_node natural = {
        .type = PQT_INT64, .logical = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 64}};
    assert_ascending(&natural, naturals, 4);
}

static void reals_with_nan_last(void **state)
{
    (void)state;
    const double doubles[] = {-INFINITY, -1, 0, 1e-300, INFINITY, NAN};
    assert_ascending(&(pqt_schema_node){.type = PQT_DOUBLE}, doubles, 6);
    const float zeros[] = {0.0F, -0.0F};
    const pqt_schema_node leaf = {.type = PQT_FLOAT};
    assert_int_equal(sort_key_find(&leaf)(zeros, 0, 1), 0);
}

#define BYTES(text)                               \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static void bytes_are_unsigned_and_shorter_first(void **state)
{
    (void)state;
    const pqt_view views[] = {BYTES(""), BYTES("a"), BYTES("ab"), BYTES("b"),
                              BYTES("\xff")};
    assert_ascending(&(pqt_schema_node){.type = PQT_BYTE_ARRAY}, views, 5);
}

static void decimals_of_any_length_by_value(void **state)
{
    (void)state;
    const pqt_view views[] = {BYTES("\x80\x00\x00"), BYTES("\xfe"), BYTES("\xff"),
                              BYTES("\x00"),         BYTES("\x7f"), BYTES("\x00\x80"),
                              BYTES("\x01\x00\x00")};
    const pqt_schema_node leaf = {.type = PQT_BYTE_ARRAY,
                                  .logical = {.kind = PQT_LOGICAL_DECIMAL}};
    assert_ascending(&leaf, views, 7);
    const pqt_view same[] = {BYTES("\xff\xff"), BYTES("\xff"), BYTES("\x00"), BYTES("")};
    assert_int_equal(sort_key_find(&leaf)(same, 0, 1), 0);
    assert_int_equal(sort_key_find(&leaf)(same, 2, 3), 0);
}

/* -inf, -1, 0, the least above it, 1, inf, NaN; little-endian. */
static void halves_by_value(void **state)
{
    (void)state;
    const pqt_view views[] = {BYTES("\x00\xfc"), BYTES("\x00\xbc"), BYTES("\x00\x00"),
                              BYTES("\x01\x00"), BYTES("\x00\x3c"), BYTES("\x00\x7c"),
                              BYTES("\x00\x7e")};
    const pqt_schema_node leaf = {.type = PQT_FIXED_LEN_BYTE_ARRAY,
                                  .type_length = 2,
                                  .logical = {.kind = PQT_LOGICAL_FLOAT16}};
    assert_ascending(&leaf, views, 7);
    const pqt_view zeros[] = {BYTES("\x00\x00"), BYTES("\x00\x80")};
    assert_int_equal(sort_key_find(&leaf)(zeros, 0, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_by_their_sign),
        cmocka_unit_test(reals_with_nan_last),
        cmocka_unit_test(bytes_are_unsigned_and_shorter_first),
        cmocka_unit_test(decimals_of_any_length_by_value),
        cmocka_unit_test(halves_by_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
