#include "archive/row_batch.h"

#include "base/alloc.h"

enum { TEXT_LIMIT_BYTES = 8 << 20 };

static void *make_array(row_batch *batch, size_t capacity, size_t size_bytes)
{
    return arena_alloc(&batch->memory, capacity, size_bytes);
}

pqt_status row_batch_create(size_t capacity, row_batch **out, pqt_error *error)
{
    row_batch *batch = alloc_zeroed(NULL, 1, sizeof *batch);
    if (!batch) return error_no_memory(error, sizeof *batch);
    const size_t bitmap = capacity / 8 + 1;
    batch->capacity = capacity;
    batch->text_limit_bytes = TEXT_LIMIT_BYTES;
    batch->ids = make_array(batch, capacity, sizeof *batch->ids);
    batch->project_ids = make_array(batch, capacity, sizeof *batch->project_ids);
    batch->version_ids = make_array(batch, capacity, sizeof *batch->version_ids);
    batch->view_counts = make_array(batch, capacity, sizeof *batch->view_counts);
    batch->dates = make_array(batch, capacity, sizeof *batch->dates);
    batch->statuses = make_array(batch, capacity, sizeof *batch->statuses);
    batch->project_slugs = make_array(batch, capacity, sizeof *batch->project_slugs);
    batch->version_slugs = make_array(batch, capacity, sizeof *batch->version_slugs);
    batch->paths = make_array(batch, capacity, sizeof *batch->paths);
    batch->full_paths = make_array(batch, capacity, sizeof *batch->full_paths);
    batch->has_version = make_array(batch, bitmap, 1);
    batch->has_version_slug = make_array(batch, bitmap, 1);
    batch->has_full_path = make_array(batch, bitmap, 1);
    batch->origins = make_array(batch, capacity, 1);
    if (!batch->ids || !batch->project_ids || !batch->version_ids ||
        !batch->view_counts || !batch->dates || !batch->statuses ||
        !batch->project_slugs || !batch->version_slugs || !batch->paths ||
        !batch->full_paths || !batch->has_version || !batch->has_version_slug ||
        !batch->has_full_path || !batch->origins) {
        row_batch_free(batch);
        return error_no_memory(error, capacity * 100);
    }
    *out = batch;
    return PQT_OK;
}

void row_batch_free(row_batch *batch)
{
    if (!batch) return;
    row_batch_clear(batch);
    arena_free(&batch->memory);
    alloc_release(NULL, batch);
}

void row_batch_clear(row_batch *batch)
{
    batch->count = 0;
    for (int i = 0; i < ROW_BATCH_PARTS; i++) arena_free(&batch->texts[i]);
}

size_t row_batch_text_bytes(const row_batch *batch)
{
    size_t bytes = 0;
    for (size_t i = 0; i < batch->count; i++)
        bytes += batch->paths[i].size_bytes + batch->full_paths[i].size_bytes;
    return bytes;
}

static void set_bit(uint8_t *bitmap, size_t at, bool value)
{
    const uint8_t bit = (uint8_t)(1u << (at % 8));
    if (value)
        bitmap[at / 8] |= bit;
    else
        bitmap[at / 8] &= (uint8_t)~bit;
}

static bool get_bit(const uint8_t *bitmap, size_t at)
{
    return bitmap[at / 8] >> (at % 8) & 1;
}

void row_batch_set(row_batch *batch, size_t at, const archive_row *row, row_origin origin)
{
    batch->ids[at] = row->id;
    batch->project_ids[at] = row->project_id;
    batch->version_ids[at] = row->version_id;
    batch->view_counts[at] = row->view_count;
    batch->dates[at] = row->date;
    batch->statuses[at] = row->status;
    batch->project_slugs[at] = row->project_slug;
    batch->version_slugs[at] = row->version_slug;
    batch->paths[at] = row->path;
    batch->full_paths[at] = row->full_path;
    batch->origins[at] = (uint8_t)origin;
    set_bit(batch->has_version, at, row->has_version);
    set_bit(batch->has_version_slug, at, row->has_version_slug);
    set_bit(batch->has_full_path, at, row->has_full_path);
}

/* The text in the batch's own memory, or the text of the row before where it is equal. */
static pqt_status keep_text(row_batch *batch, const pqt_view *column, pqt_view *text,
                            pqt_error *error)
{
    if (batch->count > 0 && view_equal(column[batch->count - 1], *text)) {
        *text = column[batch->count - 1];
        return PQT_OK;
    }
    const pqt_view copy = arena_copy(&batch->texts[0], *text);
    if (!copy.data) return error_no_memory(error, text->size_bytes);
    *text = copy;
    return PQT_OK;
}

pqt_status row_batch_append_copy(row_batch *batch, const archive_row *row,
                                 row_origin origin, pqt_error *error)
{
    archive_row kept = *row;
    TRY(keep_text(batch, batch->project_slugs, &kept.project_slug, error));
    TRY(keep_text(batch, batch->version_slugs, &kept.version_slug, error));
    TRY(keep_text(batch, batch->paths, &kept.path, error));
    TRY(keep_text(batch, batch->full_paths, &kept.full_path, error));
    row_batch_set(batch, batch->count++, &kept, origin);
    return PQT_OK;
}

void row_batch_get(const row_batch *batch, size_t at, archive_row *out)
{
    *out = (archive_row){
        .id = batch->ids[at],
        .project_id = batch->project_ids[at],
        .version_id = batch->version_ids[at],
        .view_count = batch->view_counts[at],
        .date = batch->dates[at],
        .status = (int16_t)batch->statuses[at],
        .has_version = get_bit(batch->has_version, at),
        .has_version_slug = get_bit(batch->has_version_slug, at),
        .has_full_path = get_bit(batch->has_full_path, at),
        .project_slug = batch->project_slugs[at],
        .version_slug = batch->version_slugs[at],
        .path = batch->paths[at],
        .full_path = batch->full_paths[at],
    };
}

void row_batch_columns(const row_batch *batch, pqt_column_values out[COLUMN_COUNT])
{
    out[COLUMN_ID] = (pqt_column_values){.values = batch->ids};
    out[COLUMN_PROJECT_ID] = (pqt_column_values){.values = batch->project_ids};
    out[COLUMN_PROJECT_SLUG] = (pqt_column_values){.values = batch->project_slugs};
    out[COLUMN_VERSION_ID] =
        (pqt_column_values){.values = batch->version_ids, .validity = batch->has_version};
    out[COLUMN_VERSION_SLUG] = (pqt_column_values){.values = batch->version_slugs,
                                                   .validity = batch->has_version_slug};
    out[COLUMN_PATH] = (pqt_column_values){.values = batch->paths};
    out[COLUMN_FULL_PATH] = (pqt_column_values){.values = batch->full_paths,
                                                .validity = batch->has_full_path};
    out[COLUMN_VIEW_COUNT] = (pqt_column_values){.values = batch->view_counts};
    out[COLUMN_DATE] = (pqt_column_values){.values = batch->dates};
    out[COLUMN_STATUS] = (pqt_column_values){.values = batch->statuses};
}
