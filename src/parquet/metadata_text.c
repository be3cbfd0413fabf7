/* The footer for people: a table a row group, and a line a column for what is rare. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/text_table.h"
#include "parquet/metadata_printer.h"
#include "parquet/schema_printer.h"
#include "parquet/value_printer.h"

enum { LIMIT_CELLS = 32, KEY_VALUE_CELLS = 60 };

static const struct {
    const char *heading;
    bool is_right;
} table_columns[] = {
    {"column", false}, {"type", false}, {"codec", false}, {"encodings", false},
    {"values", true},  {"nulls", true}, {"size", true},   {"raw", true},
    {"ratio", true},   {"pages", true}, {"min", false},   {"max", false},
};
enum { COLUMN_COUNT = sizeof table_columns / sizeof *table_columns };

static pqt_status put(printed *p, const char *text)
{
    return buffer_append_text(&p->text, text, p->error);
}

/* Appends text that a terminal may show, of at most so many cells. */
static pqt_status put_cut(buffer *out, pqt_view text, size_t cells, pqt_error *error)
{
    const size_t start = out->size_bytes;
    TRY(text_append_printable(out, text, error));
    const pqt_view shown = view_of(out->data + start, out->size_bytes - start);
    if (text.size_bytes == 0 || text_width(shown) <= cells) return PQT_OK;
    out->size_bytes = start + text_fitting_bytes(shown, cells - 3);
    return buffer_append_text(out, "...", error);
}

/* --- Cells of a column chunk --- */

static pqt_status count_cell(text_table *t, int64_t count, pqt_error *error)
{
    char text[SHORT_TEXT_BYTES] = "-";
    if (count >= 0) text_count(count, text);
    return text_table_cell(t, text, error);
}

static pqt_status bytes_cell(text_table *t, int64_t bytes, pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    text_bytes(bytes, text);
    return text_table_cell(t, text, error);
}

static pqt_status ratio_cell(text_table *t, const pqt_column_chunk *c, pqt_error *error)
{
    char text[SHORT_TEXT_BYTES] = "-";
    if (c->compressed_bytes > 0)
        snprintf(text, sizeof text, "%.1f",
                 (double)c->uncompressed_bytes / (double)c->compressed_bytes);
    return text_table_cell(t, text, error);
}

static pqt_status encodings_cell(text_table *t, const pqt_column_chunk *c,
                                 pqt_error *error)
{
    for (int32_t i = 0; i < c->encoding_count; i++)
        TRY(buffer_printf(&t->text, error, "%s%s", i ? " " : "",
                          pqt_encoding_name(c->encodings[i])));
    return text_table_end_cell(t, error);
}

static pqt_status limit_cell(text_table *t, const pqt_schema_node *node, pqt_view plain,
                             pqt_error *error)
{
    buffer json = {0};
    pqt_status status = PQT_OK;
    if (plain.data) status = value_print_limit(node, plain, &json, error);
    if (status == PQT_OK)
        status = put_cut(&t->text, plain.data ? buffer_view(&json) : view_text("-"),
                         LIMIT_CELLS, error);
    buffer_free(&json);
    return status == PQT_OK ? text_table_end_cell(t, error) : status;
}

static pqt_status hidden_cells(text_table *t, pqt_error *error)
{
    TRY(text_table_cell(t, "encrypted: its key was not given", error));
    for (int i = 3; i < COLUMN_COUNT; i++) TRY(text_table_cell(t, "", error));
    return PQT_OK;
}

static pqt_status chunk_cells(printed *p, text_table *t, int32_t group, int32_t column)
{
    const pqt_schema *schema = &p->metadata->schema;
    const pqt_schema_node *node = &schema->nodes[schema->column_nodes[column]];
    const pqt_column_chunk *c = &p->metadata->row_groups[group].columns[column];
    const pqt_page_index *index = pqt_reader_page_index(p->reader, group, column);
    buffer path = {0};
    pqt_status status =
        node_print_path(schema, schema->column_nodes[column], &path, p->error);
    if (status == PQT_OK)
        status = text_append_printable(&t->text, buffer_view(&path), p->error);
    buffer_free(&path);
    TRY(status);
    TRY(text_table_end_cell(t, p->error));
    TRY(text_table_cell(t, pqt_type_name(node->type), p->error));
    if (c->is_hidden) return hidden_cells(t, p->error);
    TRY(text_table_cell(t, pqt_codec_name(c->codec), p->error));
    TRY(encodings_cell(t, c, p->error));
    TRY(count_cell(t, c->value_count, p->error));
    TRY(count_cell(t, c->statistics.null_count, p->error));
    TRY(bytes_cell(t, c->compressed_bytes, p->error));
    TRY(bytes_cell(t, c->uncompressed_bytes, p->error));
    TRY(ratio_cell(t, c, p->error));
    TRY(count_cell(t, index ? index->page_count : -1, p->error));
    TRY(limit_cell(t, node, c->statistics.min_value, p->error));
    return limit_cell(t, node, c->statistics.max_value, p->error);
}

static pqt_status print_table(printed *p, int32_t group)
{
    bool is_right[COLUMN_COUNT];
    size_t widths[COLUMN_COUNT] = {0};
    text_table t = {.column_count = COLUMN_COUNT, .is_right = is_right, .widths = widths};
    pqt_status status = PQT_OK;
    for (int i = 0; i < COLUMN_COUNT && status == PQT_OK; i++) {
        is_right[i] = table_columns[i].is_right;
        status = text_table_cell(&t, table_columns[i].heading, p->error);
    }
    for (int32_t c = 0; c < p->metadata->schema.column_count && status == PQT_OK; c++)
        status = chunk_cells(p, &t, group, c);
    if (status == PQT_OK) status = text_table_print(&t, 2, &p->text, p->error);
    text_table_free(&t);
    return status;
}

/* --- What is rare --- */

static pqt_status put_histogram(printed *p, const char *name, const int64_t *counts,
                                int32_t count)
{
    char text[SHORT_TEXT_BYTES];
    if (!counts || count < 2) return PQT_OK;
    TRY(buffer_printf(&p->text, p->error, "; %s levels", name));
    for (int32_t i = 0; i < count; i++) {
        text_count(counts[i], text);
        TRY(buffer_printf(&p->text, p->error, "%s %d: %s", i ? "," : "", i, text));
    }
    return PQT_OK;
}

static pqt_status put_count(printed *p, int64_t count, const char *what)
{
    char text[SHORT_TEXT_BYTES];
    if (count < 0) return PQT_OK;
    text_count(count, text);
    return buffer_printf(&p->text, p->error, "; %s %s", text, what);
}

static pqt_status put_bloom_filter(printed *p, const pqt_column_chunk *c)
{
    char text[SHORT_TEXT_BYTES];
    if (c->bloom_filter_offset < 0) return PQT_OK;
    if (c->bloom_filter_bytes < 0) return put(p, "; bloom filter");
    text_bytes(c->bloom_filter_bytes, text);
    return buffer_printf(&p->text, p->error, "; bloom filter of %s", text);
}

static pqt_status put_notes(printed *p, const pqt_schema_node *node,
                            const pqt_column_chunk *c, const pqt_page_index *index)
{
    const pqt_statistics *s = &c->statistics;
    if (c->is_encrypted) TRY(put(p, "; encrypted"));
    TRY(put_bloom_filter(p, c));
    TRY(put_count(p, s->distinct_count, "distinct"));
    TRY(put_count(p, s->nan_count > 0 ? s->nan_count : -1, "NaN"));
    if (s->min_value.data && !s->min_is_exact) TRY(put(p, "; min is a bound"));
    if (s->max_value.data && !s->max_is_exact) TRY(put(p, "; max is a bound"));
    if (s->is_deprecated) TRY(put(p, "; limits of deprecated fields"));
    if (s->min_value.data && c->order != PQT_ORDER_TYPE_DEFINED)
        TRY(buffer_printf(&p->text, p->error, "; order %s", column_order_name(c->order)));
    if (index && index->page_count > 1 && index->has_column_index &&
        index->boundary_order)
        TRY(buffer_printf(&p->text, p->error, "; pages %s",
                          boundary_order_name(index->boundary_order)));
    if (node->type == PQT_BYTE_ARRAY)
        TRY(put_count(p, c->size_statistics.byte_array_bytes, "bytes of values"));
    TRY(put_histogram(p, "definition", c->size_statistics.definition_histogram,
                      c->size_statistics.definition_count));
    return put_histogram(p, "repetition", c->size_statistics.repetition_histogram,
                         c->size_statistics.repetition_count);
}

/* "  path: bloom filter of 1.0 kB; ..."; nothing where there is nothing to say. */
static pqt_status print_notes(printed *p, int32_t group, int32_t column)
{
    const pqt_schema *schema = &p->metadata->schema;
    const int32_t node = schema->column_nodes[column];
    const pqt_column_chunk *c = &p->metadata->row_groups[group].columns[column];
    buffer path = {0};
    if (c->is_hidden) return PQT_OK;
    TRY(put(p, "  "));
    pqt_status status = node_print_path(schema, node, &path, p->error);
    if (status == PQT_OK)
        status = text_append_printable(&p->text, buffer_view(&path), p->error);
    buffer_free(&path);
    TRY(status);
    const size_t start = p->text.size_bytes;
    TRY(put_notes(p, &schema->nodes[node], c,
                  pqt_reader_page_index(p->reader, group, column)));
    if (p->text.size_bytes > start) {
        p->text.data[start] = ':';
        return put(p, "\n");
    }
    while (p->text.data[p->text.size_bytes - 1] != '\n') p->text.size_bytes--;
    return PQT_OK;
}

/* --- Row groups --- */

static pqt_status print_sorting(printed *p, const pqt_row_group *g)
{
    const pqt_schema *schema = &p->metadata->schema;
    for (int32_t i = 0; i < g->sorting_count; i++) {
        const pqt_sorting_column *s = &g->sorting[i];
        TRY(put(p, i ? ", " : "; sorted by "));
        TRY(node_print_path(schema, schema->column_nodes[s->column], &p->text, p->error));
        TRY(put(p, s->descending ? " descending" : ""));
        TRY(put(p, s->nulls_first ? " nulls first" : ""));
    }
    return PQT_OK;
}

static pqt_status print_row_group(printed *p, int32_t group)
{
    const pqt_row_group *g = &p->metadata->row_groups[group];
    char rows[SHORT_TEXT_BYTES], raw[SHORT_TEXT_BYTES], size[SHORT_TEXT_BYTES];
    int64_t compressed = 0;
    for (int32_t c = 0; c < p->metadata->schema.column_count; c++)
        if (__builtin_add_overflow(compressed, g->columns[c].compressed_bytes,
                                   &compressed))
            compressed = INT64_MAX;
    text_count(g->row_count, rows);
    text_bytes(g->total_bytes, raw);
    text_bytes(compressed, size);
    TRY(buffer_printf(&p->text, p->error, "\nrow group %d: %s rows, %s of %s raw", group,
                      rows, size, raw));
    TRY(print_sorting(p, g));
    TRY(put(p, "\n"));
    TRY(print_table(p, group));
    for (int32_t c = 0; c < p->metadata->schema.column_count; c++)
        TRY(print_notes(p, group, c));
    return printed_flush(p);
}

/* --- The file --- */

static pqt_status print_line(printed *p, const char *name, int64_t count)
{
    char text[SHORT_TEXT_BYTES];
    text_count(count, text);
    return buffer_printf(&p->text, p->error, "%-14s%s\n", name, text);
}

static pqt_status print_encryption(printed *p)
{
    const pqt_file_metadata *m = p->metadata;
    if (m->has_encrypted_footer) return put(p, "encryption    footer encrypted\n");
    if (m->is_signed) return put(p, "encryption    footer readable and signed\n");
    return PQT_OK;
}

static pqt_status print_key_values(printed *p)
{
    const pqt_file_metadata *m = p->metadata;
    for (int32_t i = 0; i < m->key_value_count; i++) {
        char size[SHORT_TEXT_BYTES];
        const pqt_key_value *pair = &m->key_values[i];
        text_bytes((int64_t)pair->value.size_bytes, size);
        TRY(put(p, i ? "              " : "key-values    "));
        TRY(put_cut(&p->text, pair->key, KEY_VALUE_CELLS, p->error));
        TRY(buffer_printf(&p->text, p->error, " (%s)%s", size,
                          pair->value.data ? ": " : ""));
        TRY(put_cut(&p->text, pair->value, KEY_VALUE_CELLS, p->error));
        TRY(put(p, "\n"));
    }
    return PQT_OK;
}

pqt_status metadata_print_text(printed *p)
{
    const pqt_file_metadata *m = p->metadata;
    char footer[SHORT_TEXT_BYTES];
    text_bytes(m->footer_bytes, footer);
    TRY(print_line(p, "rows", m->row_count));
    TRY(print_line(p, "row groups", m->row_group_count));
    TRY(print_line(p, "columns", m->schema.column_count));
    TRY(buffer_printf(&p->text, p->error, "footer        %s, format version %d\n", footer,
                      m->version));
    TRY(put(p, "created by    "));
    TRY(put_cut(&p->text, view_text(m->created_by), KEY_VALUE_CELLS * 2, p->error));
    TRY(put(p, "\n"));
    TRY(print_encryption(p));
    TRY(print_key_values(p));
    TRY(printed_flush(p));
    for (int32_t g = 0; g < m->row_group_count; g++) TRY(print_row_group(p, g));
    return PQT_OK;
}
