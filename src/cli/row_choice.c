#include "cli/row_choice.h"

#include <string.h>

#include "base/error.h"
#include "base/view.h"
#include "cli/suggest.h"

int32_t schema_end(const pqt_schema *schema, int32_t node)
{
    int32_t waiting = 1;
    for (; waiting > 0; node++) waiting += schema->nodes[node].child_count - 1;
    return node;
}

const char *schema_path_of(const pqt_schema *schema, int32_t node, arena *memory)
{
    const char *path = schema->nodes[node].name;
    while (path && schema->nodes[node].parent > 0) {
        node = schema->nodes[node].parent;
        const pqt_view start = arena_concatenate(
            memory, view_text(schema->nodes[node].name), view_of(".", 1));
        if (!start.data) return NULL;
        const pqt_view whole = arena_concatenate(memory, start, view_text(path));
        path = whole.data ? arena_text(memory, whole) : NULL;
    }
    return path;
}

bool path_is_below(const char *path, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(path, name, length) == 0 && (path[length] == '.' || path[length] == 0);
}

pqt_status refuse_column(const pqt_schema *schema, const char *flag, const char *name,
                         pqt_error *error)
{
    const char *nearest = NULL;
    for (int32_t i = 1; i < schema->node_count; i = schema_end(schema, i))
        nearest = suggest_nearer(name, nearest, schema->nodes[i].name);
    return error_set(error, PQT_INVALID, "%s: there is no column '%.80s'%s%.80s%s", flag,
                     name,
                     nearest ? "; did you mean '" : "; pqa parquet schema lists them",
                     nearest ? nearest : "", nearest ? "'?" : "");
}

/* --- Columns --- */

static int32_t find_field(const pqt_schema *schema, const char *name)
{
    for (int32_t i = 1; i < schema->node_count; i = schema_end(schema, i))
        if (strcmp(schema->nodes[i].name, name) == 0) return i;
    return -1;
}

/* The names between commas; spaces before a name are not part of it. */
static pqt_status split_names(const char *text, row_choice *out, pqt_error *error)
{
    int32_t count = 1;
    for (const char *at = text; *at; at++) count += *at == ',';
    const char **names = arena_alloc(&out->memory, (size_t)count, sizeof *names);
    for (int32_t i = 0; names && i < count; i++) {
        text += strspn(text, " ");
        const size_t length = strcspn(text, ",");
        names[i] = arena_text(&out->memory, view_of(text, length));
        if (!names[i]) names = NULL;
        text += length + 1;
    }
    if (!names) return error_no_memory(error, (size_t)count);
    out->names = names;
    out->field_count = count;
    return PQT_OK;
}

static int32_t count_fields(const pqt_schema *schema)
{
    int32_t count = 0;
    for (int32_t i = 1; i < schema->node_count; i = schema_end(schema, i)) count++;
    return count;
}

static pqt_status find_named(const pqt_schema *schema, const row_choice *choice,
                             int32_t *nodes, pqt_error *error)
{
    for (int32_t i = 0; i < choice->field_count; i++) {
        nodes[i] = find_field(schema, choice->names[i]);
        if (nodes[i] < 0)
            return refuse_column(schema, "--columns", choice->names[i], error);
        for (int32_t j = 0; j < i; j++)
            if (nodes[j] == nodes[i])
                return error_set(error, PQT_INVALID, "--columns names '%.80s' twice",
                                 choice->names[i]);
    }
    return PQT_OK;
}

static pqt_status choose_fields(const struct options *o, const pqt_schema *schema,
                                row_choice *out, pqt_error *error)
{
    if (o->columns)
        TRY(split_names(o->columns, out, error));
    else
        out->field_count = count_fields(schema);
    int32_t *const nodes =
        arena_alloc(&out->memory, (size_t)out->field_count + 1, sizeof *nodes);
    if (!nodes) return error_no_memory(error, sizeof *nodes);
    out->nodes = nodes;
    if (o->columns) return find_named(schema, out, nodes, error);
    int32_t at = 0;
    for (int32_t i = 1; i < schema->node_count; i = schema_end(schema, i))
        nodes[at++] = i;
    return PQT_OK;
}

static pqt_status list_columns(const pqt_schema *schema, row_choice *out,
                               pqt_error *error)
{
    int32_t *const columns =
        arena_alloc(&out->memory, (size_t)schema->column_count + 1, sizeof *columns);
    if (!columns) return error_no_memory(error, sizeof *columns);
    for (int32_t i = 0; i < out->field_count; i++) {
        const int32_t end = schema_end(schema, out->nodes[i]);
        for (int32_t node = out->nodes[i]; node < end; node++)
            if (!schema->nodes[node].is_group)
                columns[out->column_count++] = schema->nodes[node].column;
    }
    out->columns = columns;
    return PQT_OK;
}

/* --- Conditions --- */

static pqt_status parse_conditions(const struct options *o, const pqt_schema *schema,
                                   row_choice *out, pqt_error *error)
{
    if (o->where.count == 0) return PQT_OK;
    out->predicates =
        arena_alloc(&out->memory, (size_t)o->where.count, sizeof *out->predicates);
    if (!out->predicates) return error_no_memory(error, sizeof *out->predicates);
    for (int i = 0; i < o->where.count; i++) {
        const pqt_status status = pqt_predicate_parse(
            schema, o->where.texts[i], &out->predicates[out->predicate_count], error);
        if (status != PQT_OK) {
            error_prefix(error, "--where");
            return status;
        }
        out->predicate_count++;
    }
    return PQT_OK;
}

pqt_status row_choice_make(const struct options *o, const pqt_schema *schema,
                           row_choice *out, pqt_error *error)
{
    row_choice made = {0};
    pqt_status status = choose_fields(o, schema, &made, error);
    if (status == PQT_OK) status = list_columns(schema, &made, error);
    if (status == PQT_OK) status = parse_conditions(o, schema, &made, error);
    if (status == PQT_OK)
        *out = made;
    else
        row_choice_free(&made);
    return status;
}

void row_choice_free(row_choice *choice)
{
    for (int32_t i = 0; i < choice->predicate_count; i++)
        pqt_predicate_free(&choice->predicates[i]);
    arena_free(&choice->memory);
    *choice = (row_choice){0};
}
