#include "archive/copy_writer.h"

#include <stdio.h>

#include "table/object_key.h"

enum { WINDOW_ROWS = 8192 };

pqt_status copy_writer_open(copy_writer *writer, const export_context *context,
                            const pqt_reader *reader, pqt_error *error)
{
    if (writer->is_open) return PQT_OK;
    writer->context = context;
    writer->reader = reader;
    TRY(file_rows_open(reader, "the day's rows", &writer->rows, error));
    writer->is_open = true;
    return PQT_OK;
}

/* Loads the row and those behind it, unless it is there. */
static pqt_status load_row(copy_writer *w, int32_t group, int64_t row, pqt_error *error)
{
    if (w->row_group == group && row >= w->first_row &&
        row < w->first_row + w->rows.count)
        return PQT_OK;
    const int64_t left =
        pqt_reader_metadata(w->reader)->row_groups[group].row_count - row;
    const int64_t count = left < WINDOW_ROWS ? left : WINDOW_ROWS;
    TRY(file_rows_load_part(&w->rows, group, row, count, error));
    w->row_group = group;
    w->first_row = row;
    return PQT_OK;
}

static pqt_status append_run(copy_writer *w, const copy_run *run, pqt_error *error)
{
    archive_row row;
    for (int64_t i = 0; i < run->sum.row_count; i++) {
        const int64_t at = run->first_row + i;
        TRY(load_row(w, run->row_group, at, error));
        file_rows_get(&w->rows, at - w->first_row, &row);
        TRY(paged_file_append(&w->file, &row, NULL, error));
    }
    return PQT_OK;
}

static pqt_status write_file(copy_writer *w, const copy_item *item, written_file *out,
                             pqt_error *error)
{
    const pqa_settings *settings = w->context->settings;
    const file_writer_options options = {.threads = 1,
                                         .compression_level = settings->compression_level,
                                         .portable = settings->portable,
                                         .of_one_project = true};
    TRY(paged_file_begin(&w->file, &options, error));
    for (size_t i = 0; i < item->run_count; i++) TRY(append_run(w, item->runs[i], error));
    TRY(paged_file_finish(&w->file, out, error));
    return file_writer_check(w->file.writer, &item->sum, NULL, error);
}

/* What was checked is what is put: the store compares nothing. */
static pqt_status put_file(const copy_writer *w, const copy_item *item,
                           const written_file *file, pqt_error *error)
{
    buffer key = {0};
    pqt_status status = table_object_key(item->path, &key, error);
    if (status == PQT_OK)
        status =
            store_replace(w->context->store, (const char *)key.data, file->bytes, error);
    buffer_free(&key);
    return status;
}

pqt_status copy_writer_put(copy_writer *w, copy_item *item, pqt_error *error)
{
    written_file file = {0};
    pqt_status status = write_file(w, item, &file, error);
    if (status == PQT_OK) status = put_file(w, item, &file, error);
    file_writer_free(w->file.writer);
    w->file.writer = NULL;
    TRY(status);
    item->size_bytes = file.size_bytes;
    snprintf(item->sha256, sizeof item->sha256, "%s", file.sha256);
    return PQT_OK;
}

void copy_writer_close(copy_writer *w)
{
    file_rows_free(&w->rows);
    paged_file_close(&w->file);
    *w = (copy_writer){0};
}
