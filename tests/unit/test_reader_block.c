/* Bytes of the caller's own in a Parquet file: where they are, and who passes over them.
 */
#include "base/buffer.h"
#include "pqt.h"
#include "test_help.h"

static pqt_error error;

static pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *e)
{
    return buffer_append(self, data, size_bytes, e);
}

static const pqt_schema_node nodes[] = {{.is_group = true, .child_count = 1},
                                        {.name = "n", .type = PQT_INT64}};
static const pqt_schema schema = {.nodes = nodes, .node_count = 2};

static pqt_writer *begin(buffer *out, const pqt_writer_options *options)
{
    const pqt_output output = {collect, out};
    pqt_writer *writer = NULL;
    assert_ok(pqt_writer_create(&output, &schema, NULL, options, &writer, &error));
    return writer;
}

static void append(pqt_writer *writer, int64_t from)
{
    const int64_t numbers[3] = {from, from + 1, from + 2};
    assert_ok(
        pqt_writer_append(writer, &(pqt_column_values){.values = numbers}, 3, &error));
}

static pqt_written finish(pqt_writer *writer)
{
    pqt_written written;
    assert_ok(pqt_writer_finish(writer, &written, &error));
    pqt_writer_free(writer);
    return written;
}

static pqt_reader *open(const buffer *file)
{
    pqt_reader *reader = NULL;
    assert_ok(pqt_reader_open_memory(buffer_view(file), NULL, &reader, &error));
    return reader;
}

static void assert_block(const pqt_reader *reader, const char *key, const char *bytes)
{
    pqt_byte_range place;
    uint8_t found[64];
    assert_ok(pqt_reader_find_block(reader, view_text(key), &place, &error));
    assert_int_equal(place.size_bytes, strlen(bytes));
    assert_ok(pqt_reader_read_bytes(reader, place, found, &error));
    assert_memory_equal(found, bytes, strlen(bytes));
}

static void blocks_are_found_and_the_rows_beside_them(void **state)
{
    (void)state;
    const pqt_key_value own = {view_text("mine"), view_text("kept")};
    const pqt_writer_options options = {.key_values = &own, .key_value_count = 1};
    buffer file = {0};
    pqt_writer *writer = begin(&file, &options);
    append(writer, 10);
    assert_ok(pqt_writer_add_block(writer, view_text("a"), view_text("first"), &error));
    append(writer, 20);
    assert_ok(pqt_writer_add_block(writer, view_text("b"), view_text("second"), &error));
    assert_ok(pqt_writer_add_block(writer, view_text("c"), view_text(""), &error));
    const pqt_written written = finish(writer);
    pqt_reader *reader = open(&file);
    const pqt_file_metadata *metadata = pqt_reader_metadata(reader);
    assert_int_equal(metadata->row_group_count, 2);
    assert_int_equal(metadata->key_value_count, 4);
    assert_true(view_equal(metadata->key_values[0].value, view_text("kept")));
    assert_block(reader, "a", "first");
    assert_block(reader, "b", "second");
    assert_block(reader, "c", "");
    for (int32_t g = 0; g < 2; g++) {
        pqt_values values = {0};
        assert_ok(pqt_reader_read(reader, g, 0, 0, 3, &values, &error));
        assert_int_equal(values.int64s[2], 12 + 10 * g);
        pqt_values_free(&values);
    }
    pqt_byte_range last;
    assert_ok(pqt_reader_find_block(reader, view_text("b"), &last, &error));
    assert_int_equal(last.offset, file.size_bytes - written.tail_bytes);
    pqt_reader_close(reader);
    buffer_free(&file);
}

static void tail_without_a_last_block_begins_at_the_indexes(void **state)
{
    (void)state;
    buffer with = {0}, without = {0};
    pqt_writer *writer = begin(&without, NULL);
    append(writer, 1);
    const uint64_t tail = finish(writer).tail_bytes;
    const pqt_key_value same = {view_text("a"), view_text("4 0")};
    writer =
        begin(&with, &(pqt_writer_options){.key_values = &same, .key_value_count = 1});
    append(writer, 1);
    const uint64_t with_key = finish(writer).tail_bytes;
    buffer_clear(&with);
    writer = begin(&with, NULL);
    assert_ok(pqt_writer_add_block(writer, view_text("a"), view_text(""), &error));
    append(writer, 1);
    assert_int_equal(finish(writer).tail_bytes, with_key);
    assert_true(with_key > tail);
    buffer_free(&with);
    buffer_free(&without);
}

static void what_is_not_there_or_no_place_is_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        " ",
                                        "4",
                                        "4 ",
                                        "4 x",
                                        "x 4",
                                        "4 1 ",
                                        "-4 1",
                                        "99999999999999999999 1",
                                        "4 9999999",
                                        "9223372036854775807 9223372036854775807"};
    pqt_byte_range place;
    uint8_t byte;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const pqt_key_value pair = {view_text("a"), view_text(wrong[i])};
        buffer file = {0};
        pqt_writer *writer = begin(
            &file, &(pqt_writer_options){.key_values = &pair, .key_value_count = 1});
        append(writer, 1);
        finish(writer);
        pqt_reader *reader = open(&file);
        assert_fails(pqt_reader_find_block(reader, view_text("a"), &place, &error),
                     PQT_CORRUPT, "no range");
        assert_fails(pqt_reader_find_block(reader, view_text("b"), &place, &error),
                     PQT_NOT_FOUND, "no block 'b'");
        assert_fails(pqt_reader_read_bytes(reader, (pqt_byte_range){file.size_bytes, 1},
                                           &byte, &error),
                     PQT_CORRUPT, "file's end");
        pqt_reader_close(reader);
        buffer_free(&file);
    }
}

static void encrypted_file_takes_no_block(void **state)
{
    (void)state;
    const pqt_encryption encryption = {.footer_key = {.bytes = {1}, .size_bytes = 16}};
    const pqt_output output = {collect, &(buffer){0}};
    pqt_writer *writer = NULL;
    const pqt_status made = pqt_writer_create(
        &output, &schema, NULL, &(pqt_writer_options){.encryption = &encryption}, &writer,
        &error);
    if (made == PQT_UNSUPPORTED) skip();
    assert_int_equal(made, PQT_OK);
    assert_fails(pqt_writer_add_block(writer, view_text("a"), view_text("b"), &error),
                 PQT_INVALID, "encrypted");
    pqt_writer_free(writer);
    buffer_free(output.self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_found_and_the_rows_beside_them),
        cmocka_unit_test(tail_without_a_last_block_begins_at_the_indexes),
        cmocka_unit_test(what_is_not_there_or_no_place_is_told),
        cmocka_unit_test(encrypted_file_takes_no_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
