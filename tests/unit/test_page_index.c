#include "parquet/page_index.h"

#include <stdlib.h>

#include "naive_decode.h"
#include "parquet/page_header.h"
#include "parquet/thrift_writer.h"

enum { ROWS = 300, CHUNK_BEGIN = 100, CHUNK_BYTES = 900 };

static pqt_error error;

static const pqt_column_chunk chunk = {.data_page_offset = CHUNK_BEGIN,
                                       .dictionary_page_offset = -1,
                                       .compressed_bytes = CHUNK_BYTES};

static void write_offsets(const pqt_page_location *pages, size_t count, buffer *out)
{
    thrift_writer w = thrift_begin(out, &error);
    thrift_list(&w, 1, THRIFT_LIST_STRUCT, count);
    for (size_t i = 0; i < count; i++) {
        thrift_item_struct(&w);
        thrift_i64(&w, 1, pages[i].offset);
        thrift_i32(&w, 2, pages[i].compressed_bytes);
        thrift_i64(&w, 3, pages[i].first_row);
        thrift_struct_end(&w);
    }
    assert_ok(thrift_end(&w));
}

static void write_bounds(size_t null_pages, size_t mins, size_t maxs, size_t null_counts,
                         buffer *out)
{
    thrift_writer w = thrift_begin(out, &error);
    thrift_list(&w, 1, THRIFT_LIST_BOOL, null_pages);
    for (size_t i = 0; i < null_pages; i++) thrift_item_bool(&w, i == 1);
    thrift_list(&w, 2, THRIFT_LIST_BINARY, mins);
    for (size_t i = 0; i < mins; i++) thrift_item_binary(&w, view_text("a"));
    thrift_list(&w, 3, THRIFT_LIST_BINARY, maxs);
    for (size_t i = 0; i < maxs; i++) thrift_item_binary(&w, view_text("z"));
    thrift_i32(&w, 4, 1);
    if (null_counts) thrift_list(&w, 5, THRIFT_LIST_I64, null_counts);
    for (size_t i = 0; i < null_counts; i++) thrift_item_i64(&w, (int64_t)i);
    assert_ok(thrift_end(&w));
}

/* Bounds of three pages, and so many counts of NaN. */
static void write_nan_counts(size_t nan_counts, buffer *out)
{
    write_bounds(3, 3, 3, 0, out);
    out->size_bytes--;                              /* the struct's end */
    assert_ok(buffer_append_u8(out, 0x49, &error)); /* field 4 + 4, a list of i64 */
    assert_ok(buffer_append_u8(out, (uint8_t)(nan_counts << 4 | 6), &error));
    for (size_t i = 0; i < nan_counts; i++)
        assert_ok(buffer_append_u8(out, (uint8_t)(2 * i), &error));
    assert_ok(buffer_append_u8(out, 0, &error));
}

static const pqt_page_location good[] = {{100, 300, 0}, {400, 300, 120}, {700, 300, 250}};

static void index_is_read(void **state)
{
    (void)state;
    arena memory = {0};
    buffer offsets = {0}, bounds = {0};
    pqt_page_index index;
    write_offsets(good, 3, &offsets);
    write_bounds(3, 3, 3, 3, &bounds);
    assert_ok(page_index_read(buffer_view(&offsets), buffer_view(&bounds), &chunk, ROWS,
                              &memory, &index, &error));
    assert_int_equal(index.page_count, 3);
    assert_int_equal(index.locations[2].first_row, 250);
    assert_true(index.has_column_index && index.null_pages[1] && !index.null_pages[0]);
    assert_view_is(index.max_values[2], "z");
    assert_int_equal(index.null_counts[2], 2);
    assert_int_equal(index.boundary_order, 1);
    assert_ok(page_index_read(buffer_view(&offsets), (pqt_view){0}, &chunk, ROWS, &memory,
                              &index, &error));
    assert_false(index.has_column_index);
    arena_free(&memory);
    buffer_free(&offsets);
    buffer_free(&bounds);
}

static void nan_counts_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t count = 2; count <= 3; count++) {
        arena memory = {0};
        buffer offsets = {0}, bounds = {0};
        pqt_page_index index = {0};
        write_offsets(good, 3, &offsets);
        write_nan_counts(count, &bounds);
        const pqt_status status =
            page_index_read(buffer_view(&offsets), buffer_view(&bounds), &chunk, ROWS,
                            &memory, &index, &error);
        assert_int_equal(status, count == 3 ? PQT_OK : PQT_CORRUPT);
        if (count == 3) assert_int_equal(index.nan_counts[2], 2);
        if (count == 3) assert_null(index.null_counts);
        arena_free(&memory);
        buffer_free(&offsets);
        buffer_free(&bounds);
    }
}

static void locations_that_contradict_the_chunk_are_refused(void **state)
{
    (void)state;
    static const struct {
        pqt_page_location pages[3];
        size_t count;
    } cases[] = {
        {{{0}}, 0},           /* no pages */
        {{{99, 300, 0}}, 1},  /* before the chunk */
        {{{100, 901, 0}}, 1}, /* behind its end */
        {{{-1, 10, 0}}, 1},
        {{{100, 0, 0}}, 1},
        {{{100, -5, 0}}, 1},
        {{{INT64_MAX, 10, 0}}, 1},
        {{{100, 10, 1}}, 1},                   /* not from row 0 */
        {{{100, 300, 0}, {399, 300, 120}}, 2}, /* over each other */
        {{{100, 300, 0}, {400, 300, 0}}, 2},   /* rows not ascending */
        {{{100, 300, 0}, {400, 300, 120}, {700, 300, 119}}, 3},
        {{{100, 300, 0}, {400, 300, ROWS}}, 2}, /* behind the rows */
        {{{100, 300, 0}, {400, 300, -7}}, 2},
        {{{400, 300, 0}, {100, 300, 120}}, 2}, /* backwards */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena memory = {0};
        buffer offsets = {0};
        pqt_page_index index;
        write_offsets(cases[i].pages, cases[i].count, &offsets);
        if (page_index_read(buffer_view(&offsets), (pqt_view){0}, &chunk, ROWS, &memory,
                            &index, &error) != PQT_CORRUPT)
            fail_msg("case %zu", i);
        arena_free(&memory);
        buffer_free(&offsets);
    }
}

static void bounds_of_other_numbers_of_pages_are_refused(void **state)
{
    (void)state;
    static const size_t counts[][4] = {
        {2, 3, 3, 3}, {3, 2, 3, 3}, {3, 3, 4, 3}, {3, 3, 3, 2}, {0, 0, 0, 0}};
    buffer offsets = {0};
    write_offsets(good, 3, &offsets);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        arena memory = {0};
        buffer bounds = {0};
        pqt_page_index index;
        write_bounds(counts[i][0], counts[i][1], counts[i][2], counts[i][3], &bounds);
        assert_fails(page_index_read(buffer_view(&offsets), buffer_view(&bounds), &chunk,
                                     ROWS, &memory, &index, &error),
                     PQT_CORRUPT, "page index");
        arena_free(&memory);
        buffer_free(&bounds);
    }
    buffer_free(&offsets);
}

static void damaged_indexes_do_no_harm(void **state)
{
    (void)state;
    uint64_t random = 41;
    buffer parts[2] = {{0}};
    write_offsets(good, 3, &parts[0]);
    write_bounds(3, 3, 3, 3, &parts[1]);
    for (int round = 0; round < 20000; round++) {
        arena memory = {0};
        pqt_page_index index;
        uint8_t *copies[2];
        size_t sizes[2];
        for (int p = 0; p < 2; p++) {
            sizes[p] = 1 + naive_random(&random) % parts[p].size_bytes;
            copies[p] = malloc(sizes[p]);
            memcpy(copies[p], parts[p].data, sizes[p]);
            if (naive_random(&random) % 2)
                copies[p][naive_random(&random) % sizes[p]] =
                    (uint8_t)naive_random(&random);
        }
        (void)page_index_read(view_of(copies[0], sizes[0]), view_of(copies[1], sizes[1]),
                              &chunk, ROWS, &memory, &index, &error);
        assert_true(memory.allocated_bytes < 1 << 20);
        free(copies[0]);
        free(copies[1]);
        arena_free(&memory);
    }
    buffer_free(&parts[0]);
    buffer_free(&parts[1]);
}

/* --- Page headers --- */

/* A v2 data page's header, of these numbers. */
static void write_header_v2(const int32_t v[7], buffer *out)
{
    thrift_writer w = thrift_begin(out, &error);
    thrift_i32(&w, 1, PAGE_DATA_V2);
    thrift_i32(&w, 2, v[0]);
    thrift_i32(&w, 3, v[1]);
    thrift_struct_begin(&w, 8);
    thrift_i32(&w, 1, v[2]);
    thrift_i32(&w, 2, v[3]);
    thrift_i32(&w, 3, v[4]);
    thrift_i32(&w, 4, PQT_PLAIN);
    thrift_i32(&w, 5, v[5]);
    thrift_i32(&w, 6, v[6]);
    thrift_struct_end(&w);
    assert_ok(thrift_end(&w));
}

static void header_sizes_must_make_sense(void **state)
{
    (void)state;
    static const struct {
        int32_t v[7]; /* uncompressed, compressed, values, nulls, rows, levels */
        bool is_good;
    } cases[] = {
        {{100, 50, 10, 2, 10, 20, 30}, true},
        {{100, 50, 10, 2, 10, 21, 30}, false},
        {{40, 50, 10, 2, 10, 20, 30}, false},
        {{-1, 50, 10, 2, 10, 20, 30}, false},
        {{100, -50, 10, 2, 10, 0, 0}, false},
        {{100, 50, -1, 2, 10, 20, 30}, false},
        {{100, 50, 10, -2, 10, 20, 3}, false},
        {{100, 50, 10, 2, 10, -20, 30}, false},
        {{100, 50, 10, 2, 10, 20, INT32_MAX}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer bytes = {0};
        page_header header;
        size_t size = 0;
        write_header_v2(cases[i].v, &bytes);
        const pqt_status status =
            page_header_read(buffer_view(&bytes), &header, &size, &error);
        if ((status == PQT_OK) != cases[i].is_good) fail_msg("case %zu", i);
        if (status == PQT_OK) assert_int_equal(size, bytes.size_bytes);
        for (size_t cut = 0; cut < bytes.size_bytes; cut++)
            assert_int_equal(
                page_header_read(view_of(bytes.data, cut), &header, &size, &error),
                PQT_CORRUPT);
        buffer_free(&bytes);
    }
}

static void header_without_its_part_is_refused(void **state)
{
    (void)state;
    for (int32_t type = PAGE_DATA; type <= PAGE_DATA_V2; type++) {
        buffer bytes = {0};
        page_header header;
        size_t size;
        thrift_writer w = thrift_begin(&bytes, &error);
        thrift_i32(&w, 1, type);
        thrift_i32(&w, 2, 10);
        thrift_i32(&w, 3, 10);
        assert_ok(thrift_end(&w));
        const pqt_status status =
            page_header_read(buffer_view(&bytes), &header, &size, &error);
        assert_int_equal(status, type == PAGE_INDEX ? PQT_OK : PQT_CORRUPT);
        buffer_free(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_is_read),
        cmocka_unit_test(nan_counts_are_read_or_refused),
        cmocka_unit_test(locations_that_contradict_the_chunk_are_refused),
        cmocka_unit_test(bounds_of_other_numbers_of_pages_are_refused),
        cmocka_unit_test(damaged_indexes_do_no_harm),
        cmocka_unit_test(header_sizes_must_make_sense),
        cmocka_unit_test(header_without_its_part_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
