/*
 * Writes a Parquet file of a random nested schema and random rows, for other readers to
 * be compared with:
 *   write_nested SEED FILE EXPECTED
 * The seed chooses everything. EXPECTED is a line of JSON a row; a map is an object with
 * the one key "map" and a list of pairs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pqt.h"

enum { NODES_MOST = 400, DEPTH_MOST = 5, TEXTS = 4096, TEXT_MOST = 30 };

/* A leaf's entries of one append; `values` without the slots of nulls. */
typedef struct leaf {
    uint16_t *definition;
    uint16_t *repetition;
    uint8_t *values;
    size_t width;
    int64_t count;
    int64_t value_count;
    int64_t capacity;
} leaf;

typedef struct table {
    uint64_t random;
    pqt_schema_node nodes[NODES_MOST];
    int32_t node_count;
    const pqt_schema *schema; /* the writer's */
    leaf *leaves;
    uint8_t texts[TEXTS];
    FILE *expected;
} table;

/* splitmix64: every bit of the state counts. */
static uint64_t next_random(table *t)
{
    uint64_t z = (t->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(table *t, uint64_t limit)
{
    return next_random(t) % limit;
}

/* --- The schema --- */

static int32_t add_node(table *t, const char *name, pqt_repetition repetition)
{
    const int32_t at = t->node_count++;
    t->nodes[at] = (pqt_schema_node){.name = name, .repetition = repetition};
    return at;
}

static pqt_repetition any_repetition(table *t)
{
    return below(t, 2) ? PQT_OPTIONAL : PQT_REQUIRED;
}

static void make_leaf(table *t, pqt_schema_node *node)
{
    static const pqt_type types[] = {PQT_BOOLEAN, PQT_INT32,  PQT_INT64,
                                     PQT_FLOAT,   PQT_DOUBLE, PQT_BYTE_ARRAY};
    node->type = types[below(t, sizeof types / sizeof *types)];
    if (node->type == PQT_BYTE_ARRAY) node->logical.kind = PQT_LOGICAL_STRING;
}

static void make_group(pqt_schema_node *node, pqt_logical kind, int32_t child_count)
{
    node->is_group = true;
    node->logical.kind = kind;
    node->child_count = child_count;
}

static void make_field(table *t, const char *name, int depth);

static void make_list(table *t, int32_t at, int depth)
{
    make_group(&t->nodes[at], PQT_LOGICAL_LIST, 1);
    const int32_t list = add_node(t, "list", PQT_REPEATED);
    make_group(&t->nodes[list], PQT_LOGICAL_NONE, 1);
    make_field(t, "element", depth + 1);
}

static void make_map(table *t, int32_t at, int depth)
{
    make_group(&t->nodes[at], PQT_LOGICAL_MAP, 1);
    const int32_t pair = add_node(t, "key_value", PQT_REPEATED);
    make_group(&t->nodes[pair], PQT_LOGICAL_NONE, 2);
    const int32_t key = add_node(t, "key", PQT_REQUIRED);
    t->nodes[key].type = PQT_BYTE_ARRAY;
    t->nodes[key].logical.kind = PQT_LOGICAL_STRING;
    make_field(t, "value", depth + 1);
}

static void make_struct(table *t, int32_t at, int depth)
{
    static const char *const names[] = {"a", "b", "c"};
    const int32_t count = 1 + (int32_t)below(t, 3);
    make_group(&t->nodes[at], PQT_LOGICAL_NONE, count);
    for (int32_t i = 0; i < count; i++) make_field(t, names[i], depth + 1);
}

static void make_field(table *t, const char *name, int depth)
{
    const int32_t at = add_node(t, name, any_repetition(t));
    const uint64_t kind =
        depth < DEPTH_MOST && t->node_count < NODES_MOST / 2 ? below(t, 5) : 4;
    if (kind == 0)
        make_list(t, at, depth);
    else if (kind == 1)
        make_map(t, at, depth);
    else if (kind == 2)
        make_struct(t, at, depth);
    else
        make_leaf(t, &t->nodes[at]);
}

static void make_schema(table *t)
{
    static const char *const names[] = {"one", "two", "three", "four"};
    const int32_t count = 1 + (int32_t)below(t, 4);
    make_group(&t->nodes[add_node(t, "schema", PQT_REQUIRED)], PQT_LOGICAL_NONE, count);
    for (int32_t i = 0; i < count; i++) make_field(t, names[i], 1);
}

/* --- Rows --- */

static size_t value_bytes(pqt_type type)
{
    static const size_t bytes[] = {1, 4, 8, 12, 4, 8, sizeof(pqt_view), sizeof(pqt_view)};
    return bytes[type];
}

static void grow_leaf(leaf *l)
{
    if (l->count < l->capacity) return;
    l->capacity = l->capacity ? 2 * l->capacity : 1024;
    const size_t capacity = (size_t)l->capacity;
    l->definition = realloc(l->definition, capacity * sizeof *l->definition);
    l->repetition = realloc(l->repetition, capacity * sizeof *l->repetition);
    l->values = realloc(l->values, capacity * l->width);
    if (!l->definition || !l->repetition || !l->values) abort();
}

static void put_entry(table *t, int32_t node, uint16_t repetition, uint16_t definition)
{
    leaf *l = &t->leaves[t->schema->nodes[node].column];
    grow_leaf(l);
    l->definition[l->count] = definition;
    l->repetition[l->count++] = repetition;
}

/* Nothing of a node: an entry in every leaf below it. */
static void put_nothing(table *t, int32_t node, uint16_t repetition, uint16_t definition)
{
    const pqt_schema_node *nodes = t->schema->nodes;
    int32_t end = node + 1;
    while (end < t->schema->node_count && nodes[end].parent >= node) end++;
    for (int32_t i = node; i < end; i++)
        if (!nodes[i].is_group) put_entry(t, i, repetition, definition);
}

static void keep_value(leaf *l, const void *value)
{
    memcpy(l->values + (size_t)l->value_count++ * l->width, value, l->width);
}

static void put_text(table *t, leaf *l, pqt_view text)
{
    keep_value(l, &text);
    fprintf(t->expected, "\"%.*s\"", (int)text.size_bytes, (const char *)text.data);
}

static void put_number(table *t, leaf *l, pqt_type type)
{
    const int32_t small = below(t, 3) ? (int32_t)below(t, 50) : (int32_t)next_random(t);
    const int64_t large = below(t, 3) ? (int64_t)small : (int64_t)next_random(t);
    const uint8_t bit = small & 1;
    const float real = (float)small / 8;
    const double wide = (double)large / 64;
    if (type == PQT_BOOLEAN) {
        keep_value(l, &bit);
        fputs(bit ? "true" : "false", t->expected);
    } else if (type == PQT_INT32) {
        keep_value(l, &small);
        fprintf(t->expected, "%" PRId32, small);
    } else if (type == PQT_INT64) {
        keep_value(l, &large);
        fprintf(t->expected, "%" PRId64, large);
    } else if (type == PQT_FLOAT) {
        keep_value(l, &real);
        fprintf(t->expected, "%.17g", (double)real);
    } else {
        keep_value(l, &wide);
        fprintf(t->expected, "%.17g", wide);
    }
}

static void put_leaf(table *t, int32_t node, uint16_t repetition, uint16_t definition)
{
    const pqt_schema_node *n = &t->schema->nodes[node];
    leaf *l = &t->leaves[n->column];
    put_entry(t, node, repetition, definition);
    if (n->type != PQT_BYTE_ARRAY) {
        put_number(t, l, n->type);
        return;
    }
    const size_t size_bytes = below(t, TEXT_MOST);
    const size_t at = below(t, 2) ? below(t, 8) : below(t, TEXTS - TEXT_MOST);
    put_text(t, l, (pqt_view){t->texts + at, size_bytes});
}

static void put_field(table *t, int32_t node, uint16_t repetition, uint16_t definition);

/* The pairs of one map have different keys. */
static void put_pair(table *t, int32_t pair, int number, uint16_t repetition,
                     uint16_t definition)
{
    static const uint8_t keys[] = "abcdefgh";
    leaf *l = &t->leaves[t->schema->nodes[pair + 1].column];
    fputc('[', t->expected);
    put_entry(t, pair + 1, repetition, definition);
    put_text(t, l, (pqt_view){keys + number, 1});
    fputc(',', t->expected);
    put_field(t, pair + 2, repetition, definition);
    fputc(']', t->expected);
}

static void put_repeated(table *t, int32_t node, bool is_map, uint16_t repetition,
                         uint16_t definition)
{
    const uint16_t own = t->schema->nodes[node].max_repetition_level;
    const int count = (int)below(t, 4);
    fputs(is_map ? "{\"map\":[" : "[", t->expected);
    if (count == 0) put_nothing(t, node, repetition, definition);
    for (int i = 0; i < count; i++) {
        const uint16_t level = i ? own : repetition;
        if (i) fputc(',', t->expected);
        if (is_map)
            put_pair(t, node, i, level, (uint16_t)(definition + 1));
        else
            put_field(t, node + 1, level, (uint16_t)(definition + 1));
    }
    fputs(is_map ? "]}" : "]", t->expected);
}

static void put_struct(table *t, int32_t node, uint16_t repetition, uint16_t definition)
{
    const pqt_schema_node *nodes = t->schema->nodes;
    char before = '{';
    for (int32_t i = node + 1; i < t->schema->node_count && nodes[i].parent >= node;
         i++) {
        if (nodes[i].parent != node) continue;
        fprintf(t->expected, "%c\"%s\":", before, nodes[i].name);
        put_field(t, i, repetition, definition);
        before = ',';
    }
    fputc('}', t->expected);
}

static void put_field(table *t, int32_t node, uint16_t repetition, uint16_t definition)
{
    const pqt_schema_node *n = &t->schema->nodes[node];
    if (n->repetition == PQT_OPTIONAL) {
        if (below(t, 4) == 0) {
            fputs("null", t->expected);
            put_nothing(t, node, repetition, definition);
            return;
        }
        definition++;
    }
    if (!n->is_group)
        put_leaf(t, node, repetition, definition);
    else if (n->logical.kind == PQT_LOGICAL_NONE)
        put_struct(t, node, repetition, definition);
    else
        put_repeated(t, node + 1, n->logical.kind == PQT_LOGICAL_MAP, repetition,
                     definition);
}

/* --- The file --- */

static pqt_status write_to_file(void *self, const uint8_t *data, size_t size_bytes,
                                pqt_error *error)
{
    (void)error;
    return fwrite(data, 1, size_bytes, self) == size_bytes ? PQT_OK : PQT_IO;
}

static pqt_status append_rows(table *t, pqt_writer *writer, int64_t count,
                              pqt_error *error)
{
    const int32_t columns = t->schema->column_count;
    pqt_column_values *values = calloc((size_t)columns, sizeof *values);
    if (!values) return PQT_NOMEM;
    for (int32_t c = 0; c < columns; c++)
        t->leaves[c].count = t->leaves[c].value_count = 0;
    for (int64_t i = 0; i < count; i++) {
        put_struct(t, 0, 0, 0);
        fputc('\n', t->expected);
    }
    for (int32_t c = 0; c < columns; c++) {
        const leaf *l = &t->leaves[c];
        values[c] = (pqt_column_values){.values = l->values,
                                        .definition_levels = l->definition,
                                        .repetition_levels = l->repetition,
                                        .slot_count = l->count,
                                        .is_dense = true};
    }
    const pqt_status status = pqt_writer_append(writer, values, count, error);
    free(values);
    return status;
}

static pqt_status append_all(table *t, pqt_writer *writer, pqt_error *error)
{
    pqt_status status = PQT_OK;
    int64_t rows = (int64_t)below(t, below(t, 8) ? 300 : 3000);
    while (status == PQT_OK && rows > 0) {
        int64_t count = 1 + (int64_t)below(t, 400);
        if (count > rows) count = rows;
        status = append_rows(t, writer, count, error);
        rows -= count;
        if (status == PQT_OK && below(t, 8) == 0)
            status = pqt_writer_end_row_group(writer, error);
    }
    return status;
}

static pqt_status start_table(table *t, const pqt_output *output, pqt_writer **writer,
                              pqt_error *error)
{
    const pqt_writer_options options = {
        .page_rows = 1 + (int64_t)below(t, 500),
        .row_group_rows = 50 + (int64_t)below(t, 2000),
        .page_limit_bytes = 200 + below(t, 20000),
        .dictionary_limit_bytes = 50 + below(t, 20000),
        .page_v2 = below(t, 2) == 1,
        .ieee_total_order = below(t, 4) == 0,
        .threads = 1 + (int)below(t, 3),
    };
    const pqt_schema schema = {.nodes = t->nodes, .node_count = t->node_count};
    const pqt_status status =
        pqt_writer_create(output, &schema, NULL, &options, writer, error);
    if (status != PQT_OK) return status;
    t->schema = pqt_writer_schema(*writer);
    t->leaves = calloc((size_t)t->schema->column_count, sizeof *t->leaves);
    if (!t->leaves) return PQT_NOMEM;
    for (int32_t c = 0; c < t->schema->column_count; c++)
        t->leaves[c].width =
            value_bytes(t->schema->nodes[t->schema->column_nodes[c]].type);
    return PQT_OK;
}

static void free_leaves(table *t)
{
    for (int32_t c = 0; t->leaves && c < t->schema->column_count; c++) {
        free(t->leaves[c].definition);
        free(t->leaves[c].repetition);
        free(t->leaves[c].values);
    }
    free(t->leaves);
}

static pqt_status write_table(table *t, FILE *file, pqt_error *error)
{
    const pqt_output output = {write_to_file, file};
    pqt_writer *writer = NULL;
    pqt_status status = start_table(t, &output, &writer, error);
    if (status == PQT_OK) status = append_all(t, writer, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, NULL, error);
    free_leaves(t);
    pqt_writer_free(writer);
    return status;
}

int main(int argument_count, char **arguments)
{
    if (argument_count != 4)
        return fprintf(stderr, "write_nested SEED FILE EXPECTED\n"), 2;
    table *t = calloc(1, sizeof *t);
    if (!t) return 1;
    t->random = strtoull(arguments[1], NULL, 10);
    for (int i = 0; i < TEXTS; i++) t->texts[i] = (uint8_t)('a' + below(t, 26));
    make_schema(t);
    FILE *file = fopen(arguments[2], "wb");
    t->expected = fopen(arguments[3], "w");
    if (!file || !t->expected) return perror(arguments[2]), 1;
    pqt_error error = {0};
    const pqt_status status = write_table(t, file, &error);
    if (status != PQT_OK)
        fprintf(stderr, "%s: %s\n", pqt_status_text(status), error.message);
    const bool closed = fclose(file) == 0 && fclose(t->expected) == 0;
    free(t);
    return status == PQT_OK && closed ? 0 : 1;
}
