#include <stdlib.h>

#include "base/buffer.h"
#include "nested_rows.h"
#include "pqt.h"

static pqt_error error;
enum { ROWS = 700 };

/* A list of lists, a map with a struct in it, and structs within structs. */
static const pqt_schema_node nodes[] = {
    {.name = "schema", .is_group = true, .child_count = 4},
    {.name = "id", .type = PQT_INT64},
    {.name = "lists",
     .repetition = PQT_OPTIONAL,
     .is_group = true,
     .child_count = 1,
     .logical = {.kind = PQT_LOGICAL_LIST}},
    {.name = "list", .repetition = PQT_REPEATED, .is_group = true, .child_count = 1},
    {.name = "element",
     .repetition = PQT_OPTIONAL,
     .is_group = true,
     .child_count = 1,
     .logical = {.kind = PQT_LOGICAL_LIST}},
    {.name = "list", .repetition = PQT_REPEATED, .is_group = true, .child_count = 1},
    {.name = "element", .repetition = PQT_OPTIONAL, .type = PQT_INT64, .field_id = 9},
    {.name = "map",
     .is_group = true,
     .child_count = 1,
     .logical = {.kind = PQT_LOGICAL_MAP}},
    {.name = "key_value", .repetition = PQT_REPEATED, .is_group = true, .child_count = 2},
    {.name = "key", .type = PQT_BYTE_ARRAY},
    {.name = "value", .repetition = PQT_OPTIONAL, .is_group = true, .child_count = 2},
    {.name = "a", .type = PQT_INT64},
    {.name = "b", .repetition = PQT_REPEATED, .type = PQT_BYTE_ARRAY},
    {.name = "outer", .repetition = PQT_OPTIONAL, .is_group = true, .child_count = 1},
    {.name = "inner", .repetition = PQT_OPTIONAL, .is_group = true, .child_count = 1},
    {.name = "leaf", .repetition = PQT_OPTIONAL, .type = PQT_INT64},
};
enum { NODES = sizeof nodes / sizeof *nodes, COLUMNS = 6 };
static const pqt_schema schema = {.nodes = nodes, .node_count = NODES};

static pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *e)
{
    return buffer_append(self, data, size_bytes, e);
}

/* The values of a leaf without the slots of nulls, in memory of their own. */
static void *without_nulls(const pqt_schema_node *leaf, const nested_leaf *from)
{
    const size_t width = leaf->type == PQT_INT64 ? sizeof(int64_t) : sizeof(pqt_view);
    const uint8_t *values =
        leaf->type == PQT_INT64 ? (const void *)from->numbers : (const void *)from->views;
    uint8_t *dense = malloc((size_t)from->count * width + 1);
    size_t count = 0;
    for (int64_t i = 0; i < from->count; i++)
        if (from->definition[i] == leaf->max_definition_level)
            memcpy(dense + width * count++, values + width * (size_t)i, width);
    return dense;
}

static void append(pqt_writer *writer, const nested_rows *rows, bool is_dense)
{
    const pqt_schema *made = pqt_writer_schema(writer);
    pqt_column_values values[COLUMNS];
    void *dense[COLUMNS] = {NULL};
    for (int c = 0; c < COLUMNS; c++) {
        const pqt_schema_node *leaf = &made->nodes[made->column_nodes[c]];
        const nested_leaf *from = &rows->leaves[c];
        if (is_dense) dense[c] = without_nulls(leaf, from);
        values[c] = (pqt_column_values){.values = leaf->type == PQT_INT64
                                                      ? (const void *)from->numbers
                                                      : (const void *)from->views,
                                        .definition_levels = from->definition,
                                        .repetition_levels = from->repetition,
                                        .slot_count = from->count,
                                        .is_dense = is_dense};
        if (is_dense) values[c].values = dense[c];
    }
    assert_ok(pqt_writer_append(writer, values, ROWS, &error));
    for (int c = 0; c < COLUMNS; c++) free(dense[c]);
}

static void assert_leaf(const pqt_schema_node *leaf, const nested_leaf *expected,
                        int64_t at, const pqt_values *found)
{
    assert_true(at + found->slot_count <= expected->count);
    for (int64_t i = 0; i < found->slot_count; i++, at++) {
        assert_int_equal(found->repetition_levels != NULL,
                         leaf->max_repetition_level > 0);
        if (found->repetition_levels)
            assert_int_equal(found->repetition_levels[i], expected->repetition[at]);
        if (found->definition_levels)
            assert_int_equal(found->definition_levels[i], expected->definition[at]);
        const bool is_value = expected->definition[at] == leaf->max_definition_level;
        if (found->validity)
            assert_int_equal(found->validity[i / 8] >> i % 8 & 1, is_value);
        if (!is_value) continue;
        if (found->int64s)
            assert_int_equal(found->int64s[i], expected->numbers[at]);
        else
            assert_true(view_equal(found->bytes[i], expected->views[at]));
    }
}

/* Reads every column by ranges of rows, so that page index and pages must agree. */
static void assert_file(const buffer *file, const nested_rows *rows)
{
    pqt_reader *reader = NULL;
    pqt_values values = {0};
    assert_ok(pqt_reader_open_memory(buffer_view(file), NULL, &reader, &error));
    assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    assert_int_equal(m->row_count, ROWS);
    for (int c = 0; c < COLUMNS; c++) {
        int64_t at = 0, entries = 0;
        for (int32_t g = 0; g < m->row_group_count; g++) {
            const int64_t count = m->row_groups[g].row_count;
            entries += m->row_groups[g].columns[c].value_count;
            for (int64_t first = 0; first < count; first += 37) {
                const int64_t part = count - first < 37 ? count - first : 37;
                assert_ok(pqt_reader_read(reader, g, c, first, part, &values, &error));
                assert_leaf(&m->schema.nodes[m->schema.column_nodes[c]], &rows->leaves[c],
                            at, &values);
                at += values.slot_count;
            }
        }
        assert_int_equal(at, rows->leaves[c].count);
        assert_int_equal(entries, at);
    }
    pqt_values_free(&values);
    pqt_reader_close(reader);
}

static void test_nested_rows_any_layout_read_back(void **state)
{
    (void)state;
    nested_rows *rows = calloc(1, sizeof *rows);
    for (unsigned turn = 0; turn < 16; turn++) {
        const pqt_column_options plain[COLUMNS] = {{.codec = PQT_ZSTD}};
        const pqt_writer_options options = {
            .page_rows = turn % 3 ? 50 : 0,
            .row_group_rows = turn % 4 ? 300 : 0,
            .page_limit_bytes = turn % 5 ? 0 : 500,
            .dictionary_limit_bytes = turn % 2 ? 300 : 0,
            .page_v2 = turn / 2 % 2 == 1,
            .threads = 1 + (int)(turn % 2),
        };
        buffer file = {0};
        const pqt_output output = {collect, &file};
        pqt_writer *writer = NULL;
        assert_ok(pqt_writer_create(&output, &schema, turn % 8 ? NULL : plain, &options,
                                    &writer, &error));
        memset(rows, 0, sizeof *rows);
        rows->schema = pqt_writer_schema(writer);
        rows->random = turn;
        for (int i = 0; i < ROWS; i++) nested_add_row(rows);
        append(writer, rows, turn % 2 == 1);
        assert_ok(pqt_writer_finish(writer, NULL, &error));
        assert_file(&file, rows);
        pqt_writer_free(writer);
        buffer_free(&file);
    }
    free(rows);
}

/* Chosen encodings are measured in memory that threads share between columns. */
static void test_nested_threads_any_number_same_bytes(void **state)
{
    (void)state;
    nested_rows *rows = calloc(1, sizeof *rows);
    buffer files[3] = {{0}, {0}, {0}};
    for (int i = 0; i < 3; i++) {
        const pqt_writer_options options = {.page_rows = 100, .threads = 1 + i};
        const pqt_output output = {collect, &files[i]};
        pqt_writer *writer = NULL;
        assert_ok(pqt_writer_create(&output, &schema, NULL, &options, &writer, &error));
        memset(rows, 0, sizeof *rows);
        rows->schema = pqt_writer_schema(writer);
        for (int k = 0; k < ROWS; k++) nested_add_row(rows);
        append(writer, rows, false);
        assert_ok(pqt_writer_finish(writer, NULL, &error));
        pqt_writer_free(writer);
        assert_int_equal(files[i].size_bytes, files[0].size_bytes);
        assert_memory_equal(files[i].data, files[0].data, files[0].size_bytes);
    }
    for (int i = 0; i < 3; i++) buffer_free(&files[i]);
    free(rows);
}

/* One row group: its histograms and byte counts are those of all entries. */
static void assert_sizes(const pqt_column_chunk *chunk, const pqt_schema_node *leaf,
                         const nested_leaf *rows)
{
    int64_t repetition[8] = {0}, definition[8] = {0}, bytes = 0, nulls = 0;
    for (int64_t i = 0; i < rows->count; i++) {
        repetition[rows->repetition[i]]++;
        definition[rows->definition[i]]++;
        const bool is_value = rows->definition[i] == leaf->max_definition_level;
        bytes += is_value ? (int64_t)rows->views[i].size_bytes : 0;
        nulls += !is_value;
    }
    const pqt_size_statistics *s = &chunk->size_statistics;
    assert_int_equal(s->repetition_histogram != NULL, leaf->max_repetition_level > 0);
    assert_int_equal(s->definition_histogram != NULL, leaf->max_definition_level > 1);
    for (int i = 0; i < s->repetition_count; i++)
        assert_int_equal(s->repetition_histogram[i], repetition[i]);
    for (int i = 0; i < s->definition_count; i++)
        assert_int_equal(s->definition_histogram[i], definition[i]);
    assert_int_equal(s->byte_array_bytes, leaf->type == PQT_BYTE_ARRAY ? bytes : -1);
    assert_int_equal(chunk->statistics.null_count, nulls);
    assert_int_equal(chunk->statistics.nan_count, -1);
    assert_int_equal(chunk->order, PQT_ORDER_TYPE_DEFINED);
}

/* Added up, the pages' are the chunk's. */
static void assert_page_sizes(const pqt_size_statistics *s, const pqt_page_index *index)
{
    int64_t repetition[8] = {0}, definition[8] = {0}, bytes = 0;
    assert_true(index->page_count > 1);
    assert_int_equal(index->repetition_count, s->repetition_count);
    assert_int_equal(index->definition_count, s->definition_count);
    assert_int_equal(index->byte_array_bytes != NULL, s->byte_array_bytes >= 0);
    for (int p = 0; p < index->page_count; p++) {
        for (int i = 0; i < s->repetition_count; i++)
            repetition[i] += index->repetition_histograms[p * s->repetition_count + i];
        for (int i = 0; i < s->definition_count; i++)
            definition[i] += index->definition_histograms[p * s->definition_count + i];
        if (index->byte_array_bytes) bytes += index->byte_array_bytes[p];
    }
    for (int i = 0; i < s->repetition_count; i++)
        assert_int_equal(repetition[i], s->repetition_histogram[i]);
    for (int i = 0; i < s->definition_count; i++)
        assert_int_equal(definition[i], s->definition_histogram[i]);
    if (index->byte_array_bytes) assert_int_equal(bytes, s->byte_array_bytes);
}

static void test_nested_sizes_told_in_the_footer(void **state)
{
    (void)state;
    nested_rows *rows = calloc(1, sizeof *rows);
    const pqt_writer_options options = {.page_rows = 90};
    buffer file = {0};
    const pqt_output output = {collect, &file};
    pqt_writer *writer = NULL;
    pqt_reader *reader = NULL;
    assert_ok(pqt_writer_create(&output, &schema, NULL, &options, &writer, &error));
    rows->schema = pqt_writer_schema(writer);
    for (int i = 0; i < ROWS; i++) nested_add_row(rows);
    append(writer, rows, false);
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    assert_ok(pqt_reader_open_memory(buffer_view(&file), NULL, &reader, &error));
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    assert_int_equal(m->row_group_count, 1);
    assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
    for (int c = 0; c < COLUMNS; c++) {
        const pqt_column_chunk *chunk = &m->row_groups[0].columns[c];
        assert_sizes(chunk, &m->schema.nodes[m->schema.column_nodes[c]],
                     &rows->leaves[c]);
        assert_page_sizes(&chunk->size_statistics, pqt_reader_page_index(reader, 0, c));
    }
    pqt_reader_close(reader);
    pqt_writer_free(writer);
    buffer_free(&file);
    free(rows);
}

/* malloc until so many allocations were made. */
static void *resize_short(void *self, void *pointer, size_t size_bytes)
{
    int *left = self;
    return (*left)-- > 0 ? realloc(pointer, size_bytes) : NULL;
}

static void release_short(void *self, void *pointer)
{
    (void)self;
    free(pointer);
}

/* Chosen encodings, levels, sizes: whatever cannot be had is said and freed. */
static void test_nested_any_allocation_fails_said(void **state)
{
    (void)state;
    static const pqt_view texts[] = {{(const uint8_t *)"a", 1},
                                     {(const uint8_t *)"b", 1}};
    static const int64_t numbers[] = {5, 6};
    static const uint16_t zeros[] = {0, 0}, ones[] = {1, 1}, threes[] = {3, 3};
    const pqt_column_values values[COLUMNS] = {
        {.values = numbers},
        {.values = numbers,
         .definition_levels = zeros,
         .repetition_levels = zeros,
         .slot_count = 2},
        {.values = texts,
         .definition_levels = ones,
         .repetition_levels = zeros,
         .slot_count = 2},
        {.values = numbers,
         .definition_levels = ones,
         .repetition_levels = zeros,
         .slot_count = 2},
        {.values = texts,
         .definition_levels = ones,
         .repetition_levels = zeros,
         .slot_count = 2},
        {.values = numbers, .definition_levels = threes},
    };
    pqt_status status = PQT_NOMEM;
    for (int allowed = 0; status != PQT_OK; allowed++) {
        int left = allowed;
        const pqt_allocator allocator = {resize_short, release_short, &left};
        const pqt_writer_options options = {.allocator = &allocator, .page_rows = 1};
        buffer file = {0};
        const pqt_output output = {collect, &file};
        pqt_writer *writer = NULL;
        error = (pqt_error){0};
        status = pqt_writer_create(&output, &schema, NULL, &options, &writer, &error);
        for (int i = 0; status == PQT_OK && i < 3; i++)
            status = pqt_writer_append(writer, values, 2, &error);
        if (status == PQT_OK) status = pqt_writer_finish(writer, NULL, &error);
        pqt_writer_free(writer);
        buffer_free(&file);
        assert_int_equal(error.status, status);
        assert_true(status == PQT_OK || status == PQT_NOMEM);
        assert_true(allowed < 10000);
    }
}

/* What a reader finds of the schema is what was asked for. */
static void test_nested_schema_read_back(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {collect, &file};
    pqt_writer *writer = NULL;
    pqt_reader *reader = NULL;
    assert_ok(pqt_writer_create(&output, &schema, NULL, NULL, &writer, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    assert_ok(pqt_reader_open_memory(buffer_view(&file), NULL, &reader, &error));
    const pqt_schema *found = &pqt_reader_metadata(reader)->schema;
    const pqt_schema *made = pqt_writer_schema(writer);
    assert_int_equal(found->node_count, NODES);
    assert_int_equal(made->column_count, COLUMNS);
    for (int32_t i = 0; i < NODES; i++) {
        const pqt_schema_node *a = &found->nodes[i];
        const pqt_schema_node *b = &made->nodes[i];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->repetition, b->repetition);
        assert_int_equal(a->is_group, b->is_group);
        assert_int_equal(a->logical.kind, b->logical.kind);
        assert_int_equal(a->field_id, i == 6 ? 9 : -1);
        assert_int_equal(a->parent, b->parent);
        assert_int_equal(a->column, b->column);
        assert_int_equal(a->max_definition_level, b->max_definition_level);
        assert_int_equal(a->max_repetition_level, b->max_repetition_level);
    }
    pqt_reader_close(reader);
    pqt_writer_free(writer);
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested_rows_any_layout_read_back),
        cmocka_unit_test(test_nested_threads_any_number_same_bytes),
        cmocka_unit_test(test_nested_sizes_told_in_the_footer),
        cmocka_unit_test(test_nested_any_allocation_fails_said),
        cmocka_unit_test(test_nested_schema_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
