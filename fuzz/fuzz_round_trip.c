/*
 * A table made from the input is written and read back: every value must be as it was.
 * The input's first bytes choose type, encoding, codec, page sizes and threads; the rest
 * are the values.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "pqt.h"

enum { ROWS_MOST = 2000 };

typedef struct table {
    pqt_schema_node leaf;
    pqt_column_options column;
    pqt_writer_options options;
    size_t value_bytes; /* of the array's elements */
    uint8_t *values;
    uint8_t *validity;
    int64_t row_count;
} table;

static uint8_t next_u8(cursor *input)
{
    uint8_t value = 0;
    (void)cursor_u8(input, &value);
    return value;
}

static void choose_column(table *t, cursor *input)
{
    static const pqt_type types[] = {PQT_BOOLEAN,
                                     PQT_INT32,
                                     PQT_INT64,
                                     PQT_FLOAT,
                                     PQT_DOUBLE,
                                     PQT_BYTE_ARRAY,
                                     PQT_FIXED_LEN_BYTE_ARRAY};
    static const size_t widths[] = {1, 4, 8, 4, 8, sizeof(pqt_view), sizeof(pqt_view)};
    static const pqt_encoding encodings[] = {PQT_PLAIN,
                                             PQT_RLE,
                                             PQT_DELTA_BINARY_PACKED,
                                             PQT_DELTA_LENGTH_BYTE_ARRAY,
                                             PQT_DELTA_BYTE_ARRAY,
                                             PQT_RLE_DICTIONARY,
                                             PQT_BYTE_STREAM_SPLIT,
                                             PQT_ENCODING_CHOSEN};
    static const pqt_codec codecs[] = {PQT_UNCOMPRESSED, PQT_ZSTD, PQT_GZIP};
    const size_t type = next_u8(input) % 7;
    t->value_bytes = widths[type];
    t->leaf = (pqt_schema_node){
        .name = "c", .type = types[type], .type_length = 1 + next_u8(input) % 20};
    t->column = (pqt_column_options){.encoding = encodings[next_u8(input) % 8],
                                     .codec = codecs[next_u8(input) % 3]};
    t->leaf.repetition = next_u8(input) % 2 ? PQT_OPTIONAL : PQT_REQUIRED;
    t->column.long_pages = next_u8(input) % 4 == 0;
    t->column.bloom_filter = next_u8(input) % 8 == 0;
    t->options = (pqt_writer_options){
        .page_rows = 1 + next_u8(input),
        .row_group_rows = 1 + 3 * next_u8(input),
        .page_limit_bytes = 1 + 8u * next_u8(input),
        .dictionary_limit_bytes = 1 + 4u * next_u8(input),
        .page_v2 = next_u8(input) % 2 == 1,
        .threads = 1 + next_u8(input) % 2,
    };
}

/* Byte arrays are pieces of the input, so that many begin alike or overlap. */
static pqt_view take_view(const table *t, cursor *input, pqt_view all)
{
    const size_t low = next_u8(input);
    const size_t place = low | (size_t)next_u8(input) << 8;
    const size_t at = all.size_bytes ? place % all.size_bytes : 0;
    size_t size_bytes = next_u8(input) % 40;
    if (t->leaf.type == PQT_FIXED_LEN_BYTE_ARRAY)
        size_bytes = (size_t)t->leaf.type_length;
    static const uint8_t zeros[20];
    if (size_bytes > all.size_bytes - at)
        return t->leaf.type == PQT_BYTE_ARRAY
                   ? (pqt_view){all.data + at, all.size_bytes - at}
                   : (pqt_view){zeros, size_bytes};
    return (pqt_view){all.data + at, size_bytes};
}

static void fill_table(table *t, cursor *input, pqt_view all)
{
    t->row_count = next_u8(input) * 8 + next_u8(input) % 8;
    if (t->row_count > ROWS_MOST) t->row_count = ROWS_MOST;
    for (int64_t i = 0; i < t->row_count; i++) {
        uint8_t *value = t->values + (size_t)i * t->value_bytes;
        if (t->leaf.type >= PQT_BYTE_ARRAY) {
            const pqt_view view = take_view(t, input, all);
            memcpy(value, &view, sizeof view);
        } else {
            for (size_t k = 0; k < t->value_bytes; k++) value[k] = next_u8(input);
            if (t->leaf.type == PQT_BOOLEAN) value[0] &= 1;
        }
    }
    for (int64_t i = 0; i < t->row_count / 8 + 1; i++) t->validity[i] = next_u8(input);
}

static pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

/* False where the encoding does not fit the type, which the writer must have said. */
static bool write_table(const table *t, buffer *file)
{
    const pqt_output output = {collect, file};
    const bool is_optional = t->leaf.repetition == PQT_OPTIONAL;
    const pqt_column_values values = {.values = t->values,
                                      .validity = is_optional ? t->validity : NULL};
    const pqt_schema_node nodes[] = {{.is_group = true, .child_count = 1}, t->leaf};
    const pqt_schema schema = {.nodes = nodes, .node_count = 2};
    pqt_writer *writer = NULL;
    pqt_error error = {0};
    pqt_written written;
    if (pqt_writer_create(&output, &schema, &t->column, &t->options, &writer, &error) !=
        PQT_OK) {
        if (error.status != PQT_INVALID) abort();
        return false;
    }
    if (pqt_writer_append(writer, &values, t->row_count, &error) != PQT_OK) abort();
    if (pqt_writer_finish(writer, &written, &error) != PQT_OK) abort();
    if (written.row_count != t->row_count || written.file_bytes != file->size_bytes)
        abort();
    pqt_writer_free(writer);
    return true;
}

static const void *value_at(const pqt_values *v, int64_t i)
{
    if (v->booleans) return v->booleans + i;
    if (v->int32s) return v->int32s + i;
    if (v->int64s) return v->int64s + i;
    if (v->floats) return v->floats + i;
    if (v->doubles) return v->doubles + i;
    return v->bytes + i;
}

static void compare_row(const table *t, int64_t row, const pqt_values *v, int64_t i)
{
    const bool is_valid =
        t->leaf.repetition == PQT_REQUIRED || (t->validity[row / 8] >> row % 8 & 1);
    const bool found_valid = !v->validity || (v->validity[i / 8] >> i % 8 & 1);
    if (is_valid != found_valid) abort();
    if (!is_valid) return;
    const void *expected = t->values + (size_t)row * t->value_bytes;
    const void *found = value_at(v, i);
    if (t->leaf.type < PQT_BYTE_ARRAY) {
        if (memcmp(expected, found, t->value_bytes) != 0) abort();
        return;
    }
    pqt_view a, b;
    memcpy(&a, expected, sizeof a);
    memcpy(&b, found, sizeof b);
    if (!view_equal(a, b)) abort();
}

static void read_back(const table *t, const buffer *file)
{
    pqt_reader *reader = NULL;
    pqt_error error = {0};
    pqt_values values = {0};
    if (pqt_reader_open_memory(buffer_view(file), NULL, &reader, &error) != PQT_OK)
        abort();
    if (pqt_reader_load_page_indexes(reader, NULL, 0, &error) != PQT_OK) abort();
    const pqt_file_metadata *metadata = pqt_reader_metadata(reader);
    int64_t row = 0;
    for (int32_t g = 0; g < metadata->row_group_count; g++) {
        const int64_t count = metadata->row_groups[g].row_count;
        if (pqt_reader_read(reader, g, 0, 0, count, &values, &error) != PQT_OK) abort();
        for (int64_t i = 0; i < count; i++) compare_row(t, row + i, &values, i);
        row += count;
    }
    if (row != t->row_count) abort();
    pqt_values_free(&values);
    pqt_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    const pqt_view all = {data, size_bytes};
    cursor input = cursor_of(all);
    table t = {.values = calloc(ROWS_MOST, sizeof(pqt_view)),
               .validity = calloc(ROWS_MOST / 8 + 1, 1)};
    if (!t.values || !t.validity) abort();
    choose_column(&t, &input);
    fill_table(&t, &input, all);
    buffer file = {0};
    if (write_table(&t, &file)) read_back(&t, &file);
    buffer_free(&file);
    free(t.values);
    free(t.validity);
    return 0;
}
