/* What a file says of itself, for people and programs; and whether all of it decodes. */
#include <inttypes.h>
#include <stdio.h>

#include "parquet/reader.h"
#include "parquet/schema.h"
#include "parquet/value_printer.h"

enum { VERIFY_ROWS = 65536 };

static const char *const logical_names[] = {
    [PQT_LOGICAL_NONE] = "",
    [PQT_LOGICAL_STRING] = "STRING",
    [PQT_LOGICAL_MAP] = "MAP",
    [PQT_LOGICAL_LIST] = "LIST",
    [PQT_LOGICAL_ENUM] = "ENUM",
    [PQT_LOGICAL_DECIMAL] = "DECIMAL",
    [PQT_LOGICAL_DATE] = "DATE",
    [PQT_LOGICAL_TIME] = "TIME",
    [PQT_LOGICAL_TIMESTAMP] = "TIMESTAMP",
    [PQT_LOGICAL_INTERVAL] = "INTERVAL",
    [PQT_LOGICAL_INTEGER] = "INTEGER",
    [PQT_LOGICAL_UNKNOWN] = "UNKNOWN",
    [PQT_LOGICAL_JSON] = "JSON",
    [PQT_LOGICAL_BSON] = "BSON",
    [PQT_LOGICAL_UUID] = "UUID",
    [PQT_LOGICAL_FLOAT16] = "FLOAT16",
    [PQT_LOGICAL_VARIANT] = "VARIANT",
    [PQT_LOGICAL_GEOMETRY] = "GEOMETRY",
    [PQT_LOGICAL_GEOGRAPHY] = "GEOGRAPHY",
};

static const char *const repetition_names[] = {"required", "optional", "repeated"};

static void make_logical(const pqt_logical_type *t, char *text, size_t size)
{
    static const char *const units[] = {"MILLIS", "MICROS", "NANOS"};
    const char *name = logical_names[t->kind];
    if (t->kind == PQT_LOGICAL_DECIMAL)
        snprintf(text, size, "%s(%d,%d)", name, t->precision, t->scale);
    else if (t->kind == PQT_LOGICAL_INTEGER)
        snprintf(text, size, "%s(%d,%s)", name, t->bit_width,
                 t->is_signed ? "signed" : "unsigned");
    else if (t->kind == PQT_LOGICAL_TIME || t->kind == PQT_LOGICAL_TIMESTAMP)
        snprintf(text, size, "%s(%s,%s)", name, units[t->unit],
                 t->is_utc ? "UTC" : "local");
    else
        snprintf(text, size, "%s", name);
}

static int depth_of(const pqt_schema *schema, int32_t node)
{
    int depth = 0;
    for (; node > 0; node = schema->nodes[node].parent) depth++;
    return depth;
}

static pqt_status print_schema_node(const pqt_schema *schema, int32_t i, buffer *out,
                                    pqt_error *error)
{
    const pqt_schema_node *n = &schema->nodes[i];
    char logical[64], length[24] = "";
    make_logical(&n->logical, logical, sizeof logical);
    if (n->type == PQT_FIXED_LEN_BYTE_ARRAY && !n->is_group)
        snprintf(length, sizeof length, "(%d)", n->type_length);
    return buffer_printf(out, error, "%*s%s %s%s %s%s%s\n", 2 * (depth_of(schema, i) - 1),
                         "", repetition_names[n->repetition],
                         n->is_group ? "group" : pqt_type_name(n->type), length, n->name,
                         *logical ? " " : "", logical);
}

static pqt_status write_text(const buffer *text, const pqt_text_output *output,
                             pqt_error *error)
{
    return output->write(output->self, (const char *)text->data, text->size_bytes, error);
}

pqt_status pqt_print_schema(const pqt_reader *reader, const pqt_text_output *output,
                            pqt_error *error)
{
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    buffer text = {0};
    pqt_status status = PQT_OK;
    for (int32_t i = 1; i < schema->node_count && status == PQT_OK; i++)
        status = print_schema_node(schema, i, &text, error);
    if (status == PQT_OK && text.size_bytes > 0)
        status = write_text(&text, output, error);
    buffer_free(&text);
    return status;
}

/* --- Metadata --- */

/* A bound as JSON, by decoding the PLAIN bytes as one value; "null" where it is absent.
 */
static pqt_status print_bound(const pqt_schema_node *node, pqt_view plain, buffer *out,
                              pqt_error *error)
{
    static const size_t widths[] = {[PQT_BOOLEAN] = 1,    [PQT_INT32] = 4,
                                    [PQT_INT64] = 8,      [PQT_INT96] = 12,
                                    [PQT_FLOAT] = 4,      [PQT_DOUBLE] = 8,
                                    [PQT_BYTE_ARRAY] = 0, [PQT_FIXED_LEN_BYTE_ARRAY] = 0};
    uint64_t aligned = 0;
    if (!plain.data || (widths[node->type] && plain.size_bytes != widths[node->type]))
        return buffer_append_text(out, "null", error);
    if (plain.size_bytes && plain.size_bytes <= sizeof aligned)
        memcpy(&aligned, plain.data, plain.size_bytes);
    const void *value = &aligned;
    const pqt_values values = {.booleans = value,
                               .int32s = value,
                               .int64s = value,
                               .floats = value,
                               .doubles = value,
                               .bytes = &plain};
    return value_print(node, &values, 0, out, error);
}

static pqt_status print_encodings(const pqt_column_chunk *c, const char *separator,
                                  const char *quote, buffer *out, pqt_error *error)
{
    for (int32_t i = 0; i < c->encoding_count; i++)
        TRY(buffer_printf(out, error, "%s%s%s%s", i ? separator : "", quote,
                          pqt_encoding_name(c->encodings[i]), quote));
    return PQT_OK;
}

static pqt_status print_chunk_json(const pqt_schema *schema, int32_t column,
                                   const pqt_column_chunk *c, buffer *out,
                                   pqt_error *error)
{
    char path[256];
    const pqt_schema_node *node = &schema->nodes[schema->column_nodes[column]];
    schema_path(schema, column, path, sizeof path);
    TRY(buffer_append_text(out, "{\"column\":", error));
    TRY(json_print_text(view_text(path), out, error));
    TRY(buffer_printf(out, error,
                      ",\"type\":\"%s\",\"codec\":\"%s\",\"values\":%" PRId64
                      ",\"compressed_bytes\":%" PRId64 ",\"uncompressed_bytes\":%" PRId64
                      ",\"data_page_offset\":%" PRId64
                      ",\"dictionary_page_offset\":%" PRId64 ",\"null_count\":%" PRId64
                      ",\"min\":",
                      pqt_type_name(c->type), pqt_codec_name(c->codec), c->value_count,
                      c->compressed_bytes, c->uncompressed_bytes, c->data_page_offset,
                      c->dictionary_page_offset, c->statistics.null_count));
    TRY(print_bound(node, c->statistics.min_value, out, error));
    TRY(buffer_append_text(out, ",\"max\":", error));
    TRY(print_bound(node, c->statistics.max_value, out, error));
    TRY(buffer_printf(out, error,
                      ",\"page_index\":%s,\"bloom_filter\":%s,\"encodings\":[",
                      c->offset_index_offset >= 0 ? "true" : "false",
                      c->bloom_filter_offset >= 0 ? "true" : "false"));
    TRY(print_encodings(c, ",", "\"", out, error));
    return buffer_append_text(out, "]}", error);
}

static pqt_status print_key_values_json(const pqt_file_metadata *m, buffer *out,
                                        pqt_error *error)
{
    for (int32_t i = 0; i < m->key_value_count; i++) {
        TRY(buffer_append_text(out, i ? "," : "", error));
        TRY(json_print_text(m->key_values[i].key, out, error));
        TRY(buffer_append_text(out, ":", error));
        TRY(json_print_text(m->key_values[i].value, out, error));
    }
    return PQT_OK;
}

static pqt_status print_json(const pqt_file_metadata *m, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, "{\"version\":%d,\"rows\":%" PRId64 ",\"created_by\":",
                      m->version, m->row_count));
    TRY(json_print_text(view_text(m->created_by), out, error));
    TRY(buffer_printf(out, error, ",\"footer_bytes\":%u,\"key_values\":{",
                      m->footer_bytes));
    TRY(print_key_values_json(m, out, error));
    TRY(buffer_append_text(out, "},\"row_groups\":[", error));
    for (int32_t g = 0; g < m->row_group_count; g++) {
        TRY(buffer_printf(
            out, error, "%s{\"rows\":%" PRId64 ",\"bytes\":%" PRId64 ",\"columns\":[",
            g ? "," : "", m->row_groups[g].row_count, m->row_groups[g].total_bytes));
        for (int32_t c = 0; c < m->schema.column_count; c++) {
            TRY(buffer_append_text(out, c ? "," : "", error));
            TRY(print_chunk_json(&m->schema, c, &m->row_groups[g].columns[c], out,
                                 error));
        }
        TRY(buffer_append_text(out, "]}", error));
    }
    return buffer_append_text(out, "]}\n", error);
}

static pqt_status print_chunk_text(const pqt_schema *schema, int32_t column,
                                   const pqt_column_chunk *c, buffer *out,
                                   pqt_error *error)
{
    char path[256];
    const pqt_schema_node *node = &schema->nodes[schema->column_nodes[column]];
    schema_path(schema, column, path, sizeof path);
    TRY(buffer_printf(out, error,
                      "  %-20s %-20s %-12s %12" PRId64 " B  nulls %" PRId64 "  ", path,
                      pqt_type_name(c->type), pqt_codec_name(c->codec),
                      c->compressed_bytes, c->statistics.null_count));
    TRY(print_bound(node, c->statistics.min_value, out, error));
    TRY(buffer_append_text(out, " .. ", error));
    TRY(print_bound(node, c->statistics.max_value, out, error));
    TRY(buffer_append_text(out, "  ", error));
    TRY(print_encodings(c, " ", "", out, error));
    TRY(buffer_append_text(out, c->offset_index_offset >= 0 ? "  page-index" : "",
                           error));
    return buffer_append_text(out, c->bloom_filter_offset >= 0 ? "  bloom\n" : "\n",
                              error);
}

static pqt_status print_text(const pqt_file_metadata *m, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error,
                      "rows          %" PRId64 "\nrow groups    %d\ncolumns       %d\n"
                      "format        version %d\nfooter        %u B\ncreated by    ",
                      m->row_count, m->row_group_count, m->schema.column_count,
                      m->version, m->footer_bytes));
    TRY(json_print_text(view_text(m->created_by), out, error));
    TRY(buffer_append_text(out, "\n", error));
    for (int32_t i = 0; i < m->key_value_count; i++) {
        TRY(buffer_append_text(out, "key-value     ", error));
        TRY(json_print_text(m->key_values[i].key, out, error));
        TRY(buffer_printf(out, error, " (%zu B)\n", m->key_values[i].value.size_bytes));
    }
    for (int32_t g = 0; g < m->row_group_count; g++) {
        TRY(buffer_printf(out, error, "row group %d: %" PRId64 " rows, %" PRId64 " B\n",
                          g, m->row_groups[g].row_count, m->row_groups[g].total_bytes));
        for (int32_t c = 0; c < m->schema.column_count; c++)
            TRY(print_chunk_text(&m->schema, c, &m->row_groups[g].columns[c], out,
                                 error));
    }
    return PQT_OK;
}

pqt_status pqt_print_metadata(const pqt_reader *reader, bool as_json,
                              const pqt_text_output *output, pqt_error *error)
{
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    buffer text = {0};
    pqt_status status =
        as_json ? print_json(m, &text, error) : print_text(m, &text, error);
    if (status == PQT_OK) status = write_text(&text, output, error);
    buffer_free(&text);
    return status;
}

/* --- Verification --- */

static pqt_status verify_chunk(const pqt_reader *reader, int32_t group, int32_t column,
                               pqt_values *values, pqt_verified_file *out,
                               pqt_error *error)
{
    const int64_t rows = reader->metadata.row_groups[group].row_count;
    for (int64_t at = 0; at < rows; at += VERIFY_ROWS) {
        const int64_t step = rows - at < VERIFY_ROWS ? rows - at : VERIFY_ROWS;
        TRY(pqt_reader_read(reader, group, column, at, step, values, error));
        out->value_count += values->slot_count;
    }
    return PQT_OK;
}

pqt_status pqt_verify_file(const pqt_reader *reader, pqt_verified_file *out,
                           pqt_error *error)
{
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    pqt_verified_file seen = {.row_count = m->row_count};
    pqt_status status = PQT_OK;
    for (int32_t g = 0; g < m->row_group_count && status == PQT_OK; g++)
        for (int32_t c = 0; c < m->schema.column_count && status == PQT_OK; c++) {
            pqt_values values = {0};
            status = verify_chunk(reader, g, c, &values, &seen, error);
            pqt_values_free(&values);
        }
    if (status == PQT_OK) *out = seen;
    return status;
}
