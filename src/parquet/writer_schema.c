#include "parquet/writer_schema.h"

#include "base/view.h"
#include "parquet/column_check.h"
#include "parquet/schema.h"

static const char *const root_name = "schema";

static pqt_status copy_text(arena *memory, const char *text, const char **out,
                            pqt_error *error)
{
    *out = arena_text(memory, view_text(text));
    return *out ? PQT_OK : error_no_memory(error, strlen(text));
}

static pqt_status check_node(const pqt_schema_node *node, pqt_error *error)
{
    if (!node->name) return error_set(error, PQT_INVALID, "schema: a node has no name");
    if ((unsigned)node->repetition > PQT_REPEATED)
        return error_set(error, PQT_INVALID, "schema: '%s' has unknown repetition %d",
                         node->name, (int)node->repetition);
    if (node->is_group ? node->child_count < 1 : node->child_count != 0)
        return error_set(error, PQT_INVALID, "schema: %s '%s' has %d children",
                         node->is_group ? "group" : "leaf", node->name,
                         (int)node->child_count);
    return PQT_OK;
}

static pqt_status copy_node(const pqt_schema_node *from, arena *memory,
                            pqt_schema_node *to, pqt_error *error)
{
    TRY(check_node(from, error));
    *to = (pqt_schema_node){.repetition = from->repetition,
                            .is_group = from->is_group,
                            .type = from->type,
                            .type_length = from->type_length,
                            .logical = from->logical,
                            .field_id = from->field_id ? from->field_id : -1,
                            .child_count = from->child_count,
                            .parent = -1,
                            .column = -1};
    TRY(copy_text(memory, from->name, &to->name, error));
    if (!from->logical.crs) return PQT_OK;
    return copy_text(memory, from->logical.crs, &to->logical.crs, error);
}

/* The root is a group whose name and repetition say nothing. */
static pqt_status copy_root(const pqt_schema_node *from, arena *memory,
                            pqt_schema_node *to, pqt_error *error)
{
    pqt_schema_node root = {.name = from->name && from->name[0] ? from->name : root_name,
                            .is_group = true,
                            .field_id = from->field_id,
                            .child_count = from->child_count};
    if (root.child_count < 1)
        return error_set(error, PQT_INVALID, "a file needs at least one column");
    return copy_node(&root, memory, to, error);
}

/* --- Groups (LogicalTypes.md, Nested Types) --- */

/* The first two children of a group; NULL where there are none. */
typedef struct children {
    const pqt_schema_node *first;
    const pqt_schema_node *second;
} children;

static children find_children(const pqt_schema *schema, int32_t group)
{
    children found = {NULL, NULL};
    for (int32_t i = group + 1; i < schema->node_count && !found.second; i++) {
        const pqt_schema_node *node = &schema->nodes[i];
        if (node->parent < group) break;
        if (node->parent != group) continue;
        if (found.first)
            found.second = node;
        else
            found.first = node;
    }
    return found;
}

/* Lists of two levels are let pass, so that files that have them can be written anew. */
static pqt_status check_list(const pqt_schema *schema, int32_t group, pqt_error *error)
{
    const pqt_schema_node *node = &schema->nodes[group];
    const children c = find_children(schema, group);
    if (node->child_count == 1 && c.first->repetition == PQT_REPEATED) return PQT_OK;
    return error_set(error, PQT_INVALID, "LIST needs one child, which is repeated");
}

static pqt_status check_map(const pqt_schema *schema, int32_t group, pqt_error *error)
{
    const pqt_schema_node *node = &schema->nodes[group];
    const pqt_schema_node *pair = find_children(schema, group).first;
    if (node->child_count == 1 && pair->repetition == PQT_REPEATED && pair->is_group &&
        pair->child_count <= 2)
        return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "MAP needs one child, a repeated group of a key and a value");
}

static pqt_status check_variant(const pqt_schema *schema, int32_t group, pqt_error *error)
{
    bool has_metadata = false;
    for (int32_t i = group + 1; i < schema->node_count; i++) {
        const pqt_schema_node *node = &schema->nodes[i];
        if (node->parent < group) break;
        if (node->parent != group) continue;
        const bool is_metadata = strcmp(node->name, "metadata") == 0;
        if (!is_metadata && strcmp(node->name, "value") != 0) continue;
        has_metadata = has_metadata || is_metadata;
        if (node->is_group || node->type != PQT_BYTE_ARRAY)
            return error_set(error, PQT_INVALID, "'%s' of a VARIANT is a BYTE_ARRAY",
                             node->name);
    }
    if (has_metadata) return PQT_OK;
    return error_set(error, PQT_INVALID, "VARIANT needs a child 'metadata'");
}

static pqt_status check_group(const pqt_schema *schema, int32_t group, pqt_error *error)
{
    const pqt_logical_type *logical = &schema->nodes[group].logical;
    switch (logical->kind) {
    case PQT_LOGICAL_NONE:
    case PQT_LOGICAL_FILE:
        return PQT_OK;
    case PQT_LOGICAL_LIST:
        return check_list(schema, group, error);
    case PQT_LOGICAL_MAP:
        return check_map(schema, group, error);
    case PQT_LOGICAL_VARIANT:
        return check_variant(schema, group, error);
    case PQT_LOGICAL_OTHER:
        return error_set(error, PQT_UNSUPPORTED,
                         "logical type %d is newer than this library",
                         (int)logical->field_number);
    default:
        return error_set(error, PQT_INVALID, "a group cannot have its logical type");
    }
}

static pqt_status check_types(const pqt_schema *schema, pqt_error *error)
{
    for (int32_t i = 1; i < schema->node_count; i++) {
        const pqt_schema_node *node = &schema->nodes[i];
        const pqt_status status = node->is_group ? check_group(schema, i, error)
                                                 : column_check_type(node, error);
        if (status == PQT_OK) continue;
        error_prefix(error, "%s '%s'", node->is_group ? "group" : "column", node->name);
        return status;
    }
    return PQT_OK;
}

pqt_status writer_schema_copy(const pqt_schema *from, arena *memory, pqt_schema *out,
                              pqt_error *error)
{
    if (from->node_count < 1)
        return error_set(error, PQT_INVALID, "a file needs at least one column");
    const size_t count = (size_t)from->node_count;
    pqt_schema_node *nodes = arena_alloc(memory, count, sizeof *nodes);
    int32_t *columns = arena_alloc(memory, count, sizeof *columns);
    if (!nodes || !columns) return error_no_memory(error, count * sizeof *nodes);
    TRY(copy_root(&from->nodes[0], memory, &nodes[0], error));
    for (size_t i = 1; i < count; i++)
        TRY(copy_node(&from->nodes[i], memory, &nodes[i], error));
    const pqt_status status = schema_place(nodes, from->node_count, columns, out, error);
    if (status == PQT_CORRUPT) { /* here it is the caller who said so */
        if (error) error->status = PQT_INVALID;
        return PQT_INVALID;
    }
    return status == PQT_OK ? check_types(out, error) : status;
}
