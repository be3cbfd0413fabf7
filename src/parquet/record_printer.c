/*
 * pqt_print_rows: records put together again from their columns' levels (Dremel). A
 * record is printed by walking the schema; each leaf has a position in its column, and a
 * group is there or null by the definition level that its first leaf has.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "parquet/arrow_schema.h"
#include "parquet/reader.h"
#include "parquet/value_printer.h"
#include "parquet/values.h"

enum { ROWS_AT_ONCE = 4096, TEXT_AT_ONCE_BYTES = 1 << 20 };

/* A column's values and where the record being printed is in them. */
struct column_cursor {
    pqt_values values;
    size_t at;
};

struct printing {
    const pqt_reader *reader;
    const pqt_schema *schema;
    struct column_cursor *columns;
    bool *is_chosen; /* of top-level nodes, by node */
    int32_t *leaves; /* columns of the chosen nodes */
    int32_t leaf_count;
    int32_t *ends; /* node behind each node's subtree */
    buffer text;
    pqt_error *error;
};

static void find_ends(const pqt_schema *schema, int32_t *ends)
{
    for (int32_t i = schema->node_count; i-- > 0;) {
        int32_t end = i + 1;
        for (int32_t child = 0; child < schema->nodes[i].child_count; child++)
            end = ends[end];
        ends[i] = end;
    }
}

/* --- Levels --- */

static struct column_cursor *cursor_of_leaf(struct printing *p, int32_t node)
{
    return &p->columns[p->schema->nodes[node].column];
}

static int32_t first_leaf(const struct printing *p, int32_t node)
{
    while (p->schema->nodes[node].is_group && p->ends[node] > node + 1) node++;
    return node;
}

/* The definition level at the leaf's position. Flat columns have validity only, which is
 * the full level or one less: enough where at most one level is optional. */
static unsigned definition_at(struct printing *p, int32_t leaf)
{
    const pqt_schema_node *node = &p->schema->nodes[leaf];
    const struct column_cursor *c = cursor_of_leaf(p, leaf);
    if (c->values.definition_levels) return c->values.definition_levels[c->at];
    const unsigned max = node->max_definition_level;
    return values_is_valid(&c->values, c->at) ? max : max - 1;
}

/* Whether the leaf's next entry goes on with a list of this repetition level. */
static bool goes_on(struct printing *p, int32_t leaf, unsigned repetition)
{
    const struct column_cursor *c = cursor_of_leaf(p, leaf);
    if (!c->values.repetition_levels || c->at >= (size_t)c->values.slot_count)
        return false;
    return c->values.repetition_levels[c->at] >= repetition;
}

static void advance(struct printing *p, int32_t node)
{
    for (int32_t i = node; i < p->ends[node]; i++)
        if (!p->schema->nodes[i].is_group) cursor_of_leaf(p, i)->at++;
}

/* --- Records --- */

static pqt_status append(struct printing *p, const char *text)
{
    return buffer_append_text(&p->text, text, p->error);
}

static pqt_status print_node(struct printing *p, int32_t node);

static pqt_status print_fields(struct printing *p, int32_t group)
{
    const char *separator = "{";
    for (int32_t i = group + 1; i < p->ends[group]; i = p->ends[i]) {
        if (group == 0 && !p->is_chosen[i]) continue;
        TRY(append(p, separator));
        TRY(json_print_text(view_text(p->schema->nodes[i].name), &p->text, p->error));
        TRY(append(p, ":"));
        TRY(print_node(p, i));
        separator = ",";
    }
    return append(p, *separator == '{' ? "{}" : "}");
}

/* A value that is there, or a group, whose entries it passes over. */
static pqt_status print_present(struct printing *p, int32_t node)
{
    const pqt_schema_node *n = &p->schema->nodes[node];
    if (n->is_group) return print_fields(p, node);
    struct column_cursor *c = cursor_of_leaf(p, node);
    if (!values_is_valid(&c->values, c->at)) return append(p, "null");
    return value_print(n, &c->values, c->at, &p->text, p->error);
}

/* Leaves of a group advance as they are printed; a null group's all at once. */
static pqt_status print_once(struct printing *p, int32_t node)
{
    const pqt_schema_node *n = &p->schema->nodes[node];
    if (n->is_group) return print_fields(p, node);
    TRY(print_present(p, node));
    cursor_of_leaf(p, node)->at++;
    return PQT_OK;
}

static pqt_status print_list(struct printing *p, const arrow_node *list);

/* An element that is the repeated node itself: a list within, where that is one. */
static pqt_status print_element(struct printing *p, const arrow_node *list)
{
    const arrow_node inner = arrow_node_at(p->schema, list->repeated, true);
    if (list->shape == ARROW_LIST && inner.shape >= ARROW_LIST)
        return print_list(p, &inner);
    return print_once(p, list->repeated);
}

/* A list, or a map as a list of its entries. */
static pqt_status print_list(struct printing *p, const arrow_node *list)
{
    const pqt_schema_node *repeated = &p->schema->nodes[list->repeated];
    const int32_t leaf = first_leaf(p, list->repeated);
    if (definition_at(p, leaf) < repeated->max_definition_level) {
        advance(p, list->repeated);
        return append(p, "[]");
    }
    TRY(append(p, "["));
    do {
        TRY(list->element == list->repeated ? print_element(p, list)
                                            : print_node(p, list->element));
        if (!goes_on(p, leaf, repeated->max_repetition_level)) break;
        TRY(append(p, ","));
    } while (true);
    return append(p, "]");
}

static pqt_status print_node(struct printing *p, int32_t node)
{
    const pqt_schema_node *n = &p->schema->nodes[node];
    if (n->repetition == PQT_OPTIONAL && n->is_group &&
        definition_at(p, first_leaf(p, node)) < n->max_definition_level) {
        advance(p, node);
        return append(p, "null");
    }
    const arrow_node shape = arrow_node_at(p->schema, node, false);
    if (shape.shape >= ARROW_LIST) return print_list(p, &shape);
    return print_once(p, node);
}

/* --- Rows --- */

static pqt_status write_out(struct printing *p, const pqt_text_output *output)
{
    TRY(output->write(output->self, (const char *)p->text.data, p->text.size_bytes,
                      p->error));
    buffer_clear(&p->text);
    return PQT_OK;
}

/* A long text may stand in every row of the batch: it is held once. */
static pqt_status print_batch(struct printing *p, const pqt_batch *batch,
                              const pqt_text_output *output)
{
    for (int32_t i = 0; i < p->leaf_count; i++)
        p->columns[p->leaves[i]] = (struct column_cursor){batch->columns[i], 0};
    buffer_clear(&p->text);
    for (int64_t i = 0; i < batch->row_count; i++) {
        TRY(print_fields(p, 0));
        TRY(append(p, "\n"));
        if (p->text.size_bytes >= TEXT_AT_ONCE_BYTES) TRY(write_out(p, output));
    }
    return write_out(p, output);
}

static pqt_status print_all(struct printing *p, const pqt_scan_options *options,
                            const pqt_text_output *output)
{
    pqt_scan_options wanted = options ? *options : (pqt_scan_options){0};
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    wanted.columns = p->leaves;
    wanted.column_count = p->leaf_count;
    wanted.batch_rows = ROWS_AT_ONCE;
    TRY(pqt_scan_open(p->reader, &wanted, &scan, p->error));
    pqt_status status;
    do {
        status = pqt_scan_next(scan, &batch, p->error);
        if (status == PQT_OK && batch) status = print_batch(p, batch, output);
    } while (status == PQT_OK && batch);
    pqt_scan_close(scan);
    return status;
}

static void find_leaves(struct printing *p)
{
    for (int32_t top = 1; top < p->schema->node_count; top = p->ends[top])
        for (int32_t i = top; p->is_chosen[top] && i < p->ends[top]; i++)
            if (!p->schema->nodes[i].is_group)
                p->leaves[p->leaf_count++] = p->schema->nodes[i].column;
}

static pqt_status choose(struct printing *p, const char *const *names, int32_t count)
{
    for (int32_t i = 1; i < p->schema->node_count && !names; i++) p->is_chosen[i] = true;
    for (int32_t n = 0; names && n < count; n++) {
        int32_t found = -1;
        for (int32_t i = 1; i < p->schema->node_count; i = p->ends[i])
            if (strcmp(p->schema->nodes[i].name, names[n]) == 0) found = i;
        if (found < 0)
            return error_set(p->error, PQT_INVALID, "%s: there is no column '%.100s'",
                             p->reader->input.name, names[n]);
        p->is_chosen[found] = true;
    }
    return PQT_OK;
}

static void free_printing(struct printing *p)
{
    buffer_free(&p->text);
    alloc_release(NULL, p->columns);
    alloc_release(NULL, p->is_chosen);
    alloc_release(NULL, p->leaves);
    alloc_release(NULL, p->ends);
}

static pqt_status make_printing(struct printing *p, pqt_error *error)
{
    const size_t nodes = (size_t)p->schema->node_count;
    const size_t columns = (size_t)p->schema->column_count;
    p->columns = alloc_zeroed(NULL, columns + 1, sizeof *p->columns);
    p->leaves = alloc_zeroed(NULL, columns + 1, sizeof *p->leaves);
    p->is_chosen = alloc_zeroed(NULL, nodes, sizeof *p->is_chosen);
    p->ends = alloc_zeroed(NULL, nodes + 1, sizeof *p->ends);
    return p->columns && p->leaves && p->is_chosen && p->ends
               ? PQT_OK
               : error_no_memory(error, nodes * sizeof *p->ends);
}

pqt_status pqt_print_rows(const pqt_reader *reader, const char *const *columns,
                          int32_t column_count, const pqt_scan_options *options,
                          const pqt_text_output *output, pqt_error *error)
{
    struct printing p = {
        .reader = reader, .schema = &reader->metadata.schema, .error = error};
    pqt_status status = make_printing(&p, error);
    if (status == PQT_OK) {
        find_ends(p.schema, p.ends);
        status = choose(&p, columns, column_count);
    }
    if (status == PQT_OK) {
        find_leaves(&p);
        status = print_all(&p, options, output);
    }
    free_printing(&p);
    return status;
}
