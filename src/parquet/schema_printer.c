#include "parquet/schema_printer.h"

#include "base/text.h"

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
    [PQT_LOGICAL_FILE] = "FILE",
    [PQT_LOGICAL_OTHER] = "unknown type",
};

const char *repetition_name(pqt_repetition repetition)
{
    static const char *const names[] = {"required", "optional", "repeated"};
    return (unsigned)repetition < sizeof names / sizeof *names ? names[repetition]
                                                               : "unknown";
}

/* EdgeInterpolationAlgorithm */
static const char *edges_name(int8_t edges)
{
    static const char *const names[] = {"SPHERICAL", "VINCENTY", "THOMAS", "ANDOYER",
                                        "KARNEY"};
    return (uint8_t)edges < sizeof names / sizeof *names ? names[edges] : "unknown";
}

static pqt_status print_geography(const pqt_logical_type *t, buffer *out,
                                  pqt_error *error)
{
    TRY(buffer_append_u8(out, '(', error));
    TRY(text_append_printable(out, view_text(t->crs ? t->crs : "OGC:CRS84"), error));
    if (t->kind == PQT_LOGICAL_GEOGRAPHY)
        TRY(buffer_printf(out, error, ",%s", edges_name(t->edges)));
    return buffer_append_u8(out, ')', error);
}

pqt_status logical_print(const pqt_logical_type *t, buffer *out, pqt_error *error)
{
    static const char *const units[] = {"MILLIS", "MICROS", "NANOS"};
    TRY(buffer_append_text(out, logical_names[t->kind], error));
    switch (t->kind) {
    case PQT_LOGICAL_DECIMAL:
        return buffer_printf(out, error, "(%d,%d)", t->precision, t->scale);
    case PQT_LOGICAL_INTEGER:
        return buffer_printf(out, error, "(%d,%s)", t->bit_width,
                             t->is_signed ? "signed" : "unsigned");
    case PQT_LOGICAL_TIME:
    case PQT_LOGICAL_TIMESTAMP:
        return buffer_printf(out, error, "(%s,%s)", units[t->unit],
                             t->is_utc ? "UTC" : "local");
    case PQT_LOGICAL_VARIANT:
        if (!t->specification_version) return PQT_OK;
        return buffer_printf(out, error, "(%d)", t->specification_version);
    case PQT_LOGICAL_GEOMETRY:
    case PQT_LOGICAL_GEOGRAPHY:
        return print_geography(t, out, error);
    case PQT_LOGICAL_OTHER:
        return buffer_printf(out, error, " %d", t->field_number);
    default:
        return PQT_OK;
    }
}

pqt_status node_print_path(const pqt_schema *schema, int32_t node, buffer *out,
                           pqt_error *error)
{
    int32_t below = 0;
    /* From the top: at each step the ancestor of `node` that is below the last one. */
    while (below != node) {
        int32_t next = node;
        while (schema->nodes[next].parent != below) next = schema->nodes[next].parent;
        if (below > 0) TRY(buffer_append_u8(out, '.', error));
        TRY(buffer_append_text(out, schema->nodes[next].name, error));
        below = next;
    }
    return PQT_OK;
}

static int depth_of(const pqt_schema *schema, int32_t node)
{
    int depth = 0;
    for (; node > 0; node = schema->nodes[node].parent) depth++;
    return depth;
}

/* "  optional FIXED_LEN_BYTE_ARRAY(16) name UUID [field 7]" */
static pqt_status print_node(const pqt_schema *schema, int32_t i, buffer *out,
                             pqt_error *error)
{
    const pqt_schema_node *n = &schema->nodes[i];
    TRY(buffer_printf(out, error, "%*s%s %s", 2 * (depth_of(schema, i) - 1), "",
                      repetition_name(n->repetition),
                      n->is_group ? "group" : pqt_type_name(n->type)));
    if (n->type == PQT_FIXED_LEN_BYTE_ARRAY && !n->is_group)
        TRY(buffer_printf(out, error, "(%d)", n->type_length));
    TRY(buffer_append_u8(out, ' ', error));
    TRY(text_append_printable(out, view_text(n->name), error));
    if (n->logical.kind != PQT_LOGICAL_NONE) {
        TRY(buffer_append_u8(out, ' ', error));
        TRY(logical_print(&n->logical, out, error));
    }
    if (n->field_id >= 0) TRY(buffer_printf(out, error, " [field %d]", n->field_id));
    return buffer_append_u8(out, '\n', error);
}

pqt_status pqt_print_schema(const pqt_reader *reader, const pqt_text_output *output,
                            pqt_error *error)
{
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    buffer text = {0};
    pqt_status status = PQT_OK;
    for (int32_t i = 1; i < schema->node_count && status == PQT_OK; i++)
        status = print_node(schema, i, &text, error);
    if (status == PQT_OK && text.size_bytes > 0)
        status =
            output->write(output->self, (const char *)text.data, text.size_bytes, error);
    buffer_free(&text);
    return status;
}
