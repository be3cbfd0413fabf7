/* What the options say of a conversion: schema, columns, encodings, order. */
#include <stdio.h>
#include <strings.h>

#include "base/error.h"
#include "base/view.h"
#include "cli/convert.h"
#include "cli/message.h"

const pqt_schema_node *conversion_source_node(const conversion *c, int32_t column)
{
    const pqt_schema *schema = &c->source->schema;
    return &schema->nodes[schema->column_nodes[c->choice.columns[column]]];
}

/* --- Schema --- */

static pqt_schema_node target_node(const pqt_schema_node *from)
{
    pqt_schema_node node = *from;
    if (node.logical.kind == PQT_LOGICAL_OTHER) {
        message_print("%s: its logical type (field %d) is not known, and left out",
                      node.name, node.logical.field_number);
        node.logical = (pqt_logical_type){0};
    }
    if (node.is_group || node.type != PQT_INT96) return node;
    node.type = PQT_INT64;
    node.logical = (pqt_logical_type){.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_NANOS};
    return node;
}

static pqt_status plan_schema(conversion *c, pqt_error *error)
{
    const pqt_schema *schema = &c->source->schema;
    pqt_schema_node *const nodes =
        arena_alloc(&c->memory, (size_t)schema->node_count, sizeof *nodes);
    const char **const paths =
        arena_alloc(&c->memory, (size_t)schema->column_count + 1, sizeof *paths);
    if (!nodes || !paths) return error_no_memory(error, sizeof *nodes);
    int32_t count = 1, leaf = 0;
    nodes[0] = schema->nodes[0];
    nodes[0].child_count = c->choice.field_count;
    for (int32_t i = 0; i < c->choice.field_count; i++) {
        const int32_t end = schema_end(schema, c->choice.nodes[i]);
        for (int32_t node = c->choice.nodes[i]; node < end; node++) {
            nodes[count++] = target_node(&schema->nodes[node]);
            if (schema->nodes[node].is_group) continue;
            paths[leaf] = schema_path_of(schema, node, &c->memory);
            if (!paths[leaf++]) return error_no_memory(error, sizeof *paths);
        }
    }
    c->target = (pqt_schema){.nodes = nodes, .node_count = count};
    c->paths = paths;
    return PQT_OK;
}

/* --- Encodings --- */

enum {
    NUMBERS = 1 << PQT_INT32 | 1 << PQT_INT64,
    FLOATS = 1 << PQT_FLOAT | 1 << PQT_DOUBLE,
    FIXED = 1 << PQT_FIXED_LEN_BYTE_ARRAY,
    TEXTS = 1 << PQT_BYTE_ARRAY,
    BOOLEANS = 1 << PQT_BOOLEAN
};

/* What --encoding takes, and which types it is for. */
static const struct {
    const char *name;
    pqt_encoding encoding;
    unsigned types;
} encodings[] = {
    {"PLAIN", PQT_PLAIN, BOOLEANS | NUMBERS | FLOATS | FIXED | TEXTS},
    {"RLE_DICTIONARY", PQT_RLE_DICTIONARY, NUMBERS | FLOATS | FIXED | TEXTS},
    {"DICTIONARY", PQT_RLE_DICTIONARY, NUMBERS | FLOATS | FIXED | TEXTS},
    {"RLE", PQT_RLE, BOOLEANS},
    {"DELTA_BINARY_PACKED", PQT_DELTA_BINARY_PACKED, NUMBERS},
    {"DELTA_LENGTH_BYTE_ARRAY", PQT_DELTA_LENGTH_BYTE_ARRAY, TEXTS},
    {"DELTA_BYTE_ARRAY", PQT_DELTA_BYTE_ARRAY, TEXTS | FIXED},
    {"BYTE_STREAM_SPLIT", PQT_BYTE_STREAM_SPLIT, NUMBERS | FLOATS | FIXED},
};
enum { ENCODING_COUNT = sizeof encodings / sizeof *encodings };

static int find_encoding(const char *name)
{
    for (int i = 0; i < ENCODING_COUNT; i++)
        if (strcasecmp(encodings[i].name, name) == 0) return i;
    return -1;
}

static pqt_type target_type(const conversion *c, int32_t column)
{
    const pqt_type type = conversion_source_node(c, column)->type;
    return type == PQT_INT96 ? PQT_INT64 : type;
}

/* Of all columns that it fits. */
static pqt_status encode_all(conversion *c, int which, pqt_error *error)
{
    bool fits_any = false;
    for (int32_t i = 0; i < c->choice.column_count; i++) {
        if (!(encodings[which].types >> target_type(c, i) & 1)) continue;
        c->columns[i].encoding = encodings[which].encoding;
        fits_any = true;
    }
    if (fits_any) return PQT_OK;
    return error_set(error, PQT_INVALID, "--encoding %s fits none of the columns",
                     encodings[which].name);
}

/* Of those that are `name` or below it. */
static pqt_status encode_named(conversion *c, const char *name, int which,
                               pqt_error *error)
{
    bool is_found = false;
    for (int32_t i = 0; i < c->choice.column_count; i++) {
        if (!path_is_below(c->paths[i], name)) continue;
        is_found = true;
        if (!(encodings[which].types >> target_type(c, i) & 1))
            return error_set(error, PQT_INVALID,
                             "--encoding: column %s is %s, which %s "
                             "is not for",
                             c->paths[i], pqt_type_name(target_type(c, i)),
                             encodings[which].name);
        c->columns[i].encoding = encodings[which].encoding;
    }
    if (is_found) return PQT_OK;
    return refuse_column(&c->source->schema, "--encoding", name, error);
}

/* "PLAIN" or "COLUMN=PLAIN"; a name may have a '=' in it. */
static pqt_status plan_encoding(conversion *c, const char *text, pqt_error *error)
{
    const char *const equals = strrchr(text, '=');
    const int which = find_encoding(equals ? equals + 1 : text);
    if (which < 0)
        return error_set(error, PQT_INVALID,
                         "--encoding: '%.60s' is none of PLAIN, DICTIONARY, RLE, "
                         "DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, "
                         "DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT",
                         equals ? equals + 1 : text);
    if (!equals) return encode_all(c, which, error);
    const char *const name =
        arena_text(&c->memory, view_of(text, (size_t)(equals - text)));
    if (!name) return error_no_memory(error, strlen(text));
    return encode_named(c, name, which, error);
}

/* --- Columns --- */

/* In the order of --codec's choices. */
static const pqt_codec codecs[] = {PQT_ZSTD,   PQT_SNAPPY,  PQT_GZIP,
                                   PQT_BROTLI, PQT_LZ4_RAW, PQT_UNCOMPRESSED};

static pqt_status plan_bloom_filter(conversion *c, const char *name, pqt_error *error)
{
    bool is_found = false;
    for (int32_t i = 0; i < c->choice.column_count; i++) {
        if (!path_is_below(c->paths[i], name)) continue;
        c->columns[i].bloom_filter = is_found = true;
    }
    if (is_found) return PQT_OK;
    return refuse_column(&c->source->schema, "--bloom", name, error);
}

static pqt_status plan_columns(conversion *c, pqt_error *error)
{
    const struct options *const o = c->options;
    const size_t count = (size_t)c->choice.column_count;
    c->columns = arena_alloc(&c->memory, count + 1, sizeof *c->columns);
    if (!c->columns) return error_no_memory(error, sizeof *c->columns);
    for (size_t i = 0; i < count; i++) {
        c->columns[i] = pqt_column_defaults();
        if (option_given(o, OPTION_CODEC)) c->columns[i].codec = codecs[o->codec];
        c->columns[i].level = (int32_t)o->level;
        c->columns[i].portable = o->portable;
    }
    /* What is said of one column wins over what is said of all. */
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < o->encodings.count; i++)
            if ((strchr(o->encodings.texts[i], '=') != NULL) == (pass == 1))
                TRY(plan_encoding(c, o->encodings.texts[i], error));
    for (int i = 0; i < o->bloom_columns.count; i++)
        TRY(plan_bloom_filter(c, o->bloom_columns.texts[i], error));
    return PQT_OK;
}

/* --- Order --- */

static pqt_status plan_sorting_column(conversion *c, pqt_view text, pqt_error *error)
{
    static const struct {
        const char *text;
        bool descending;
    } directions[] = {{" desc", true}, {" DESC", true}, {" asc", false}, {" ASC", false}};
    pqt_sorting_column *const out = &c->sorting[c->sorting_count];
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++) {
        const pqt_view direction = view_text(directions[i].text);
        if (!view_ends_with(text, direction)) continue;
        text.size_bytes -= direction.size_bytes;
        out->descending = directions[i].descending;
        break;
    }
    const char *const name = arena_text(&c->memory, text);
    if (!name) return error_no_memory(error, text.size_bytes);
    out->column = -1;
    for (int32_t i = 0; i < c->choice.column_count; i++)
        if (strcmp(c->paths[i], name) == 0) out->column = i;
    if (out->column < 0) return refuse_column(&c->source->schema, "--sort", name, error);
    if (conversion_source_node(c, out->column)->max_repetition_level > 0)
        return error_set(error, PQT_INVALID,
                         "--sort: %s is in a list, which has no order", name);
    c->sorting_count++;
    return PQT_OK;
}

static pqt_status plan_sorting(conversion *c, pqt_error *error)
{
    const char *text = c->options->sort;
    if (!text) return PQT_OK;
    size_t count = 1;
    for (const char *at = text; *at; at++) count += *at == ',';
    c->sorting = arena_alloc(&c->memory, count, sizeof *c->sorting);
    if (!c->sorting) return error_no_memory(error, count);
    for (size_t i = 0; i < count; i++) {
        text += strspn(text, " ");
        const size_t length = strcspn(text, ",");
        TRY(plan_sorting_column(c, view_of(text, length), error));
        text += length + 1;
    }
    return PQT_OK;
}

/* --- All of it --- */

/* Arrow's own schema is of all columns, so it cannot go with some. */
static pqt_status plan_key_values(conversion *c, pqt_error *error)
{
    const size_t count = (size_t)c->source->key_value_count;
    pqt_key_value *const kept = arena_alloc(&c->memory, count + 1, sizeof *kept);
    if (!kept) return error_no_memory(error, count * sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        const pqt_key_value *const pair = &c->source->key_values[i];
        if (c->choice.names && view_equal(pair->key, view_text("ARROW:schema"))) continue;
        kept[c->key_value_count++] = *pair;
    }
    c->key_values = kept;
    return PQT_OK;
}

pqt_status conversion_plan(const struct options *o, const pqt_file_metadata *source,
                           conversion *out, pqt_error *error)
{
    conversion made = {.options = o, .source = source};
    pqt_status status = row_choice_make(o, &source->schema, &made.choice, error);
    if (status == PQT_OK) status = plan_schema(&made, error);
    if (status == PQT_OK) status = plan_columns(&made, error);
    if (status == PQT_OK) status = plan_sorting(&made, error);
    if (status == PQT_OK) status = plan_key_values(&made, error);
    if (status == PQT_OK)
        *out = made;
    else
        conversion_free(&made);
    return status;
}

void conversion_free(conversion *c)
{
    row_choice_free(&c->choice);
    arena_free(&c->memory);
    *c = (conversion){0};
}
