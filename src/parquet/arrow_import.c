#include "parquet/arrow_import.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/view.h"
#include "parquet/arrow_metadata.h"
#include "parquet/geoarrow.h"

/* A list takes two levels of Parquet's schema, which has a limit too. */
enum { DEEPEST = 64, MOST_NODES = 1 << 24 };

struct builder {
    import_schema *out;
    pqt_schema_node *nodes;
    int32_t node_count;
    import_field *fields;
    int32_t field_count;
    bool is_named; /* the error says which field */
    pqt_error *error;
};

/* Where a field is put, and what it is called in Parquet. */
struct place {
    import_field *parent;
    int64_t number;
    const char *name;
    bool is_nullable;
    bool is_repeated; /* the repeated group of a map */
    const struct ArrowSchema
        *said; /* around dictionaries and runs; its metadata counts */
};

void import_error_prefix(const import_field *field, pqt_error *error)
{
    const import_field *path[2 * DEEPEST + 2];
    char text[256] = "";
    int depth = 0;
    for (; field->parent; field = field->parent)
        if (field->parent->kind < IMPORT_DICTIONARY) path[depth++] = field;
    for (size_t used = 0; depth > 0 && used < sizeof text - 1;) {
        const int more = snprintf(text + used, sizeof text - used, "%s%s",
                                  used ? "." : "", path[--depth]->name);
        used += more > 0 ? (size_t)more : 0;
    }
    if (text[0]) error_prefix(error, "field '%s'", text);
}

/* --- The outline: how many fields there are, and that pointers are there --- */

static pqt_status check_outline(const struct ArrowSchema *s, int depth, int32_t *fields,
                                pqt_error *error)
{
    if (!s || !s->release || !s->format)
        return error_set(error, PQT_INVALID, "a schema that is released, or no schema");
    if (depth > DEEPEST)
        return error_set(error, PQT_LIMIT, "fields nested deeper than %d", DEEPEST);
    if (s->n_children < 0 || s->n_children > MOST_NODES - *fields ||
        (s->n_children > 0 && !s->children))
        return error_set(error, PQT_INVALID, "'%s' has %lld children", s->format,
                         (long long)s->n_children);
    *fields += 1;
    for (int64_t i = 0; i < s->n_children; i++)
        TRY(check_outline(s->children[i], depth + 1, fields, error));
    return s->dictionary ? check_outline(s->dictionary, depth + 1, fields, error)
                         : PQT_OK;
}

/* --- Nodes --- */

static pqt_schema_node *add_node(struct builder *b, const struct place *p, bool is_group)
{
    pqt_schema_node *node = &b->nodes[b->node_count++];
    *node = (pqt_schema_node){.name = p->name, .is_group = is_group, .field_id = -1};
    if (p->is_nullable) node->repetition = PQT_OPTIONAL;
    if (p->is_repeated) node->repetition = PQT_REPEATED;
    return node;
}

static pqt_status field_id_of(const struct place *p, int32_t *out, pqt_error *error)
{
    pqt_view text;
    char digits[16] = "";
    TRY(arrow_metadata_find(p->said->metadata, "PARQUET:field_id", &text, error));
    if (text.size_bytes == 0 || text.size_bytes >= sizeof digits) return PQT_OK;
    memcpy(digits, text.data, text.size_bytes);
    char *end;
    const long id = strtol(digits, &end, 10);
    if (*end == '\0' && id >= 0 && id <= INT32_MAX) *out = (int32_t)id;
    return PQT_OK;
}

static pqt_status extension_of(const struct ArrowSchema *s, const struct place *p,
                               pqt_view *name, pqt_view *metadata, pqt_error *error)
{
    TRY(arrow_metadata_find(p->said->metadata, "ARROW:extension:name", name, error));
    const struct ArrowSchema *from = name->data ? p->said : s;
    TRY(arrow_metadata_find(from->metadata, "ARROW:extension:name", name, error));
    return arrow_metadata_find(from->metadata, "ARROW:extension:metadata", metadata,
                               error);
}

/* --- Fields --- */

static import_field *add_field(struct builder *b, const struct place *p, import_kind kind,
                               int64_t children)
{
    import_field *field = &b->fields[b->field_count++];
    *field = (import_field){.kind = kind,
                            .name = p->name,
                            .parent = p->parent,
                            .number = p->number,
                            .child_count = children};
    const import_field *parent = p->parent;
    const bool is_inner = parent && parent->kind >= IMPORT_DICTIONARY;
    const bool is_element = parent && parent->kind >= IMPORT_LIST && !is_inner;
    field->null_level = !parent    ? 0
                        : is_inner ? parent->null_level
                                   : (uint16_t)(parent->valid_level + is_element);
    field->valid_level =
        is_inner ? parent->valid_level : (uint16_t)(field->null_level + p->is_nullable);
    field->adds_level = p->is_nullable && !is_inner;
    field->repetition = parent ? parent->repetition : 0;
    if (kind >= IMPORT_LIST && kind < IMPORT_DICTIONARY) field->repetition++;
    if (parent) parent->children[p->number] = field;
    field->children =
        arena_alloc(&b->out->memory, (size_t)children, sizeof *field->children);
    return field->children ? field : NULL;
}

static pqt_status import_field_at(struct builder *b, const struct ArrowSchema *s,
                                  const struct place *p);

static bool is_nullable(const struct ArrowSchema *s)
{
    return s->flags & ARROW_FLAG_NULLABLE;
}

static pqt_status copy_name(struct builder *b, const char *name, const char **out)
{
    *out = arena_text(&b->out->memory, view_text(name ? name : ""));
    return *out ? PQT_OK : error_no_memory(b->error, strlen(name ? name : ""));
}

static pqt_status import_leaf(struct builder *b, const struct ArrowSchema *s,
                              const struct place *p)
{
    struct place place = *p;
    import_type type = {0};
    pqt_view extension, metadata;
    TRY(import_type_parse(s->format, &type, b->error));
    if (s->n_children > 0)
        return error_set(b->error, PQT_INVALID, "'%s' has children", s->format);
    TRY(extension_of(s, p, &extension, &metadata, b->error));
    TRY(import_type_extend(extension, &type, b->error));
    if (view_equal(extension, view_text("geoarrow.wkb")) && type.type == PQT_BYTE_ARRAY &&
        type.logical.kind == PQT_LOGICAL_NONE)
        TRY(geoarrow_read(metadata, &b->out->memory, &type.logical, b->error));
    /* A column of nulls is one of optional ones, whatever the flags say. */
    const bool is_inner = p->parent->kind >= IMPORT_DICTIONARY;
    if (type.layout == IMPORT_NULLS && !is_inner) place.is_nullable = true;
    import_field *field = add_field(b, &place, IMPORT_LEAF, 0);
    if (!field) return error_no_memory(b->error, 1);
    field->type = type;
    pqt_schema_node *node = add_node(b, &place, false);
    node->type = type.type;
    node->type_length = type.type_length;
    node->logical = type.logical;
    b->out->leaves[b->out->leaf_count++] = field;
    return field_id_of(p, &node->field_id, b->error);
}

/* Fields of a struct; `node` is its group. */
static pqt_status import_children(struct builder *b, const struct ArrowSchema *s,
                                  import_field *field, pqt_schema_node *node)
{
    node->child_count = (int32_t)s->n_children;
    for (int64_t i = 0; i < s->n_children; i++) {
        const struct ArrowSchema *child = s->children[i];
        struct place place = {.parent = field,
                              .number = i,
                              .is_nullable = is_nullable(child),
                              .said = child};
        TRY(copy_name(b, child->name, &place.name));
        TRY(import_field_at(b, child, &place));
    }
    return PQT_OK;
}

static pqt_status import_struct(struct builder *b, const struct ArrowSchema *s,
                                const struct place *p)
{
    pqt_view extension, metadata;
    import_field *field = add_field(b, p, IMPORT_STRUCT, s->n_children);
    if (!field) return error_no_memory(b->error, 1);
    if (s->n_children == 0)
        return error_set(b->error, PQT_UNSUPPORTED,
                         "a struct without fields cannot be written to Parquet");
    pqt_schema_node *node = add_node(b, p, true);
    if (!p->is_repeated) {
        TRY(field_id_of(p, &node->field_id, b->error));
        TRY(extension_of(s, p, &extension, &metadata, b->error));
        if (view_equal(extension, view_text("arrow.parquet.variant")))
            node->logical = (pqt_logical_type){.kind = PQT_LOGICAL_VARIANT,
                                               .specification_version = 1};
    }
    return import_children(b, s, field, node);
}

static pqt_status check_children(struct builder *b, const struct ArrowSchema *s,
                                 int64_t expected)
{
    if (s->n_children == expected) return PQT_OK;
    return error_set(b->error, PQT_INVALID, "'%s' has %lld children, not %lld", s->format,
                     (long long)s->n_children, (long long)expected);
}

/* The form of lists that LogicalTypes.md asks for, in three levels. */
static pqt_status import_list(struct builder *b, const struct ArrowSchema *s,
                              const struct place *p, import_kind kind)
{
    import_field *field = add_field(b, p, kind, 1);
    if (!field) return error_no_memory(b->error, 1);
    TRY(check_children(b, s, 1));
    if (kind == IMPORT_FIXED_LIST) {
        char *end;
        const long size = strtol(s->format + 3, &end, 10);
        if (end == s->format + 3 || *end || size < 0 || size > INT32_MAX)
            return error_set(b->error, PQT_INVALID, "'%s' is no list type", s->format);
        field->size = (int32_t)size;
    }
    pqt_schema_node *node = add_node(b, p, true);
    node->logical.kind = PQT_LOGICAL_LIST;
    node->child_count = 1;
    TRY(field_id_of(p, &node->field_id, b->error));
    const struct place repeated = {.name = "list", .is_repeated = true};
    add_node(b, &repeated, true)->child_count = 1;
    const struct ArrowSchema *child = s->children[0];
    const struct place element = {.parent = field,
                                  .name = "element",
                                  .is_nullable = is_nullable(child),
                                  .said = child};
    return import_field_at(b, child, &element);
}

/* The entries are the repeated group; what they and their fields are called is fixed. */
static pqt_status import_map(struct builder *b, const struct ArrowSchema *s,
                             const struct place *p)
{
    static const char *const names[] = {"key", "value"};
    import_field *field = add_field(b, p, IMPORT_LIST, 1);
    if (!field) return error_no_memory(b->error, 1);
    TRY(check_children(b, s, 1));
    const struct ArrowSchema *entries = s->children[0];
    if (strcmp(entries->format, "+s") != 0 || entries->n_children != 2)
        return error_set(b->error, PQT_INVALID, "the entries of a map are no pairs");
    pqt_schema_node *node = add_node(b, p, true);
    node->logical.kind = PQT_LOGICAL_MAP;
    node->child_count = 1;
    TRY(field_id_of(p, &node->field_id, b->error));
    const struct place repeated = {
        .parent = field, .name = "key_value", .is_repeated = true, .said = entries};
    import_field *pair = add_field(b, &repeated, IMPORT_STRUCT, 2);
    if (!pair) return error_no_memory(b->error, 1);
    add_node(b, &repeated, true)->child_count = 2;
    for (int64_t i = 0; i < 2; i++) {
        const struct ArrowSchema *child = entries->children[i];
        const struct place part = {.parent = pair,
                                   .number = i,
                                   .name = names[i],
                                   .is_nullable = i == 1 && is_nullable(child),
                                   .said = child};
        TRY(import_field_at(b, child, &part));
    }
    return PQT_OK;
}

/* Bytes of an integer type, as indexes and run ends are; 0 for others. */
static int32_t integer_bytes(const char *format)
{
    static const char formats[] = "cCsSiIlL";
    const char *at = format[0] && !format[1] ? strchr(formats, format[0]) : NULL;
    return at ? 1 << (at - formats) / 2 : 0;
}

static pqt_status import_dictionary(struct builder *b, const struct ArrowSchema *s,
                                    const struct place *p)
{
    import_field *field = add_field(b, p, IMPORT_DICTIONARY, 1);
    if (!field) return error_no_memory(b->error, 1);
    field->size = integer_bytes(s->format);
    field->is_unsigned = s->format[0] >= 'A' && s->format[0] <= 'Z';
    if (field->size == 0)
        return error_set(b->error, PQT_INVALID, "indexes of a dictionary in '%s'",
                         s->format);
    struct place values = *p;
    values.parent = field;
    values.number = 0;
    return import_field_at(b, s->dictionary, &values);
}

static pqt_status import_runs(struct builder *b, const struct ArrowSchema *s,
                              const struct place *p)
{
    import_field *field = add_field(b, p, IMPORT_RUNS, 1);
    if (!field) return error_no_memory(b->error, 1);
    TRY(check_children(b, s, 2));
    field->size = integer_bytes(s->children[0]->format);
    if (field->size < 2 || s->children[0]->format[0] < 'a')
        return error_set(b->error, PQT_INVALID, "run ends in '%s'",
                         s->children[0]->format);
    struct place values = *p;
    values.parent = field;
    values.number = 0;
    return import_field_at(b, s->children[1], &values);
}

/* --- Which is which --- */

static const struct {
    const char *start;
    import_kind kind;
} list_kinds[] = {{"+l", IMPORT_LIST},
                  {"+L", IMPORT_LARGE_LIST},
                  {"+vl", IMPORT_LIST_VIEW},
                  {"+vL", IMPORT_LARGE_LIST_VIEW},
                  {"+w:", IMPORT_FIXED_LIST}};

static pqt_status import_format(struct builder *b, const struct ArrowSchema *s,
                                const struct place *p)
{
    if (s->dictionary) return import_dictionary(b, s, p);
    if (strcmp(s->format, "+r") == 0) return import_runs(b, s, p);
    if (strcmp(s->format, "+s") == 0) return import_struct(b, s, p);
    if (strcmp(s->format, "+m") == 0) return import_map(b, s, p);
    for (size_t i = 0; i < sizeof list_kinds / sizeof *list_kinds; i++)
        if (strncmp(s->format, list_kinds[i].start, strlen(list_kinds[i].start)) == 0)
            return import_list(b, s, p, list_kinds[i].kind);
    return import_leaf(b, s, p);
}

static pqt_status import_field_at(struct builder *b, const struct ArrowSchema *s,
                                  const struct place *p)
{
    const pqt_status status = import_format(b, s, p);
    const import_field at = {.parent = p->parent, .name = p->name};
    if (status != PQT_OK && !b->is_named) import_error_prefix(&at, b->error);
    b->is_named = status != PQT_OK;
    return status;
}

static pqt_status import_root(struct builder *b, const struct ArrowSchema *s)
{
    const struct place top = {.name = "schema", .said = s};
    if (strcmp(s->format, "+s") != 0)
        return error_set(b->error, PQT_INVALID,
                         "the schema of a file is a struct, not '%s'", s->format);
    import_field *root = add_field(b, &top, IMPORT_STRUCT, s->n_children);
    if (!root) return error_no_memory(b->error, 1);
    b->out->root = root;
    TRY(import_children(b, s, root, add_node(b, &top, true)));
    b->out->schema = (pqt_schema){.nodes = b->nodes,
                                  .node_count = b->node_count,
                                  .column_count = b->out->leaf_count};
    return PQT_OK;
}

pqt_status import_schema_make(const struct ArrowSchema *schema, import_schema *out,
                              pqt_error *error)
{
    int32_t count = 0;
    struct builder b = {.out = out, .error = error};
    TRY(check_outline(schema, 0, &count, error));
    const size_t fields = (size_t)count;
    b.nodes = arena_alloc(&out->memory, 2 * fields, sizeof *b.nodes);
    b.fields = arena_alloc(&out->memory, fields, sizeof *b.fields);
    out->leaves = arena_alloc(&out->memory, fields, sizeof *out->leaves);
    if (!b.nodes || !b.fields || !out->leaves)
        return error_no_memory(error, fields * (sizeof *b.nodes + sizeof *b.fields));
    return import_root(&b, schema);
}
