#include "parquet/arrow_array.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "parquet/arrow_values.h"
#include "parquet/bits.h"
#include "parquet/decoder.h"
#include "parquet/values.h"

enum { MOST_BUFFERS = 1 + ARROW_VALUE_BUFFERS };

struct building {
    const arrow_rows *rows;
    const pqt_schema *schema;
    const pqt_values *columns;
    arrow_style style;
    pqt_error *error;
};

struct array_memory {
    void *buffers[MOST_BUFFERS]; /* validity, then offsets or what arrow_values makes */
    struct ArrowArray *children; /* in one block */
    struct ArrowArray **pointers;
};

static void release_array(struct ArrowArray *array)
{
    struct array_memory *memory = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
    for (int i = 0; i < MOST_BUFFERS; i++) alloc_release(NULL, memory->buffers[i]);
    alloc_release(NULL, memory->children);
    alloc_release(NULL, memory->pointers);
    alloc_release(NULL, memory);
    array->release = NULL;
}

/* An array of no length yet, with room for its children, which are not made. */
static pqt_status begin_array(int buffers, size_t children, struct ArrowArray *out,
                              pqt_error *error)
{
    struct array_memory *memory = alloc_zeroed(NULL, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    *out = (struct ArrowArray){.n_buffers = buffers,
                               .buffers = (const void **)memory->buffers,
                               .release = release_array,
                               .private_data = memory};
    memory->children = alloc_zeroed(NULL, children, sizeof *memory->children);
    memory->pointers = alloc_zeroed(NULL, children, sizeof *memory->pointers);
    if (!memory->children || !memory->pointers)
        return error_no_memory(error, children * sizeof *memory->children);
    for (size_t i = 0; i < children; i++) memory->pointers[i] = &memory->children[i];
    out->children = memory->pointers;
    out->n_children = (int64_t)children;
    return PQT_OK;
}

/* Buffer `number` of the array: zeroed, of `count` elements. */
static void *make_buffer(struct ArrowArray *array, int number, size_t count,
                         size_t element_bytes)
{
    struct array_memory *memory = array->private_data;
    memory->buffers[number] = alloc_zeroed(NULL, count, element_bytes);
    return memory->buffers[number];
}

/* A validity without nulls is left out, and that of a required node: its slots below a
 * null are no nulls of its own. */
static void end_validity(const struct building *b, int32_t node, struct ArrowArray *array)
{
    struct array_memory *memory = array->private_data;
    if (b->schema->nodes[node].repetition != PQT_OPTIONAL) array->null_count = 0;
    if (array->null_count > 0) return;
    alloc_release(NULL, memory->buffers[0]);
    memory->buffers[0] = NULL;
}

/* --- Levels --- */

/* The levels of the nearest repeated node above: an entry of a leaf stands for a value of
 * a node below it where an element of that is there, and not within a deeper list. */
struct context {
    unsigned definition;
    unsigned repetition;
};

/* The entries of a node's first leaf. */
struct entries {
    const pqt_values *values;
    unsigned max_definition;
    size_t count;
};

static struct entries entries_of(const struct building *b, int32_t node)
{
    while (b->schema->nodes[node].is_group && b->schema->nodes[node].child_count > 0)
        node++;
    const pqt_schema_node *leaf = &b->schema->nodes[node];
    const pqt_values *values = &b->columns[leaf->column];
    return (struct entries){values, leaf->max_definition_level,
                            (size_t)values->slot_count};
}

/* Flat columns have their validity only: the full level, or one less. */
static unsigned definition_at(const struct entries *e, size_t at)
{
    if (e->values->definition_levels) return e->values->definition_levels[at];
    return e->max_definition - (values_is_valid(e->values, at) ? 0 : 1);
}

static bool is_slot(const struct entries *e, size_t at, struct context context)
{
    const uint16_t *repetition = e->values->repetition_levels;
    return (!repetition || repetition[at] <= context.repetition) &&
           definition_at(e, at) >= context.definition;
}

/* --- Groups --- */

/* Length and validity of a group's array. */
static pqt_status fill_validity(struct building *b, int32_t node, struct context context,
                                struct ArrowArray *out)
{
    const struct entries e = entries_of(b, node);
    const unsigned present = b->schema->nodes[node].max_definition_level;
    uint8_t *validity = make_buffer(out, 0, e.count / 8 + 1, 1);
    if (!validity) return error_no_memory(b->error, e.count / 8);
    for (size_t i = 0; i < e.count; i++) {
        if (!is_slot(&e, i, context)) continue;
        const bool valid = definition_at(&e, i) >= present;
        if (valid) bits_set(validity, (size_t)out->length, 1);
        out->null_count += !valid;
        out->length++;
    }
    return PQT_OK;
}

/* How many elements the lists before each one have, and all; one body a width. */
#define DEFINE_COUNT(name, type)                                           \
    static int64_t name(const struct entries *e, struct context context,   \
                        struct context inside, type *offsets)              \
    {                                                                      \
        size_t lists = 0;                                                  \
        int64_t elements = 0;                                              \
        for (size_t i = 0; i < e->count; i++) {                            \
            if (is_slot(e, i, context)) offsets[lists++] = (type)elements; \
            elements += is_slot(e, i, inside);                             \
        }                                                                  \
        offsets[lists] = (type)elements;                                   \
        return elements;                                                   \
    }
DEFINE_COUNT(count_elements, int32_t)
DEFINE_COUNT(count_large_elements, int64_t)

/* Offsets of a list's array: its length is known. */
static pqt_status fill_offsets(struct building *b, const arrow_node *n,
                               struct context context, struct ArrowArray *out,
                               int64_t *elements)
{
    const struct entries e = entries_of(b, n->repeated);
    const pqt_schema_node *repeated = &b->schema->nodes[n->repeated];
    const struct context inside = {repeated->max_definition_level,
                                   repeated->max_repetition_level};
    const bool is_large = n->shape == ARROW_LIST && b->style.large_types;
    const size_t width = is_large ? sizeof(int64_t) : sizeof(int32_t);
    void *offsets = make_buffer(out, 1, (size_t)out->length + 1, width);
    if (!offsets) return error_no_memory(b->error, (size_t)out->length * width);
    *elements = is_large ? count_large_elements(&e, context, inside, offsets)
                         : count_elements(&e, context, inside, offsets);
    if (is_large || *elements <= INT32_MAX) return PQT_OK;
    return error_set(b->error, PQT_LIMIT, "a batch has more than 2^31 elements");
}

static pqt_status build(struct building *b, int32_t node, bool as_element,
                        struct context context, struct ArrowArray *out);

static pqt_status report_length(struct building *b, int32_t node, int64_t found,
                                int64_t expected)
{
    if (found == expected) return PQT_OK;
    return error_set(b->error, PQT_CORRUPT,
                     "column %s has %lld values where its neighbours have %lld",
                     b->schema->nodes[node].name, (long long)found, (long long)expected);
}

static pqt_status build_fields(struct building *b, int32_t node, struct context context,
                               struct ArrowArray *out)
{
    const int32_t count = b->schema->nodes[node].child_count;
    TRY(begin_array(1, (size_t)count, out, b->error));
    if (count > 0) TRY(fill_validity(b, node, context, out));
    end_validity(b, node, out);
    int32_t child = node + 1;
    for (int32_t i = 0; i < count; i++) {
        TRY(build(b, child, false, context, out->children[i]));
        TRY(report_length(b, child, out->children[i]->length, out->length));
        child = arrow_subtree_end(b->schema, child);
    }
    return PQT_OK;
}

static pqt_status build_list(struct building *b, const arrow_node *n,
                             struct context context, struct ArrowArray *out)
{
    const pqt_schema_node *repeated = &b->schema->nodes[n->repeated];
    const struct context inside = {repeated->max_definition_level,
                                   repeated->max_repetition_level};
    TRY(begin_array(2, 1, out, b->error));
    TRY(fill_validity(b, n->node, context, out));
    end_validity(b, n->node, out);
    int64_t elements = 0;
    TRY(fill_offsets(b, n, context, out, &elements));
    TRY(n->shape == ARROW_MAP
            ? build_fields(b, n->element, inside, out->children[0])
            : build(b, n->element, n->element == n->repeated, inside, out->children[0]));
    return report_length(b, n->element, out->children[0]->length, elements);
}

/* --- Leaves --- */

/* Nulls only: a length. */
static pqt_status build_null(const struct entries *e, struct context context,
                             struct ArrowArray *out, pqt_error *error)
{
    TRY(begin_array(0, 0, out, error));
    for (size_t i = 0; i < e->count; i++)
        out->length += definition_at(e, i) >= context.definition;
    out->null_count = out->length;
    return PQT_OK;
}

static const void *values_of(const pqt_values *v)
{
    const void *const pointers[] = {v->booleans, v->int32s,  v->int64s,
                                    v->floats,   v->doubles, v->bytes};
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        if (pointers[i]) return pointers[i];
    return NULL;
}

/* Without a list around it every entry is a slot. */
static pqt_status take_all(const struct entries *e, struct ArrowArray *out,
                           pqt_error *error)
{
    const pqt_values *v = e->values;
    out->length = v->slot_count;
    out->null_count = v->null_count;
    if (!v->validity) return PQT_OK;
    uint8_t *validity = make_buffer(out, 0, e->count / 8 + 1, 1);
    if (!validity) return error_no_memory(error, e->count / 8);
    memcpy(validity, v->validity, (e->count + 7) / 8);
    return PQT_OK;
}

/* Entries that stand for an empty or missing list are left out. */
static pqt_status take_some(const struct entries *e, struct context context,
                            size_t slot_bytes, struct ArrowArray *out, uint8_t **slots,
                            pqt_error *error)
{
    const uint8_t *in = values_of(e->values);
    uint8_t *validity = make_buffer(out, 0, e->count / 8 + 1, 1);
    uint8_t *to = *slots = alloc_bytes(NULL, e->count * slot_bytes);
    if (!validity || !to) return error_no_memory(error, e->count * slot_bytes);
    for (size_t i = 0; i < e->count; i++) {
        if (definition_at(e, i) < context.definition) continue;
        const bool valid = values_is_valid(e->values, i);
        validity[out->length / 8] |= (uint8_t)(valid << out->length % 8);
        memcpy(to, in + i * slot_bytes, slot_bytes);
        to += slot_bytes;
        out->null_count += !valid;
        out->length++;
    }
    return PQT_OK;
}

static pqt_status copy_values(struct building *b, const pqt_schema_node *leaf,
                              const arrow_type *type, const void *slots,
                              struct ArrowArray *out)
{
    struct array_memory *memory = out->private_data;
    const bool must_be_utf8 = type->is_text && !b->style.unchecked_utf8;
    const arrow_slots taken = {leaf, slots, memory->buffers[0], (size_t)out->length,
                               must_be_utf8};
    return arrow_values_copy(&taken, type, memory->buffers + 1, b->error);
}

/* Values that Arrow has as they are need no copy. */
static pqt_status build_all(struct building *b, const struct entries *e,
                            const pqt_schema_node *leaf, const arrow_type *type,
                            struct ArrowArray *out)
{
    struct array_memory *memory = out->private_data;
    TRY(take_all(e, out, b->error));
    if (type->layout == ARROW_FIXED && type->width_bytes == values_slot_bytes(leaf->type))
        memory->buffers[1] = b->rows->take(b->rows->self, leaf->column);
    return memory->buffers[1] ? PQT_OK
                              : copy_values(b, leaf, type, values_of(e->values), out);
}

static pqt_status build_some(struct building *b, const struct entries *e,
                             struct context context, const pqt_schema_node *leaf,
                             const arrow_type *type, struct ArrowArray *out)
{
    const size_t slot_bytes = values_slot_bytes(leaf->type);
    uint8_t *slots = NULL;
    pqt_status status = take_some(e, context, slot_bytes, out, &slots, b->error);
    if (status == PQT_OK) status = copy_values(b, leaf, type, slots, out);
    alloc_release(NULL, slots);
    return status;
}

/* The leaf's slots: a bit each, and what they hold. */
static pqt_status build_leaf(struct building *b, int32_t node, struct context context,
                             struct ArrowArray *out)
{
    static const int buffer_counts[] = {
        [ARROW_BYTES] = 3, [ARROW_LARGE_BYTES] = 3, [ARROW_VIEWS] = 4, [ARROW_INT96] = 0};
    const struct entries e = entries_of(b, node);
    const pqt_schema_node *leaf = &b->schema->nodes[node];
    arrow_type type;
    TRY(arrow_leaf_type(leaf, b->style, &type, b->error));
    if (type.layout == ARROW_NULL) return build_null(&e, context, out, b->error);
    const int buffers = buffer_counts[type.layout] ? buffer_counts[type.layout] : 2;
    TRY(begin_array(buffers, 0, out, b->error));
    TRY(context.repetition == 0 ? build_all(b, &e, leaf, &type, out)
                                : build_some(b, &e, context, leaf, &type, out));
    end_validity(b, node, out);
    return PQT_OK;
}

static pqt_status build(struct building *b, int32_t node, bool as_element,
                        struct context context, struct ArrowArray *out)
{
    const arrow_node n = arrow_node_at(b->schema, node, as_element);
    switch (n.shape) {
    case ARROW_LEAF:
        return build_leaf(b, node, context, out);
    case ARROW_STRUCT:
        return build_fields(b, node, context, out);
    default:
        return build_list(b, &n, context, out);
    }
}

static pqt_status build_rows(struct building *b, const int32_t *fields, int32_t count,
                             struct ArrowArray *out)
{
    TRY(begin_array(1, (size_t)count, out, b->error));
    for (int32_t i = 0; i < count; i++) {
        TRY(build(b, fields[i], false, (struct context){0, 0}, out->children[i]));
        if (i == 0) out->length = out->children[0]->length;
        TRY(report_length(b, fields[i], out->children[i]->length, out->length));
    }
    return PQT_OK;
}

pqt_status arrow_array_make(const arrow_rows *rows, struct ArrowArray *out,
                            pqt_error *error)
{
    struct building b = {rows, rows->schema, rows->columns, rows->style, error};
    struct ArrowArray made = {0};
    pqt_status status = build_rows(&b, rows->fields, rows->field_count, &made);
    if (status == PQT_OK && rows->field_count == 0) made.length = rows->row_count;
    if (status == PQT_OK && made.length != rows->row_count)
        status = error_set(error, PQT_CORRUPT, "%lld rows where there should be %lld",
                           (long long)made.length, (long long)rows->row_count);
    if (status == PQT_OK)
        *out = made;
    else if (made.release)
        made.release(&made);
    return status;
}
