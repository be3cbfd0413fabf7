/* Files whose ending, footer, schema or row groups lie. */
#include "bad_input.h"

static const char *bytes_of(const char *text)
{
    return text;
}

static void expect_bytes(const char *bytes, size_t size_bytes, const char *words)
{
    bad_input_expect(view_of(bytes, size_bytes), bytes_of(bytes), PQT_CORRUPT, words);
}

static void files_without_room_for_a_footer_are_refused(void **state)
{
    (void)state;
    expect_bytes("", 0, "it has 0 bytes");
    expect_bytes("PAR1", 4, "it has 4 bytes");
    expect_bytes("PAR1PAR1", 8, "it has 8 bytes");
    expect_bytes("PAR1\0\0\0PAR1", 11, "it has 11 bytes");
    expect_bytes("PAR1\0\0\0\0PAR1", 12, "a footer of 0 bytes");
    expect_bytes("PAR1\1\0\0\0PAR1", 12, "a footer of 1 bytes in a file of 12");
    expect_bytes("PAR1\xff\xff\xff\xffPAR1", 12, "a footer of 4294967295 bytes");
    expect_bytes("PAR1\0\1\0\0\0PAR1", 13, "no schema");
}

static void endings_that_lie_are_refused(void **state)
{
    (void)state;
    CORRUPT(f.magic = "PAR2", "does not end with PAR1");
    CORRUPT(f.magic = "PAR1junk", "does not end with PAR1");
    CORRUPT(f.magic = "", "does not end with PAR1");
    CORRUPT(f.footer_bytes = 0, "a footer of 0 bytes");
    CORRUPT(f.footer_bytes = -1, "a footer of 4294967295 bytes");
    CORRUPT(f.footer_bytes = 5, "no schema");
    CORRUPT(f.footer_bytes = 1 << 20, "in a file of");
    CORRUPT(f.footer_bytes = 70, ""); /* begins in the data */
}

/* The footer's bytes themselves. */
#define FOOTER(bytes, words) CORRUPT(f.footer = view_of(bytes, sizeof(bytes) - 1), words)

static void thrift_that_lies_is_refused(void **state)
{
    (void)state;
    FOOTER("\x00", "no schema");
    FOOTER("\x68\xfc\xff\xff\xff\x7f", "text longer than what is left");
    FOOTER("\x29\xfc\xff\xff\xff\x7f", "list longer than what is left");
    FOOTER("\x29\xfc\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "list longer");
    FOOTER("\x29\xfc\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "does not end or fit");
    FOOTER("\x29\xfc\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", "does not end or fit");
    FOOTER("\x29\x0c\x00", "schema: 0 elements");
    FOOTER("\x29\x15\x00\x00", "list of another type");
    FOOTER("\x25\x02\x00", "field 2 has type 5, expected 9");
    FOOTER("\x35\x02\x49\x0c\x00", "field 3 has type 5, expected 6");
    FOOTER("\x49\x1c\x00", "row groups before the schema");
    FOOTER("\x2e\x00", "without type"); /* types 14 and 15 do not exist */
    FOOTER("\x2f\x00", "without type");
    FOOTER("\x20\x00", "without type");
    FOOTER("\xfb\x80\x80\x80\x80\x08\x88\x00", "map longer than what is left");
    FOOTER("\xfb\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x88", "map longer");
    FOOTER("\x15\xff\xff\xff\xff\x7f\x00", "more than 32 bits");
    FOOTER("\x68\x02\xff", "text longer");
    FOOTER("\x05\x80\x80\x04\x02\x00", "without type or number"); /* field 32768 */
}

static void unknown_fields_are_passed_over(void **state)
{
    (void)state;
#define MORE(bytes) \
    GOOD(made_file_good(), f.footer_end = view_of(bytes, sizeof(bytes) - 1))
    MORE("\xfb\x00\x00");               /* an empty map */
    MORE("\xf9\x31\x01\x02\x00\x00");   /* booleans in a list, in three forms */
    MORE("\xf1\xf2\x00");               /* booleans as fields */
    MORE("\xf7\1\2\3\4\5\6\7\x08\x00"); /* a double */
    MORE("\xfd\1\2\3\4\5\6\7\x08\1\2\3\4\5\6\7\x08\x00"); /* a UUID */
    MORE("\xfc\x1c\x1c\x00\x00\x00\x00");                 /* structs */
    MORE("\xfa\x2b\x00\x01\x55\x02\x04\x00");             /* a set of maps */
    MORE(
        "\x08\xfe\xff\x03\x03"
        "abc\x00"); /* the extension's field 32767 */
}

static void cut_footers_are_refused(void **state)
{
    (void)state;
    made_file good = made_file_good();
    const pqt_view whole = made_file_write(&good);
    const size_t footer = load_u32le(whole.data + whole.size_bytes - 8);
    const uint8_t *begin = whole.data + whole.size_bytes - 8 - footer;
    for (size_t size = 0; size < footer; size++)
        CORRUPT(f.footer = view_of(begin, size), "");
    made_file_free(&good);
}

/* `depth` values, each within the one before, in a field that no reader knows. */
static void nested_values_of_any_depth_do_not_recurse_far(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    static const struct {
        const char *each;
        size_t size_bytes;
    } kinds[] = {{"\x1c", 1}, {"\x19", 1}, {"\x1b", 1}, {"\x01\xbb", 2}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        buffer footer = {0};
        pqt_error error;
        assert_ok(buffer_append(&footer,
                                k == 0  ? "\xfc"
                                : k < 2 ? "\xf9"
                                        : "\xfb",
                                1, &error));
        for (int i = 0; i < DEPTH; i++)
            assert_ok(buffer_append(&footer, kinds[k].each, kinds[k].size_bytes, &error));
        CORRUPT(f.footer = buffer_view(&footer), "thrift");
        buffer_free(&footer);
    }
}

/* --- Schemas --- */

static void schemas_that_lie_are_refused(void **state)
{
    (void)state;
    CORRUPT(f.elements[0].children = -1, "has -1 children");
    CORRUPT(f.elements[0].children = INT32_MIN, "children");
    CORRUPT(f.elements[0].children = 2, "lacks 1 of its children");
    CORRUPT(f.elements[0].children = INT32_MAX, "lacks 2147483646 of its children");
    CORRUPT(f.elements[0].children = 0, "2 elements, but the groups hold 1");
    CORRUPT(f.elements[0].children = ABSENT, "2 elements, but the groups hold 1");
    CORRUPT(f.element_count = 0, "schema: 0 elements");
    CORRUPT(f.element_count = 1, "lacks 1 of its children");
    CORRUPT(f.elements[0].type = PQT_INT32, "'schema' has a type and children");
    CORRUPT(f.elements[1].type = -7, "'a' has unknown type -7");
    CORRUPT(f.elements[1].type = 8, "'a' has unknown type 8");
    CORRUPT(f.elements[1].type = INT32_MAX, "unknown type");
    CORRUPT(f.elements[1].type = ABSENT, "1 column chunks, the schema has 0");
    CORRUPT(f.elements[1].children = 1, "'a' has a type and children");
    CORRUPT(f.elements[1].children = -1, "'a' has -1 children");
    CORRUPT(f.elements[1].repetition = 3, "'a' has unknown repetition 3");
    CORRUPT(f.elements[1].repetition = -1, "'a' has unknown repetition -1");
    CORRUPT(f.elements[1].name = NULL, "element without name");
    CORRUPT(f.elements[1].type = PQT_FIXED_LEN_BYTE_ARRAY, "'a' has a length of 0 bytes");
    CORRUPT(
        (f.elements[1].type = PQT_FIXED_LEN_BYTE_ARRAY, f.elements[1].type_length = -12),
        "'a' has a length of -12 bytes");
    CORRUPT((f.elements[1].type = PQT_FIXED_LEN_BYTE_ARRAY, chunk->type = AS_IS,
             f.elements[1].type_length = INT32_MAX),
            "12 bytes for 3 values of 2147483647");
    CORRUPT(f.elements[1].type = PQT_INT64, "type is INT32, in the schema INT64");
    CORRUPT(chunk->type = 99, "type is unknown, in the schema INT32");
}

static void odd_schemas_are_read(void **state)
{
    (void)state;
    GOOD(made_file_good(), f.elements[0].repetition = PQT_REPEATED);
    GOOD(made_file_good(), f.elements[0].name = "");
    GOOD(made_file_good(), f.elements[1].name = "");
    GOOD(made_file_good(), f.elements[1].name = "a.b \xff");
    GOOD(made_file_good(), f.elements[1].repetition = ABSENT);
    GOOD(made_file_good(), f.elements[1].converted = 99);
    GOOD(made_file_good(), f.elements[1].converted = -1);
    GOOD(made_file_good(), f.elements[1].converted = 0);  /* a string of INT32 */
    GOOD(made_file_good(), f.elements[1].converted = 5);  /* DECIMAL without precision */
    GOOD(made_file_good(), f.elements[1].logical = 9999); /* from a later format */
    GOOD(made_file_good(), f.elements[1].logical = 14);   /* a UUID of INT32 */
    GOOD(made_file_good(), (f.elements[2] = f.elements[1], f.element_count = 3,
                            f.elements[0].children = 2, group->chunks[1] = *chunk,
                            group->chunk_count = 2)); /* two columns of one name */
}

static void append_nested_schema(buffer *footer, int depth)
{
    pqt_error error;
    thrift_writer w = thrift_begin(footer, &error);
    thrift_list(&w, 2, THRIFT_LIST_STRUCT, (size_t)depth);
    for (int i = 0; i < depth; i++) {
        thrift_item_struct(&w);
        thrift_i32(&w, 3, PQT_OPTIONAL);
        thrift_binary(&w, 4, view_text("g"));
        thrift_i32(&w, 5, 1);
        thrift_struct_end(&w);
    }
    assert_ok(thrift_end(&w));
}

static void schemas_of_any_depth_are_refused(void **state)
{
    (void)state;
    static const int depths[] = {129, 10000, 100000};
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        buffer footer = {0};
        append_nested_schema(&footer, depths[i]);
        MADE(made_file_good(), f.footer = buffer_view(&footer), PQT_LIMIT,
             "deeper than 128");
        buffer_free(&footer);
    }
}

/* A second schema, when row groups were read by the first. */
static void second_schema_is_refused(void **state)
{
    (void)state;
    buffer end = {0};
    pqt_error error;
    /* Field 2 once more, by its number. */
    assert_ok(buffer_append(&end, "\x09\x04", 2, &error));
    assert_ok(buffer_append(&end, "\x5c\x48\x01s\x15\x08\x00", 7, &error));
    for (int i = 0; i < 4; i++)
        assert_ok(buffer_append(&end, "\x15\x02\x25\x00\x18\x01z\x00", 8, &error));
    assert_ok(buffer_append_u8(&end, 0, &error));
    CORRUPT(f.footer_end = buffer_view(&end), "a second schema");
    buffer_free(&end);
}

/* Column orders before there are columns, for none of them. */
static void orders_before_the_schema_are_of_no_column(void **state)
{
    (void)state;
    made_file good = made_file_good();
    const pqt_view whole = made_file_write(&good);
    const size_t footer_bytes = load_u32le(whole.data + whole.size_bytes - 8);
    const uint8_t *begin = whole.data + whole.size_bytes - 8 - footer_bytes;
    buffer footer = {0};
    pqt_error error;
    /* Field 7, an empty list; then field 2 by its number, where the writer had a step. */
    assert_ok(buffer_append(&footer, "\x79\x0c\x09\x04", 4, &error));
    assert_memory_equal(begin, "\x15\x02\x19", 3);
    assert_ok(buffer_append(&footer, begin + 3, footer_bytes - 3, &error));
    GOOD(made_file_good(), f.footer = buffer_view(&footer));
    buffer_free(&footer);
    made_file_free(&good);
}

/* --- Row groups --- */

static void row_groups_that_lie_are_refused(void **state)
{
    (void)state;
    CORRUPT(f.row_count = -1, "-1 rows, but the row groups have 3");
    CORRUPT(f.row_count = INT64_MAX, "9223372036854775807 rows");
    CORRUPT(f.row_count = 2, "2 rows, but the row groups have 3");
    CORRUPT(group->row_count = -1, "row group 0 has -1 rows");
    CORRUPT(group->row_count = 2, "3 values for 2 rows");
    CORRUPT(group->row_count = ABSENT, "3 values for 0 rows");
    CORRUPT(group->row_count = INT64_MAX, "3 values for 9223372036854775807 rows");
    CORRUPT((group->row_count = chunk->value_count = INT64_MAX, f.groups[1] = f.groups[0],
             f.row_count = 3, f.group_count = 2),
            "too many rows");
    CORRUPT(group->chunk_count = 0, "0 column chunks, the schema has 1");
    CORRUPT((group->chunks[1] = *chunk, group->chunk_count = 2),
            "2 column chunks, the schema has 1");
    CORRUPT(chunk->value_count = -1, "negative count");
    CORRUPT(chunk->value_count = ABSENT, "0 values for 3 rows");
    CORRUPT(chunk->value_count = INT64_MAX, "9223372036854775807 values for 3 rows");
    CORRUPT(chunk->compressed_bytes = -1, "negative count or size");
    CORRUPT(chunk->uncompressed_bytes = INT64_MIN, "negative count or size");
    CORRUPT(chunk->compressed_bytes = INT64_MAX, "not before the footer");
    CORRUPT(chunk->compressed_bytes = 100, "not before the footer");
    CORRUPT(chunk->data_page_offset = -1, "not before the footer");
    CORRUPT(chunk->data_page_offset = ABSENT, "not before the footer");
    CORRUPT(chunk->data_page_offset = INT64_MAX, "not before the footer");
    CORRUPT(chunk->data_page_offset = 60, "not before the footer"); /* in the footer */
    CORRUPT((chunk->data_page_offset = INT64_MAX, chunk->compressed_bytes = INT64_MAX),
            "not before the footer");
    CORRUPT(chunk->data_page_offset = 0, "page at byte 0");
    CORRUPT((chunk->data_page_offset = 5, chunk->compressed_bytes = 20),
            "page at byte 5");
    CORRUPT(chunk->dictionary_page_offset = 1, "page at byte 1");
    CORRUPT(chunk->type = PQT_INT64, "type is INT64, in the schema INT32");
    MADE(made_file_good(), chunk->codec = 99, PQT_UNSUPPORTED, "codec 99");
    MADE(made_file_good(), chunk->codec = -1, PQT_UNSUPPORTED, "codec -1");
    MADE(made_file_good(), chunk->codec = PQT_LZO, PQT_UNSUPPORTED, "LZO");
    MADE(made_file_good(), chunk->file_path = view_text("/etc/passwd"), PQT_UNSUPPORTED,
         "file_path");
}

static void odd_row_groups_are_read(void **state)
{
    (void)state;
    GOOD(made_file_good(), f.row_count = 0); /* forgiven: the row groups know */
    GOOD(made_file_good(), chunk->dictionary_page_offset = 0);
    GOOD(made_file_good(), chunk->dictionary_page_offset = INT64_MAX);
    GOOD(made_file_good(), f.group_count = 0);
    GOOD(made_file_good(), (group->row_count = 0, chunk->page_count = 0));
    GOOD(made_file_good(), (group->row_count = 0, chunk->page_count = 0,
                            chunk->data_page_offset = -1)); /* no pages, nowhere */
    GOOD(made_file_good(), (f.element_count = 1, f.elements[0].children = 0,
                            group->chunk_count = 0)); /* rows without columns */
    GOOD(made_file_good(), (group->row_count = 7, f.element_count = 1,
                            f.elements[0].children = 0, group->chunk_count = 0));
    GOOD(made_file_good(), (f.groups[1] = f.groups[0], f.group_count = 2,
                            f.groups[1].chunks[0].data_page_offset = 4)); /* same pages */
}

static void columns_of_different_lengths_are_refused(void **state)
{
    (void)state;
#define TWO_COLUMNS                                                               \
    f.elements[2] = f.elements[1], f.elements[2].name = "b", f.element_count = 3, \
    f.elements[0].children = 2, group->chunks[1] = *chunk, group->chunk_count = 2
    GOOD(made_file_good(), (TWO_COLUMNS));
    CORRUPT((TWO_COLUMNS, group->chunks[1].pages[0].value_count = 2),
            "2 values for 3 rows");
    CORRUPT((TWO_COLUMNS, group->chunks[1].page_count = 0), "0 values for 3 rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_without_room_for_a_footer_are_refused),
        cmocka_unit_test(endings_that_lie_are_refused),
        cmocka_unit_test(thrift_that_lies_is_refused),
        cmocka_unit_test(unknown_fields_are_passed_over),
        cmocka_unit_test(cut_footers_are_refused),
        cmocka_unit_test(nested_values_of_any_depth_do_not_recurse_far),
        cmocka_unit_test(schemas_that_lie_are_refused),
        cmocka_unit_test(odd_schemas_are_read),
        cmocka_unit_test(schemas_of_any_depth_are_refused),
        cmocka_unit_test(second_schema_is_refused),
        cmocka_unit_test(orders_before_the_schema_are_of_no_column),
        cmocka_unit_test(row_groups_that_lie_are_refused),
        cmocka_unit_test(odd_row_groups_are_read),
        cmocka_unit_test(columns_of_different_lengths_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
