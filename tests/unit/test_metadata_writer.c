#include "parquet/metadata_writer.h"

#include "naive_decode.h"

static pqt_error error;
enum { PAGES = 3 };

/* Three pages of INT32 with these limits; a page may hold nulls only. */
static void make_chunk(const int32_t limits[PAGES][2], int null_page, page_info *pages,
                       chunk_info *chunk)
{
    for (int i = 0; i < PAGES; i++) {
        pages[i] = (page_info){.offset = 100 * i,
                               .compressed_bytes = 100,
                               .first_row = 10 * i,
                               .is_null_page = i == null_page,
                               .has_range = i != null_page};
        if (i == null_page) continue;
        pages[i].min = view_of(&limits[i][0], 4);
        pages[i].max = view_of(&limits[i][1], 4);
    }
    *chunk =
        (chunk_info){.pages = pages, .page_count = PAGES, .sizes.byte_array_bytes = -1};
}

/* BoundaryOrder: the i32 before the list of null counts, which has three small numbers.
 */
static int boundary_order(const int32_t limits[PAGES][2], int null_page)
{
    const pqt_schema_node leaf = {.name = "n", .type = PQT_INT32};
    page_info pages[PAGES];
    chunk_info chunk;
    buffer out = {0};
    make_chunk(limits, null_page, pages, &chunk);
    assert_true(metadata_has_column_index(&chunk));
    assert_ok(metadata_put_column_index(&chunk, &leaf, &out, &error));
    const uint8_t *field = out.data + out.size_bytes - 1 - (2 + PAGES) - 2;
    assert_int_equal(field[0], 0x15);
    const int order = field[1] / 2;
    buffer_free(&out);
    return order;
}

static void test_column_index_boundary_order_told(void **state)
{
    (void)state;
    const int32_t rising[PAGES][2] = {{-5, -1}, {-1, 7}, {3, 7}};
    const int32_t falling[PAGES][2] = {{5, 9}, {5, 6}, {-5, 0}};
    const int32_t mixed[PAGES][2] = {{0, 9}, {1, 8}, {2, 9}};
    assert_int_equal(boundary_order(rising, -1), 1);
    assert_int_equal(boundary_order(falling, -1), 2);
    assert_int_equal(boundary_order(mixed, -1), 0);
    /* A page of nulls only stands anywhere. */
    assert_int_equal(boundary_order(mixed, 1), 1);
}

static void test_column_index_page_without_limits_none(void **state)
{
    (void)state;
    const int32_t limits[PAGES][2] = {{0, 1}, {1, 2}, {2, 3}};
    page_info pages[PAGES];
    chunk_info chunk;
    make_chunk(limits, -1, pages, &chunk);
    pages[1].has_range = false;
    assert_false(metadata_has_column_index(&chunk));
    chunk.page_count = 0;
    assert_false(metadata_has_column_index(&chunk));
}

/* Worked out by hand from parquet.thrift. */
static void test_offset_index_pages_listed(void **state)
{
    (void)state;
    const int32_t limits[PAGES][2] = {{0, 0}};
    page_info pages[PAGES];
    chunk_info chunk;
    buffer out = {0};
    make_chunk(limits, -1, pages, &chunk);
    chunk.page_count = 1;
    pages[0].offset = 4;
    assert_ok(metadata_put_offset_index(&chunk, &out, &error));
    const uint8_t expected[] = {0x19, 0x1c, 0x16, 8, 0x15, 0xc8, 1, 0x16, 0, 0, 0};
    assert_int_equal(out.size_bytes, sizeof expected);
    assert_memory_equal(out.data, expected, sizeof expected);
    buffer_free(&out);
}

static void test_page_header_v1_with_crc_as_described(void **state)
{
    (void)state;
    const page_header header = {.type = PAGE_DATA,
                                .uncompressed_bytes = 10,
                                .compressed_bytes = 8,
                                .has_crc = true,
                                .crc = 0xffffffff,
                                .value_count = 3,
                                .encoding = PQT_DELTA_BYTE_ARRAY};
    buffer out = {0};
    assert_ok(metadata_put_page_header(&header, &out, &error));
    const uint8_t expected[] = {0x15, 0,    0x15, 20,   0x15, 16,   0x15, 1, 0x1c, 0x15,
                                6,    0x15, 14,   0x15, 6,    0x15, 6,    0, 0};
    assert_int_equal(out.size_bytes, sizeof expected);
    assert_memory_equal(out.data, expected, sizeof expected);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_column_index_boundary_order_told),
        cmocka_unit_test(test_column_index_page_without_limits_none),
        cmocka_unit_test(test_offset_index_pages_listed),
        cmocka_unit_test(test_page_header_v1_with_crc_as_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
