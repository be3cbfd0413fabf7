/* Pages whose headers, dictionaries, levels or values lie. */
#include "bad_input.h"

#define BYTES(text) view_of(text, sizeof(text) - 1)

static void page_headers_that_lie_are_refused(void **state)
{
    (void)state;
    CORRUPT(page->compressed_bytes = -1, "negative size or count");
    CORRUPT(page->uncompressed_bytes = -1, "negative size or count");
    CORRUPT(page->value_count = chunk->value_count = -1, "negative count");
    CORRUPT((page->value_count = -1, chunk->value_count = 3), "negative size or count");
    CORRUPT(page->compressed_bytes = 13, "page of 13 bytes, 12 are left");
    CORRUPT(page->compressed_bytes = INT32_MAX, "page of 2147483647 bytes, 12 are left");
    CORRUPT(page->compressed_bytes = 0, "its header says 12");
    CORRUPT(page->compressed_bytes = ABSENT, "lacks a required field");
    CORRUPT(page->uncompressed_bytes = ABSENT, "lacks a required field");
    CORRUPT(page->uncompressed_bytes = 11, "its header says 11");
    MADE(made_file_good(), page->uncompressed_bytes = INT32_MAX, PQT_LIMIT,
         "page of 2147483647 bytes; at most 268435456");
    CORRUPT(page->own_header = ABSENT, "lacks a required field");
    CORRUPT((page->type = ABSENT, chunk->data_page_offset = 4), "lacks a required field");
    CORRUPT(page->body = BYTES(""), "plain: 0 bytes for 3 values");
    CORRUPT((page->value_count = 2, chunk->value_count = 3), "the pages end at row 2");
    CORRUPT((page->value_count = 4, chunk->value_count = 3), "more values than");
    CORRUPT((page->value_count = INT32_MAX, chunk->value_count = 3), "more values than");
    CORRUPT((page->value_count = 0, chunk->value_count = 3), "the pages end at row 0");
    CORRUPT((chunk->page_count = 0, chunk->value_count = 3), "the pages end at row 0");
    CORRUPT((page->type = 99, chunk->value_count = 3), "the pages end at row 0");
    CORRUPT((page->type = PAGE_INDEX, chunk->value_count = 3), "the pages end at row 0");
    CORRUPT(page->crc = 0x12345678, "page checksum: expected 12345678");
}

static void odd_page_headers_are_read(void **state)
{
    (void)state;
    static const uint8_t junk[] = {1, 2, 3};
    GOOD(made_file_good(), page->is_crc_right = true);
    /* Pages of unknown kinds are passed over, before data and behind. */
    GOOD(made_file_good(), (chunk->pages[1] = *page, chunk->page_count = 2,
                            page->type = 99, page->body = view_of(junk, 3),
                            chunk->value_count = 3, chunk->data_page_offset = 4));
    GOOD(made_file_good(), (chunk->pages[1] = *page, chunk->page_count = 2,
                            chunk->pages[1].type = PAGE_INDEX, chunk->value_count = 3));
    GOOD(made_file_good(), (chunk->pages[1] = *page, chunk->page_count = 2,
                            chunk->pages[1].value_count = 0));
    GOOD(made_file_good(), page->definition_encoding = 99); /* there are no levels */
}

static void checksums_are_looked_at_unless_told(void **state)
{
    (void)state;
    pqt_error error;
    made_file f = made_file_good();
    f.groups[0].chunks[0].pages[0].crc = 1;
    const pqt_reader_options options = {.skip_checksums = true};
    memory_budget budget = {.limit_bytes = BAD_INPUT_BUDGET_BYTES};
    assert_ok(bad_input_read(made_file_write(&f), &options, &budget, &error));
    made_file_free(&f);
}

/* --- v2 --- */

/* Four rows of an optional INT32: 1, null, 2, 3. */
static made_file file_v2(void)
{
    static const uint8_t body[] = {3, 0x0d, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0};
    made_page page = made_page_v2_of(PQT_PLAIN, 4, 0, 2, view_of(body, sizeof body));
    page.null_count = 1;
    return made_file_of(PQT_INT32, PQT_OPTIONAL, page, 4);
}

#define V2(changes, words) MADE(file_v2(), changes, PQT_CORRUPT, words)

static void pages_of_version_2_that_lie_are_refused(void **state)
{
    (void)state;
    GOOD(file_v2(), (void)0);
    V2(page->definition_bytes = 15, "15 bytes of levels");
    V2(page->definition_bytes = INT32_MAX, "2147483647 bytes of levels");
    V2((page->definition_bytes = page->repetition_bytes = INT32_MAX),
       "4294967294 bytes of levels");
    V2(page->definition_bytes = -1, "negative size or count");
    V2(page->repetition_bytes = -1, "negative size or count");
    V2(page->null_count = -1, "negative size or count");
    V2(page->row_count = -1, "negative size or count");
    V2(page->definition_bytes = 0, "definition levels end early");
    V2(page->definition_bytes = 1, "definition levels end early");
    V2(page->definition_bytes = 14, "plain: 0 bytes for 3 values");
    V2((page->is_compressed = true, page->uncompressed_bytes = 13), "its header says");
    V2((page->is_compressed = true, chunk->codec = PQT_ZSTD), "zstd");
    V2((page->is_compressed = true, chunk->codec = PQT_GZIP), "gzip");
    /* What the header counts is not needed: the levels know. */
    GOOD(file_v2(), page->null_count = 3);
    GOOD(file_v2(), page->null_count = INT32_MAX);
    GOOD(file_v2(), page->row_count = 0);
}

/* --- Dictionaries --- */

/* Values 7, 8, 8, 7 by codes of one bit. */
static made_file file_dictionary(void)
{
    static const uint8_t values[] = {7, 0, 0, 0, 8, 0, 0, 0};
    static const uint8_t codes[] = {1, 3, 0x06};
    made_file f = made_file_of(
        PQT_INT32, PQT_REQUIRED,
        made_page_of(PQT_RLE_DICTIONARY, 4, view_of(codes, sizeof codes)), 4);
    made_chunk *chunk = &f.groups[0].chunks[0];
    chunk->pages[1] = chunk->pages[0];
    chunk->pages[0] = made_dictionary_of(2, view_of(values, sizeof values));
    chunk->page_count = 2;
    return f;
}

#define CODED(changes, words) MADE(file_dictionary(), changes, PQT_CORRUPT, words)
#define CODES(bytes, words)   CODED(chunk->pages[1].body = BYTES(bytes), words)

static void dictionaries_that_lie_are_refused(void **state)
{
    (void)state;
    GOOD(file_dictionary(), (void)0);
    CODED(page->value_count = -1, "negative size or count");
    CODED(page->value_count = INT32_MAX, "dictionary of 2147483647 values in 8 bytes");
    CODED(page->value_count = 3, "plain: 8 bytes for 3 values");
    CODED(page->value_count = 1, "code 1, but it has 1 values");
    CODED((page->value_count = 0, page->body = BYTES("")), "but it has 0 values");
    CODED((chunk->pages[0] = chunk->pages[1], chunk->page_count = 1),
          "a page of codes without a dictionary");
    CODED((chunk->pages[2] = chunk->pages[1], chunk->pages[1] = chunk->pages[0],
           chunk->page_count = 3),
          "a second dictionary page");
    CODED((chunk->pages[2] = chunk->pages[0], chunk->pages[0] = chunk->pages[1],
           chunk->pages[1] = chunk->pages[2]),
          "a page of codes without a dictionary");
    CODED(page->own_header = ABSENT, "lacks a required field");
    MADE(file_dictionary(), page->encoding = PQT_DELTA_BINARY_PACKED, PQT_UNSUPPORTED,
         "dictionary of encoding DELTA_BINARY_PACKED");
    MADE(file_dictionary(), page->uncompressed_bytes = INT32_MAX, PQT_LIMIT,
         "page of 2147483647 bytes");
    CODES("", "no codes for 4 values");
    CODES("\x01", "codes end 4 values early");
    CODES("\x21\x03\x06", "codes of 33 bits");
    CODES("\xff\x03\x06", "codes of 255 bits");
    CODES("\x02\x03\xe4\x00", "code 3, but it has 2 values");
    CODES("\x20\x08\xff\xff\xff\xff", "code 4294967295, but it has 2 values");
    CODES("\x01\x08\x02", "code 2, but it has 2 values");
    CODES("\x01\x06\x01", "codes end 1 values early");
    CODES("\x01\x08", "codes end 4 values early");
    CODES("\x01\x00\x01\x00\x01\x00\x01", "codes end 4 values early"); /* runs of 0 */
    CODES("\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x01", "codes end");
}

static void odd_dictionaries_are_read(void **state)
{
    (void)state;
#define CODES_GOOD(bytes) GOOD(file_dictionary(), chunk->pages[1].body = BYTES(bytes))
    CODES_GOOD("\x00\x08"); /* width 0: the first value */
    CODES_GOOD("\x00\x03");
    CODES_GOOD("\x01\x80\x80\x80\x80\x10\x01");                     /* a run of 2^31 */
    CODES_GOOD("\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"); /* and of 2^63 */
    CODES_GOOD("\x01\x81\x80\x80\x80\x80\x20\x06"); /* packed groups beyond the page */
    CODES_GOOD("\x01\x00\x01\x08\x01");             /* a run of 0, then the others */
    CODES_GOOD("\x01\x03\x06 and what not");
    CODES_GOOD("\x20\x08\x01\x00\x00\x00");
    /* Nulls only, with an empty dictionary and whatever width. */
    static const uint8_t nulls[] = {2, 0, 0, 0, 8, 0, 99};
    GOOD(file_dictionary(),
         (f.elements[1].repetition = PQT_OPTIONAL, page->value_count = 0,
          page->body = BYTES(""), chunk->pages[1].body = view_of(nulls, sizeof nulls)));
    /* A dictionary that nobody uses, behind the data. */
    GOOD(file_dictionary(),
         (chunk->pages[1] = chunk->pages[0], group->row_count = 2, f.row_count = 2,
          chunk->pages[0] = made_page_of(PQT_PLAIN, 2, chunk->pages[1].body)));
}

/* --- Levels --- */

/* 1, null, 2, 3 in a v1 page. */
static made_file file_optional(void)
{
    static const uint8_t body[] = {2, 0, 0, 0, 3, 0x0d, 1, 0, 0,
                                   0, 2, 0, 0, 0, 3,    0, 0, 0};
    return made_file_of(PQT_INT32, PQT_OPTIONAL,
                        made_page_of(PQT_PLAIN, 4, view_of(body, sizeof body)), 4);
}

/* The same in an optional group: levels 0 to 2. */
static made_file file_deep(void)
{
    static const uint8_t body[] = {3, 0, 0, 0, 3, 0xa2, 0x00, 1, 0, 0,
                                   0, 2, 0, 0, 0, 3,    0,    0, 0};
    made_file f = made_file_of(PQT_INT32, PQT_OPTIONAL,
                               made_page_of(PQT_PLAIN, 4, view_of(body, sizeof body)), 4);
    f.elements[2] = f.elements[1];
    f.elements[1] = made_group_element("g", PQT_OPTIONAL, 1);
    f.element_count = 3;
    return f;
}

/* [1, 2], [3]: a repeated column. */
static made_file file_list(void)
{
    static const uint8_t body[] = {2, 0, 0, 0, 3, 0x02, 2, 0, 0, 0, 6, 1,
                                   1, 0, 0, 0, 2, 0,    0, 0, 3, 0, 0, 0};
    made_file f = made_file_of(PQT_INT32, PQT_REPEATED,
                               made_page_of(PQT_PLAIN, 3, view_of(body, sizeof body)), 2);
    return f;
}

#define LEVELS(bytes, words) \
    MADE(file_optional(), page->body = BYTES(bytes), PQT_CORRUPT, words)
#define DEEP(bytes, words) \
    MADE(file_deep(), page->body = BYTES(bytes), PQT_CORRUPT, words)
#define LISTS(bytes, words) \
    MADE(file_list(), page->body = BYTES(bytes), PQT_CORRUPT, words)
#define NUMBERS "\1\0\0\0\2\0\0\0\3\0\0\0"

static void definition_levels_that_lie_are_refused(void **state)
{
    (void)state;
    GOOD(file_optional(), (void)0);
    GOOD(file_deep(), (void)0);
    LEVELS("", "page ends before its levels");
    LEVELS("\2\0\0", "page ends before its levels");
    LEVELS("\xff\0\0\0\3\x0d" NUMBERS, "levels of 255 bytes, 14 are left");
    LEVELS("\xff\xff\xff\xff\3\x0d" NUMBERS, "levels of 4294967295 bytes");
    LEVELS("\0\0\0\0" NUMBERS, "levels end early");
    LEVELS("\1\0\0\0\3" NUMBERS, "levels end early");
    LEVELS("\2\0\0\0\6\1" NUMBERS, "levels end early");
    LEVELS("\2\0\0\0\x08\2" NUMBERS, "levels end early"); /* a run of level 2 */
    LEVELS("\2\0\0\0\3\x0f" NUMBERS, "plain: 12 bytes for 4 values");
    DEEP("\2\0\0\0\3\xff" NUMBERS, "levels end early, or one is above 2");
    DEEP("\3\0\0\0\3\x33\x00" NUMBERS, "above 2");
    DEEP("\2\0\0\0\x08\3" NUMBERS, "above 2");
    DEEP("\2\0\0\0\x08\xff" NUMBERS, "above 2");
    MADE(file_optional(), page->definition_encoding = 99, PQT_UNSUPPORTED,
         "levels of encoding");
    MADE(file_optional(), page->definition_encoding = PQT_PLAIN, PQT_UNSUPPORTED,
         "levels of encoding PLAIN");
    MADE(file_optional(),
         (page->definition_encoding = PQT_BIT_PACKED, page->body = BYTES("")),
         PQT_CORRUPT, "levels of 1 bytes, 0 are left");
    MADE(file_deep(),
         (page->definition_encoding = PQT_BIT_PACKED, page->body = BYTES("\xff" NUMBERS)),
         PQT_CORRUPT, "level above 2");
}

static void odd_definition_levels_are_read(void **state)
{
    (void)state;
#define LEVELS_GOOD(file, bytes) GOOD(file, page->body = BYTES(bytes))
    LEVELS_GOOD(file_optional(),
                "\3\0\0\0\xff\1\x0d" NUMBERS);              /* groups beyond the page */
    LEVELS_GOOD(file_optional(), "\2\0\0\0\3\xfd" NUMBERS); /* any padding */
    LEVELS_GOOD(file_optional(), "\6\0\0\0\x80\x80\x80\x80\x10\0"); /* 2^31 nulls */
    LEVELS_GOOD(file_optional(), "\4\0\0\0\0\1\x03\x0d" NUMBERS);   /* a run of 0 */
    GOOD(file_optional(), (page->definition_encoding = PQT_BIT_PACKED,
                           page->body = BYTES("\xb0" NUMBERS)));
}

static void repetition_levels_that_lie_are_refused(void **state)
{
    (void)state;
    GOOD(file_list(), (void)0);
    LISTS("\2\0\0\0\3\x03\2\0\0\0\6\1" NUMBERS, "the first row begins in its middle");
    LISTS("\2\0\0\0\3\x06\2\0\0\0\6\1" NUMBERS, "the pages end at row 1; expected 2");
    LISTS("\2\0\0\0\x06\2\2\0\0\0\6\1" NUMBERS, "above 1");
    LISTS("\2\0\0\0\4\0\2\0\0\0\6\1" NUMBERS, "levels end early");
    LISTS("\2\0\0\0\3\x02\2\0\0\0\4\1" NUMBERS, "levels end early");
    LISTS("\2\0\0\0\3\x02", "page ends before its levels");
    LISTS("\xff\0\0\0\3\x02\2\0\0\0\6\1" NUMBERS, "levels of 255 bytes");
    /* More rows than the row group says. */
    LISTS("\2\0\0\0\6\0\2\0\0\0\6\1" NUMBERS, "more rows than");
    MADE(file_list(), (group->row_count = 1, f.row_count = 1), PQT_CORRUPT,
         "more rows than");
    MADE(file_list(), (group->row_count = 3, f.row_count = 3), PQT_CORRUPT,
         "the pages end at row 2; expected 3");
}

static void nulls_in_a_required_column_are_refused(void **state)
{
    (void)state;
    /* The levels of an optional column before its values, as a required one. */
    MADE(file_optional(), f.elements[1].repetition = PQT_REQUIRED, PQT_OK, "");
    MADE(file_v2(), (f.elements[1].repetition = PQT_REQUIRED, page->definition_bytes = 2),
         PQT_CORRUPT, "plain: 12 bytes for 4 values");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_headers_that_lie_are_refused),
        cmocka_unit_test(odd_page_headers_are_read),
        cmocka_unit_test(checksums_are_looked_at_unless_told),
        cmocka_unit_test(pages_of_version_2_that_lie_are_refused),
        cmocka_unit_test(dictionaries_that_lie_are_refused),
        cmocka_unit_test(odd_dictionaries_are_read),
        cmocka_unit_test(definition_levels_that_lie_are_refused),
        cmocka_unit_test(odd_definition_levels_are_read),
        cmocka_unit_test(repetition_levels_that_lie_are_refused),
        cmocka_unit_test(nulls_in_a_required_column_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
