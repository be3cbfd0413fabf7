/* Page indexes and bloom filters that contradict the file: never fewer or other rows. */
#include "bad_input.h"

#define BYTES(text) view_of(text, sizeof(text) - 1)

enum { PAGES = 3, ROWS = 6 };

/* Pages of 3, 2 and 1 rows: values 1 to 6 of a required column. */
static made_file make_pages(void)
{
    static const uint8_t values[ROWS * 4] = {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0,
                                             4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0};
    made_file f = made_file_of(PQT_INT32, PQT_REQUIRED,
                               made_page_of(PQT_PLAIN, 3, view_of(values, 12)), ROWS);
    made_chunk *chunk = &f.groups[0].chunks[0];
    chunk->pages[1] = made_page_of(PQT_PLAIN, 2, view_of(values + 12, 8));
    chunk->pages[2] = made_page_of(PQT_PLAIN, 1, view_of(values + 20, 4));
    chunk->page_count = PAGES;
    return f;
}

/* The same as lists: rows [1, 2, 3], [4, 5], [6] in three pages, of version 2 so that
 * headers count rows. */
static made_file make_lists(void)
{
    static const uint8_t pages[PAGES][16] = {
        {3, 6, 6, 1, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0},
        {3, 2, 4, 1, 4, 0, 0, 0, 5, 0, 0, 0},
        {2, 0, 2, 1, 6, 0, 0, 0}};
    made_file f = make_pages();
    made_chunk *chunk = &f.groups[0].chunks[0];
    f.elements[1].repetition = PQT_REPEATED;
    f.groups[0].row_count = PAGES;
    for (int i = 0; i < PAGES; i++) {
        chunk->pages[i] = made_page_v2_of(PQT_PLAIN, PAGES - i, 2, 2,
                                          view_of(pages[i], 4 + 4 * (size_t)(PAGES - i)));
        chunk->pages[i].row_count = 1;
    }
    return f;
}

static void append_offset_index(buffer *out, const pqt_page_location *pages, size_t count)
{
    thrift_writer w = thrift_begin(out, NULL);
    thrift_list(&w, 1, THRIFT_LIST_STRUCT, count);
    for (size_t i = 0; i < count; i++) {
        thrift_item_struct(&w);
        thrift_i64(&w, 1, pages[i].offset);
        thrift_i32(&w, 2, pages[i].compressed_bytes);
        thrift_i64(&w, 3, pages[i].first_row);
        thrift_struct_end(&w);
    }
    made_check(thrift_end(&w));
}

/* Where the pages of the file are. Writes it, so that it is known. */
static void find_locations(made_file *f, pqt_page_location *pages)
{
    made_file_write(f);
    int64_t row = 0;
    const made_chunk *chunk = &f->groups[0].chunks[0];
    for (int i = 0; i < PAGES; i++) {
        const int64_t end = chunk->page_offsets[i + 1];
        pages[i] = (pqt_page_location){chunk->page_offsets[i],
                                       (int32_t)(end - chunk->page_offsets[i]), row};
        row += chunk->pages[i].type == PAGE_DATA_V2 ? chunk->pages[i].row_count
                                                    : chunk->pages[i].value_count;
    }
}

/* Whether what was read of these rows is what the file has in them. */
static bool is_right(const pqt_values *v, int64_t first, bool is_list)
{
    static const int32_t begins[] = {1, 4, 6, 7}; /* of the lists' rows */
    const int32_t begin = is_list ? begins[first] : (int32_t)first + 1;
    const int64_t count = is_list ? begins[first + v->row_count] - begin : v->row_count;
    if (v->slot_count != count) return false;
    for (int64_t i = 0; i < count; i++)
        if (v->int32s[i] != begin + i) return false;
    return true;
}

/* Every range of rows; right or refused. Returns how many were refused. */
static int read_ranges(pqt_reader *reader, bool is_list)
{
    int refused = 0;
    pqt_error error = {0};
    const int64_t rows = is_list ? PAGES : ROWS;
    for (int64_t first = 0; first < rows; first++)
        for (int64_t count = 1; count <= rows - first; count++) {
            pqt_values values = {0};
            const pqt_status status =
                pqt_reader_read(reader, 0, 0, first, count, &values, &error);
            if (status == PQT_OK && !is_right(&values, first, is_list))
                fail_msg("wrong rows %d and %d more", (int)first, (int)count - 1);
            if (status != PQT_OK && (status != PQT_CORRUPT || !error.message[0]))
                fail_msg("%s: %s", pqt_status_text(status), error.message);
            refused += status != PQT_OK;
            pqt_values_free(&values);
        }
    return refused;
}

/* The file with this offset index; how many ranges were refused, -1 where the index was.
 */
static int read_with_index(made_file *f, const pqt_page_location *pages, size_t count,
                           pqt_error *error)
{
    buffer index = {0};
    pqt_reader *reader = NULL;
    append_offset_index(&index, pages, count);
    f->groups[0].chunks[0].offset_index = buffer_view(&index);
    f->groups[0].chunks[0].offset_index_offset = AS_IS;
    f->groups[0].chunks[0].offset_index_bytes = AS_IS;
    const pqt_view bytes = made_file_write(f);
    if (pqt_reader_open_memory(bytes, NULL, &reader, error) != PQT_OK)
        fail_msg("%s", error->message);
    int refused = -1;
    if (pqt_reader_load_page_indexes(reader, NULL, 0, error) == PQT_OK)
        refused = read_ranges(reader, f->elements[1].repetition == PQT_REPEATED);
    pqt_reader_close(reader);
    buffer_free(&index);
    return refused;
}

static void right_index_changes_no_rows(void **state)
{
    (void)state;
    pqt_error error;
    for (int kind = 0; kind < 2; kind++) {
        made_file f = kind ? make_lists() : make_pages();
        pqt_page_location pages[PAGES];
        find_locations(&f, pages);
        assert_int_equal(read_with_index(&f, pages, PAGES, &error), 0);
        made_file_free(&f);
    }
}

/* Each location moved, cut and given other rows: no range gives other rows than it has.
 */
static void index_that_contradicts_the_pages_gives_no_wrong_row(void **state)
{
    (void)state;
    pqt_error error;
    for (int kind = 0; kind < 2; kind++) {
        made_file f = kind ? make_lists() : make_pages();
        pqt_page_location good[PAGES];
        find_locations(&f, good);
        for (int page = 0; page < PAGES; page++)
            for (int change = -6; change <= 6; change++)
                for (int field = 0; field < 3; field++) {
                    pqt_page_location bad[PAGES];
                    memcpy(bad, good, sizeof bad);
                    if (field == 0) bad[page].offset += change;
                    if (field == 1) bad[page].compressed_bytes += change;
                    if (field == 2) bad[page].first_row += change;
                    const int refused = read_with_index(&f, bad, PAGES, &error);
                    if (change != 0 && refused == 0 && field != 1)
                        fail_msg("page %d, field %d, %d: not refused", page, field,
                                 change);
                }
        made_file_free(&f);
    }
}

static void index_of_some_pages_gives_no_wrong_row(void **state)
{
    (void)state;
    pqt_error error;
    for (int kind = 0; kind < 2; kind++) {
        made_file f = kind ? make_lists() : make_pages();
        pqt_page_location pages[PAGES], some[PAGES];
        find_locations(&f, pages);
        for (unsigned chosen = 0; chosen < 7; chosen++) {
            size_t count = 0;
            for (int i = 0; i < PAGES; i++)
                if (chosen >> i & 1) some[count++] = pages[i];
            if (count) some[0].first_row = 0;
            assert_int_not_equal(read_with_index(&f, some, count, &error), 0);
        }
        made_file_free(&f);
    }
}

static void indexes_out_of_place_are_refused(void **state)
{
    (void)state;
#define INDEX(changes, words)                                                \
    MADE(make_pages(), (chunk->offset_index = BYTES("\x19\x0c\0"), changes), \
         PQT_CORRUPT, words)
    INDEX((void)0, "page index: no pages for 6 rows");
    INDEX(chunk->offset_index_offset = 1 << 20, "is not in the file");
    INDEX(chunk->offset_index_offset = INT64_MAX, "is not in the file");
    INDEX(chunk->offset_index_bytes = 0, "is not in the file");
    INDEX(chunk->offset_index_bytes = -1, "is not in the file");
    INDEX(chunk->offset_index_bytes = INT32_MAX, "is not in the file");
    INDEX(chunk->offset_index_bytes = ABSENT, "is not in the file");
    INDEX(chunk->offset_index_bytes = 1, "thrift");
    INDEX(chunk->offset_index_offset = 5, "page index");
    /* One of the two is missing: nothing is known of pages, which may all be read. */
    GOOD(make_pages(), chunk->column_index = BYTES("\x19\x0c\0"));
    GOOD(make_pages(), (chunk->offset_index = BYTES("\x19\x0c\0"),
                        chunk->offset_index_offset = ABSENT));
    GOOD(make_pages(), chunk->offset_index_bytes = 17); /* of nothing */
}

/* --- Bloom filters --- */

/* A header of 32 bytes of bits: split block, xxHash, uncompressed. */
#define FILTER_KINDS "\x1c\x1c\0\0\x1c\x1c\0\0\x1c\x1c\0\0\0"
#define ZEROS        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void bloom_filters_that_lie_are_refused(void **state)
{
    (void)state;
#define FILTER(bytes, words) \
    MADE(make_pages(), chunk->bloom_filter = BYTES(bytes), PQT_CORRUPT, words)
    GOOD(make_pages(), chunk->bloom_filter = BYTES("\x15\x40" FILTER_KINDS ZEROS));
    FILTER("\x15\x00" FILTER_KINDS ZEROS, "bloom filter of 0 bytes");
    FILTER("\x15\x01" FILTER_KINDS ZEROS, "bloom filter of -1 bytes");
    FILTER("\x15\x3e" FILTER_KINDS ZEROS, "bloom filter of 31 bytes");
    FILTER("\x15\x42" FILTER_KINDS ZEROS, "bloom filter of 33 bytes");
    FILTER("\x15\xc0\xff\xff\xff\x0f" FILTER_KINDS ZEROS, "bloom filter of");
    FILTER("\x15\x80\x80\x80\x80\x04" FILTER_KINDS ZEROS, "bloom filter of");
    FILTER("\x15", "bloom filter of");
    FILTER("\x18\x05", "thrift");
    MADE(make_pages(), chunk->bloom_filter_offset = 1 << 20, PQT_CORRUPT, "bloom filter");
    MADE(make_pages(), chunk->bloom_filter_offset = INT64_MAX, PQT_CORRUPT,
         "bloom filter");
    GOOD(make_pages(), chunk->bloom_filter_offset = -5); /* as if there were none */
}

/* A filter of another algorithm, hash or compression says nothing. */
static void bloom_filters_of_other_kinds_let_all_through(void **state)
{
    (void)state;
    static const char *const kinds[] = {"\x15\x40\x1c\x2c\0\0\x1c\x1c\0\0\x1c\x1c\0\0\0",
                                        "\x15\x40\x1c\x1c\0\0\x1c\x2c\0\0\x1c\x1c\0\0\0",
                                        "\x15\x40\x1c\x1c\0\0\x1c\x1c\0\0\x1c\x2c\0\0\0"};
    enum { HEADER_BYTES = 15 };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint8_t filter[HEADER_BYTES + 32] = {0};
        pqt_error error;
        pqt_reader *reader = NULL;
        bool may_contain = false;
        memcpy(filter, kinds[i], HEADER_BYTES);
        made_file f = make_pages();
        f.groups[0].chunks[0].bloom_filter = view_of(filter, sizeof filter);
        assert_ok(pqt_reader_open_memory(made_file_write(&f), NULL, &reader, &error));
        assert_ok(
            pqt_reader_bloom_check(reader, 0, 0, BYTES("1234"), &may_contain, &error));
        assert_true(may_contain);
        pqt_reader_close(reader);
        made_file_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_index_changes_no_rows),
        cmocka_unit_test(index_that_contradicts_the_pages_gives_no_wrong_row),
        cmocka_unit_test(index_of_some_pages_gives_no_wrong_row),
        cmocka_unit_test(indexes_out_of_place_are_refused),
        cmocka_unit_test(bloom_filters_that_lie_are_refused),
        cmocka_unit_test(bloom_filters_of_other_kinds_let_all_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
