#include "cli/convert_sort.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "base/view.h"
#include "cli/sort_key.h"

enum { DEFAULT_MEMORY_BYTES = 1 << 30, ROWS_AT_ONCE = 16384 };

/* A column's slots, all of them; what it does not have is empty. */
struct held_column {
    const pqt_schema_node *node;
    compare_values compare;
    size_t width; /* of a value */
    buffer values;
    buffer is_valid;    /* a byte a slot, of an optional column without levels */
    buffer definition;  /* uint16_t */
    buffer repetition;  /* uint16_t */
    buffer first_slots; /* int64_t a row, of a repeated column */
    arena bytes;        /* what views in `values` show */
    pqt_view last_from, last_to;
};

struct held_rows {
    const conversion *plan;
    struct held_column *columns;
    int32_t column_count;
    int64_t row_count;
    size_t limit_bytes;
    int64_t *order; /* rows, as they are to be written */
};

/* --- Holding --- */

static size_t value_width(pqt_type type)
{
    static const size_t widths[] = {[PQT_BOOLEAN] = sizeof(uint8_t),
                                    [PQT_INT32] = sizeof(int32_t),
                                    [PQT_INT64] = sizeof(int64_t),
                                    [PQT_INT96] = sizeof(pqt_view),
                                    [PQT_FLOAT] = sizeof(float),
                                    [PQT_DOUBLE] = sizeof(double),
                                    [PQT_BYTE_ARRAY] = sizeof(pqt_view),
                                    [PQT_FIXED_LEN_BYTE_ARRAY] = sizeof(pqt_view)};
    return widths[type];
}

static bool has_levels(const struct held_column *c)
{
    return c->node->max_repetition_level > 0 || c->node->max_definition_level > 1;
}

pqt_status held_rows_create(const conversion *c, const pqt_schema *schema,
                            held_rows **out, pqt_error *error)
{
    held_rows *const rows = alloc_zeroed(NULL, 1, sizeof *rows);
    if (!rows) return error_no_memory(error, sizeof *rows);
    const size_t count = (size_t)schema->column_count;
    rows->columns = alloc_zeroed(NULL, count, sizeof *rows->columns);
    if (!rows->columns) {
        alloc_release(NULL, rows);
        return error_no_memory(error, count * sizeof *rows->columns);
    }
    for (size_t i = 0; i < count; i++) {
        rows->columns[i].node = &schema->nodes[schema->column_nodes[i]];
        rows->columns[i].compare = sort_key_find(rows->columns[i].node);
        rows->columns[i].width = value_width(rows->columns[i].node->type);
    }
    rows->plan = c;
    rows->column_count = schema->column_count;
    rows->limit_bytes = c->options->memory_bytes ? (size_t)c->options->memory_bytes
                                                 : DEFAULT_MEMORY_BYTES;
    *out = rows;
    return PQT_OK;
}

static bool is_valid_slot(const pqt_column_values *from, int64_t slot)
{
    return !from->validity || (from->validity[slot / 8] >> (slot % 8) & 1);
}

/* Equal neighbours that share their bytes go on doing so. */
static pqt_status hold_view(struct held_column *c, pqt_view from, pqt_error *error)
{
    if (!from.data || from.data != c->last_from.data ||
        from.size_bytes != c->last_from.size_bytes) {
        c->last_to = arena_copy(&c->bytes, from);
        if (!c->last_to.data && from.size_bytes)
            return error_no_memory(error, from.size_bytes);
        c->last_from = from;
    }
    return buffer_append(&c->values, &c->last_to, sizeof c->last_to, error);
}

static pqt_status hold_values(struct held_column *c, const pqt_column_values *from,
                              int64_t slots, pqt_error *error)
{
    if (c->width != sizeof(pqt_view))
        return buffer_append(&c->values, from->values, (size_t)slots * c->width, error);
    const pqt_view *const views = from->values;
    TRY(buffer_reserve(&c->values, (size_t)slots * sizeof *views, error));
    for (int64_t i = 0; i < slots; i++) TRY(hold_view(c, views[i], error));
    c->last_from = (pqt_view){0}; /* the next batch may use the address again */
    return PQT_OK;
}

static pqt_status hold_validity(struct held_column *c, const pqt_column_values *from,
                                int64_t slots, pqt_error *error)
{
    for (int64_t i = 0; i < slots; i++)
        TRY(buffer_append_u8(&c->is_valid, is_valid_slot(from, i), error));
    return PQT_OK;
}

static pqt_status hold_levels(struct held_column *c, const pqt_column_values *from,
                              int64_t slots, pqt_error *error)
{
    const uint16_t full = c->node->max_definition_level;
    for (int64_t i = 0; i < slots; i++) {
        const uint16_t level = from->definition_levels  ? from->definition_levels[i]
                               : is_valid_slot(from, i) ? full
                                                        : (uint16_t)(full - 1);
        TRY(buffer_append(&c->definition, &level, sizeof level, error));
    }
    if (!from->repetition_levels) return PQT_OK;
    const int64_t before = (int64_t)(c->repetition.size_bytes / sizeof(uint16_t));
    for (int64_t i = 0; i < slots; i++) {
        const int64_t slot = before + i;
        if (from->repetition_levels[i] == 0)
            TRY(buffer_append(&c->first_slots, &slot, sizeof slot, error));
    }
    return buffer_append(&c->repetition, from->repetition_levels,
                         (size_t)slots * sizeof(uint16_t), error);
}

static size_t held_bytes(const held_rows *rows)
{
    size_t sum = (size_t)rows->row_count * 2 * sizeof *rows->order;
    for (int32_t i = 0; i < rows->column_count; i++) {
        const struct held_column *c = &rows->columns[i];
        sum += c->values.capacity_bytes + c->is_valid.capacity_bytes +
               c->definition.capacity_bytes + c->repetition.capacity_bytes +
               c->first_slots.capacity_bytes + c->bytes.allocated_bytes;
    }
    return sum;
}

pqt_status held_rows_add(held_rows *rows, const pqt_column_values *columns,
                         int64_t row_count, pqt_error *error)
{
    for (int32_t i = 0; i < rows->column_count; i++) {
        struct held_column *const c = &rows->columns[i];
        const int64_t slots =
            c->node->max_repetition_level > 0 ? columns[i].slot_count : row_count;
        TRY(hold_values(c, &columns[i], slots, error));
        if (has_levels(c))
            TRY(hold_levels(c, &columns[i], slots, error));
        else if (c->node->max_definition_level > 0)
            TRY(hold_validity(c, &columns[i], slots, error));
    }
    rows->row_count += row_count;
    if (held_bytes(rows) <= rows->limit_bytes) return PQT_OK;
    char limit[SHORT_TEXT_BYTES];
    text_bytes((int64_t)rows->limit_bytes, limit);
    return error_set(error, PQT_LIMIT,
                     "sorting holds all rows in memory, and %" PRId64
                     " of them take more than %s; --memory allows more",
                     rows->row_count, limit);
}

/* --- Sorting --- */

static bool is_null(const struct held_column *c, int64_t row)
{
    if (has_levels(c))
        return ((const uint16_t *)(const void *)c->definition.data)[row] <
               c->node->max_definition_level;
    return c->is_valid.size_bytes && !c->is_valid.data[row];
}

/* Nulls come last, whichever way the others go. */
static int compare_rows(const held_rows *rows, int64_t a, int64_t b)
{
    for (int32_t i = 0; i < rows->plan->sorting_count; i++) {
        const pqt_sorting_column *const by = &rows->plan->sorting[i];
        const struct held_column *const c = &rows->columns[by->column];
        const bool a_null = is_null(c, a), b_null = is_null(c, b);
        if (a_null || b_null) {
            if (a_null != b_null) return a_null ? 1 : -1;
            continue;
        }
        const int order = c->compare(c->values.data, (size_t)a, (size_t)b);
        if (order != 0) return by->descending ? -order : order;
    }
    return 0;
}

/* Merges two sorted runs that lie one behind the other; of equal rows the left one wins,
 * so that they stay as they were. */
static void merge_runs(const held_rows *rows, const int64_t *from, int64_t *to,
                       size_t left_count, size_t count)
{
    size_t left = 0, right = left_count;
    for (size_t i = 0; i < count; i++) {
        const bool take_right =
            left >= left_count ||
            (right < count && compare_rows(rows, from[left], from[right]) > 0);
        to[i] = take_right ? from[right++] : from[left++];
    }
}

static pqt_status sort_order(held_rows *rows, pqt_error *error)
{
    const size_t count = (size_t)rows->row_count;
    int64_t *from = alloc_zeroed(NULL, count + 1, sizeof *from);
    int64_t *to = alloc_zeroed(NULL, count + 1, sizeof *to);
    if (!from || !to) {
        alloc_release(NULL, from);
        alloc_release(NULL, to);
        return error_no_memory(error, count * sizeof *from);
    }
    for (size_t i = 0; i < count; i++) from[i] = (int64_t)i;
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t at = 0; at < count; at += 2 * run) {
            const size_t rest = count - at;
            merge_runs(rows, from + at, to + at, run < rest ? run : rest,
                       2 * run < rest ? 2 * run : rest);
        }
        int64_t *const sorted = to;
        to = from;
        from = sorted;
    }
    alloc_release(NULL, to);
    rows->order = from;
    return PQT_OK;
}

/* --- Writing --- */

/* The slots of some rows, put together; reused from step to step. */
struct gathered_column {
    buffer values, validity, definition, repetition;
};

static void slots_of(const struct held_column *c, int64_t row, size_t *first,
                     size_t *count)
{
    *first = (size_t)row;
    *count = 1;
    if (c->node->max_repetition_level == 0) return;
    const int64_t *const starts = (const int64_t *)(const void *)c->first_slots.data;
    const size_t rows = c->first_slots.size_bytes / sizeof *starts;
    const size_t end = (size_t)row + 1 < rows
                           ? (size_t)starts[row + 1]
                           : c->repetition.size_bytes / sizeof(uint16_t);
    *first = (size_t)starts[row];
    *count = end - *first;
}

static pqt_status gather_slots(buffer *to, const buffer *from, size_t width, size_t first,
                               size_t count, pqt_error *error)
{
    if (from->size_bytes == 0) return PQT_OK;
    return buffer_append(to, from->data + first * width, count * width, error);
}

static pqt_status gather_row(const struct held_column *c, int64_t row, int64_t at,
                             struct gathered_column *g, pqt_error *error)
{
    size_t first, count;
    slots_of(c, row, &first, &count);
    TRY(gather_slots(&g->values, &c->values, c->width, first, count, error));
    TRY(gather_slots(&g->definition, &c->definition, sizeof(uint16_t), first, count,
                     error));
    TRY(gather_slots(&g->repetition, &c->repetition, sizeof(uint16_t), first, count,
                     error));
    if (c->is_valid.size_bytes == 0) return PQT_OK;
    if (at % 8 == 0) TRY(buffer_append_u8(&g->validity, 0, error));
    if (c->is_valid.data[row]) g->validity.data[at / 8] |= (uint8_t)(1u << (at % 8));
    return PQT_OK;
}

static const void *or_null(const buffer *b)
{
    return b->size_bytes ? b->data : NULL;
}

static pqt_status gather_column(const held_rows *rows, int32_t column, int64_t first,
                                int64_t count, struct gathered_column *g,
                                pqt_column_values *out, pqt_error *error)
{
    const struct held_column *const c = &rows->columns[column];
    buffer_clear(&g->values);
    buffer_clear(&g->validity);
    buffer_clear(&g->definition);
    buffer_clear(&g->repetition);
    for (int64_t i = 0; i < count; i++)
        TRY(gather_row(c, rows->order[first + i], i, g, error));
    *out = (pqt_column_values){.values = g->values.data,
                               .validity = or_null(&g->validity),
                               .definition_levels = or_null(&g->definition),
                               .repetition_levels = or_null(&g->repetition),
                               .slot_count = (int64_t)(g->values.size_bytes / c->width)};
    return PQT_OK;
}

static pqt_status write_sorted(const held_rows *rows, struct gathered_column *gathered,
                               pqt_column_values *columns, pqt_writer *writer,
                               pqt_error *error)
{
    for (int64_t first = 0; first < rows->row_count; first += ROWS_AT_ONCE) {
        const int64_t left = rows->row_count - first;
        const int64_t count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
        for (int32_t i = 0; i < rows->column_count; i++)
            TRY(gather_column(rows, i, first, count, &gathered[i], &columns[i], error));
        TRY(pqt_writer_append(writer, columns, count, error));
    }
    return PQT_OK;
}

pqt_status held_rows_write(held_rows *rows, pqt_writer *writer, pqt_error *error)
{
    const size_t count = (size_t)rows->column_count;
    TRY(sort_order(rows, error));
    struct gathered_column *const gathered = alloc_zeroed(NULL, count, sizeof *gathered);
    pqt_column_values *const columns = alloc_zeroed(NULL, count, sizeof *columns);
    const pqt_status status = gathered && columns
                                  ? write_sorted(rows, gathered, columns, writer, error)
                                  : error_no_memory(error, count * sizeof *gathered);
    for (size_t i = 0; gathered && i < count; i++) {
        buffer_free(&gathered[i].values);
        buffer_free(&gathered[i].validity);
        buffer_free(&gathered[i].definition);
        buffer_free(&gathered[i].repetition);
    }
    alloc_release(NULL, gathered);
    alloc_release(NULL, columns);
    return status;
}

void held_rows_free(held_rows *rows)
{
    if (!rows) return;
    for (int32_t i = 0; i < rows->column_count; i++) {
        struct held_column *const c = &rows->columns[i];
        buffer_free(&c->values);
        buffer_free(&c->is_valid);
        buffer_free(&c->definition);
        buffer_free(&c->repetition);
        buffer_free(&c->first_slots);
        arena_free(&c->bytes);
    }
    alloc_release(NULL, rows->columns);
    alloc_release(NULL, rows->order);
    alloc_release(NULL, rows);
}
