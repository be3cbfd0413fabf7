#include "archive/import_file.h"

#include "archive/import_column.h"
#include "base/view.h"
#include "table/row.h"

enum { BATCH_ROWS = 16384 };

static const import_meaning column_meanings[COLUMN_COUNT] = {
    [COLUMN_ID] = IMPORT_NUMBER,         [COLUMN_PROJECT_ID] = IMPORT_NUMBER,
    [COLUMN_PROJECT_SLUG] = IMPORT_TEXT, [COLUMN_VERSION_ID] = IMPORT_NUMBER,
    [COLUMN_VERSION_SLUG] = IMPORT_TEXT, [COLUMN_PATH] = IMPORT_TEXT,
    [COLUMN_FULL_PATH] = IMPORT_TEXT,    [COLUMN_VIEW_COUNT] = IMPORT_NUMBER,
    [COLUMN_DATE] = IMPORT_DAY,          [COLUMN_STATUS] = IMPORT_NUMBER,
};

struct reading {
    const pqt_reader *reader;
    const import_path *path;
    import_column columns[COLUMN_COUNT];
    int32_t leaves[COLUMN_COUNT]; /* that are read, in this order */
    int32_t leaf_count;
    pqt_values none;                        /* of columns that the file has not */
    const pqt_values *values[COLUMN_COUNT]; /* of the batch */
    int64_t first_row;                      /* of the batch, in the file */
};

/* --- Columns --- */

static pqt_status require(const struct reading *r, enum archive_column column,
                          const char *why, pqt_error *error)
{
    if (r->columns[column].leaf >= 0) return PQT_OK;
    return error_set(error, PQT_UNSUPPORTED, "there is no column %s%s",
                     archive_columns[column].name, why);
}

static pqt_status check_columns(const struct reading *r, pqt_error *error)
{
    TRY(require(r, COLUMN_PROJECT_ID, "", error));
    TRY(require(r, COLUMN_PATH, "", error));
    TRY(require(r, COLUMN_VIEW_COUNT, "", error));
    TRY(require(r, COLUMN_STATUS, "", error));
    if (!r->path->has_date)
        TRY(require(r, COLUMN_DATE,
                    ", and the file's name has no date (pageviews_2026-01-15.parquet)",
                    error));
    if (r->columns[COLUMN_VERSION_SLUG].leaf < 0) return PQT_OK;
    return require(r, COLUMN_VERSION_ID, ", but one of version_slug", error);
}

static pqt_status find_columns(struct reading *r, pqt_error *error)
{
    const pqt_schema *schema = &pqt_reader_metadata(r->reader)->schema;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        import_column *column = &r->columns[i];
        TRY(import_column_find(schema, archive_columns[i].name, column_meanings[i],
                               column, error));
        if (column->leaf >= 0) r->leaves[r->leaf_count++] = column->leaf;
    }
    return check_columns(r, error);
}

/* --- Rows --- */

static pqt_status refuse_null(enum archive_column column, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "column %s: null; expected a value",
                     archive_columns[column].name);
}

static pqt_status number(const struct reading *r, enum archive_column column, int64_t at,
                         int64_t most, int64_t *out, bool *is_null, pqt_error *error)
{
    return import_number(&r->columns[column], r->values[column], at, most, out, is_null,
                         error);
}

static pqt_status needed_number(const struct reading *r, enum archive_column column,
                                int64_t at, int64_t most, int64_t *out, pqt_error *error)
{
    bool is_null;
    TRY(number(r, column, at, most, out, &is_null, error));
    return is_null ? refuse_null(column, error) : PQT_OK;
}

static pqt_status text(const struct reading *r, enum archive_column column, int64_t at,
                       pqt_view *out, bool *is_null, pqt_error *error)
{
    return import_text(&r->columns[column], r->values[column], at, out, is_null, error);
}

static pqt_status take_numbers(const struct reading *r, int64_t at, import_row *out,
                               pqt_error *error)
{
    int64_t project, version, views, status;
    bool has_no_id, has_no_version;
    TRY(number(r, COLUMN_ID, at, INT64_MAX, &out->row.id, &has_no_id, error));
    TRY(number(r, COLUMN_VERSION_ID, at, INT32_MAX, &version, &has_no_version, error));
    TRY(needed_number(r, COLUMN_PROJECT_ID, at, INT32_MAX, &project, error));
    TRY(needed_number(r, COLUMN_VIEW_COUNT, at, INT32_MAX, &views, error));
    TRY(needed_number(r, COLUMN_STATUS, at, INT16_MAX, &status, error));
    out->has_id = !has_no_id;
    out->row.has_version = !has_no_version;
    out->row.version_id = (int32_t)version;
    out->row.project_id = (int32_t)project;
    out->row.view_count = (int32_t)views;
    out->row.status = (int16_t)status;
    return PQT_OK;
}

static pqt_status take_texts(const struct reading *r, int64_t at, import_row *out,
                             pqt_error *error)
{
    bool no_path, no_full_path, no_project, no_version;
    TRY(text(r, COLUMN_PATH, at, &out->row.path, &no_path, error));
    TRY(text(r, COLUMN_FULL_PATH, at, &out->row.full_path, &no_full_path, error));
    TRY(text(r, COLUMN_PROJECT_SLUG, at, &out->project_slug, &no_project, error));
    TRY(text(r, COLUMN_VERSION_SLUG, at, &out->version_slug, &no_version, error));
    if (no_path) return refuse_null(COLUMN_PATH, error);
    if (no_project) out->project_slug = r->path->slug;
    out->row.has_full_path = !no_full_path;
    out->has_version_slug = !no_version;
    if (no_version || out->row.has_version) return PQT_OK;
    return error_set(
        error, PQT_CORRUPT, "column version_slug: '%.*s', where version_id is null",
        out->version_slug.size_bytes < 100 ? (int)out->version_slug.size_bytes : 100,
        (const char *)out->version_slug.data);
}

static pqt_status take_day(const struct reading *r, int64_t at, import_row *out,
                           pqt_error *error)
{
    bool is_null;
    TRY(import_day(&r->columns[COLUMN_DATE], r->values[COLUMN_DATE], at, &out->row.date,
                   &is_null, error));
    if (!is_null) return PQT_OK;
    if (r->columns[COLUMN_DATE].leaf >= 0) return refuse_null(COLUMN_DATE, error);
    out->row.date = r->path->date;
    return PQT_OK;
}

static pqt_status take_row(const struct reading *r, int64_t at, import_row *out,
                           pqt_error *error)
{
    *out = (import_row){0};
    TRY(take_numbers(r, at, out, error));
    TRY(take_texts(r, at, out, error));
    return take_day(r, at, out, error);
}

/* Says of which row an error is. */
static void name_row(const struct reading *r, int64_t at, pqt_error *error)
{
    const pqt_file_metadata *metadata = pqt_reader_metadata(r->reader);
    int64_t row = r->first_row + at;
    int32_t group = 0;
    while (group < metadata->row_group_count - 1 &&
           row >= metadata->row_groups[group].row_count)
        row -= metadata->row_groups[group++].row_count;
    error_prefix(error, "row group %d, row %lld", group, (long long)row);
}

static pqt_status read_batch(struct reading *r, const pqt_batch *batch,
                             import_row_callback callback, void *self, pqt_error *error)
{
    import_row row;
    int32_t next = 0;
    for (int i = 0; i < COLUMN_COUNT; i++)
        r->values[i] = r->columns[i].leaf < 0 ? &r->none : &batch->columns[next++];
    for (int64_t at = 0; at < batch->row_count; at++) {
        const pqt_status status = take_row(r, at, &row, error);
        if (status != PQT_OK) {
            name_row(r, at, error);
            return status;
        }
        TRY(callback(self, &row, error));
    }
    r->first_row += batch->row_count;
    return PQT_OK;
}

pqt_status import_file_read(const pqt_reader *reader, const import_path *path,
                            import_row_callback callback, void *self,
                            const pqt_progress *progress, pqt_error *error)
{
    struct reading r = {.reader = reader, .path = path};
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    TRY(find_columns(&r, error));
    const pqt_scan_options options = {
        .columns = r.leaves, .column_count = r.leaf_count, .batch_rows = BATCH_ROWS};
    pqt_status status = pqt_scan_open(reader, &options, &scan, error);
    do {
        if (status == PQT_OK) status = progress_check(progress, error);
        if (status == PQT_OK) status = pqt_scan_next(scan, &batch, error);
        if (status == PQT_OK && batch)
            status = read_batch(&r, batch, callback, self, error);
    } while (status == PQT_OK && batch);
    pqt_scan_close(scan);
    return status;
}

bool import_file_is_ours(const pqt_reader *reader)
{
    const pqt_view start = view_text("pqt version ");
    return view_starts_with(view_text(pqt_reader_metadata(reader)->created_by), start);
}
