#include <stdlib.h>

#include "base/clock.h"
#include "delta/action.h"
#include "delta/log_file.h"

static pqt_status report_unbuilt(const char *name, pqt_error *error)
{
    return error_set(error, PQT_INVALID,
                     "cannot write action '%s': out of memory, or a text that is not "
                     "UTF-8",
                     name);
}

/* Appends {"name": action} as one line and frees `action`. NULL: it could not be built.
 */
static pqt_status write_line(const char *name, json_t *action, buffer *out,
                             pqt_error *error)
{
    json_t *line = action ? json_pack("{s:o}", name, action) : NULL;
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (!text) return report_unbuilt(name, error);
    pqt_status status = buffer_append_text(out, text, error);
    if (status == PQT_OK) status = buffer_append_u8(out, '\n', error);
    free(text);
    return status;
}

static json_t *pack_pairs(const delta_pair *pairs, int32_t count)
{
    json_t *object = json_object();
    for (int32_t i = 0; i < count && object; i++)
        if (json_object_set_new(object, pairs[i].key, json_string(pairs[i].value)) != 0) {
            json_decref(object);
            object = NULL;
        }
    return object;
}

pqt_status action_write_commit_info(const delta_changes *changes, const char *commit_id,
                                    buffer *out, pqt_error *error)
{
    json_t *parameters =
        pack_pairs(changes->operation_parameters, changes->operation_parameter_count);
    json_t *info = json_pack(
        "{s:I, s:s, s:o, s:s, s:s}", "timestamp", (json_int_t)clock_wall_ms(),
        "operation", changes->operation ? changes->operation : "WRITE",
        "operationParameters", parameters, "engineInfo", "pqa", "txnId", commit_id);
    return write_line("commitInfo", info, out, error);
}

pqt_status action_write_protocol(buffer *out, pqt_error *error)
{
    json_t *protocol =
        json_pack("{s:i, s:i}", "minReaderVersion", 1, "minWriterVersion", 2);
    return write_line("protocol", protocol, out, error);
}

static json_t *pack_schema(const delta_column *columns, int32_t count)
{
    json_t *fields = json_array();
    for (int32_t i = 0; i < count; i++) {
        json_t *field =
            json_pack("{s:s, s:s, s:b, s:{}}", "name", columns[i].name, "type",
                      columns[i].type, "nullable", columns[i].nullable, "metadata");
        if (json_array_append_new(fields, field) != 0) {
            json_decref(fields);
            return NULL;
        }
    }
    json_t *schema = json_pack("{s:s, s:o}", "type", "struct", "fields", fields);
    char *text = schema ? json_dumps(schema, JSON_COMPACT) : NULL;
    json_decref(schema);
    json_t *result = text ? json_string(text) : NULL;
    free(text);
    return result;
}

pqt_status action_write_new_metadata(const delta_column *columns, int32_t column_count,
                                     const delta_changes *changes, buffer *out,
                                     pqt_error *error)
{
    char id[UUID_TEXT_BYTES];
    TRY(uuid_random(id, error));
    json_t *metadata =
        json_pack("{s:s, s:{s:s, s:{}}, s:o, s:[], s:o, s:I}", "id", id, "format",
                  "provider", "parquet", "options", "schemaString",
                  pack_schema(columns, column_count), "partitionColumns", "configuration",
                  pack_pairs(changes->configuration, changes->configuration_count),
                  "createdTime", (json_int_t)clock_wall_ms());
    return write_line("metaData", metadata, out, error);
}

pqt_status action_write_changed_metadata(const delta_snapshot *snapshot,
                                         const delta_changes *changes, buffer *out,
                                         pqt_error *error)
{
    json_t *metadata = json_loads(snapshot->metadata_json, 0, NULL);
    json_t *changed = pack_pairs(changes->configuration, changes->configuration_count);
    json_t *configuration = json_object_get(metadata, "configuration");
    int failed = !metadata || !changed;
    if (!failed && !json_is_object(configuration)) {
        failed = json_object_set_new(metadata, "configuration", json_object());
        configuration = json_object_get(metadata, "configuration");
    }
    if (!failed) failed = json_object_update(configuration, changed);
    json_decref(changed);
    if (failed) {
        json_decref(metadata);
        metadata = NULL;
    }
    return write_line("metaData", metadata, out, error);
}

static json_t *pack_bound(const delta_column_stats *column, bool is_max)
{
    if (column->is_text) return json_string(is_max ? column->max_text : column->min_text);
    return json_integer(is_max ? column->max_number : column->min_number);
}

static json_t *pack_bounds(const delta_file *file, bool is_max)
{
    json_t *bounds = json_object();
    for (int32_t i = 0; i < file->column_count && bounds; i++) {
        const delta_column_stats *column = &file->columns[i];
        if (!column->has_range) continue;
        if (json_object_set_new(bounds, column->name, pack_bound(column, is_max)) != 0) {
            json_decref(bounds);
            bounds = NULL;
        }
    }
    return bounds;
}

static json_t *pack_null_counts(const delta_file *file)
{
    json_t *counts = json_object();
    for (int32_t i = 0; i < file->column_count; i++)
        if (file->columns[i].null_count >= 0)
            json_object_set_new(counts, file->columns[i].name,
                                json_integer(file->columns[i].null_count));
    return counts;
}

static json_t *pack_stats(const delta_file *file)
{
    json_t *stats =
        json_pack("{s:I, s:o, s:o, s:o}", "numRecords", (json_int_t)file->row_count,
                  "minValues", pack_bounds(file, false), "maxValues",
                  pack_bounds(file, true), "nullCount", pack_null_counts(file));
    char *text = stats ? json_dumps(stats, JSON_COMPACT) : NULL;
    json_decref(stats);
    json_t *result = text ? json_string(text) : NULL;
    free(text);
    return result;
}

/* The path as the log has it; nothing is held after a failure. */
static pqt_status encode_path(const char *path, buffer *uri, pqt_error *error)
{
    const pqt_status status = log_path_encode(path, uri, error);
    if (status != PQT_OK) buffer_free(uri);
    return status;
}

/* Statistics and tags, where there are any. */
static int add_extras(json_t *add, const delta_file *file)
{
    int failed = 0;
    if (file->row_count >= 0)
        failed = json_object_set_new(add, "stats", pack_stats(file));
    if (!failed && file->tag_count > 0)
        failed =
            json_object_set_new(add, "tags", pack_pairs(file->tags, file->tag_count));
    return failed;
}

pqt_status action_make_add(const delta_file *file, json_t **out, pqt_error *error)
{
    buffer uri = {0};
    TRY(encode_path(file->path, &uri, error));
    json_t *add = json_pack("{s:s, s:{}, s:I, s:I, s:b}", "path", (char *)uri.data,
                            "partitionValues", "size", (json_int_t)file->size_bytes,
                            "modificationTime", (json_int_t)file->modified_ms,
                            "dataChange", file->data_change);
    buffer_free(&uri);
    if (!add || add_extras(add, file) != 0) {
        json_decref(add);
        return report_unbuilt("add", error);
    }
    *out = add;
    return PQT_OK;
}

pqt_status action_make_remove(const delta_remove *remove, json_t **out, pqt_error *error)
{
    buffer uri = {0};
    TRY(encode_path(remove->path, &uri, error));
    json_t *action =
        json_pack("{s:s, s:I, s:b, s:b, s:{}, s:I}", "path", (char *)uri.data,
                  "deletionTimestamp", (json_int_t)remove->deleted_ms, "dataChange",
                  remove->data_change, "extendedFileMetadata", 1, "partitionValues",
                  "size", (json_int_t)remove->size_bytes);
    buffer_free(&uri);
    if (!action) return report_unbuilt("remove", error);
    *out = action;
    return PQT_OK;
}

pqt_status action_write_add(const delta_file *file, buffer *out, pqt_error *error)
{
    json_t *add = NULL;
    TRY(action_make_add(file, &add, error));
    return write_line("add", add, out, error);
}

pqt_status action_write_remove(const delta_remove *remove, buffer *out, pqt_error *error)
{
    json_t *action = NULL;
    TRY(action_make_remove(remove, &action, error));
    return write_line("remove", action, out, error);
}
