#include <stdlib.h>

#include "base/alloc.h"
#include "delta/action.h"
#include "delta/log_file.h"

static pqt_status missing(const char *action, const char *field, const char *expected,
                          pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "action '%s': field '%s' is missing or not %s",
                     action, field, expected);
}

static pqt_status copy_text(arena *memory, const char *text, const char **out,
                            pqt_error *error)
{
    *out = arena_text(memory, view_text(text));
    return *out ? PQT_OK : error_no_memory(error, strlen(text));
}

/* An object of texts as pairs; absent or null is none. Values that are no texts are left
 * out: they are not ours. */
static pqt_status read_pairs(const json_t *object, arena *memory, const delta_pair **out,
                             int32_t *count, pqt_error *error)
{
    *out = NULL;
    *count = 0;
    if (!json_is_object(object)) return PQT_OK;
    delta_pair *pairs = arena_alloc(memory, json_object_size(object), sizeof *pairs);
    if (!pairs) return error_no_memory(error, json_object_size(object) * sizeof *pairs);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!json_is_string(value)) continue;
        delta_pair *pair = &pairs[(*count)++];
        TRY(copy_text(memory, key, &pair->key, error));
        TRY(copy_text(memory, json_string_value(value), &pair->value, error));
    }
    *out = pairs;
    return PQT_OK;
}

static pqt_status read_range(const json_t *min, const json_t *max, arena *memory,
                             delta_column_stats *out, pqt_error *error)
{
    if (json_is_string(min) && json_is_string(max)) {
        out->has_range = out->is_text = true;
        TRY(copy_text(memory, json_string_value(min), &out->min_text, error));
        TRY(copy_text(memory, json_string_value(max), &out->max_text, error));
    } else if (json_is_integer(min) && json_is_integer(max)) {
        out->has_range = true;
        out->min_number = json_integer_value(min);
        out->max_number = json_integer_value(max);
    }
    return PQT_OK;
}

/* One entry a column that nullCount or minValues names. */
static pqt_status read_columns(const json_t *stats, arena *memory, delta_file *out,
                               pqt_error *error)
{
    const json_t *mins = json_object_get(stats, "minValues");
    const json_t *maxs = json_object_get(stats, "maxValues");
    const json_t *nulls = json_object_get(stats, "nullCount");
    const json_t *named =
        json_object_size(nulls) >= json_object_size(mins) ? nulls : mins;
    const size_t count = json_object_size(named);
    delta_column_stats *columns = arena_alloc(memory, count, sizeof *columns);
    if (!columns) return error_no_memory(error, count * sizeof *columns);
    int32_t used = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)named, name, value)
    {
        delta_column_stats *column = &columns[used++];
        const json_t *null_count = json_object_get(nulls, name);
        column->null_count =
            json_is_integer(null_count) ? json_integer_value(null_count) : -1;
        TRY(copy_text(memory, name, &column->name, error));
        TRY(read_range(json_object_get(mins, name), json_object_get(maxs, name), memory,
                       column, error));
    }
    out->columns = columns;
    out->column_count = used;
    return PQT_OK;
}

/* Statistics are a JSON text inside the JSON; those that cannot be read are absent. A
 * checkpoint may have them as columns instead, which are an object here. */
static pqt_status read_stats(const json_t *add, arena *memory, delta_file *out,
                             pqt_error *error)
{
    out->row_count = -1;
    const json_t *text = json_object_get(add, "stats");
    json_t *stats =
        json_is_string(text)
            ? json_loadb(json_string_value(text), json_string_length(text), 0, NULL)
            : json_incref(json_object_get(add, "stats_parsed"));
    if (!stats) return PQT_OK;
    const json_t *rows = json_object_get(stats, "numRecords");
    if (json_is_integer(rows) && json_integer_value(rows) >= 0)
        out->row_count = json_integer_value(rows);
    const pqt_status status = read_columns(stats, memory, out, error);
    json_decref(stats);
    return status;
}

pqt_status action_read_add(const json_t *add, arena *memory, delta_file *out,
                           pqt_error *error)
{
    const json_t *path = json_object_get(add, "path");
    const json_t *size = json_object_get(add, "size");
    if (!json_is_string(path)) return missing("add", "path", "a text", error);
    if (!json_is_integer(size) || json_integer_value(size) < 0)
        return missing("add", "size", "a number of bytes", error);
    if (json_is_object(json_object_get(add, "deletionVector")))
        return error_set(error, PQT_UNSUPPORTED,
                         "the file '%.200s' has a deletion vector; this table needs a "
                         "reader with that feature",
                         json_string_value(path));
    delta_file file = {
        .size_bytes = (uint64_t)json_integer_value(size),
        .modified_ms = json_integer_value(json_object_get(add, "modificationTime")),
        .data_change = json_is_true(json_object_get(add, "dataChange")),
    };
    TRY(log_path_decode(json_string_value(path), memory, &file.path, error));
    TRY(read_stats(add, memory, &file, error));
    TRY(read_pairs(json_object_get(add, "tags"), memory, &file.tags, &file.tag_count,
                   error));
    *out = file;
    return PQT_OK;
}

pqt_status action_read_remove(const json_t *remove, arena *memory, delta_remove *out,
                              pqt_error *error)
{
    const json_t *path = json_object_get(remove, "path");
    if (!json_is_string(path)) return missing("remove", "path", "a text", error);
    const json_int_t size = json_integer_value(json_object_get(remove, "size"));
    delta_remove removed = {
        .size_bytes = size > 0 ? (uint64_t)size : 0,
        .deleted_ms = json_integer_value(json_object_get(remove, "deletionTimestamp")),
        .data_change = json_is_true(json_object_get(remove, "dataChange")),
    };
    TRY(log_path_decode(json_string_value(path), memory, &removed.path, error));
    *out = removed;
    return PQT_OK;
}

static pqt_status read_field(const json_t *field, arena *memory, delta_column *out,
                             pqt_error *error)
{
    const json_t *name = json_object_get(field, "name");
    const json_t *type = json_object_get(field, "type");
    if (!json_is_string(name))
        return missing("metaData", "schemaString", "a schema", error);
    out->nullable = json_is_true(json_object_get(field, "nullable"));
    TRY(copy_text(memory, json_string_value(name), &out->name, error));
    return copy_text(memory, json_is_string(type) ? json_string_value(type) : "nested",
                     &out->type, error);
}

static pqt_status read_fields(const json_t *fields, delta_snapshot *snapshot,
                              pqt_error *error)
{
    const size_t count = json_array_size(fields);
    if (count == 0 || count > 10000)
        return missing("metaData", "schemaString", "a schema with 1 to 10,000 columns",
                       error);
    delta_column *columns = arena_alloc(&snapshot->memory, count, sizeof *columns);
    if (!columns) return error_no_memory(error, count * sizeof *columns);
    for (size_t i = 0; i < count; i++)
        TRY(read_field(json_array_get(fields, i), &snapshot->memory, &columns[i], error));
    snapshot->schema = columns;
    snapshot->column_count = (int32_t)count;
    return PQT_OK;
}

static pqt_status read_schema(const char *text, delta_snapshot *snapshot,
                              pqt_error *error)
{
    json_t *schema = json_loads(text, 0, NULL);
    const pqt_status status =
        read_fields(json_object_get(schema, "fields"), snapshot, error);
    json_decref(schema);
    return status;
}

pqt_status action_read_metadata(const json_t *metadata, bool has_schema,
                                delta_snapshot *snapshot, pqt_error *error)
{
    const json_t *id = json_object_get(metadata, "id");
    const json_t *schema_text = json_object_get(metadata, "schemaString");
    if (!json_is_string(id)) return missing("metaData", "id", "a text", error);
    if (json_array_size(json_object_get(metadata, "partitionColumns")) > 0)
        return error_set(error, PQT_UNSUPPORTED,
                         "the table is partitioned; expected one without partitions");
    if (!json_is_string(schema_text))
        return missing("metaData", "schemaString", "a text", error);
    if (!has_schema) TRY(read_schema(json_string_value(schema_text), snapshot, error));
    TRY(copy_text(&snapshot->memory, json_string_value(id), &snapshot->table_id, error));
    return read_pairs(json_object_get(metadata, "configuration"), &snapshot->memory,
                      &snapshot->configuration, &snapshot->configuration_count, error);
}

static void list_features(const json_t *features, char *text, size_t size)
{
    size_t used = 0;
    size_t index;
    json_t *feature;
    json_array_foreach((json_t *)features, index, feature)
    {
        const char *name = json_string_value(feature);
        if (!name || used + strlen(name) + 3 > size) continue;
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", name);
    }
}

pqt_status action_check_protocol(const json_t *protocol, pqt_error *error)
{
    const json_t *reader = json_object_get(protocol, "minReaderVersion");
    const json_t *writer = json_object_get(protocol, "minWriterVersion");
    if (!json_is_integer(reader))
        return missing("protocol", "minReaderVersion", "a number", error);
    if (!json_is_integer(writer))
        return missing("protocol", "minWriterVersion", "a number", error);
    if (json_integer_value(reader) <= 1 && json_integer_value(writer) <= 2) return PQT_OK;
    char features[200] = "";
    list_features(json_object_get(protocol, "writerFeatures"), features, sizeof features);
    return error_set(error, PQT_UNSUPPORTED,
                     "the table needs Delta reader version %d and writer version %d%s%s; "
                     "this program knows 1 and 2",
                     (int)json_integer_value(reader), (int)json_integer_value(writer),
                     *features ? " with " : "", features);
}
