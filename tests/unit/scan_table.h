/*
 * Files of every type of column for the scan's tests, predicates on them, and the rows
 * that fulfil these, found value by value over pqt_reader_read.
 */
#ifndef SCAN_TABLE_H
#define SCAN_TABLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "naive_decode.h"
#include "pqt.h"

enum { TABLE_NODES = 28, TABLE_LEAVES = 20, TABLE_MOST_ROWS = 4000 };

/* How a leaf's values are compared, and filled. */
typedef enum table_kind {
    KIND_SIGNED,
    KIND_UNSIGNED,
    KIND_FLOATING,
    KIND_HALF,
    KIND_DECIMAL,
    KIND_INT96,
    KIND_BYTES,
    KIND_UNORDERED
} table_kind;

#define LOGICAL_UINT(bits)                             \
    {                                                  \
        .kind = PQT_LOGICAL_INTEGER, .bit_width = bits \
    }
#define LOGICAL_DECIMAL                                         \
    {                                                           \
        .kind = PQT_LOGICAL_DECIMAL, .precision = 5, .scale = 2 \
    }
#define LEAF(...)           \
    {                       \
        .name = __VA_ARGS__ \
    }
#define LIST(list_name)                                                                \
    {.name = list_name,                                                                \
     .is_group = true,                                                                 \
     .child_count = 1,                                                                 \
     .repetition = PQT_OPTIONAL,                                                       \
     .logical = {.kind = PQT_LOGICAL_LIST}},                                           \
    {                                                                                  \
        .name = "list", .is_group = true, .child_count = 1, .repetition = PQT_REPEATED \
    }

static const pqt_schema_node table_nodes[TABLE_NODES] = {
    {.is_group = true, .child_count = 18},
    LEAF("boolean", .type = PQT_BOOLEAN, .repetition = PQT_OPTIONAL),
    LEAF("int32", .type = PQT_INT32),
    LEAF("uint32", .type = PQT_INT32, .logical = LOGICAL_UINT(32),
         .repetition = PQT_OPTIONAL),
    LEAF("int64", .type = PQT_INT64),
    LEAF("uint64", .type = PQT_INT64, .logical = LOGICAL_UINT(64),
         .repetition = PQT_OPTIONAL),
    LEAF("float", .type = PQT_FLOAT),
    LEAF("double", .type = PQT_DOUBLE, .repetition = PQT_OPTIONAL),
    LEAF("text", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}),
    LEAF("bytes", .type = PQT_BYTE_ARRAY, .repetition = PQT_OPTIONAL),
    LEAF("fixed", .type = PQT_FIXED_LEN_BYTE_ARRAY, .type_length = 3),
    LEAF("decimal32", .type = PQT_INT32, .logical = LOGICAL_DECIMAL),
    LEAF("decimal_fixed", .type = PQT_FIXED_LEN_BYTE_ARRAY, .type_length = 3,
         .logical = LOGICAL_DECIMAL, .repetition = PQT_OPTIONAL),
    LEAF("decimal_bytes", .type = PQT_BYTE_ARRAY, .logical = LOGICAL_DECIMAL),
    LEAF("half", .type = PQT_FIXED_LEN_BYTE_ARRAY, .type_length = 2,
         .logical = {.kind = PQT_LOGICAL_FLOAT16}),
    {.name = "group", .is_group = true, .child_count = 2, .repetition = PQT_OPTIONAL},
    LEAF("number", .type = PQT_INT64, .repetition = PQT_OPTIONAL),
    LEAF("name", .type = PQT_BYTE_ARRAY),
    LIST("numbers"),
    LEAF("element", .type = PQT_INT32, .repetition = PQT_OPTIONAL),
    LIST("words"),
    LEAF("element", .type = PQT_BYTE_ARRAY),
    {.name = "map",
     .is_group = true,
     .child_count = 1,
     .repetition = PQT_OPTIONAL,
     .logical = {.kind = PQT_LOGICAL_MAP}},
    {.name = "key_value", .is_group = true, .child_count = 2, .repetition = PQT_REPEATED},
    LEAF("key", .type = PQT_BYTE_ARRAY),
    LEAF("value", .type = PQT_DOUBLE, .repetition = PQT_OPTIONAL),
};

/* Leaves that are not repeated come first. */
enum { TABLE_FLAT = 16 };

typedef struct table_leaf {
    uint16_t definition[TABLE_MOST_ROWS * 3];
    uint16_t repetition[TABLE_MOST_ROWS * 3];
    uint8_t booleans[TABLE_MOST_ROWS * 3];
    uint64_t words[TABLE_MOST_ROWS * 3]; /* one a value; narrow ones are its first half */
    uint32_t halves[TABLE_MOST_ROWS * 3];
    pqt_view views[TABLE_MOST_ROWS * 3];
    uint8_t bytes[TABLE_MOST_ROWS * 3][8];
    int64_t count;
} table_leaf;

typedef struct scan_table {
    int64_t row_count;
    buffer bytes; /* the file */
    uint64_t random;
    int64_t row;   /* that is being made */
    int64_t range; /* how many different values there are */
    bool is_sorted;
    const pqt_schema *schema; /* the writer's */
    table_leaf leaves[TABLE_LEAVES];
} scan_table;

static inline size_t table_below(scan_table *t, size_t limit)
{
    return (size_t)(naive_random(&t->random) % limit);
}

/* --- Values --- */

static inline table_kind kind_of(const pqt_schema_node *node)
{
    const bool is_wide =
        node->type == PQT_BYTE_ARRAY || node->type == PQT_FIXED_LEN_BYTE_ARRAY;
    if (node->logical.kind == PQT_LOGICAL_FLOAT16) return KIND_HALF;
    if (node->logical.kind == PQT_LOGICAL_DECIMAL && is_wide) return KIND_DECIMAL;
    if (node->logical.kind == PQT_LOGICAL_INTEGER && !node->logical.is_signed)
        return KIND_UNSIGNED;
    if (node->type == PQT_INT96) return KIND_INT96;
    if (is_wide && (node->logical.kind == PQT_LOGICAL_INTERVAL ||
                    node->logical.kind >= PQT_LOGICAL_VARIANT))
        return KIND_UNORDERED;
    if (node->type == PQT_FLOAT || node->type == PQT_DOUBLE) return KIND_FLOATING;
    return is_wide ? KIND_BYTES : KIND_SIGNED;
}

/* A floating number: some NaN, some zeros of both signs, infinities. */
static inline double table_floating(scan_table *t, int64_t number)
{
    switch (table_below(t, 24)) {
    case 0:
        return (double)NAN;
    case 1:
        return -0.0;
    case 2:
        return 0.0;
    case 3:
        return table_below(t, 2) ? (double)INFINITY : -(double)INFINITY;
    default:
        return (double)number / 4;
    }
}

static inline size_t put_decimal(uint8_t *out, int64_t number, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        out[i] = (uint8_t)((uint64_t)number >> 8 * (size_bytes - 1 - i));
    return size_bytes;
}

/* The bytes of a value, as in PLAIN without a length. */
static inline size_t table_bytes(scan_table *t, const pqt_schema_node *node,
                                 int64_t number, uint8_t out[8])
{
    const double floating = table_floating(t, number);
    const float narrow = (float)floating;
    switch (kind_of(node)) {
    case KIND_HALF:
        out[0] = (uint8_t)number;
        out[1] = (uint8_t)(table_below(t, 9) ? number * 3 : 0x7e);
        return 2;
    case KIND_DECIMAL:
        return put_decimal(out, number,
                           node->type == PQT_BYTE_ARRAY ? 2 + table_below(t, 3)
                                                        : (size_t)node->type_length);
    case KIND_BYTES:
        snprintf((char *)out, 8, "%c%03d", 'a' + (int)(number & 15), (int)(number & 511));
        if (node->type != PQT_BYTE_ARRAY) return (size_t)node->type_length;
        return table_below(t, 30) ? strlen((char *)out) : table_below(t, 4);
    case KIND_FLOATING:
        if (node->type == PQT_FLOAT) memcpy(out, &narrow, 4);
        if (node->type == PQT_DOUBLE) memcpy(out, &floating, 8);
        return node->type == PQT_FLOAT ? 4 : 8;
    default:
        if (node->type == PQT_BOOLEAN) out[0] = number & 1;
        if (node->type != PQT_BOOLEAN) memcpy(out, &number, 8);
        return node->type == PQT_BOOLEAN ? 1 : node->type == PQT_INT32 ? 4 : 8;
    }
}

static inline int64_t table_number(scan_table *t)
{
    const int64_t half = t->range / 2;
    if (t->is_sorted && table_below(t, 20))
        return t->row * t->range / (t->row_count + 1) - half;
    return (int64_t)table_below(t, (size_t)t->range) - half;
}

static inline void table_put(scan_table *t, const pqt_schema_node *node,
                             uint16_t repetition, uint16_t definition)
{
    table_leaf *leaf = &t->leaves[node->column];
    const int64_t at = leaf->count++;
    assert_true(at < TABLE_MOST_ROWS * 3);
    leaf->repetition[at] = repetition;
    leaf->definition[at] = definition;
    memset(leaf->bytes[at], 0, 8);
    const size_t size = table_bytes(t, node, table_number(t), leaf->bytes[at]);
    leaf->views[at] = view_of(leaf->bytes[at], size);
    leaf->booleans[at] = leaf->bytes[at][0];
    memcpy(&leaf->words[at], leaf->bytes[at], 8);
    memcpy(&leaf->halves[at], leaf->bytes[at], 4);
}

/* --- Rows --- */

static inline void table_put_node(scan_table *t, int32_t node, uint16_t repetition,
                                  uint16_t definition, bool is_there);

static inline void table_put_fields(scan_table *t, int32_t node, uint16_t repetition,
                                    uint16_t definition, bool is_there)
{
    const pqt_schema_node *n = &t->schema->nodes[node];
    if (!n->is_group) table_put(t, n, repetition, definition);
    for (int32_t i = node + 1; i < t->schema->node_count; i++)
        if (t->schema->nodes[i].parent == node)
            table_put_node(t, i, repetition, definition, is_there);
}

/* Below what is not there, nothing is there: all leaves have its levels. */
static inline void table_put_node(scan_table *t, int32_t node, uint16_t repetition,
                                  uint16_t definition, bool is_there)
{
    const pqt_schema_node *n = &t->schema->nodes[node];
    if (!is_there || n->repetition == PQT_REQUIRED) {
        table_put_fields(t, node, repetition, definition, is_there);
        return;
    }
    size_t count =
        n->repetition == PQT_OPTIONAL ? table_below(t, 8) > 0 : table_below(t, 4);
    if (n->repetition == PQT_REPEATED && count == 3) count = table_below(t, 6);
    if (count == 0) table_put_fields(t, node, repetition, definition, false);
    for (size_t i = 0; i < count; i++)
        table_put_fields(t, node, i ? n->max_repetition_level : repetition,
                         (uint16_t)(definition + 1), true);
}

static inline const void *table_values(const table_leaf *leaf,
                                       const pqt_schema_node *node)
{
    switch (node->type) {
    case PQT_BOOLEAN:
        return leaf->booleans;
    case PQT_INT32:
    case PQT_FLOAT:
        return leaf->halves;
    case PQT_INT64:
    case PQT_DOUBLE:
        return leaf->words;
    default:
        return leaf->views;
    }
}

static inline pqt_status table_collect(void *self, const uint8_t *data, size_t size_bytes,
                                       pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

static inline pqt_encoding table_encoding(scan_table *t, pqt_type type)
{
    static const pqt_encoding numbers[] = {PQT_PLAIN, PQT_RLE_DICTIONARY,
                                           PQT_DELTA_BINARY_PACKED};
    static const pqt_encoding texts[] = {
        PQT_PLAIN, PQT_RLE_DICTIONARY, PQT_DELTA_LENGTH_BYTE_ARRAY, PQT_DELTA_BYTE_ARRAY};
    static const pqt_encoding others[] = {PQT_PLAIN, PQT_RLE_DICTIONARY,
                                          PQT_BYTE_STREAM_SPLIT};
    if (type == PQT_BOOLEAN) return table_below(t, 2) ? PQT_PLAIN : PQT_RLE;
    if (type == PQT_BYTE_ARRAY) return texts[table_below(t, 4)];
    if (type == PQT_INT32 || type == PQT_INT64) return numbers[table_below(t, 3)];
    return others[table_below(t, 3)];
}

static inline void table_options(scan_table *t, pqt_column_options *columns,
                                 pqt_writer_options *writer)
{
    static const pqt_codec codecs[] = {PQT_UNCOMPRESSED, PQT_GZIP, PQT_ZSTD};
    int32_t leaf = 0;
    for (int i = 0; i < TABLE_NODES; i++) {
        if (table_nodes[i].is_group) continue;
        columns[leaf++] = (pqt_column_options){
            .encoding = table_encoding(t, table_nodes[i].type),
            .codec = codecs[table_below(t, 3)],
            .bloom_filter = table_nodes[i].type != PQT_BOOLEAN && table_below(t, 2)};
    }
    *writer = (pqt_writer_options){
        .page_rows = 1 + (int64_t)table_below(t, 400),
        .row_group_rows = 1 + (int64_t)table_below(t, 2000),
        .page_v2 = table_below(t, 2),
        .no_page_index = table_below(t, 3) == 0,
        .dictionary_limit_bytes = table_below(t, 3) ? 0 : 300,
        .statistics_limit_bytes = table_below(t, 2) ? 0 : 2,
    };
}

/* A file of random rows. `most_rows` at most TABLE_MOST_ROWS. */
static inline void scan_table_make(scan_table *t, int64_t most_rows)
{
    pqt_error error;
    pqt_column_options columns[TABLE_LEAVES];
    pqt_column_values values[TABLE_LEAVES];
    pqt_writer_options options;
    pqt_writer *writer = NULL;
    const pqt_output output = {table_collect, &t->bytes};
    const pqt_schema schema = {.nodes = table_nodes, .node_count = TABLE_NODES};
    t->bytes = (buffer){0};
    t->row_count = 1 + (int64_t)table_below(t, (size_t)most_rows);
    t->range = 1 + (int64_t)table_below(t, table_below(t, 2) ? 20 : 3000);
    t->is_sorted = table_below(t, 2);
    table_options(t, columns, &options);
    assert_ok(pqt_writer_create(&output, &schema, columns, &options, &writer, &error));
    t->schema = pqt_writer_schema(writer);
    for (int i = 0; i < TABLE_LEAVES; i++) t->leaves[i].count = 0;
    for (t->row = 0; t->row < t->row_count; t->row++) table_put_fields(t, 0, 0, 0, true);
    for (int i = 0; i < TABLE_LEAVES; i++) {
        const table_leaf *leaf = &t->leaves[i];
        values[i] = (pqt_column_values){
            .values = table_values(leaf, &t->schema->nodes[t->schema->column_nodes[i]]),
            .definition_levels = leaf->definition,
            .repetition_levels = i < TABLE_FLAT ? NULL : leaf->repetition,
            .slot_count = leaf->count};
    }
    assert_ok(pqt_writer_append(writer, values, t->row_count, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
    t->schema = NULL;
}

static inline void scan_table_free(scan_table *t)
{
    buffer_free(&t->bytes);
}

/* --- All rows, as the reader reads them --- */

typedef struct whole_column {
    const pqt_schema_node *node;
    pqt_values *groups; /* one a row group */
    int64_t *rows;      /* slot of each row of the file in its group, and one behind */
} whole_column;

typedef struct whole_file {
    const pqt_reader *reader;
    int64_t row_count;
    int32_t group_count;
    int32_t *group_of; /* of each row */
    int64_t *first_of; /* row of each group */
    int32_t column_count;
    whole_column *columns;
} whole_file;

static inline void find_slots(const pqt_values *v, int64_t *slots)
{
    int64_t row = 0;
    for (int64_t i = 0; i < v->slot_count; i++)
        if (!v->repetition_levels || v->repetition_levels[i] == 0) slots[row++] = i;
    assert_int_equal(row, v->row_count);
}

static inline void whole_file_read(whole_file *w, const pqt_reader *reader)
{
    pqt_error error;
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    *w = (whole_file){.reader = reader,
                      .row_count = m->row_count,
                      .group_count = m->row_group_count,
                      .column_count = m->schema.column_count};
    w->group_of = calloc((size_t)m->row_count + 1, sizeof *w->group_of);
    w->first_of = calloc((size_t)m->row_group_count + 1, sizeof *w->first_of);
    w->columns = calloc((size_t)w->column_count, sizeof *w->columns);
    int64_t row = 0;
    for (int32_t g = 0; g < w->group_count; g++) {
        w->first_of[g] = row;
        for (int64_t i = 0; i < m->row_groups[g].row_count; i++) w->group_of[row++] = g;
    }
    for (int32_t c = 0; c < w->column_count; c++) {
        whole_column *column = &w->columns[c];
        column->node = &m->schema.nodes[m->schema.column_nodes[c]];
        column->groups = calloc((size_t)w->group_count + 1, sizeof *column->groups);
        column->rows = calloc((size_t)m->row_count + 1, sizeof *column->rows);
        for (int32_t g = 0; g < w->group_count; g++) {
            assert_ok(pqt_reader_read(reader, g, c, 0, m->row_groups[g].row_count,
                                      &column->groups[g], &error));
            find_slots(&column->groups[g], column->rows + w->first_of[g]);
        }
    }
}

static inline void whole_file_free(whole_file *w)
{
    for (int32_t c = 0; c < w->column_count; c++) {
        for (int32_t g = 0; g < w->group_count; g++)
            pqt_values_free(&w->columns[c].groups[g]);
        free(w->columns[c].groups);
        free(w->columns[c].rows);
    }
    free(w->columns);
    free(w->group_of);
    free(w->first_of);
}

static inline bool slot_is_valid(const pqt_values *v, int64_t at)
{
    return !v->validity || (v->validity[at / 8] >> at % 8 & 1);
}

/* A slot's value as bytes. */
static inline pqt_view slot_bytes(const pqt_values *v, int64_t at)
{
    switch (v->type) {
    case PQT_BOOLEAN:
        return view_of(&v->booleans[at], 1);
    case PQT_INT32:
        return view_of(&v->int32s[at], 4);
    case PQT_FLOAT:
        return view_of(&v->floats[at], 4);
    case PQT_INT64:
        return view_of(&v->int64s[at], 8);
    case PQT_DOUBLE:
        return view_of(&v->doubles[at], 8);
    default:
        return v->bytes[at];
    }
}

/* The group's values of the row, and its first slot; where its slots end. */
static inline const pqt_values *row_slots(const whole_file *w, int32_t column,
                                          int64_t row, int64_t *first, int64_t *end)
{
    const int32_t group = w->group_of[row];
    const pqt_values *v = &w->columns[column].groups[group];
    const bool is_last = row + 1 == w->row_count || w->group_of[row + 1] != group;
    *first = w->columns[column].rows[row];
    *end = is_last ? v->slot_count : w->columns[column].rows[row + 1];
    return v;
}

/* --- Comparing, as naive as can be --- */

static inline double half_number(const uint8_t *bytes)
{
    const unsigned bits = (unsigned)bytes[0] | (unsigned)bytes[1] << 8;
    const int exponent = (int)(bits >> 10 & 31);
    const double fraction = bits & 1023;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31) return fraction != 0 ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0) return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

/* Of two numbers in as many bytes: only the first is signed. */
static inline int decimal_order(pqt_view a, pqt_view b)
{
    enum { BYTES = 64 };
    uint8_t wide[2][BYTES];
    const pqt_view both[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        assert_true(both[i].size_bytes > 0 && both[i].size_bytes <= BYTES);
        memset(wide[i], both[i].data[0] & 0x80 ? 0xff : 0, BYTES);
        memcpy(wide[i] + BYTES - both[i].size_bytes, both[i].data, both[i].size_bytes);
        wide[i][0] ^= 0x80;
    }
    const int order = memcmp(wide[0], wide[1], BYTES);
    return (order > 0) - (order < 0);
}

static inline int int96_order(pqt_view a, pqt_view b)
{
    const int32_t days[2] = {(int32_t)load_u32le(a.data + 8),
                             (int32_t)load_u32le(b.data + 8)};
    const int64_t times[2] = {(int64_t)load_u64le(a.data), (int64_t)load_u64le(b.data)};
    if (days[0] != days[1]) return days[0] < days[1] ? -1 : 1;
    return (times[0] > times[1]) - (times[0] < times[1]);
}

static inline double floating_number(const pqt_schema_node *node, pqt_view v)
{
    float narrow;
    double wide;
    if (node->type == PQT_FIXED_LEN_BYTE_ARRAY) return half_number(v.data);
    if (node->type == PQT_FLOAT) {
        memcpy(&narrow, v.data, 4);
        return (double)narrow;
    }
    memcpy(&wide, v.data, 8);
    return wide;
}

static inline uint64_t unsigned_number(pqt_view v)
{
    uint64_t number = 0;
    memcpy(&number, v.data, v.size_bytes);
    return number;
}

static inline int64_t signed_number(pqt_view v)
{
    const uint64_t number = unsigned_number(v);
    return v.size_bytes == 4 ? (int64_t)(int32_t)(uint32_t)number : (int64_t)number;
}

/* -1, 0, 1, or 2 where one is a NaN. */
static inline int naive_order(const pqt_schema_node *node, pqt_view a, pqt_view b)
{
    const table_kind kind = kind_of(node);
    if (kind == KIND_FLOATING || kind == KIND_HALF) {
        const double x = floating_number(node, a), y = floating_number(node, b);
        return isnan(x) || isnan(y) ? 2 : (x > y) - (x < y);
    }
    if (kind == KIND_UNSIGNED) {
        const uint64_t x = unsigned_number(a), y = unsigned_number(b);
        return (x > y) - (x < y);
    }
    if (kind == KIND_BYTES || kind == KIND_UNORDERED) {
        const int order = view_compare(a, b);
        return (order > 0) - (order < 0);
    }
    if (kind == KIND_DECIMAL) return decimal_order(a, b);
    if (kind == KIND_INT96) return int96_order(a, b);
    const int64_t x = signed_number(a), y = signed_number(b);
    return (x > y) - (x < y);
}

static inline bool naive_holds(const pqt_schema_node *node, const pqt_predicate *p,
                               bool is_valid, pqt_view value)
{
    if (p->comparison == PQT_IS_NULL) return !is_valid;
    if (p->comparison == PQT_IS_NOT_NULL) return is_valid;
    if (!is_valid) return false;
    if (p->comparison == PQT_IN) {
        for (size_t i = 0; i < p->value_count; i++)
            if (naive_order(node, value, p->values[i]) == 0) return true;
        return false;
    }
    const int order = naive_order(node, value, p->values[0]);
    switch (p->comparison) {
    case PQT_EQUAL:
        return order == 0;
    case PQT_NOT_EQUAL:
        return order != 0;
    case PQT_LESS:
        return order == -1;
    case PQT_LESS_OR_EQUAL:
        return order == -1 || order == 0;
    case PQT_GREATER:
        return order == 1;
    default:
        return order == 1 || order == 0;
    }
}

static inline bool row_holds(const whole_file *w, const pqt_predicate *predicates,
                             int32_t count, int64_t row)
{
    for (int32_t i = 0; i < count; i++) {
        int64_t first, end;
        const int32_t column = predicates[i].column;
        const pqt_values *v = row_slots(w, column, row, &first, &end);
        const bool is_valid = slot_is_valid(v, first);
        const pqt_view value = is_valid ? slot_bytes(v, first) : (pqt_view){0};
        if (!naive_holds(w->columns[column].node, &predicates[i], is_valid, value))
            return false;
    }
    return true;
}

/* Row `at` of the batch's column is the file's row. *slot moves behind it. */
static inline void assert_row(const whole_file *w, const pqt_values *batch,
                              int32_t column, int64_t row, int64_t *slot)
{
    int64_t first, end;
    const pqt_values *v = row_slots(w, column, row, &first, &end);
    for (; first < end; first++, ++*slot) {
        assert_true(*slot < batch->slot_count);
        assert_int_equal(slot_is_valid(batch, *slot), slot_is_valid(v, first));
        if (v->definition_levels)
            assert_int_equal(batch->definition_levels[*slot],
                             v->definition_levels[first]);
        if (v->repetition_levels)
            assert_int_equal(batch->repetition_levels[*slot],
                             v->repetition_levels[first]);
        if (!slot_is_valid(v, first)) continue;
        assert_true(view_equal(slot_bytes(batch, *slot), slot_bytes(v, first)));
    }
}

/* --- Predicates --- */

enum { MOST_PREDICATES = 3, MOST_VALUES = 4, MOST_BYTES = 64, MOST_COLUMNS = 7 };

typedef struct table_query {
    pqt_predicate predicates[MOST_PREDICATES];
    int32_t predicate_count;
    pqt_view values[MOST_PREDICATES][MOST_VALUES];
    uint8_t bytes[MOST_PREDICATES][MOST_VALUES][MOST_BYTES];
    int32_t columns[MOST_COLUMNS];
    pqt_scan_options options;
} table_query;

static inline size_t random_up_to(uint64_t *random, size_t limit)
{
    return (size_t)(naive_random(random) % limit);
}

/* A value of a row, or one near it; zeros where the row has none. */
static inline pqt_view query_value(uint64_t *random, const whole_file *w, int32_t column,
                                   uint8_t bytes[MOST_BYTES])
{
    int64_t first, end;
    const pqt_schema_node *node = w->columns[column].node;
    const int64_t row = (int64_t)random_up_to(random, (size_t)w->row_count);
    const pqt_values *v = row_slots(w, column, row, &first, &end);
    pqt_view value = slot_is_valid(v, first) ? slot_bytes(v, first) : (pqt_view){0};
    static const size_t sizes[] = {1, 4, 8, 12, 4, 8, 1, 0};
    if (!slot_is_valid(v, first))
        value.size_bytes = node->type == PQT_FIXED_LEN_BYTE_ARRAY
                               ? (size_t)node->type_length
                               : sizes[node->type];
    if (value.size_bytes > MOST_BYTES) value.size_bytes = MOST_BYTES;
    memset(bytes, 0, MOST_BYTES);
    if (value.data) memcpy(bytes, value.data, value.size_bytes);
    if (random_up_to(random, 3) == 0 && node->type != PQT_BOOLEAN && value.size_bytes)
        bytes[random_up_to(random, value.size_bytes)] += (uint8_t)random_up_to(random, 5);
    return view_of(bytes, value.size_bytes);
}

/* A column of which each row has one value at most, in 64 bytes; -1: none was found. */
static inline int32_t query_column(uint64_t *random, const whole_file *w)
{
    for (int tries = 0; tries < 50; tries++) {
        const int32_t column = (int32_t)random_up_to(random, (size_t)w->column_count);
        const pqt_schema_node *node = w->columns[column].node;
        if (node->max_repetition_level == 0 && node->type_length <= MOST_BYTES)
            return column;
    }
    return -1;
}

static inline void query_add(uint64_t *random, const whole_file *w, table_query *q)
{
    const int32_t column = query_column(random, w);
    if (column < 0) return;
    const int32_t i = q->predicate_count++;
    const table_kind kind = kind_of(w->columns[column].node);
    pqt_predicate *p = &q->predicates[i];
    *p = (pqt_predicate){.column = column,
                         .comparison = (pqt_comparison)random_up_to(random, 9),
                         .values = q->values[i]};
    if (kind == KIND_UNORDERED && p->comparison < PQT_IN)
        p->comparison = (pqt_comparison)(p->comparison % 2);
    if (p->comparison < PQT_IS_NULL) p->value_count = 1;
    if (p->comparison == PQT_IN) p->value_count = random_up_to(random, MOST_VALUES + 1);
    for (size_t n = 0; n < p->value_count; n++)
        q->values[i][n] = query_value(random, w, column, q->bytes[i][n]);
}

/* Some columns, some rows, and up to three predicates. */
static inline void query_make(uint64_t *random, const whole_file *w, table_query *q)
{
    const size_t rows = (size_t)w->row_count;
    *q = (table_query){0};
    const size_t predicates = random_up_to(random, MOST_PREDICATES + 1);
    for (size_t i = 0; i < predicates; i++) query_add(random, w, q);
    q->options = (pqt_scan_options){
        .predicates = q->predicates,
        .predicate_count = q->predicate_count,
        .first_row =
            random_up_to(random, 3) ? 0 : (int64_t)random_up_to(random, rows + 10),
        .row_count =
            random_up_to(random, 3) ? 0 : (int64_t)random_up_to(random, rows + 10),
        .batch_rows =
            random_up_to(random, 3) ? 1 + (int64_t)random_up_to(random, 700) : 0,
    };
    if (random_up_to(random, 3) == 0) return;
    q->options.columns = q->columns;
    q->options.column_count = (int32_t)random_up_to(random, MOST_COLUMNS);
    for (int32_t i = 0; i < q->options.column_count; i++)
        q->columns[i] = (int32_t)random_up_to(random, (size_t)w->column_count);
}

/* The next row from `row` on that the query gives, or its end. */
static inline int64_t next_expected(const whole_file *w, const table_query *q,
                                    int64_t row, int64_t end)
{
    while (row < end && !row_holds(w, q->predicates, q->predicate_count, row)) row++;
    return row;
}

static inline int64_t query_end(const whole_file *w, const table_query *q)
{
    const pqt_scan_options *o = &q->options;
    if (o->row_count > 0 && o->row_count < w->row_count - o->first_row)
        return o->first_row + o->row_count;
    return w->row_count;
}

/* The scan gives exactly the rows that a look at each of them finds. */
static inline pqt_scan_counts assert_scan(const whole_file *w, const table_query *q)
{
    pqt_error error;
    pqt_scan *scan = NULL;
    const pqt_batch *batch;
    const int64_t end = query_end(w, q);
    int64_t given = 0;
    int64_t row = next_expected(w, q, q->options.first_row, end);
    assert_ok(pqt_scan_open(w->reader, &q->options, &scan, &error));
    for (;;) {
        assert_ok(pqt_scan_next(scan, &batch, &error));
        if (!batch) break;
        assert_true(batch->row_count > 0);
        assert_true(!q->options.batch_rows || batch->row_count <= q->options.batch_rows);
        int64_t *slots = calloc((size_t)batch->column_count + 1, sizeof *slots);
        for (int64_t i = 0; i < batch->row_count; i++) {
            assert_true(row < end);
            for (int32_t c = 0; c < batch->column_count; c++)
                assert_row(w, &batch->columns[c],
                           q->options.columns ? q->options.columns[c] : c, row,
                           &slots[c]);
            row = next_expected(w, q, row + 1, end);
        }
        for (int32_t c = 0; c < batch->column_count; c++) {
            assert_int_equal(batch->columns[c].row_count, batch->row_count);
            assert_int_equal(batch->columns[c].slot_count, slots[c]);
        }
        free(slots);
        given += batch->row_count;
    }
    assert_true(row >= end);
    const pqt_scan_counts counts = pqt_scan_count(scan);
    assert_int_equal(counts.rows_given, given);
    const int64_t all = end > q->options.first_row ? end - q->options.first_row : 0;
    assert_int_equal(counts.rows_given + counts.rows_filtered + counts.rows_pruned, all);
    pqt_scan_close(scan);
    return counts;
}

#endif
