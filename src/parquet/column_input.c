#include "parquet/column_input.h"

#include "parquet/bits.h"
#include "parquet/schema.h"
#include "parquet/values.h"

/* --- Checks --- */

static uint16_t largest(const uint16_t *levels, int64_t count)
{
    uint16_t most = 0;
    for (int64_t i = 0; i < count; i++) most = levels[i] > most ? levels[i] : most;
    return most;
}

static pqt_status check_largest(const uint16_t *levels, int64_t count, uint16_t limit,
                                const char *what, pqt_error *error)
{
    const uint16_t most = largest(levels, count);
    if (most <= limit) return PQT_OK;
    return error_set(error, PQT_INVALID, "a %s level is %d: the column's are at most %d",
                     what, (int)most, (int)limit);
}

static pqt_status check_rows(const pqt_column_values *values, int64_t row_count,
                             pqt_error *error)
{
    int64_t rows = 0;
    for (int64_t i = 0; i < values->slot_count; i++)
        rows += values->repetition_levels[i] == 0;
    if (rows != row_count)
        return error_set(error, PQT_INVALID,
                         "the repetition levels make %lld rows of %lld", (long long)rows,
                         (long long)row_count);
    if (row_count > 0 && values->repetition_levels[0] != 0)
        return error_set(error, PQT_INVALID, "the first repetition level is not 0");
    return PQT_OK;
}

/*
 * A further entry of a repeated node needs the node to be there, in the entry itself and
 * in the one before it: the definition level is at least the node's.
 */
static pqt_status check_repeated(const pqt_schema *schema, int32_t node,
                                 const pqt_column_values *values, pqt_error *error)
{
    uint16_t least[SCHEMA_DEPTH_LIMIT + 1] = {0};
    for (; node > 0; node = schema->nodes[node].parent) {
        const pqt_schema_node *n = &schema->nodes[node];
        if (n->repetition == PQT_REPEATED)
            least[n->max_repetition_level] = n->max_definition_level;
    }
    const uint16_t *definition = values->definition_levels;
    const uint16_t *repetition = values->repetition_levels;
    for (int64_t i = 1; i < values->slot_count; i++) {
        const uint16_t needed = least[repetition[i]];
        if (definition[i] >= needed && definition[i - 1] >= needed) continue;
        return error_set(error, PQT_INVALID,
                         "entry %lld repeats (level %d) what is not there (definition "
                         "level %d behind %d)",
                         (long long)i, (int)repetition[i], (int)definition[i],
                         (int)definition[i - 1]);
    }
    return PQT_OK;
}

static pqt_status check_validity(const pqt_schema_node *leaf,
                                 const pqt_column_values *values, pqt_error *error)
{
    if (!values->validity || values->definition_levels) return PQT_OK;
    if (leaf->max_definition_level == 0)
        return error_set(error, PQT_INVALID, "a required column was given a validity");
    if (leaf->max_definition_level > 1 || leaf->max_repetition_level > 0)
        return error_set(error, PQT_INVALID,
                         "nulls of a nested column are told by definition levels");
    return PQT_OK;
}

static pqt_status check_levels(const pqt_schema *schema, const column_input *in,
                               int64_t row_count, pqt_error *error)
{
    const pqt_schema_node *leaf = in->leaf;
    const pqt_column_values *values = in->values;
    TRY(check_validity(leaf, values, error));
    if (values->definition_levels)
        TRY(check_largest(values->definition_levels, in->slot_count,
                          leaf->max_definition_level, "definition", error));
    if (leaf->max_repetition_level == 0) return PQT_OK;
    if (!values->repetition_levels && row_count > 0)
        return error_set(error, PQT_INVALID, "a repeated column needs repetition levels");
    if (values->slot_count < 0)
        return error_set(error, PQT_INVALID, "a negative number of slots");
    TRY(check_largest(values->repetition_levels, in->slot_count,
                      leaf->max_repetition_level, "repetition", error));
    TRY(check_rows(values, row_count, error));
    if (!values->definition_levels) return PQT_OK;
    const int32_t node = schema->column_nodes[leaf->column];
    return check_repeated(schema, node, values, error);
}

static size_t count_values(const column_input *in, int64_t end)
{
    const pqt_column_values *v = in->values;
    if (!v->definition_levels) {
        if (!v->validity) return (size_t)(end - in->slot);
        return bits_count(v->validity, (size_t)in->slot, (size_t)(end - in->slot));
    }
    size_t count = 0;
    for (int64_t i = in->slot; i < end; i++)
        count += v->definition_levels[i] == in->leaf->max_definition_level;
    return count;
}

pqt_status column_input_begin(const pqt_schema *schema, int32_t column,
                              const pqt_column_values *values, int64_t row_count,
                              column_input *out, pqt_error *error)
{
    const pqt_schema_node *leaf = &schema->nodes[schema->column_nodes[column]];
    const column_input in = {
        .leaf = leaf,
        .values = values,
        .slot_count = leaf->max_repetition_level ? values->slot_count : row_count,
    };
    TRY(check_levels(schema, &in, row_count, error));
    if (!values->values && count_values(&in, in.slot_count) > 0)
        return error_set(error, PQT_INVALID, "the column was given no values");
    *out = in;
    return PQT_OK;
}

/* --- Pieces --- */

static bool has_value(const column_input *in, int64_t slot)
{
    const pqt_column_values *v = in->values;
    if (v->definition_levels)
        return v->definition_levels[slot] == in->leaf->max_definition_level;
    return !v->validity || bits_get(v->validity, (size_t)slot);
}

/* Where a walk over the rows is, and what it has seen. */
typedef struct walk {
    int64_t slot;
    int64_t value;
    size_t page_bytes;
    size_t array_bytes;
} walk;

static void pass_slot(const column_input *in, const input_limits *limits, walk *w)
{
    const bool is_value = has_value(in, w->slot);
    if (is_value) {
        size_t bytes = limits->value_bytes;
        if (in->leaf->type == PQT_BYTE_ARRAY) {
            const pqt_view *views = in->values->values;
            const size_t size_bytes = views[w->value].size_bytes;
            /* Larger ones are refused when they are added. */
            w->array_bytes += 4 + (size_bytes < INT32_MAX ? size_bytes : INT32_MAX);
            if (!bytes) bytes = 4 + (size_bytes < INT32_MAX ? size_bytes : INT32_MAX);
        }
        w->page_bytes += bytes;
    }
    w->slot++;
    w->value += is_value || !in->values->is_dense;
}

static void pass_row(const column_input *in, const input_limits *limits, walk *w)
{
    const int64_t first = w->slot;
    pass_slot(in, limits, w);
    if (in->leaf->max_repetition_level == 0) return;
    const uint16_t *repetition = in->values->repetition_levels;
    while (w->slot < in->slot_count && repetition[w->slot] != 0) pass_slot(in, limits, w);
    w->page_bytes += (size_t)(w->slot - first) * INPUT_LEVEL_BYTES;
}

static input_piece fit_same_width(const input_limits *limits)
{
    const size_t fit = limits->page_bytes / limits->value_bytes;
    int64_t count = limits->rows;
    if ((uint64_t)count > fit) count = fit ? (int64_t)fit : 1;
    return (input_piece){count, count};
}

/* PLAIN bytes of the next `rows` flat byte arrays that have a slot each; more than any
 * limit where one is too large. Without a branch a value, as mostly all fit. */
static size_t flat_array_bytes(const column_input *in, int64_t rows)
{
    const pqt_view *views = in->values->values;
    const uint8_t *validity = in->values->validity;
    size_t bytes = 0;
    size_t all = 0;
    for (int64_t i = in->slot; i < in->slot + rows; i++) {
        const size_t is_value = validity ? bits_get(validity, (size_t)i) : true;
        all |= views[i].size_bytes & (0 - is_value);
        bytes += (views[i].size_bytes + 4) & (0 - is_value);
    }
    return all <= INT32_MAX ? bytes : SIZE_MAX;
}

static bool do_flat_arrays_fit(const column_input *in, const input_limits *limits)
{
    const pqt_column_values *v = in->values;
    if (v->is_dense || v->definition_levels || !v->values) return false;
    const size_t bytes = flat_array_bytes(in, limits->rows);
    const size_t page_bytes =
        limits->value_bytes ? limits->value_bytes * (size_t)limits->rows : bytes;
    return page_bytes <= limits->page_bytes && bytes <= limits->array_bytes;
}

input_piece column_input_fit(const column_input *in, const input_limits *limits)
{
    const bool is_flat = in->leaf->max_repetition_level == 0;
    if (is_flat && in->leaf->type != PQT_BYTE_ARRAY) return fit_same_width(limits);
    if (is_flat && do_flat_arrays_fit(in, limits))
        return (input_piece){limits->rows, limits->rows};
    walk w = {.slot = in->slot, .value = in->value};
    input_piece fit = {0, 0};
    while (fit.rows < limits->rows) {
        pass_row(in, limits, &w);
        if (w.page_bytes > limits->page_bytes ||
            (w.array_bytes > limits->array_bytes && fit.rows > 0))
            break;
        fit.rows++;
        fit.slots = w.slot - in->slot;
    }
    return fit;
}

input_piece column_input_row(const column_input *in)
{
    const input_limits limits = {
        .rows = 1, .page_bytes = SIZE_MAX, .value_bytes = 1, .array_bytes = SIZE_MAX};
    return column_input_fit(in, &limits);
}

pqt_status column_input_levels(const column_input *in, const input_piece *piece,
                               level_writer *repetition, level_writer *definition,
                               pqt_error *error)
{
    const pqt_column_values *v = in->values;
    const size_t count = (size_t)piece->slots;
    if (repetition->max_level)
        TRY(level_writer_add(repetition, v->repetition_levels + in->slot, count, error));
    if (v->definition_levels)
        return level_writer_add(definition, v->definition_levels + in->slot, count,
                                error);
    if (v->validity)
        return level_writer_add_bits(definition, v->validity, (size_t)in->slot, count,
                                     error);
    return level_writer_add_same(definition, definition->max_level, count, error);
}

/* --- Values --- */

/* Copies the elements that are not null together: by their bits, or by their levels. */
#define DEFINE_PACK(name, type, condition)                            \
    static size_t name(const column_input *in, int64_t end, type *to) \
    {                                                                 \
        const type *from = in->values->values;                        \
        const uint8_t *validity = in->values->validity;               \
        const uint16_t *levels = in->values->definition_levels;       \
        const uint16_t most = in->leaf->max_definition_level;         \
        size_t kept = 0;                                              \
        (void)validity, (void)levels, (void)most;                     \
        for (int64_t i = in->slot; i < end; i++) {                    \
            to[kept] = from[i];                                       \
            kept += (condition);                                      \
        }                                                             \
        return kept;                                                  \
    }
#define BIT_SET    (validity[i / 8] >> (i % 8) & 1)
#define LEVEL_FULL (levels[i] == most)
DEFINE_PACK(pack_u8_by_bits, uint8_t, BIT_SET)
DEFINE_PACK(pack_u32_by_bits, uint32_t, BIT_SET)
DEFINE_PACK(pack_u64_by_bits, uint64_t, BIT_SET)
DEFINE_PACK(pack_views_by_bits, pqt_view, BIT_SET)
DEFINE_PACK(pack_u8_by_levels, uint8_t, LEVEL_FULL)
DEFINE_PACK(pack_u32_by_levels, uint32_t, LEVEL_FULL)
DEFINE_PACK(pack_u64_by_levels, uint64_t, LEVEL_FULL)
DEFINE_PACK(pack_views_by_levels, pqt_view, LEVEL_FULL)

static size_t pack_values(const column_input *in, int64_t end, void *to)
{
    const bool by_levels = in->values->definition_levels != NULL;
    switch (values_slot_bytes(in->leaf->type)) {
    case 1:
        return by_levels ? pack_u8_by_levels(in, end, to) : pack_u8_by_bits(in, end, to);
    case 4:
        return by_levels ? pack_u32_by_levels(in, end, to)
                         : pack_u32_by_bits(in, end, to);
    case 8:
        return by_levels ? pack_u64_by_levels(in, end, to)
                         : pack_u64_by_bits(in, end, to);
    default:
        return by_levels ? pack_views_by_levels(in, end, to)
                         : pack_views_by_bits(in, end, to);
    }
}

pqt_status column_input_take(column_input *in, const input_piece *piece, buffer *scratch,
                             dense_values *out, pqt_error *error)
{
    const size_t width = values_slot_bytes(in->leaf->type);
    const int64_t end = in->slot + piece->slots;
    const uint8_t *bytes = in->values->values;
    const bool may_have_nulls = in->values->validity || in->values->definition_levels;
    if (in->values->is_dense || !may_have_nulls || !bytes) {
        out->values = bytes ? bytes + (size_t)in->value * width : NULL;
        out->count = count_values(in, end);
        in->value += (int64_t)out->count;
    } else {
        TRY(buffer_resize(scratch, ((size_t)piece->slots + 1) * width, error));
        out->count = pack_values(in, end, scratch->data);
        out->values = scratch->data;
        in->value += piece->slots;
    }
    in->slot = end;
    return PQT_OK;
}
