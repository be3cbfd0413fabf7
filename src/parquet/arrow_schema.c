#include "parquet/arrow_schema.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "parquet/arrow_metadata.h"
#include "parquet/geoarrow.h"
#include "parquet/schema.h"

/* --- Types --- */

static void set_type(arrow_type *out, const char *format, arrow_layout layout,
                     size_t width)
{
    snprintf(out->format, sizeof out->format, "%s", format);
    out->layout = layout;
    out->width_bytes = width;
}

static pqt_status unsupported(const pqt_schema_node *node, const char *what,
                              pqt_error *error)
{
    return error_set(error, PQT_UNSUPPORTED, "column %s: %s has no Arrow type",
                     node->name, what);
}

static pqt_status decimal_type(const pqt_schema_node *node, arrow_type *out,
                               pqt_error *error)
{
    const int32_t precision = node->logical.precision, scale = node->logical.scale;
    if (precision < 1 || precision > 76 || scale > precision || scale < 0)
        return unsupported(node, "a decimal of this precision", error);
    out->layout = ARROW_DECIMAL;
    out->width_bytes = precision <= 38 ? 16 : 32;
    snprintf(out->format, sizeof out->format, precision <= 38 ? "d:%d,%d" : "d:%d,%d,256",
             (int)precision, (int)scale);
    return PQT_OK;
}

static void integer_type(const pqt_schema_node *node, arrow_type *out)
{
    static const char *const formats[2][4] = {{"C", "S", "I", "L"}, {"c", "s", "i", "l"}};
    const pqt_logical_type *logical = &node->logical;
    const bool is_given = logical->kind == PQT_LOGICAL_INTEGER;
    const int most = node->type == PQT_INT32 ? 32 : 64;
    const int bits = is_given && logical->bit_width < most ? logical->bit_width : most;
    const int size = bits <= 8 ? 0 : bits <= 16 ? 1 : bits <= 32 ? 2 : 3;
    set_type(out, formats[!is_given || logical->is_signed][size], ARROW_FIXED,
             (size_t)1 << size);
}

/* A time of day: milliseconds in 32 bits, finer units in 64. */
static void time_type(const pqt_schema_node *node, arrow_type *out)
{
    static const char *const formats[] = {"ttm", "ttu", "ttn"};
    set_type(out, formats[node->logical.unit], ARROW_FIXED,
             node->type == PQT_INT32 ? 4 : 8);
}

static void timestamp_type(const pqt_schema_node *node, arrow_type *out)
{
    static const char units[] = {'m', 'u', 'n'};
    out->layout = ARROW_FIXED;
    out->width_bytes = 8;
    snprintf(out->format, sizeof out->format, "ts%c:%s", units[node->logical.unit],
             node->logical.is_utc ? "UTC" : "");
}

static pqt_status number_type(const pqt_schema_node *node, arrow_type *out,
                              pqt_error *error)
{
    switch (node->logical.kind) {
    case PQT_LOGICAL_DECIMAL:
        return decimal_type(node, out, error);
    case PQT_LOGICAL_DATE:
        if (node->type != PQT_INT32) break;
        set_type(out, "tdD", ARROW_FIXED, 4);
        return PQT_OK;
    case PQT_LOGICAL_TIME:
        if ((node->type == PQT_INT32) != (node->logical.unit == PQT_MILLIS)) break;
        time_type(node, out);
        return PQT_OK;
    case PQT_LOGICAL_TIMESTAMP:
        if (node->type != PQT_INT64) break;
        timestamp_type(node, out);
        return PQT_OK;
    default:
        break;
    }
    integer_type(node, out);
    return PQT_OK;
}

static pqt_status bytes_type(const pqt_schema_node *node, arrow_style style,
                             arrow_type *out, pqt_error *error)
{
    static const struct {
        const char *formats[2]; /* of bytes, of text */
        arrow_layout layout;
    } kinds[] = {{{"z", "u"}, ARROW_BYTES},
                 {{"Z", "U"}, ARROW_LARGE_BYTES},
                 {{"vz", "vu"}, ARROW_VIEWS}};
    if (node->logical.kind == PQT_LOGICAL_DECIMAL) return decimal_type(node, out, error);
    const int kind = style.string_views ? 2 : style.large_types ? 1 : 0;
    const bool text = logical_is_text(node->logical.kind);
    set_type(out, kinds[kind].formats[text], kinds[kind].layout, 0);
    out->is_text = text;
    return PQT_OK;
}

static pqt_status fixed_bytes_type(const pqt_schema_node *node, arrow_type *out,
                                   pqt_error *error)
{
    if (node->logical.kind == PQT_LOGICAL_DECIMAL) return decimal_type(node, out, error);
    if (node->type_length <= 0) return unsupported(node, "bytes of no length", error);
    const bool is_half =
        node->logical.kind == PQT_LOGICAL_FLOAT16 && node->type_length == 2;
    out->layout = ARROW_FIXED_BYTES;
    out->width_bytes = (size_t)node->type_length;
    if (is_half)
        snprintf(out->format, sizeof out->format, "e");
    else
        snprintf(out->format, sizeof out->format, "w:%d", (int)node->type_length);
    return PQT_OK;
}

pqt_status arrow_leaf_type(const pqt_schema_node *node, arrow_style style,
                           arrow_type *out, pqt_error *error)
{
    out->is_text = false;
    if (node->logical.kind == PQT_LOGICAL_UNKNOWN) {
        set_type(out, "n", ARROW_NULL, 0);
        return PQT_OK;
    }
    switch (node->type) {
    case PQT_BOOLEAN:
        set_type(out, "b", ARROW_BOOLEAN, 0);
        return PQT_OK;
    case PQT_INT32:
    case PQT_INT64:
        return number_type(node, out, error);
    case PQT_INT96:
        set_type(out, "tsn:", ARROW_INT96, 8);
        return PQT_OK;
    case PQT_FLOAT:
        set_type(out, "f", ARROW_FIXED, 4);
        return PQT_OK;
    case PQT_DOUBLE:
        set_type(out, "g", ARROW_FIXED, 8);
        return PQT_OK;
    case PQT_BYTE_ARRAY:
        return bytes_type(node, style, out, error);
    case PQT_FIXED_LEN_BYTE_ARRAY:
        return fixed_bytes_type(node, out, error);
    default:
        return unsupported(node, "its physical type", error);
    }
}

/* --- Shapes --- */

int32_t arrow_subtree_end(const pqt_schema *schema, int32_t node)
{
    int32_t end = node + 1;
    for (int32_t open = schema->nodes[node].child_count; open > 0; end++)
        open += schema->nodes[end].child_count - 1;
    return end;
}

/* Whether an element is the repeated group itself and not its only field. */
static bool is_element_itself(const pqt_schema_node *list,
                              const pqt_schema_node *repeated)
{
    char tuple[256];
    if (!repeated->is_group || repeated->child_count != 1) return true;
    snprintf(tuple, sizeof tuple, "%s_tuple", list->name);
    return strcmp(repeated->name, "array") == 0 || strcmp(repeated->name, tuple) == 0;
}

static bool has_one_repeated_child(const pqt_schema *schema, int32_t node)
{
    const pqt_schema_node *n = &schema->nodes[node];
    return n->is_group && n->child_count == 1 &&
           schema->nodes[node + 1].repetition == PQT_REPEATED;
}

static bool is_map(const pqt_schema *schema, int32_t node)
{
    const pqt_schema_node *entry = &schema->nodes[node + 1];
    return schema->nodes[node].logical.kind == PQT_LOGICAL_MAP &&
           has_one_repeated_child(schema, node) && entry->is_group &&
           entry->child_count == 2;
}

arrow_node arrow_node_at(const pqt_schema *schema, int32_t node, bool as_element)
{
    const pqt_schema_node *n = &schema->nodes[node];
    if (n->repetition == PQT_REPEATED && !as_element)
        return (arrow_node){ARROW_LIST, node, node, node};
    if (!n->is_group) return (arrow_node){ARROW_LEAF, node, -1, -1};
    if (is_map(schema, node)) return (arrow_node){ARROW_MAP, node, node + 1, node + 1};
    /* A map without values is a list of its keys. */
    const bool is_list =
        n->logical.kind == PQT_LOGICAL_LIST || n->logical.kind == PQT_LOGICAL_MAP;
    if (is_list && has_one_repeated_child(schema, node)) {
        const int32_t repeated = node + 1;
        const bool itself = is_element_itself(n, &schema->nodes[repeated]);
        return (arrow_node){ARROW_LIST, node, repeated, itself ? repeated : repeated + 1};
    }
    return (arrow_node){ARROW_STRUCT, node, -1, -1};
}

/* --- Making schemas --- */

struct schema_memory {
    arrow_type type;
    char *name;
    buffer metadata;
    struct ArrowSchema *children; /* in one block */
    struct ArrowSchema **pointers;
};

static void release_schema(struct ArrowSchema *schema)
{
    struct schema_memory *memory = schema->private_data;
    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
    buffer_free(&memory->metadata);
    alloc_release(NULL, memory->name);
    alloc_release(NULL, memory->children);
    alloc_release(NULL, memory->pointers);
    alloc_release(NULL, memory);
    schema->release = NULL;
}

/* A schema with room for its children, which are not made yet. */
static pqt_status begin_schema(const char *name, const char *format, size_t children,
                               struct ArrowSchema *out, pqt_error *error)
{
    struct schema_memory *memory = alloc_zeroed(NULL, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    *out = (struct ArrowSchema){.release = release_schema, .private_data = memory};
    memory->name = alloc_text(NULL, name);
    memory->children = alloc_zeroed(NULL, children, sizeof *memory->children);
    memory->pointers = alloc_zeroed(NULL, children, sizeof *memory->pointers);
    if (!memory->name || !memory->children || !memory->pointers)
        return error_no_memory(error, children * sizeof *memory->children);
    snprintf(memory->type.format, sizeof memory->type.format, "%s", format);
    out->format = memory->type.format;
    out->name = memory->name;
    for (size_t i = 0; i < children; i++) memory->pointers[i] = &memory->children[i];
    out->children = memory->pointers;
    out->n_children = (int64_t)children;
    return PQT_OK;
}

/* What a schema is made of. */
struct making {
    const pqt_schema *schema;
    arrow_style style;
    pqt_error *error;
};

static pqt_status make_schema(const struct making *m, int32_t node, bool as_element,
                              struct ArrowSchema *out);

static const pqt_schema_node *node_of(const struct making *m, int32_t node)
{
    return &m->schema->nodes[node];
}

static pqt_status make_struct(const struct making *m, int32_t node, const char *name,
                              struct ArrowSchema *out)
{
    const int32_t count = node_of(m, node)->child_count;
    int32_t child = node + 1;
    TRY(begin_schema(name, "+s", (size_t)count, out, m->error));
    for (int32_t i = 0; i < count; i++) {
        TRY(make_schema(m, child, false, out->children[i]));
        child = arrow_subtree_end(m->schema, child);
    }
    return PQT_OK;
}

static pqt_status make_map(const struct making *m, const arrow_node *map,
                           struct ArrowSchema *out)
{
    TRY(begin_schema(node_of(m, map->node)->name, "+m", 1, out, m->error));
    TRY(make_struct(m, map->element, "entries", out->children[0]));
    out->children[0]->children[0]->flags = 0; /* keys are never null */
    return PQT_OK;
}

static pqt_status make_list(const struct making *m, const arrow_node *list,
                            struct ArrowSchema *out)
{
    const char *format = m->style.large_types ? "+L" : "+l";
    TRY(begin_schema(node_of(m, list->node)->name, format, 1, out, m->error));
    return make_schema(m, list->element, list->element == list->repeated,
                       out->children[0]);
}

static pqt_status make_leaf(const struct making *m, int32_t node, struct ArrowSchema *out)
{
    arrow_type type;
    TRY(arrow_leaf_type(node_of(m, node), m->style, &type, m->error));
    return begin_schema(node_of(m, node)->name, type.format, 0, out, m->error);
}

static pqt_status make_shape(const struct making *m, const arrow_node *n,
                             struct ArrowSchema *out)
{
    switch (n->shape) {
    case ARROW_LEAF:
        return make_leaf(m, n->node, out);
    case ARROW_STRUCT:
        return make_struct(m, n->node, node_of(m, n->node)->name, out);
    case ARROW_MAP:
        return make_map(m, n, out);
    default:
        return make_list(m, n, out);
    }
}

/* The canonical extension type that says what the annotation says, or NULL. */
static const char *extension_name(const pqt_schema_node *node)
{
    switch (node->logical.kind) {
    case PQT_LOGICAL_UUID:
        return node->type_length == 16 && !node->is_group ? "arrow.uuid" : NULL;
    case PQT_LOGICAL_JSON:
        return node->type == PQT_BYTE_ARRAY && !node->is_group ? "arrow.json" : NULL;
    case PQT_LOGICAL_VARIANT:
        return node->is_group ? "arrow.parquet.variant" : NULL;
    case PQT_LOGICAL_GEOMETRY:
    case PQT_LOGICAL_GEOGRAPHY:
        return node->type == PQT_BYTE_ARRAY && !node->is_group ? "geoarrow.wkb" : NULL;
    default:
        return NULL;
    }
}

static pqt_status add_extension(const pqt_schema_node *node, buffer *metadata,
                                pqt_error *error)
{
    const char *name = extension_name(node);
    if (!name) return PQT_OK;
    buffer said = {0};
    const bool is_wkb = node->logical.kind == PQT_LOGICAL_GEOMETRY ||
                        node->logical.kind == PQT_LOGICAL_GEOGRAPHY;
    pqt_status status =
        arrow_metadata_add(metadata, "ARROW:extension:name", view_text(name), error);
    if (status == PQT_OK && is_wkb) status = geoarrow_write(&node->logical, &said, error);
    if (status == PQT_OK)
        status = arrow_metadata_add(metadata, "ARROW:extension:metadata",
                                    buffer_view(&said), error);
    buffer_free(&said);
    return status;
}

/* What the node says beyond its type: the extension type, and its field id. */
static pqt_status annotate(const pqt_schema_node *node, struct ArrowSchema *out,
                           pqt_error *error)
{
    struct schema_memory *memory = out->private_data;
    char id[16];
    TRY(add_extension(node, &memory->metadata, error));
    if (node->field_id >= 0) {
        snprintf(id, sizeof id, "%d", (int)node->field_id);
        TRY(arrow_metadata_add(&memory->metadata, "PARQUET:field_id", view_text(id),
                               error));
    }
    out->metadata = (const char *)memory->metadata.data;
    return PQT_OK;
}

static pqt_status make_schema(const struct making *m, int32_t node, bool as_element,
                              struct ArrowSchema *out)
{
    const arrow_node n = arrow_node_at(m->schema, node, as_element);
    TRY(make_shape(m, &n, out));
    if (node_of(m, node)->repetition == PQT_OPTIONAL) out->flags = ARROW_FLAG_NULLABLE;
    return annotate(node_of(m, node), out, m->error);
}

pqt_status arrow_schema_make(const pqt_schema *schema, const int32_t *fields,
                             int32_t count, arrow_style style, struct ArrowSchema *out,
                             pqt_error *error)
{
    const struct making m = {schema, style, error};
    struct ArrowSchema made = {0};
    pqt_status status = begin_schema("", "+s", (size_t)count, &made, error);
    for (int32_t i = 0; i < count && status == PQT_OK; i++)
        status = make_schema(&m, fields[i], false, made.children[i]);
    if (status == PQT_OK)
        *out = made;
    else if (made.release)
        made.release(&made);
    return status;
}

static int32_t find_field(const pqt_schema *schema, const char *name)
{
    for (int32_t i = 1; i < schema->node_count; i = arrow_subtree_end(schema, i))
        if (strcmp(schema->nodes[i].name, name) == 0) return i;
    return -1;
}

pqt_status arrow_choose(const pqt_schema *schema, const pqt_arrow_options *options,
                        int32_t *out, int32_t *count, pqt_error *error)
{
    *count = 0;
    if (!options || !options->columns) {
        for (int32_t i = 1; i < schema->node_count; i = arrow_subtree_end(schema, i))
            out[(*count)++] = i;
        return PQT_OK;
    }
    if (options->column_count < 0 || options->column_count >= schema->node_count)
        return error_set(error, PQT_INVALID, "%d columns of %d are chosen",
                         (int)options->column_count, (int)schema->node_count - 1);
    for (int32_t i = 0; i < options->column_count; i++) {
        out[i] = find_field(schema, options->columns[i]);
        if (out[i] < 0)
            return error_set(error, PQT_INVALID, "there is no field '%s'",
                             options->columns[i]);
        (*count)++;
    }
    return PQT_OK;
}
