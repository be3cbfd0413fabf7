#include "parquet/statistics_reader.h"

#include "parquet/statistics.h"

pqt_statistics statistics_absent(void)
{
    return (pqt_statistics){.min_is_exact = true,
                            .max_is_exact = true,
                            .null_count = -1,
                            .distinct_count = -1,
                            .nan_count = -1};
}

pqt_size_statistics size_statistics_absent(void)
{
    return (pqt_size_statistics){.byte_array_bytes = -1};
}

/* The limits in the deprecated fields, until it is known whether there are others. */
typedef struct old_limits {
    pqt_view min;
    pqt_view max;
} old_limits;

static void read_field(thrift_reader *r, const thrift_struct *f, old_limits *old,
                       pqt_statistics *out)
{
    switch (f->id) {
    case 1:
        old->max = thrift_read_binary(r, f);
        break;
    case 2:
        old->min = thrift_read_binary(r, f);
        break;
    case 3:
        out->null_count = thrift_read_i64(r, f);
        break;
    case 4:
        out->distinct_count = thrift_read_i64(r, f);
        break;
    case 5:
        out->max_value = thrift_read_binary(r, f);
        break;
    case 6:
        out->min_value = thrift_read_binary(r, f);
        break;
    case 7:
        out->max_is_exact = thrift_read_bool(r, f);
        break;
    case 8:
        out->min_is_exact = thrift_read_bool(r, f);
        break;
    case 9:
        out->nan_count = thrift_read_i64(r, f);
        break;
    default:
        thrift_skip(r, f);
    }
}

void statistics_read(thrift_reader *r, const thrift_struct *s, pqt_statistics *out)
{
    *out = statistics_absent();
    if (!thrift_is_struct(r, s)) return;
    thrift_struct f = {0};
    old_limits old = {{0}, {0}};
    while (thrift_next(r, &f)) read_field(r, &f, &old, out);
    if (out->min_value.data || out->max_value.data) return;
    out->is_deprecated = old.min.data || old.max.data;
    out->min_value = old.min;
    out->max_value = old.max;
}

static const int64_t *read_histogram(thrift_reader *r, const thrift_struct *s,
                                     arena *memory, int32_t *level_count)
{
    const size_t count = thrift_read_list(r, s, THRIFT_I64, 1);
    if (count == 0 || r->status != PQT_OK) return NULL;
    int64_t *entries = arena_alloc(memory, count, sizeof *entries);
    if (!entries) {
        r->status = error_no_memory(r->error, count * sizeof *entries);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) entries[i] = thrift_element_i64(r);
    *level_count = count < INT32_MAX ? (int32_t)count : INT32_MAX;
    return entries;
}

void size_statistics_read(thrift_reader *r, const thrift_struct *s, arena *memory,
                          pqt_size_statistics *out)
{
    *out = size_statistics_absent();
    if (!thrift_is_struct(r, s)) return;
    thrift_struct f = {0};
    while (thrift_next(r, &f)) {
        if (f.id == 1)
            out->byte_array_bytes = thrift_read_i64(r, &f);
        else if (f.id == 2)
            out->repetition_histogram =
                read_histogram(r, &f, memory, &out->repetition_count);
        else if (f.id == 3)
            out->definition_histogram =
                read_histogram(r, &f, memory, &out->definition_count);
        else
            thrift_skip(r, &f);
    }
}

/* ColumnOrder is a union of empty structs: the field's number is all there is. */
static pqt_column_order read_order(thrift_reader *r)
{
    static const pqt_column_order orders[] = {
        [1] = PQT_ORDER_TYPE_DEFINED,
        [2] = PQT_ORDER_IEEE_754_TOTAL,
        [3] = PQT_ORDER_INT96_TIMESTAMP,
    };
    pqt_column_order order = PQT_ORDER_UNDEFINED;
    thrift_struct f = {0};
    while (thrift_next(r, &f)) {
        if (f.id >= 1 && f.id <= 3) order = orders[f.id];
        thrift_skip(r, &f);
    }
    return order;
}

const pqt_column_order *column_orders_read(thrift_reader *r, const thrift_struct *s,
                                           int32_t column_count, arena *memory)
{
    const size_t count = thrift_read_list(r, s, THRIFT_STRUCT, 1);
    if (r->status != PQT_OK) return NULL;
    pqt_column_order *orders = arena_alloc(memory, count, sizeof *orders);
    if (!orders) {
        r->status = error_no_memory(r->error, count * sizeof *orders);
        return NULL;
    }
    for (size_t i = 0; i < count && r->status == PQT_OK; i++) orders[i] = read_order(r);
    return count == (size_t)column_count ? orders : NULL;
}

static bool is_real(const pqt_schema_node *leaf)
{
    return leaf->type == PQT_FLOAT || leaf->type == PQT_DOUBLE ||
           leaf->logical.kind == PQT_LOGICAL_FLOAT16;
}

static bool is_order_of(pqt_column_order order, const pqt_schema_node *leaf)
{
    switch (order) {
    case PQT_ORDER_TYPE_DEFINED:
        return statistics_order_of(leaf->type, &leaf->logical) != ORDER_NONE;
    case PQT_ORDER_IEEE_754_TOTAL:
        return is_real(leaf);
    case PQT_ORDER_INT96_TIMESTAMP:
        return leaf->type == PQT_INT96;
    default:
        return false;
    }
}

/* Byte arrays were compared as signed bytes by old writers, which is no order that a type
 * has. */
static bool is_signed(const pqt_schema_node *leaf)
{
    switch (statistics_order_of(leaf->type, &leaf->logical)) {
    case ORDER_BOOLEAN:
    case ORDER_INT32:
    case ORDER_INT64:
    case ORDER_FLOAT:
    case ORDER_DOUBLE:
        return true;
    default:
        return false;
    }
}

void statistics_settle(pqt_column_chunk *chunk, const pqt_schema_node *leaf)
{
    pqt_statistics *s = &chunk->statistics;
    pqt_size_statistics *sizes = &chunk->size_statistics;
    if (!is_order_of(chunk->order, leaf)) chunk->order = PQT_ORDER_UNDEFINED;
    if (s->is_deprecated && is_signed(leaf) && chunk->column_index_offset < 0) {
        chunk->order = PQT_ORDER_TYPE_DEFINED;
    } else if (s->is_deprecated) {
        s->min_value = s->max_value = (pqt_view){0};
        s->is_deprecated = false;
    }
    if (sizes->repetition_count != leaf->max_repetition_level + 1)
        sizes->repetition_histogram = NULL;
    if (sizes->definition_count != leaf->max_definition_level + 1)
        sizes->definition_histogram = NULL;
    if (!sizes->repetition_histogram) sizes->repetition_count = 0;
    if (!sizes->definition_histogram) sizes->definition_count = 0;
}
