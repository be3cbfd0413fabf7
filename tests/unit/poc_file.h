/* Files as pandas writes them for the proof of concept: every column may be null,
 * integers are INT64, version_id is DOUBLE. */
#ifndef POC_FILE_H
#define POC_FILE_H

#include "archive/import.h"
#include "base/buffer.h"
#include "test_help.h"

enum { POC_ROWS = 512, POC_COLUMNS = 10 };

/* Which of the ten columns the file has: all but these. */
enum { POC_NO_ID = 1 << COLUMN_ID, POC_NO_FULL_PATH = 1 << COLUMN_FULL_PATH };

static inline pqt_status poc_write(void *self, const uint8_t *data, size_t size_bytes,
                                   pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

static inline void poc_set(uint8_t *bits, size_t at, bool value)
{
    if (value) bits[at / 8] = (uint8_t)(bits[at / 8] | 1 << at % 8);
}

/* Columns of at most POC_ROWS rows. */
struct poc_columns {
    int64_t ids[POC_ROWS], projects[POC_ROWS], views[POC_ROWS], statuses[POC_ROWS];
    double versions[POC_ROWS];
    int32_t dates[POC_ROWS];
    pqt_view paths[POC_ROWS], full_paths[POC_ROWS], slugs[POC_ROWS];
    uint8_t has_version[POC_ROWS / 8], has_full_path[POC_ROWS / 8];
};

static inline void poc_fill(const source_row *rows, size_t count, struct poc_columns *c)
{
    *c = (struct poc_columns){0};
    for (size_t i = 0; i < count; i++) {
        c->ids[i] = rows[i].id;
        c->projects[i] = rows[i].project_id;
        c->views[i] = rows[i].view_count;
        c->statuses[i] = rows[i].status;
        c->versions[i] = rows[i].version_id;
        c->dates[i] = rows[i].date;
        c->paths[i] = rows[i].path;
        c->full_paths[i] = rows[i].full_path;
        c->slugs[i] = view_text(rows[i].project_id == 1 ? "django" : "flask");
        poc_set(c->has_version, i, rows[i].has_version);
        poc_set(c->has_full_path, i, rows[i].has_full_path);
    }
}

static inline pqt_schema_node poc_leaf(const char *name, pqt_type type, pqt_logical kind)
{
    return (pqt_schema_node){.name = name,
                             .repetition = PQT_OPTIONAL,
                             .type = type,
                             .logical = {.kind = kind}};
}

/* The file's bytes, appended; `missing` are bits of columns that it has not. */
static inline void poc_make(const source_row *rows, size_t count, unsigned missing,
                            buffer *out)
{
    static struct poc_columns c;
    pqt_error error;
    pqt_writer *writer = NULL;
    const pqt_schema_node leaves[POC_COLUMNS] = {
        poc_leaf("id", PQT_INT64, PQT_LOGICAL_NONE),
        poc_leaf("project_id", PQT_INT64, PQT_LOGICAL_NONE),
        poc_leaf("project_slug", PQT_BYTE_ARRAY, PQT_LOGICAL_STRING),
        poc_leaf("version_id", PQT_DOUBLE, PQT_LOGICAL_NONE),
        poc_leaf("version_slug", PQT_BYTE_ARRAY, PQT_LOGICAL_STRING),
        poc_leaf("path", PQT_BYTE_ARRAY, PQT_LOGICAL_STRING),
        poc_leaf("full_path", PQT_BYTE_ARRAY, PQT_LOGICAL_STRING),
        poc_leaf("view_count", PQT_INT64, PQT_LOGICAL_NONE),
        poc_leaf("date", PQT_INT32, PQT_LOGICAL_DATE),
        poc_leaf("status", PQT_INT64, PQT_LOGICAL_NONE)};
    const pqt_column_values values[POC_COLUMNS] = {
        {.values = c.ids},
        {.values = c.projects},
        {.values = c.slugs},
        {.values = c.versions, .validity = c.has_version},
        {.values = c.slugs, .validity = c.has_version},
        {.values = c.paths},
        {.values = c.full_paths, .validity = c.has_full_path},
        {.values = c.views},
        {.values = c.dates},
        {.values = c.statuses}};
    pqt_schema_node nodes[1 + POC_COLUMNS] = {{.name = "schema", .is_group = true}};
    pqt_column_values written[POC_COLUMNS];
    pqt_schema schema = {.nodes = nodes, .node_count = 1};
    poc_fill(rows, count, &c);
    for (int i = 0; i < POC_COLUMNS; i++) {
        if (missing & 1U << i) continue;
        written[nodes[0].child_count++] = values[i];
        nodes[schema.node_count++] = leaves[i];
    }
    const pqt_output output = {poc_write, out};
    const pqt_writer_options options = {.created_by = "parquet-cpp-arrow version 1",
                                        .row_group_rows = 16};
    assert_ok(pqt_writer_create(&output, &schema, NULL, &options, &writer, &error));
    assert_ok(pqt_writer_append(writer, written, (int64_t)count, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
}

/* Puts such a file into a store. */
static inline void poc_put(store *s, const char *key, const source_row *rows,
                           size_t count, unsigned missing)
{
    pqt_error error;
    buffer bytes = {0};
    poc_make(rows, count, missing, &bytes);
    const store_body body = {-1, buffer_view(&bytes)};
    assert_ok(store_put_if_absent(s, key, &body, &error));
    buffer_free(&bytes);
}

#endif
