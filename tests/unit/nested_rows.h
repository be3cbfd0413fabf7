/* Random rows of any schema as the levels and values of its leaves (Dremel). */
#ifndef NESTED_ROWS_H
#define NESTED_ROWS_H

#include "naive_decode.h"
#include "pqt.h"

enum { NESTED_LEAVES = 8, NESTED_SLOTS = 40000 };

/* A leaf's entries: values of INT64 or BYTE_ARRAY have a slot each, null or not. */
typedef struct nested_leaf {
    uint16_t definition[NESTED_SLOTS];
    uint16_t repetition[NESTED_SLOTS];
    int64_t numbers[NESTED_SLOTS];
    pqt_view views[NESTED_SLOTS]; /* the numbers' bytes, some of them */
    int64_t count;
} nested_leaf;

typedef struct nested_rows {
    const pqt_schema *schema;
    uint64_t random;
    nested_leaf leaves[NESTED_LEAVES];
} nested_rows;

static inline int32_t nested_end(const pqt_schema *schema, int32_t node)
{
    int32_t end = node + 1;
    while (end < schema->node_count && schema->nodes[end].parent >= node) end++;
    return end;
}

static inline void nested_put(nested_rows *rows, int32_t node, uint16_t repetition,
                              uint16_t definition)
{
    nested_leaf *leaf = &rows->leaves[rows->schema->nodes[node].column];
    const int64_t at = leaf->count++;
    assert_true(at < NESTED_SLOTS);
    leaf->repetition[at] = repetition;
    leaf->definition[at] = definition;
    leaf->numbers[at] = (int64_t)(naive_random(&rows->random) % 1000);
    leaf->views[at] = view_of(&leaf->numbers[at], (size_t)leaf->numbers[at] % 9);
}

/* Nothing of the node: an entry in every leaf below it. */
static inline void nested_put_nothing(nested_rows *rows, int32_t node,
                                      uint16_t repetition, uint16_t definition)
{
    const int32_t end = nested_end(rows->schema, node);
    for (int32_t i = node; i < end; i++)
        if (!rows->schema->nodes[i].is_group) nested_put(rows, i, repetition, definition);
}

static inline void nested_put_node(nested_rows *rows, int32_t node, uint16_t repetition,
                                   uint16_t definition);

static inline void nested_put_content(nested_rows *rows, int32_t node,
                                      uint16_t repetition, uint16_t definition)
{
    if (!rows->schema->nodes[node].is_group) {
        nested_put(rows, node, repetition, definition);
        return;
    }
    const int32_t end = nested_end(rows->schema, node);
    for (int32_t i = node + 1; i < end; i++)
        if (rows->schema->nodes[i].parent == node)
            nested_put_node(rows, i, repetition, definition);
}

static inline void nested_put_node(nested_rows *rows, int32_t node, uint16_t repetition,
                                   uint16_t definition)
{
    const pqt_schema_node *n = &rows->schema->nodes[node];
    if (n->repetition == PQT_REQUIRED) {
        nested_put_content(rows, node, repetition, definition);
        return;
    }
    uint64_t count = naive_random(&rows->random) % 4;
    if (n->repetition == PQT_OPTIONAL && count > 1) count = 1;
    if (count == 0) nested_put_nothing(rows, node, repetition, definition);
    for (uint64_t i = 0; i < count; i++)
        nested_put_content(rows, node, i ? n->max_repetition_level : repetition,
                           (uint16_t)(definition + 1));
}

/* Appends a row to every leaf. */
static inline void nested_add_row(nested_rows *rows)
{
    nested_put_content(rows, 0, 0, 0);
}

#endif
