#include "parquet/dictionary_encoder.h"

#include "naive_decode.h"

static pqt_error error;
enum { MOST = 4000 };

static void decode_page(const buffer *page, size_t count, uint32_t *codes)
{
    cursor c = cursor_of(buffer_view(page));
    const uint8_t width = *naive_take(&c, 1);
    naive_rle(&c, width, count, codes);
    assert_int_equal(cursor_left(&c), 0);
}

/* Numbers in pages: codes lead back to them, entries are distinct, in order of sight. */
static void test_add_random_numbers_codes_lead_back(void **state)
{
    (void)state;
    static int64_t values[MOST];
    static uint32_t codes[MOST];
    uint64_t seed = 5;
    dictionary_encoder d;
    dictionary_init(&d, PQT_INT64, 8, NULL);
    for (int chunk = 0; chunk < 3; chunk++) {
        assert_ok(dictionary_clear(&d, &error));
        for (int page = 0; page < 4; page++) {
            for (size_t i = 0; i < MOST; i++)
                values[i] = (int64_t)(naive_random(&seed) % 1500) * -100000000000;
            buffer out = {0};
            assert_ok(dictionary_add(&d, values, 1000, &error));
            assert_ok(dictionary_add(&d, values + 1000, MOST - 1000, &error));
            assert_ok(dictionary_finish_page(&d, page % 2, &out, &error));
            decode_page(&out, MOST, codes);
            for (size_t i = 0; i < MOST; i++) {
                assert_true(codes[i] < d.count);
                assert_memory_equal(dictionary_entry(&d, codes[i]).data, &values[i], 8);
            }
            buffer_free(&out);
        }
        assert_int_equal(d.count, 1500);
        assert_int_equal(d.plain.size_bytes, 1500 * 8);
    }
    dictionary_free(&d);
}

static void test_add_texts_plain_page_in_order(void **state)
{
    (void)state;
    const pqt_view values[] = {view_text("b"), view_text(""), view_text("b"),
                               view_text("stable"), view_text("")};
    dictionary_encoder d;
    dictionary_init(&d, PQT_BYTE_ARRAY, 0, NULL);
    assert_ok(dictionary_clear(&d, &error));
    assert_ok(dictionary_add(&d, values, 5, &error));
    assert_int_equal(d.count, 3);
    assert_memory_equal(d.plain.data, "\1\0\0\0b\0\0\0\0\6\0\0\0stable", 19);
    assert_int_equal(d.plain.size_bytes, 19);
    assert_view_is(dictionary_entry(&d, 2), "stable");
    dictionary_free(&d);
}

/* What page statistics are made from: each entry of the page once, of no other page. */
static void test_fresh_second_page_only_its_entries(void **state)
{
    (void)state;
    const int32_t first[] = {1, 2, 3}, second[] = {3, 3, 9};
    dictionary_encoder d;
    buffer out = {0};
    dictionary_init(&d, PQT_INT32, 4, NULL);
    assert_ok(dictionary_clear(&d, &error));
    assert_ok(dictionary_add(&d, first, 3, &error));
    assert_int_equal(d.fresh.size_bytes, 3 * sizeof(uint32_t));
    assert_ok(dictionary_finish_page(&d, false, &out, &error));
    assert_ok(dictionary_add(&d, second, 3, &error));
    const uint32_t expected[] = {2, 3};
    assert_int_equal(d.fresh.size_bytes, sizeof expected);
    assert_memory_equal(d.fresh.data, expected, sizeof expected);
    buffer_free(&out);
    dictionary_free(&d);
}

static uint8_t code_width_of(int32_t distinct, bool is_compressed)
{
    int32_t values[600];
    for (int32_t i = 0; i < distinct; i++) values[i] = i;
    dictionary_encoder d;
    buffer out = {0};
    dictionary_init(&d, PQT_INT32, 4, NULL);
    assert_ok(dictionary_clear(&d, &error));
    assert_ok(dictionary_add(&d, values, (size_t)distinct, &error));
    assert_ok(dictionary_finish_page(&d, is_compressed, &out, &error));
    const uint8_t width = out.data[0];
    buffer_free(&out);
    dictionary_free(&d);
    return width;
}

static void test_finish_compressed_width_no_straddling(void **state)
{
    (void)state;
    static const struct {
        int32_t distinct;
        uint8_t tight, compressed;
    } cases[] = {{1, 1, 1}, {3, 2, 2}, {5, 3, 4}, {17, 5, 8}, {256, 8, 8}, {257, 9, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(code_width_of(cases[i].distinct, false), cases[i].tight);
        assert_int_equal(code_width_of(cases[i].distinct, true), cases[i].compressed);
    }
}

/* Pages whose codes are small stay narrow when the dictionary has grown. */
static void test_finish_width_by_pages_codes(void **state)
{
    (void)state;
    int32_t values[300];
    for (int32_t i = 0; i < 300; i++) values[i] = i;
    dictionary_encoder d;
    buffer first = {0}, second = {0};
    dictionary_init(&d, PQT_INT32, 4, NULL);
    assert_ok(dictionary_clear(&d, &error));
    assert_ok(dictionary_add(&d, values, 300, &error));
    assert_ok(dictionary_finish_page(&d, false, &first, &error));
    assert_ok(dictionary_add(&d, values, 3, &error));
    assert_ok(dictionary_finish_page(&d, false, &second, &error));
    assert_int_equal(first.data[0], 9);
    assert_int_equal(second.data[0], 2);
    buffer_free(&first);
    buffer_free(&second);
    dictionary_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_random_numbers_codes_lead_back),
        cmocka_unit_test(test_add_texts_plain_page_in_order),
        cmocka_unit_test(test_fresh_second_page_only_its_entries),
        cmocka_unit_test(test_finish_compressed_width_no_straddling),
        cmocka_unit_test(test_finish_width_by_pages_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
