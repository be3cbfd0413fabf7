/* The footer as one JSON object. What a file does not say is null. */
#include <inttypes.h>

#include "parquet/metadata_printer.h"
#include "parquet/schema_printer.h"
#include "parquet/value_printer.h"

static pqt_status put(printed *p, const char *text)
{
    return buffer_append_text(&p->text, text, p->error);
}

/* Appends "KEY": with a comma before it unless an object or array begins. */
static pqt_status put_key(printed *p, const char *key)
{
    const uint8_t last = p->text.size_bytes ? p->text.data[p->text.size_bytes - 1] : '{';
    return buffer_printf(&p->text, p->error,
                         "%s\"%s\":", last == '{' || last == '[' ? "" : ",", key);
}

/* As put_key for an element of an array. */
static pqt_status put_comma(printed *p)
{
    const uint8_t last = p->text.data[p->text.size_bytes - 1];
    return last == '[' || last == ',' ? PQT_OK : put(p, ",");
}

static pqt_status put_number(printed *p, const char *key, int64_t value)
{
    TRY(put_key(p, key));
    return buffer_printf(&p->text, p->error, "%" PRId64, value);
}

/* -1: the file does not say. */
static pqt_status put_count(printed *p, const char *key, int64_t value)
{
    if (value >= 0) return put_number(p, key, value);
    TRY(put_key(p, key));
    return put(p, "null");
}

static pqt_status put_flag(printed *p, const char *key, bool value)
{
    TRY(put_key(p, key));
    return put(p, value ? "true" : "false");
}

static pqt_status put_text(printed *p, const char *key, pqt_view value)
{
    TRY(put_key(p, key));
    if (!value.data) return put(p, "null");
    return json_print_text(value, &p->text, p->error);
}

static pqt_status put_name(printed *p, const char *key, const char *name)
{
    return put_text(p, key, view_text(name));
}

static pqt_status put_path(printed *p, const char *key, int32_t node)
{
    buffer path = {0};
    pqt_status status = node_print_path(&p->metadata->schema, node, &path, p->error);
    if (status == PQT_OK) status = put_key(p, key);
    if (status == PQT_OK)
        status = json_print_text(buffer_view(&path), &p->text, p->error);
    buffer_free(&path);
    return status;
}

static pqt_status put_key_values(printed *p, const pqt_key_value *pairs, int32_t count)
{
    TRY(put_key(p, "key_values"));
    TRY(put(p, "["));
    for (int32_t i = 0; i < count; i++) {
        TRY(put_comma(p));
        TRY(put(p, "{"));
        TRY(put_text(p, "key", pairs[i].key));
        TRY(put_text(p, "value", pairs[i].value));
        TRY(put(p, "}"));
    }
    return put(p, "]");
}

/* --- Schema --- */

static pqt_status put_logical(printed *p, const pqt_logical_type *logical)
{
    buffer text = {0};
    pqt_status status = logical_print(logical, &text, p->error);
    if (status == PQT_OK)
        status =
            put_text(p, "logical", text.size_bytes ? buffer_view(&text) : (pqt_view){0});
    buffer_free(&text);
    return status;
}

static pqt_status put_node(printed *p, int32_t i)
{
    const pqt_schema_node *n = &p->metadata->schema.nodes[i];
    TRY(put_comma(p));
    TRY(put(p, "{"));
    TRY(put_path(p, "path", i));
    TRY(put_name(p, "name", n->name));
    TRY(put_name(p, "repetition", repetition_name(n->repetition)));
    TRY(put_name(p, "type", n->is_group ? "group" : pqt_type_name(n->type)));
    if (!n->is_group && n->type == PQT_FIXED_LEN_BYTE_ARRAY)
        TRY(put_number(p, "type_length", n->type_length));
    TRY(put_logical(p, &n->logical));
    TRY(put_count(p, "field_id", n->field_id));
    TRY(put_number(p, "max_definition_level", n->max_definition_level));
    TRY(put_number(p, "max_repetition_level", n->max_repetition_level));
    return put(p, "}");
}

static pqt_status put_schema(printed *p)
{
    TRY(put_key(p, "schema"));
    TRY(put(p, "["));
    for (int32_t i = 1; i < p->metadata->schema.node_count; i++) TRY(put_node(p, i));
    return put(p, "]");
}

/* --- Column chunks --- */

static pqt_status put_limit(printed *p, const char *key, const pqt_schema_node *node,
                            pqt_view plain)
{
    TRY(put_key(p, key));
    return value_print_limit(node, plain, &p->text, p->error);
}

static pqt_status put_statistics(printed *p, const pqt_schema_node *node,
                                 const pqt_statistics *s)
{
    TRY(put_key(p, "statistics"));
    TRY(put(p, "{"));
    TRY(put_limit(p, "min", node, s->min_value));
    TRY(put_limit(p, "max", node, s->max_value));
    TRY(put_flag(p, "min_is_exact", s->min_is_exact));
    TRY(put_flag(p, "max_is_exact", s->max_is_exact));
    TRY(put_flag(p, "deprecated", s->is_deprecated));
    TRY(put_count(p, "null_count", s->null_count));
    TRY(put_count(p, "distinct_count", s->distinct_count));
    TRY(put_count(p, "nan_count", s->nan_count));
    return put(p, "}");
}

static pqt_status put_histogram(printed *p, const char *key, const int64_t *counts,
                                int32_t count)
{
    TRY(put_key(p, key));
    if (!counts) return put(p, "null");
    TRY(put(p, "["));
    for (int32_t i = 0; i < count; i++) {
        TRY(put_comma(p));
        TRY(buffer_printf(&p->text, p->error, "%" PRId64, counts[i]));
    }
    return put(p, "]");
}

static pqt_status put_size_statistics(printed *p, const pqt_size_statistics *s)
{
    TRY(put_key(p, "size_statistics"));
    TRY(put(p, "{"));
    TRY(put_count(p, "byte_array_bytes", s->byte_array_bytes));
    TRY(put_histogram(p, "repetition_level_histogram", s->repetition_histogram,
                      s->repetition_count));
    TRY(put_histogram(p, "definition_level_histogram", s->definition_histogram,
                      s->definition_count));
    return put(p, "}");
}

static pqt_status put_encodings(printed *p, const pqt_column_chunk *c)
{
    TRY(put_key(p, "encodings"));
    TRY(put(p, "["));
    for (int32_t i = 0; i < c->encoding_count; i++) {
        TRY(put_comma(p));
        TRY(buffer_printf(&p->text, p->error, "\"%s\"",
                          pqt_encoding_name(c->encodings[i])));
    }
    TRY(put(p, "]"));
    TRY(put_key(p, "encoding_stats"));
    TRY(put(p, "["));
    for (int32_t i = 0; i < c->encoding_stats_count; i++) {
        const pqt_encoding_stats *s = &c->encoding_stats[i];
        TRY(put_comma(p));
        TRY(put(p, "{"));
        TRY(put_name(p, "page_type", page_type_name(s->page_type)));
        TRY(put_name(p, "encoding", pqt_encoding_name(s->encoding)));
        TRY(put_number(p, "count", s->count));
        TRY(put(p, "}"));
    }
    return put(p, "]");
}

/* A place in the file; null where there is none. */
static pqt_status put_place(printed *p, const char *key, int64_t offset, int64_t bytes)
{
    TRY(put_key(p, key));
    if (offset < 0) return put(p, "null");
    TRY(put(p, "{"));
    TRY(put_number(p, "offset", offset));
    TRY(put_count(p, "bytes", bytes));
    return put(p, "}");
}

static pqt_status put_page_bounds(printed *p, const pqt_schema_node *node,
                                  const pqt_page_index *index, int32_t i)
{
    const bool has_limits = !index->null_pages[i];
    TRY(put_limit(p, "min", node, has_limits ? index->min_values[i] : (pqt_view){0}));
    TRY(put_limit(p, "max", node, has_limits ? index->max_values[i] : (pqt_view){0}));
    TRY(put_flag(p, "only_nulls", !has_limits));
    TRY(put_count(p, "null_count", index->null_counts ? index->null_counts[i] : -1));
    if (!index->nan_counts) return PQT_OK;
    return put_count(p, "nan_count", index->nan_counts[i]);
}

static pqt_status put_page_sizes(printed *p, const pqt_page_index *index, int32_t i)
{
    const int64_t *repetition = index->repetition_histograms;
    const int64_t *definition = index->definition_histograms;
    if (index->byte_array_bytes)
        TRY(put_count(p, "byte_array_bytes", index->byte_array_bytes[i]));
    if (repetition)
        TRY(put_histogram(p, "repetition_level_histogram",
                          repetition + (size_t)i * (size_t)index->repetition_count,
                          index->repetition_count));
    if (!definition) return PQT_OK;
    return put_histogram(p, "definition_level_histogram",
                         definition + (size_t)i * (size_t)index->definition_count,
                         index->definition_count);
}

static pqt_status put_page(printed *p, const pqt_schema_node *node,
                           const pqt_page_index *index, int32_t i)
{
    TRY(put_comma(p));
    TRY(put(p, "{"));
    TRY(put_number(p, "offset", index->locations[i].offset));
    TRY(put_number(p, "compressed_bytes", index->locations[i].compressed_bytes));
    TRY(put_number(p, "first_row", index->locations[i].first_row));
    if (index->has_column_index) TRY(put_page_bounds(p, node, index, i));
    TRY(put_page_sizes(p, index, i));
    return put(p, "}");
}

static pqt_status put_page_index(printed *p, const pqt_schema_node *node,
                                 const pqt_page_index *index)
{
    TRY(put_key(p, "pages"));
    if (!index) return put(p, "null");
    TRY(put(p, "["));
    for (int32_t i = 0; i < index->page_count; i++) TRY(put_page(p, node, index, i));
    TRY(put(p, "]"));
    if (!index->has_column_index) return PQT_OK;
    return put_name(p, "boundary_order", boundary_order_name(index->boundary_order));
}

static pqt_status put_chunk(printed *p, int32_t group, int32_t column)
{
    const pqt_schema *schema = &p->metadata->schema;
    const int32_t node_number = schema->column_nodes[column];
    const pqt_schema_node *node = &schema->nodes[node_number];
    const pqt_column_chunk *c = &p->metadata->row_groups[group].columns[column];
    TRY(put_comma(p));
    TRY(put(p, "{"));
    TRY(put_path(p, "column", node_number));
    TRY(put_name(p, "type", pqt_type_name(node->type)));
    TRY(put_flag(p, "encrypted", c->is_encrypted));
    if (c->is_hidden) return put(p, ",\"hidden\":true}");
    TRY(put_name(p, "codec", pqt_codec_name(c->codec)));
    TRY(put_encodings(p, c));
    TRY(put_number(p, "values", c->value_count));
    TRY(put_number(p, "uncompressed_bytes", c->uncompressed_bytes));
    TRY(put_number(p, "compressed_bytes", c->compressed_bytes));
    TRY(put_number(p, "data_page_offset", c->data_page_offset));
    TRY(put_count(p, "dictionary_page_offset", c->dictionary_page_offset));
    TRY(put_name(p, "column_order", column_order_name(c->order)));
    TRY(put_statistics(p, node, &c->statistics));
    TRY(put_size_statistics(p, &c->size_statistics));
    TRY(put_place(p, "column_index", c->column_index_offset, c->column_index_bytes));
    TRY(put_place(p, "offset_index", c->offset_index_offset, c->offset_index_bytes));
    TRY(put_place(p, "bloom_filter", c->bloom_filter_offset, c->bloom_filter_bytes));
    TRY(put_page_index(p, node, pqt_reader_page_index(p->reader, group, column)));
    TRY(put_key_values(p, c->key_values, c->key_value_count));
    return put(p, "}");
}

/* --- Row groups --- */

static pqt_status put_sorting(printed *p, const pqt_row_group *g)
{
    TRY(put_key(p, "sorting"));
    TRY(put(p, "["));
    for (int32_t i = 0; i < g->sorting_count; i++) {
        const pqt_sorting_column *s = &g->sorting[i];
        TRY(put_comma(p));
        TRY(put(p, "{"));
        TRY(put_number(p, "column_number", s->column));
        TRY(put_path(p, "column", p->metadata->schema.column_nodes[s->column]));
        TRY(put_flag(p, "descending", s->descending));
        TRY(put_flag(p, "nulls_first", s->nulls_first));
        TRY(put(p, "}"));
    }
    return put(p, "]");
}

static pqt_status put_row_group(printed *p, int32_t group)
{
    const pqt_row_group *g = &p->metadata->row_groups[group];
    TRY(put_comma(p));
    TRY(put(p, "{"));
    TRY(put_number(p, "rows", g->row_count));
    TRY(put_number(p, "uncompressed_bytes", g->total_bytes));
    TRY(put_sorting(p, g));
    TRY(put_key(p, "columns"));
    TRY(put(p, "["));
    for (int32_t c = 0; c < p->metadata->schema.column_count; c++)
        TRY(put_chunk(p, group, c));
    return put(p, "]}");
}

pqt_status metadata_print_json(printed *p)
{
    const pqt_file_metadata *m = p->metadata;
    TRY(put(p, "{"));
    TRY(put_number(p, "version", m->version));
    TRY(put_number(p, "rows", m->row_count));
    TRY(put_name(p, "created_by", m->created_by));
    TRY(put_number(p, "footer_bytes", m->footer_bytes));
    TRY(put_flag(p, "has_column_orders", m->has_column_orders));
    TRY(put_flag(p, "encrypted_footer", m->has_encrypted_footer));
    TRY(put_flag(p, "signed", m->is_signed));
    TRY(put_key_values(p, m->key_values, m->key_value_count));
    TRY(put_schema(p));
    TRY(put_key(p, "row_groups"));
    TRY(put(p, "["));
    for (int32_t g = 0; g < m->row_group_count; g++) {
        TRY(put_row_group(p, g));
        if (p->text.size_bytes < 1 << 16) continue;
        TRY(printed_flush(p));
        if (g + 1 < m->row_group_count) TRY(put(p, ","));
    }
    return put(p, "]}\n");
}
