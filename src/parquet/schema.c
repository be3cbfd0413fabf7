#include "parquet/schema.h"

#include <stdio.h>

enum { ELEMENT_LEAST_BYTES = 5, CONVERTED_TYPE_COUNT = 22 };

/* ConvertedType, in the words of LogicalType (LogicalTypes.md). */
static const pqt_logical_type converted_types[CONVERTED_TYPE_COUNT] = {
    {.kind = PQT_LOGICAL_STRING},
    {.kind = PQT_LOGICAL_MAP},
    {.kind = PQT_LOGICAL_NONE}, /* MAP_KEY_VALUE: the group inside a map */
    {.kind = PQT_LOGICAL_LIST},
    {.kind = PQT_LOGICAL_ENUM},
    {.kind = PQT_LOGICAL_DECIMAL},
    {.kind = PQT_LOGICAL_DATE},
    {.kind = PQT_LOGICAL_TIME, .unit = PQT_MILLIS, .is_utc = true},
    {.kind = PQT_LOGICAL_TIME, .unit = PQT_MICROS, .is_utc = true},
    {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MILLIS, .is_utc = true},
    {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MICROS, .is_utc = true},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 8},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 16},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 32},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 64},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 8, .is_signed = true},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 16, .is_signed = true},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 32, .is_signed = true},
    {.kind = PQT_LOGICAL_INTEGER, .bit_width = 64, .is_signed = true},
    {.kind = PQT_LOGICAL_JSON},
    {.kind = PQT_LOGICAL_BSON},
    {.kind = PQT_LOGICAL_INTERVAL},
};
enum { CONVERTED_MAP_KEY_VALUE = 2 };

/* The kinds by LogicalType's field number. */
static const pqt_logical logical_kinds[] = {
    [1] = PQT_LOGICAL_STRING,    [2] = PQT_LOGICAL_MAP,        [3] = PQT_LOGICAL_LIST,
    [4] = PQT_LOGICAL_ENUM,      [5] = PQT_LOGICAL_DECIMAL,    [6] = PQT_LOGICAL_DATE,
    [7] = PQT_LOGICAL_TIME,      [8] = PQT_LOGICAL_TIMESTAMP,  [10] = PQT_LOGICAL_INTEGER,
    [11] = PQT_LOGICAL_UNKNOWN,  [12] = PQT_LOGICAL_JSON,      [13] = PQT_LOGICAL_BSON,
    [14] = PQT_LOGICAL_UUID,     [15] = PQT_LOGICAL_FLOAT16,   [16] = PQT_LOGICAL_VARIANT,
    [17] = PQT_LOGICAL_GEOMETRY, [18] = PQT_LOGICAL_GEOGRAPHY, [19] = PQT_LOGICAL_FILE};
enum { LOGICAL_KINDS = sizeof logical_kinds / sizeof logical_kinds[0] };

/* An element as the file has it, before it is a node. */
typedef struct element {
    pqt_schema_node node;
    bool has_type;
    bool has_logical;
    int32_t converted; /* -1: none */
    int32_t scale;
    int32_t precision;
    pqt_view crs; /* data NULL: none */
} element;

/* TimeType and TimestampType have the same fields. */
static void read_time_type(thrift_reader *r, pqt_logical_type *logical)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 1) {
            logical->is_utc = thrift_read_bool(r, &s);
        } else if (s.id == 2 && thrift_is_struct(r, &s)) {
            thrift_struct unit = {0};
            while (thrift_next(r, &unit)) {
                if (unit.id >= 1 && unit.id <= 3)
                    logical->unit = (pqt_time_unit)(unit.id - 1);
                thrift_skip(r, &unit);
            }
        } else {
            thrift_skip(r, &s);
        }
    }
}

static void read_decimal_type(thrift_reader *r, pqt_logical_type *logical)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 1)
            logical->scale = thrift_read_i32(r, &s);
        else if (s.id == 2)
            logical->precision = thrift_read_i32(r, &s);
        else
            thrift_skip(r, &s);
    }
}

static void read_integer_type(thrift_reader *r, pqt_logical_type *logical)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 1)
            logical->bit_width = thrift_read_i8(r, &s);
        else if (s.id == 2)
            logical->is_signed = thrift_read_bool(r, &s);
        else
            thrift_skip(r, &s);
    }
}

static void read_variant_type(thrift_reader *r, pqt_logical_type *logical)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 1)
            logical->specification_version = thrift_read_i8(r, &s);
        else
            thrift_skip(r, &s);
    }
}

/* GeometryType and GeographyType have the same first field. */
static void read_geo_type(thrift_reader *r, element *e)
{
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        if (s.id == 1) {
            e->crs = thrift_read_binary(r, &s);
        } else if (s.id == 2 && e->node.logical.kind == PQT_LOGICAL_GEOGRAPHY) {
            const int32_t edges = thrift_read_i32(r, &s);
            e->node.logical.edges =
                edges >= 0 && edges <= INT8_MAX ? (int8_t)edges : INT8_MAX;
        } else {
            thrift_skip(r, &s);
        }
    }
}

/* The fields of the union's struct. */
static void read_logical_fields(thrift_reader *r, element *e)
{
    pqt_logical_type *logical = &e->node.logical;
    switch (logical->kind) {
    case PQT_LOGICAL_TIME:
    case PQT_LOGICAL_TIMESTAMP:
        read_time_type(r, logical);
        break;
    case PQT_LOGICAL_DECIMAL:
        read_decimal_type(r, logical);
        break;
    case PQT_LOGICAL_INTEGER:
        read_integer_type(r, logical);
        break;
    case PQT_LOGICAL_VARIANT:
        read_variant_type(r, logical);
        break;
    case PQT_LOGICAL_GEOMETRY:
    case PQT_LOGICAL_GEOGRAPHY:
        read_geo_type(r, e);
        break;
    default: { /* nothing that is known */
        thrift_struct s = {0};
        while (thrift_next(r, &s)) thrift_skip(r, &s);
    }
    }
}

static void read_logical_type(thrift_reader *r, element *e)
{
    thrift_struct s = {0};
    pqt_logical_type *logical = &e->node.logical;
    while (thrift_next(r, &s)) {
        const bool known = s.id > 0 && s.id < LOGICAL_KINDS && logical_kinds[s.id];
        logical->kind = known ? logical_kinds[s.id] : PQT_LOGICAL_OTHER;
        logical->field_number = known ? 0 : (int16_t)s.id;
        e->has_logical = known;
        if (s.type == THRIFT_STRUCT && thrift_is_struct(r, &s))
            read_logical_fields(r, e);
        else
            thrift_skip(r, &s);
    }
}

static pqt_view read_element_fields(thrift_reader *r, element *e)
{
    pqt_view name = {0};
    thrift_struct s = {0};
    while (thrift_next(r, &s)) {
        switch (s.id) {
        case 1:
            e->node.type = (pqt_type)thrift_read_i32(r, &s);
            e->has_type = true;
            break;
        case 2:
            e->node.type_length = thrift_read_i32(r, &s);
            break;
        case 3:
            e->node.repetition = (pqt_repetition)thrift_read_i32(r, &s);
            break;
        case 4:
            name = thrift_read_binary(r, &s);
            break;
        case 5:
            e->node.child_count = thrift_read_i32(r, &s);
            break;
        case 6:
            e->converted = thrift_read_i32(r, &s);
            break;
        case 7:
            e->scale = thrift_read_i32(r, &s);
            break;
        case 8:
            e->precision = thrift_read_i32(r, &s);
            break;
        case 9:
            e->node.field_id = thrift_read_i32(r, &s);
            break;
        case 10:
            if (thrift_is_struct(r, &s)) read_logical_type(r, e);
            break;
        default:
            thrift_skip(r, &s);
        }
    }
    return name;
}

static void apply_converted_type(element *e)
{
    if (e->has_logical || e->converted < 0 || e->converted >= CONVERTED_TYPE_COUNT)
        return;
    e->node.logical = converted_types[e->converted];
    /* Hive's old writers marked the outer group of a map so. */
    if (e->converted == CONVERTED_MAP_KEY_VALUE && e->node.repetition != PQT_REPEATED)
        e->node.logical.kind = PQT_LOGICAL_MAP;
    if (e->node.logical.kind == PQT_LOGICAL_DECIMAL) {
        e->node.logical.scale = e->scale;
        e->node.logical.precision = e->precision;
    }
}

static pqt_status check_element(const element *e, pqt_error *error)
{
    const pqt_schema_node *node = &e->node;
    const char *name = node->name;
    if (node->child_count < 0)
        return error_set(error, PQT_CORRUPT, "schema: '%s' has %d children", name,
                         (int)node->child_count);
    if ((unsigned)node->repetition > PQT_REPEATED)
        return error_set(error, PQT_CORRUPT, "schema: '%s' has unknown repetition %d",
                         name, (int)node->repetition);
    if (node->is_group) return PQT_OK;
    if ((unsigned)node->type > PQT_FIXED_LEN_BYTE_ARRAY)
        return error_set(error, PQT_CORRUPT, "schema: '%s' has unknown type %d", name,
                         (int)node->type);
    if (node->type == PQT_FIXED_LEN_BYTE_ARRAY && node->type_length <= 0)
        return error_set(error, PQT_CORRUPT, "schema: '%s' has a length of %d bytes",
                         name, (int)node->type_length);
    return PQT_OK;
}

static pqt_status read_element(thrift_reader *r, arena *memory, pqt_schema_node *out,
                               pqt_error *error)
{
    element e = {.node = {.field_id = -1, .parent = -1, .column = -1}, .converted = -1};
    const pqt_view name = read_element_fields(r, &e);
    TRY(r->status);
    if (!name.data) return error_set(error, PQT_CORRUPT, "schema: element without name");
    e.node.name = arena_text(memory, name);
    if (!e.node.name) return error_no_memory(error, name.size_bytes);
    e.node.is_group = !e.has_type;
    if (e.has_type && e.node.child_count > 0)
        return error_set(error, PQT_CORRUPT, "schema: '%s' has a type and children",
                         e.node.name);
    apply_converted_type(&e);
    if (e.crs.data) {
        e.node.logical.crs = arena_text(memory, e.crs);
        if (!e.node.logical.crs) return error_no_memory(error, e.crs.size_bytes);
    }
    TRY(check_element(&e, error));
    *out = e.node;
    return PQT_OK;
}

/* Sets what comes from the node above: parent and levels. */
static pqt_status place_node(pqt_schema_node *node, const pqt_schema_node *parent,
                             int32_t parent_number, pqt_error *error)
{
    node->parent = parent_number;
    const int repeated = node->repetition == PQT_REPEATED;
    const int defined = node->repetition != PQT_REQUIRED;
    node->max_definition_level = (uint16_t)(parent->max_definition_level + defined);
    node->max_repetition_level = (uint16_t)(parent->max_repetition_level + repeated);
    if (node->max_definition_level < SCHEMA_DEPTH_LIMIT) return PQT_OK;
    return error_set(error, PQT_LIMIT, "schema: '%s' is nested deeper than %d levels",
                     node->name, (int)SCHEMA_DEPTH_LIMIT);
}

/* Where the depth-first walk is: the open groups and how many children each still gets.
 */
typedef struct walk {
    int32_t group[SCHEMA_DEPTH_LIMIT];
    int32_t missing[SCHEMA_DEPTH_LIMIT];
    int depth; /* open groups */
} walk;

static pqt_status enter_group(walk *w, int32_t number, int32_t child_count,
                              pqt_error *error)
{
    if (w->depth == SCHEMA_DEPTH_LIMIT)
        return error_set(error, PQT_LIMIT, "schema: groups deeper than %d levels",
                         (int)SCHEMA_DEPTH_LIMIT);
    w->group[w->depth] = number;
    w->missing[w->depth++] = child_count;
    return PQT_OK;
}

static void leave_full_groups(walk *w)
{
    while (w->depth > 0 && w->missing[w->depth - 1] == 0) w->depth--;
}

pqt_status schema_place(pqt_schema_node *nodes, int32_t count, int32_t *columns,
                        pqt_schema *out, pqt_error *error)
{
    int32_t column_count = 0;
    walk w = {.depth = 0};
    TRY(enter_group(&w, 0, nodes[0].child_count, error));
    for (int32_t i = 1; i < count; i++) {
        leave_full_groups(&w);
        if (w.depth == 0)
            return error_set(error, PQT_CORRUPT,
                             "schema: %d elements, but the groups hold %d", (int)count,
                             (int)i);
        const int32_t parent = w.group[w.depth - 1];
        w.missing[w.depth - 1]--;
        TRY(place_node(&nodes[i], &nodes[parent], parent, error));
        if (nodes[i].is_group) {
            TRY(enter_group(&w, i, nodes[i].child_count, error));
        } else {
            nodes[i].column = column_count;
            columns[column_count++] = i;
        }
    }
    leave_full_groups(&w);
    if (w.depth > 0)
        return error_set(error, PQT_CORRUPT,
                         "schema: group '%s' lacks %d of its children",
                         nodes[w.group[w.depth - 1]].name, (int)w.missing[w.depth - 1]);
    *out = (pqt_schema){nodes, count, columns, column_count};
    return PQT_OK;
}

pqt_status schema_read(thrift_reader *r, const thrift_struct *s, arena *memory,
                       pqt_schema *out, pqt_error *error)
{
    const size_t count = thrift_read_list(r, s, THRIFT_STRUCT, ELEMENT_LEAST_BYTES);
    TRY(r->status);
    if (count == 0 || count > INT32_MAX)
        return error_set(error, PQT_CORRUPT, "schema: %zu elements", count);
    pqt_schema_node *nodes = arena_alloc(memory, count, sizeof *nodes);
    int32_t *columns = arena_alloc(memory, count, sizeof *columns);
    if (!nodes || !columns) return error_no_memory(error, count * sizeof *nodes);
    for (size_t i = 0; i < count; i++) TRY(read_element(r, memory, &nodes[i], error));
    nodes[0].is_group = true; /* some writers give the root a type */
    nodes[0].repetition = PQT_REQUIRED;
    return schema_place(nodes, (int32_t)count, columns, out, error);
}

/* True where `path` is the node's path; `end` is behind the part that the node may be. */
static bool path_is_node(const pqt_schema *schema, int32_t node, const char *path,
                         size_t end)
{
    while (node > 0) {
        const char *name = schema->nodes[node].name;
        const size_t length = strlen(name);
        if (length > end || memcmp(path + end - length, name, length) != 0) return false;
        end -= length;
        node = schema->nodes[node].parent;
        if (node <= 0) break;
        if (end == 0 || path[end - 1] != '.') return false;
        end--;
    }
    return end == 0;
}

int32_t pqt_schema_find(const pqt_schema *schema, const char *path)
{
    const size_t length = strlen(path);
    for (int32_t i = 0; i < schema->column_count; i++) {
        if (path_is_node(schema, schema->column_nodes[i], path, length)) return i;
    }
    return -1;
}

void schema_path(const pqt_schema *schema, int32_t column, char *text, size_t size_bytes)
{
    int32_t nodes[SCHEMA_DEPTH_LIMIT + 1];
    int depth = 0;
    for (int32_t node = schema->column_nodes[column];
         node > 0 && depth <= SCHEMA_DEPTH_LIMIT; node = schema->nodes[node].parent)
        nodes[depth++] = node;
    size_t used = 0;
    text[0] = '\0';
    while (depth > 0 && used < size_bytes) {
        const int written = snprintf(text + used, size_bytes - used, "%s%s",
                                     used ? "." : "", schema->nodes[nodes[--depth]].name);
        used += written > 0 ? (size_t)written : 0;
    }
}

bool logical_is_text(pqt_logical kind)
{
    return kind == PQT_LOGICAL_STRING || kind == PQT_LOGICAL_ENUM ||
           kind == PQT_LOGICAL_JSON;
}
