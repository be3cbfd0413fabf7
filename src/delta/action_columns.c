#include "delta/action_columns.h"

#include "base/alloc.h"

/* --- The schema: names and order are Spark's, which some readers go by --- */

#define LEAF(name_, type_)                                       \
    {                                                            \
        .name = name_, .repetition = PQT_OPTIONAL, .type = type_ \
    }
#define STRING(name_)                                                                   \
    {                                                                                   \
        .name = name_, .repetition = PQT_OPTIONAL, .type = PQT_BYTE_ARRAY, .logical = { \
            .kind = PQT_LOGICAL_STRING                                                  \
        }                                                                               \
    }
#define LONG(name_)    LEAF(name_, PQT_INT64)
#define INTEGER(name_) LEAF(name_, PQT_INT32)
#define BOOLEAN(name_) LEAF(name_, PQT_BOOLEAN)
#define GROUP(name_, repetition_, kind_, count_)                    \
    {                                                               \
        .name = name_, .repetition = repetition_, .is_group = true, \
        .child_count = count_, .logical = {                         \
            .kind = kind_                                           \
        }                                                           \
    }
#define STRUCT(name_, count_) GROUP(name_, PQT_OPTIONAL, PQT_LOGICAL_NONE, count_)
#define MAP(name_)                                             \
    GROUP(name_, PQT_OPTIONAL, PQT_LOGICAL_MAP, 1),            \
        GROUP("key_value", PQT_REPEATED, PQT_LOGICAL_NONE, 2), \
        {.name = "key",                                        \
         .type = PQT_BYTE_ARRAY,                               \
         .logical = {.kind = PQT_LOGICAL_STRING}},             \
        STRING("value")
#define LIST(name_)                                  \
    GROUP(name_, PQT_OPTIONAL, PQT_LOGICAL_LIST, 1), \
        GROUP("list", PQT_REPEATED, PQT_LOGICAL_NONE, 1), STRING("element")
#define DELETION_VECTOR                                                           \
    STRUCT("deletionVector", 6), STRING("storageType"), STRING("pathOrInlineDv"), \
        INTEGER("offset"), INTEGER("sizeInBytes"), LONG("cardinality"),           \
        LONG("maxRowIndex")

static const pqt_schema_node nodes[] = {
    GROUP("spark_schema", PQT_REQUIRED, PQT_LOGICAL_NONE, 5),
    STRUCT("txn", 3),
    STRING("appId"),
    LONG("version"),
    LONG("lastUpdated"),
    STRUCT("add", 11),
    STRING("path"),
    MAP("partitionValues"),
    LONG("size"),
    LONG("modificationTime"),
    BOOLEAN("dataChange"),
    MAP("tags"),
    DELETION_VECTOR,
    LONG("baseRowId"),
    LONG("defaultRowCommitVersion"),
    STRING("clusteringProvider"),
    STRING("stats"),
    STRUCT("remove", 9),
    STRING("path"),
    LONG("deletionTimestamp"),
    BOOLEAN("dataChange"),
    BOOLEAN("extendedFileMetadata"),
    MAP("partitionValues"),
    LONG("size"),
    DELETION_VECTOR,
    LONG("baseRowId"),
    LONG("defaultRowCommitVersion"),
    STRUCT("metaData", 8),
    STRING("id"),
    STRING("name"),
    STRING("description"),
    STRUCT("format", 2),
    STRING("provider"),
    MAP("options"),
    STRING("schemaString"),
    LIST("partitionColumns"),
    MAP("configuration"),
    LONG("createdTime"),
    STRUCT("protocol", 4),
    INTEGER("minReaderVersion"),
    INTEGER("minWriterVersion"),
    LIST("readerFeatures"),
    LIST("writerFeatures"),
};

enum { NODE_COUNT = sizeof nodes / sizeof *nodes, ROWS_AT_ONCE = 512 };

/* What the rows held so far are in one column; values stand one behind the other. */
struct leaf {
    buffer values;
    buffer definitions;
    buffer repetitions;
    int64_t slot_count;
};

struct action_columns {
    pqt_writer *writer;
    const pqt_schema *schema; /* the writer's, with levels */
    struct leaf *leaves;
    pqt_column_values *values;
    json_t *rows; /* whose texts the columns show */
    buffer *out;
};

/* Levels at which something stands. */
typedef struct level {
    uint16_t definition;
    uint16_t repetition;
} level;

static pqt_status write_bytes(void *self, const uint8_t *data, size_t size_bytes,
                              pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

/* Every reader of Delta tables has these encodings, and zstd, which our data files have.
 */
static pqt_status start_writer(action_columns *c, pqt_error *error)
{
    pqt_column_options options[NODE_COUNT];
    const pqt_schema schema = {.nodes = nodes, .node_count = NODE_COUNT};
    const pqt_output output = {write_bytes, c->out};
    for (int i = 0; i < NODE_COUNT; i++) {
        options[i] = pqt_column_defaults();
        options[i].portable = true;
    }
    TRY(pqt_writer_create(&output, &schema, options, NULL, &c->writer, error));
    c->schema = pqt_writer_schema(c->writer);
    const size_t count = (size_t)c->schema->column_count;
    c->leaves = alloc_zeroed(NULL, count, sizeof *c->leaves);
    c->values = alloc_zeroed(NULL, count, sizeof *c->values);
    c->rows = json_array();
    return c->leaves && c->values && c->rows ? PQT_OK
                                             : error_no_memory(error, sizeof *c->leaves);
}

pqt_status action_columns_create(buffer *out, action_columns **columns, pqt_error *error)
{
    action_columns *c = alloc_zeroed(NULL, 1, sizeof *c);
    if (!c) return error_no_memory(error, sizeof *c);
    c->out = out;
    const pqt_status status = start_writer(c, error);
    if (status == PQT_OK)
        *columns = c;
    else
        action_columns_free(c);
    return status;
}

void action_columns_free(action_columns *c)
{
    if (!c) return;
    for (int32_t i = 0; c->leaves && i < c->schema->column_count; i++) {
        buffer_free(&c->leaves[i].values);
        buffer_free(&c->leaves[i].definitions);
        buffer_free(&c->leaves[i].repetitions);
    }
    pqt_writer_free(c->writer);
    alloc_release(NULL, c->leaves);
    alloc_release(NULL, c->values);
    json_decref(c->rows);
    alloc_release(NULL, c);
}

/* --- One row --- */

static struct leaf *leaf_of(action_columns *c, int32_t node)
{
    return &c->leaves[c->schema->nodes[node].column];
}

static pqt_status put_level(struct leaf *leaf, level at, pqt_error *error)
{
    leaf->slot_count++;
    TRY(buffer_append(&leaf->definitions, &at.definition, sizeof at.definition, error));
    return buffer_append(&leaf->repetitions, &at.repetition, sizeof at.repetition, error);
}

static pqt_status put_value(struct leaf *leaf, pqt_type type, const json_t *value,
                            pqt_error *error)
{
    if (type == PQT_BOOLEAN)
        return buffer_append_u8(&leaf->values, json_is_true(value), error);
    if (type == PQT_BYTE_ARRAY) {
        const pqt_view text = {(const uint8_t *)json_string_value(value),
                               json_string_length(value)};
        return buffer_append(&leaf->values, &text, sizeof text, error);
    }
    const int64_t number = json_integer_value(value);
    const int32_t narrow = (int32_t)number;
    if (type == PQT_INT32)
        return buffer_append(&leaf->values, &narrow, sizeof narrow, error);
    return buffer_append(&leaf->values, &number, sizeof number, error);
}

/* Whether the value can stand in the node; it is null there otherwise. */
static bool fits(const pqt_schema_node *node, const json_t *value)
{
    if (node->is_group)
        return node->logical.kind == PQT_LOGICAL_LIST ? json_is_array(value)
                                                      : json_is_object(value);
    if (node->type == PQT_BOOLEAN) return json_is_boolean(value);
    if (node->type == PQT_BYTE_ARRAY) return json_is_string(value);
    return json_is_integer(value);
}

/* The node behind all that is below `node`. */
static int32_t end_of(const pqt_schema *schema, int32_t node)
{
    int32_t next = node + 1;
    for (int32_t i = 0; i < schema->nodes[node].child_count; i++)
        next = end_of(schema, next);
    return next;
}

static pqt_status put_nulls(action_columns *c, int32_t node, level at, pqt_error *error)
{
    const int32_t end = end_of(c->schema, node);
    for (int32_t i = node; i < end; i++)
        if (!c->schema->nodes[i].is_group) TRY(put_level(leaf_of(c, i), at, error));
    return PQT_OK;
}

static pqt_status put_node(action_columns *c, int32_t node, const json_t *value, level at,
                           pqt_error *error);

/* `entry` is the repeated node; its children are a key and a value. */
static pqt_status put_map(action_columns *c, int32_t entry, const json_t *map, level at,
                          pqt_error *error)
{
    const char *key;
    json_t *value;
    if (json_object_size(map) == 0) return put_nulls(c, entry, at, error);
    level inner = {(uint16_t)(at.definition + 1), at.repetition};
    json_object_foreach((json_t *)map, key, value)
    {
        const pqt_view text = view_text(key);
        TRY(put_level(leaf_of(c, entry + 1), inner, error));
        TRY(buffer_append(&leaf_of(c, entry + 1)->values, &text, sizeof text, error));
        TRY(put_node(c, entry + 2, value, inner, error));
        inner.repetition = c->schema->nodes[entry].max_repetition_level;
    }
    return PQT_OK;
}

static pqt_status put_list(action_columns *c, int32_t entry, const json_t *list, level at,
                           pqt_error *error)
{
    size_t index;
    json_t *value;
    if (json_array_size(list) == 0) return put_nulls(c, entry, at, error);
    level inner = {(uint16_t)(at.definition + 1), at.repetition};
    json_array_foreach((json_t *)list, index, value)
    {
        TRY(put_node(c, entry + 1, value, inner, error));
        inner.repetition = c->schema->nodes[entry].max_repetition_level;
    }
    return PQT_OK;
}

static pqt_status put_fields(action_columns *c, int32_t group, const json_t *object,
                             level at, pqt_error *error)
{
    int32_t child = group + 1;
    for (int32_t i = 0; i < c->schema->nodes[group].child_count; i++) {
        const char *name = c->schema->nodes[child].name;
        TRY(put_node(c, child, json_object_get(object, name), at, error));
        child = end_of(c->schema, child);
    }
    return PQT_OK;
}

/* All nodes that come here are optional. */
static pqt_status put_node(action_columns *c, int32_t node, const json_t *value, level at,
                           pqt_error *error)
{
    const pqt_schema_node *n = &c->schema->nodes[node];
    if (!fits(n, value)) return put_nulls(c, node, at, error);
    at.definition++;
    if (n->logical.kind == PQT_LOGICAL_MAP) return put_map(c, node + 1, value, at, error);
    if (n->logical.kind == PQT_LOGICAL_LIST)
        return put_list(c, node + 1, value, at, error);
    if (n->is_group) return put_fields(c, node, value, at, error);
    TRY(put_level(leaf_of(c, node), at, error));
    return put_value(leaf_of(c, node), n->type, value, error);
}

/* --- Rows --- */

static pqt_status flush(action_columns *c, pqt_error *error)
{
    const size_t rows = json_array_size(c->rows);
    if (rows == 0) return PQT_OK;
    for (int32_t i = 0; i < c->schema->column_count; i++) {
        struct leaf *leaf = &c->leaves[i];
        const pqt_schema_node *n = &c->schema->nodes[c->schema->column_nodes[i]];
        c->values[i] = (pqt_column_values){
            .values = leaf->values.data,
            .definition_levels = (const uint16_t *)(void *)leaf->definitions.data,
            .repetition_levels = n->max_repetition_level
                                     ? (const uint16_t *)(void *)leaf->repetitions.data
                                     : NULL,
            .slot_count = leaf->slot_count,
            .is_dense = true};
    }
    TRY(pqt_writer_append(c->writer, c->values, (int64_t)rows, error));
    for (int32_t i = 0; i < c->schema->column_count; i++) {
        buffer_clear(&c->leaves[i].values);
        buffer_clear(&c->leaves[i].definitions);
        buffer_clear(&c->leaves[i].repetitions);
        c->leaves[i].slot_count = 0;
    }
    json_array_clear(c->rows);
    return PQT_OK;
}

pqt_status action_columns_add(action_columns *c, const char *name, json_t *action,
                              pqt_error *error)
{
    json_t *row = json_pack("{s:o}", name, action);
    if (!row || json_array_append_new(c->rows, row) != 0)
        return error_no_memory(error, sizeof row);
    TRY(put_fields(c, 0, row, (level){0}, error));
    return json_array_size(c->rows) < ROWS_AT_ONCE ? PQT_OK : flush(c, error);
}

pqt_status action_columns_finish(action_columns *c, pqt_error *error)
{
    TRY(flush(c, error));
    return pqt_writer_finish(c->writer, NULL, error);
}
