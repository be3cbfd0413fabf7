/*
 * A table made from the input is written and read back: every value must be as it was.
 * The input's first bytes choose type, encoding, codec, page sizes, threads and the
 * groups around the column, optional and repeated; the rest are the levels and the
 * values. An entry is what the levels have: a row, or more than one of a row's lists.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "pqt.h"

enum { ENTRIES_MOST = 600, DEPTH_MOST = 3 };

typedef struct table {
    pqt_schema_node groups[DEPTH_MOST];
    int depth;
    uint16_t most_definition;
    uint16_t most_repetition;
    uint16_t defined_at[DEPTH_MOST + 1]; /* by repetition level: what its list has */
    pqt_schema_node leaf;
    pqt_column_options column;
    pqt_writer_options options;
    size_t value_bytes; /* of the array's elements */
    uint8_t *values;
    uint8_t *validity;
    uint16_t *definition_levels;
    uint16_t *repetition_levels;
    int64_t entry_count;
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

/* The groups from the root to the leaf. */
static void choose_groups(table *t, cursor *input)
{
    static const pqt_repetition repetitions[] = {PQT_REQUIRED, PQT_OPTIONAL,
                                                 PQT_REPEATED};
    t->depth = next_u8(input) % (DEPTH_MOST + 1);
    for (int i = 0; i < t->depth; i++) {
        const pqt_repetition repetition = repetitions[next_u8(input) % 3];
        t->groups[i] = (pqt_schema_node){
            .name = "g", .is_group = true, .child_count = 1, .repetition = repetition};
        if (repetition != PQT_REQUIRED) t->most_definition++;
        if (repetition == PQT_REPEATED)
            t->defined_at[++t->most_repetition] = t->most_definition;
    }
    if (t->leaf.repetition == PQT_OPTIONAL) t->most_definition++;
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

static void fill_value(const table *t, cursor *input, pqt_view all, uint8_t *value)
{
    if (t->leaf.type >= PQT_BYTE_ARRAY) {
        const pqt_view view = take_view(t, input, all);
        memcpy(value, &view, sizeof view);
        return;
    }
    for (size_t k = 0; k < t->value_bytes; k++) value[k] = next_u8(input);
    if (t->leaf.type == PQT_BOOLEAN) value[0] &= 1;
}

/* A list goes on only where the entry before was in it, and has an element then. */
static void fill_levels(table *t, cursor *input)
{
    for (int64_t i = 0; i < t->entry_count; i++) {
        const uint8_t byte = next_u8(input);
        uint16_t repetition = (uint16_t)(byte / 16 % (t->most_repetition + 1));
        uint16_t definition = (uint16_t)(byte % (t->most_definition + 1));
        const uint16_t before = i > 0 ? t->definition_levels[i - 1] : 0;
        while (repetition > 0 && (i == 0 || before < t->defined_at[repetition]))
            repetition--;
        if (definition < t->defined_at[repetition])
            definition = t->defined_at[repetition];
        t->definition_levels[i] = definition;
        t->repetition_levels[i] = repetition;
        if (repetition == 0) t->row_count++;
        if (definition == t->most_definition) t->validity[i / 8] |= (uint8_t)(1 << i % 8);
    }
}

static void fill_table(table *t, cursor *input, pqt_view all)
{
    t->entry_count = next_u8(input) * 8 + next_u8(input) % 8;
    if (t->entry_count > ENTRIES_MOST) t->entry_count = ENTRIES_MOST;
    fill_levels(t, input);
    for (int64_t i = 0; i < t->entry_count; i++)
        fill_value(t, input, all, t->values + (size_t)i * t->value_bytes);
}

static pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

static pqt_column_values column_values(const table *t)
{
    const bool is_flat = t->most_repetition == 0 && t->most_definition < 2;
    pqt_column_values values = {.values = t->values};
    if (is_flat && t->most_definition == 1) values.validity = t->validity;
    if (!is_flat) values.definition_levels = t->definition_levels;
    if (t->most_repetition == 0) return values;
    values.repetition_levels = t->repetition_levels;
    values.slot_count = t->entry_count;
    return values;
}

/* False where the encoding does not fit the type, which the writer must have said. */
static bool write_table(const table *t, buffer *file)
{
    const pqt_output output = {collect, file};
    const pqt_column_values values = column_values(t);
    pqt_schema_node nodes[DEPTH_MOST + 2] = {{.is_group = true, .child_count = 1}};
    const pqt_schema schema = {.nodes = nodes, .node_count = t->depth + 2};
    pqt_writer *writer = NULL;
    pqt_error error = {0};
    pqt_written written;
    memcpy(nodes + 1, t->groups, (size_t)t->depth * sizeof *nodes);
    nodes[t->depth + 1] = t->leaf;
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

static void compare_levels(const table *t, int64_t entry, const pqt_values *v, int64_t i)
{
    if (v->definition_levels && v->definition_levels[i] != t->definition_levels[entry])
        abort();
    if (v->repetition_levels && v->repetition_levels[i] != t->repetition_levels[entry])
        abort();
    if (!v->definition_levels && t->most_definition > 1) abort();
    if (!v->repetition_levels && t->most_repetition > 0) abort();
}

static void compare_entry(const table *t, int64_t entry, const pqt_values *v, int64_t i)
{
    const bool is_valid = t->validity[entry / 8] >> entry % 8 & 1;
    const bool found_valid = !v->validity || (v->validity[i / 8] >> i % 8 & 1);
    compare_levels(t, entry, v, i);
    if (is_valid != found_valid) abort();
    if (!is_valid) return;
    const void *expected = t->values + (size_t)entry * t->value_bytes;
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
    int64_t entry = 0;
    for (int32_t g = 0; g < metadata->row_group_count; g++) {
        const int64_t count = metadata->row_groups[g].row_count;
        if (pqt_reader_read(reader, g, 0, 0, count, &values, &error) != PQT_OK) abort();
        if (values.row_count != count || values.slot_count > t->entry_count - entry)
            abort();
        for (int64_t i = 0; i < values.slot_count; i++)
            compare_entry(t, entry + i, &values, i);
        entry += values.slot_count;
    }
    if (entry != t->entry_count) abort();
    pqt_values_free(&values);
    pqt_reader_close(reader);
}

static void table_alloc(table *t)
{
    t->values = calloc(ENTRIES_MOST, sizeof(pqt_view));
    t->validity = calloc(ENTRIES_MOST / 8 + 1, 1);
    t->definition_levels = calloc(ENTRIES_MOST, sizeof(uint16_t));
    t->repetition_levels = calloc(ENTRIES_MOST, sizeof(uint16_t));
    if (!t->values || !t->validity || !t->definition_levels || !t->repetition_levels)
        abort();
}

static void table_free(table *t)
{
    free(t->values);
    free(t->validity);
    free(t->definition_levels);
    free(t->repetition_levels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    const pqt_view all = {data, size_bytes};
    cursor input = cursor_of(all);
    table t = {0};
    table_alloc(&t);
    choose_column(&t, &input);
    choose_groups(&t, &input);
    fill_table(&t, &input, all);
    buffer file = {0};
    if (write_table(&t, &file)) read_back(&t, &file);
    buffer_free(&file);
    table_free(&t);
    return 0;
}
