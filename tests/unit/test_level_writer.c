#include "parquet/level_writer.h"

#include "base/cursor.h"
#include "test_help.h"

static pqt_error error;

static void test_levels_runs_with_and_without_length(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        level_writer w = {.max_level = 3};
        buffer out = {0};
        const level_format format = {.has_length = turn == 1};
        assert_ok(level_writer_add_same(&w, 2, 100, &error));
        assert_ok(level_writer_finish(&w, format, &out, &error));
        /* A run of 100: its header 200 in two bytes, then the level. */
        const uint8_t run[] = {0xc8, 0x01, 2};
        const size_t prefix = format.has_length ? 4 : 0;
        assert_int_equal(out.size_bytes, prefix + sizeof run);
        if (prefix) assert_int_equal(load_u32le(out.data), sizeof run);
        assert_memory_equal(out.data + prefix, run, sizeof run);
        assert_int_equal(w.levels.size_bytes, 0);
        buffer_free(&out);
        buffer_free(&w.levels);
    }
}

static void test_levels_of_all_kinds_counted(void **state)
{
    (void)state;
    level_writer w = {.max_level = 2};
    int64_t histogram[3] = {0, 10, 0};
    const uint16_t levels[] = {0, 2, 2, 1};
    const uint8_t bits[] = {0xb0};
    assert_ok(level_writer_add(&w, levels, 4, &error));
    assert_ok(level_writer_add_bits(&w, bits, 3, 5, &error));
    assert_ok(level_writer_add_same(&w, 2, 3, &error));
    level_writer_count(&w, histogram);
    assert_int_equal(histogram[0], 1 + 2);
    assert_int_equal(histogram[1], 10 + 1 + 3);
    assert_int_equal(histogram[2], 2 + 3);
    buffer_free(&w.levels);
}

static void test_levels_none_of_a_required_column(void **state)
{
    (void)state;
    level_writer w = {.max_level = 0};
    buffer out = {0};
    const level_format format = {.has_length = true};
    assert_ok(level_writer_add_same(&w, 0, 100, &error));
    assert_ok(level_writer_finish(&w, format, &out, &error));
    assert_int_equal(out.size_bytes, 0);
    assert_null(w.levels.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_runs_with_and_without_length),
        cmocka_unit_test(test_levels_of_all_kinds_counted),
        cmocka_unit_test(test_levels_none_of_a_required_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
