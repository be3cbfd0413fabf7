#include "parquet/geoarrow.h"

#include <stdio.h>

#include "base/cursor.h"

/* EdgeInterpolationAlgorithm, by number. */
static const char *const edge_names[] = {"spherical", "vincenty", "thomas", "andoyer",
                                         "karney"};
enum { EDGE_NAMES = sizeof edge_names / sizeof *edge_names, DEEPEST = 64 };

/* --- Finding a member of a JSON object --- */

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || (*c->at >= '\t' && *c->at <= '\r')))
        c->at++;
}

static bool take_byte(cursor *c, uint8_t byte)
{
    skip_space(c);
    if (c->at == c->end || *c->at != byte) return false;
    c->at++;
    return true;
}

/* A string with its quotes. */
static bool take_string(cursor *c, pqt_view *out)
{
    skip_space(c);
    const uint8_t *start = c->at;
    if (!take_byte(c, '"')) return false;
    while (c->at < c->end && *c->at != '"') {
        if (*c->at == '\\' && cursor_left(c) > 1) c->at++;
        c->at++;
    }
    if (c->at == c->end) return false;
    c->at++;
    *out = view_of(start, (size_t)(c->at - start));
    return true;
}

/* Any value, as it is written; brackets are counted, not matched. */
static bool take_value(cursor *c, pqt_view *out)
{
    skip_space(c);
    const uint8_t *start = c->at;
    int depth = 0;
    while (c->at < c->end) {
        const uint8_t byte = *c->at;
        const bool is_end = byte == ',' || byte == '}' || byte == ']';
        if (depth == 0 && is_end) break;
        pqt_view string;
        if (byte == '"') {
            if (!take_string(c, &string)) return false;
            continue;
        }
        if (byte == '{' || byte == '[') depth++;
        if (byte == '}' || byte == ']') depth--;
        if (depth > DEEPEST) return false;
        c->at++;
    }
    while (c->at > start &&
           (c->at[-1] == ' ' || (c->at[-1] >= '\t' && c->at[-1] <= '\r')))
        c->at--;
    *out = view_of(start, (size_t)(c->at - start));
    return depth == 0 && out->size_bytes > 0;
}

/* The member's value as it is written, size 0 where there is none; false where `object`
 * is no object. */
static bool find_member(pqt_view object, const char *quoted_name, pqt_view *out)
{
    cursor c = cursor_of(object);
    pqt_view found = {0};
    if (!take_byte(&c, '{')) return false;
    if (!take_byte(&c, '}')) {
        do {
            pqt_view name, value;
            if (!take_string(&c, &name) || !take_byte(&c, ':') || !take_value(&c, &value))
                return false;
            if (view_equal(name, view_text(quoted_name))) found = value;
        } while (take_byte(&c, ','));
        if (!take_byte(&c, '}')) return false;
    }
    *out = found;
    return true;
}

/* --- Reading --- */

static bool is_any(pqt_view value, const char *const *names)
{
    for (; *names; names++)
        if (view_equal(value, view_text(*names))) return true;
    return false;
}

/* Whether a crs is longitude and latitude in WGS 84, which is Parquet's default. */
static bool is_default_crs(pqt_view crs)
{
    static const char *const absent[] = {"", "null", "\"EPSG:4326\"", "\"OGC:CRS84\"",
                                         NULL};
    static const char *const epsg[] = {"4326", "\"4326\"", NULL};
    static const char *const ogc[] = {"\"CRS84\"", NULL};
    pqt_view id, authority, code;
    if (is_any(crs, absent)) return true;
    if (!find_member(crs, "\"id\"", &id) ||
        !find_member(id, "\"authority\"", &authority) ||
        !find_member(id, "\"code\"", &code))
        return false;
    return (view_equal(authority, view_text("\"EPSG\"")) && is_any(code, epsg)) ||
           (view_equal(authority, view_text("\"OGC\"")) && is_any(code, ogc));
}

/* The text of a string without its quotes: \uXXXX stays as it is written. */
static size_t unquote(pqt_view string, uint8_t *out)
{
    static const char escaped[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    size_t size = 0;
    for (size_t i = 1; i + 1 < string.size_bytes; i++) {
        const uint8_t byte = string.data[i];
        const char *escape =
            byte == '\\' ? memchr(escaped, string.data[i + 1], sizeof escaped - 1) : NULL;
        out[size++] = escape ? (uint8_t)plain[escape - escaped] : byte;
        i += escape != NULL;
    }
    return size;
}

static pqt_status copy_crs(pqt_view crs, arena *memory, const char **out,
                           pqt_error *error)
{
    uint8_t *text = arena_alloc(memory, crs.size_bytes + 1, 1);
    if (!text) return error_no_memory(error, crs.size_bytes + 1);
    if (crs.data[0] == '"')
        unquote(crs, text);
    else
        memcpy(text, crs.data, crs.size_bytes);
    *out = (const char *)text;
    return PQT_OK;
}

static pqt_status read_edges(pqt_view edges, pqt_logical_type *out, pqt_error *error)
{
    char quoted[32];
    if (edges.size_bytes == 0 || view_equal(edges, view_text("\"planar\"")))
        return PQT_OK;
    for (int8_t i = 0; i < EDGE_NAMES; i++) {
        snprintf(quoted, sizeof quoted, "\"%s\"", edge_names[i]);
        if (!view_equal(edges, view_text(quoted))) continue;
        out->kind = PQT_LOGICAL_GEOGRAPHY;
        out->edges = i;
        return PQT_OK;
    }
    return error_set(error, PQT_UNSUPPORTED, "geoarrow.wkb with edges %.*s",
                     (int)(edges.size_bytes < 64 ? edges.size_bytes : 64), edges.data);
}

pqt_status geoarrow_read(pqt_view metadata, arena *memory, pqt_logical_type *out,
                         pqt_error *error)
{
    pqt_logical_type type = {.kind = PQT_LOGICAL_GEOMETRY};
    if (metadata.size_bytes > 0) {
        pqt_view crs, edges;
        if (!find_member(metadata, "\"crs\"", &crs) ||
            !find_member(metadata, "\"edges\"", &edges))
            return error_set(error, PQT_INVALID,
                             "the metadata of geoarrow.wkb is no JSON object");
        TRY(read_edges(edges, &type, error));
        if (!is_default_crs(crs)) TRY(copy_crs(crs, memory, &type.crs, error));
    }
    *out = type;
    return PQT_OK;
}

/* --- Writing --- */

static pqt_status append_quoted(buffer *out, const char *text, pqt_error *error)
{
    TRY(buffer_append_u8(out, '"', error));
    for (; *text; text++) {
        const uint8_t byte = (uint8_t)*text;
        if (byte < ' ') {
            TRY(buffer_printf(out, error, "\\u%04x", byte));
            continue;
        }
        if (byte == '"' || byte == '\\') TRY(buffer_append_u8(out, '\\', error));
        TRY(buffer_append_u8(out, byte, error));
    }
    return buffer_append_u8(out, '"', error);
}

/* A crs that is an object is PROJJSON, which stands for itself. */
static pqt_status append_crs(buffer *out, const char *crs, pqt_error *error)
{
    static const char srid[] = "srid:";
    pqt_view ignored;
    if (!crs)
        return buffer_append_text(
            out, "\"crs\": \"OGC:CRS84\", \"crs_type\": \"authority_code\"", error);
    const bool is_srid = strncmp(crs, srid, sizeof srid - 1) == 0;
    TRY(buffer_append_text(out, "\"crs\": ", error));
    if (!is_srid && find_member(view_text(crs), "\"id\"", &ignored))
        return buffer_append_text(out, crs, error);
    TRY(append_quoted(out, is_srid ? crs + sizeof srid - 1 : crs, error));
    return is_srid ? buffer_append_text(out, ", \"crs_type\": \"srid\"", error) : PQT_OK;
}

pqt_status geoarrow_write(const pqt_logical_type *type, buffer *out, pqt_error *error)
{
    TRY(buffer_append_u8(out, '{', error));
    TRY(append_crs(out, type->crs, error));
    if (type->kind == PQT_LOGICAL_GEOGRAPHY && type->edges >= 0 &&
        type->edges < EDGE_NAMES)
        TRY(buffer_printf(out, error, ", \"edges\": \"%s\"", edge_names[type->edges]));
    return buffer_append_u8(out, '}', error);
}
