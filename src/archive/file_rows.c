#include "archive/file_rows.h"

#include "base/view.h"
#include "table/object_key.h"

static const struct {
    pqt_type type;
    bool is_required;
} expected[COLUMN_COUNT] = {
    [COLUMN_ID] = {PQT_INT64, true},
    [COLUMN_PROJECT_ID] = {PQT_INT32, true},
    [COLUMN_PROJECT_SLUG] = {PQT_BYTE_ARRAY, true},
    [COLUMN_VERSION_ID] = {PQT_INT32, false},
    [COLUMN_VERSION_SLUG] = {PQT_BYTE_ARRAY, false},
    [COLUMN_PATH] = {PQT_BYTE_ARRAY, true},
    [COLUMN_FULL_PATH] = {PQT_BYTE_ARRAY, false},
    [COLUMN_VIEW_COUNT] = {PQT_INT32, true},
    [COLUMN_DATE] = {PQT_INT32, true},
    [COLUMN_STATUS] = {PQT_INT32, true},
};

pqt_status file_open_input(store *s, const char *path, pqt_input *out, pqt_error *error)
{
    buffer key = {0};
    pqt_status status = table_object_key(path, &key, error);
    if (status == PQT_OK)
        status = store_open_input(s, (const char *)key.data, out, error);
    buffer_free(&key);
    return status;
}

pqt_status file_open(store *s, const char *path, pqt_reader **out, pqt_error *error)
{
    pqt_input input;
    TRY(file_open_input(s, path, &input, error));
    return pqt_reader_open(&input, NULL, out, error);
}

pqt_status file_column_find(const pqt_reader *reader, const char *name,
                            enum archive_column column, int32_t *out, pqt_error *error)
{
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    const int32_t found = pqt_schema_find(schema, archive_columns[column].name);
    if (found < 0)
        return error_set(error, PQT_CORRUPT, "%s: there is no column %s", name,
                         archive_columns[column].name);
    const pqt_schema_node *node = &schema->nodes[schema->column_nodes[found]];
    if (node->type != expected[column].type || node->max_repetition_level > 0)
        return error_set(error, PQT_CORRUPT, "%s: column %s is of type %s; expected %s",
                         name, archive_columns[column].name, pqt_type_name(node->type),
                         pqt_type_name(expected[column].type));
    *out = found;
    return PQT_OK;
}

pqt_status file_rows_open(const pqt_reader *reader, const char *name, file_rows *out,
                          pqt_error *error)
{
    *out = (file_rows){.reader = reader, .name = name};
    for (int i = 0; i < COLUMN_COUNT; i++)
        TRY(file_column_find(reader, name, (enum archive_column)i, &out->columns[i],
                             error));
    return PQT_OK;
}

pqt_status file_rows_load(file_rows *rows, int32_t row_group, pqt_error *error)
{
    const pqt_file_metadata *metadata = pqt_reader_metadata(rows->reader);
    const int64_t count = metadata->row_groups[row_group].row_count;
    return file_rows_load_part(rows, row_group, 0, count, error);
}

pqt_status file_rows_load_part(file_rows *rows, int32_t row_group, int64_t from,
                               int64_t count, pqt_error *error)
{
    rows->count = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        TRY(pqt_reader_read(rows->reader, row_group, rows->columns[i], from, count,
                            &rows->values[i], error));
        if (expected[i].is_required && rows->values[i].null_count > 0)
            return error_set(error, PQT_CORRUPT,
                             "%s: row group %d: column %s has %lld nulls; expected none",
                             rows->name, row_group, archive_columns[i].name,
                             (long long)rows->values[i].null_count);
    }
    rows->count = count;
    return PQT_OK;
}

static bool is_valid(const pqt_values *values, int64_t at)
{
    return !values->validity || (values->validity[at / 8] >> (at % 8) & 1);
}

void file_rows_get(const file_rows *rows, int64_t at, archive_row *out)
{
    const pqt_values *v = rows->values;
    const bool has_version = is_valid(&v[COLUMN_VERSION_ID], at);
    const bool has_version_slug = is_valid(&v[COLUMN_VERSION_SLUG], at);
    const bool has_full_path = is_valid(&v[COLUMN_FULL_PATH], at);
    *out = (archive_row){
        .id = v[COLUMN_ID].int64s[at],
        .project_id = v[COLUMN_PROJECT_ID].int32s[at],
        .version_id = has_version ? v[COLUMN_VERSION_ID].int32s[at] : 0,
        .view_count = v[COLUMN_VIEW_COUNT].int32s[at],
        .date = v[COLUMN_DATE].int32s[at],
        .status = (int16_t)v[COLUMN_STATUS].int32s[at],
        .has_version = has_version,
        .has_version_slug = has_version_slug,
        .has_full_path = has_full_path,
        .project_slug = v[COLUMN_PROJECT_SLUG].bytes[at],
        .path = v[COLUMN_PATH].bytes[at],
    };
    if (has_version_slug) out->version_slug = v[COLUMN_VERSION_SLUG].bytes[at];
    if (has_full_path) out->full_path = v[COLUMN_FULL_PATH].bytes[at];
}

void file_rows_free(file_rows *rows)
{
    for (int i = 0; i < COLUMN_COUNT; i++) pqt_values_free(&rows->values[i]);
}
