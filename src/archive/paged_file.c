#include "archive/paged_file.h"

enum { PAGE_ROWS_LEAST = 8192, PAGE_ROWS_MOST = 16384, PAGE_TEXT_BYTES = 8 << 20 };

pqt_status paged_file_begin(paged_file *file, const file_writer_options *options,
                            pqt_error *error)
{
    file_writer_free(file->writer);
    file->writer = NULL;
    if (!file->page) TRY(row_batch_create(PAGE_ROWS_MOST, &file->page, error));
    row_batch_clear(file->page);
    file->page_text_bytes = 0;
    return file_writer_create(options, &file->writer, error);
}

static bool page_is_full(const paged_file *file, const archive_row *next)
{
    const row_batch *page = file->page;
    if (page->count == PAGE_ROWS_MOST || file->page_text_bytes >= PAGE_TEXT_BYTES)
        return true;
    return page->count >= PAGE_ROWS_LEAST &&
           page->project_ids[page->count - 1] != next->project_id;
}

static pqt_status end_page(paged_file *file, pqt_error *error)
{
    if (file->page->count == 0) return PQT_OK;
    TRY(file_writer_append(file->writer, file->page, error));
    row_batch_clear(file->page);
    file->page_text_bytes = 0;
    return PQT_OK;
}

pqt_status paged_file_append(paged_file *file, const archive_row *row, bool *page_ended,
                             pqt_error *error)
{
    if (page_is_full(file, row)) {
        TRY(end_page(file, error));
        if (page_ended) *page_ended = true;
    }
    file->page_text_bytes += row->path.size_bytes + row->full_path.size_bytes;
    return row_batch_append_copy(file->page, row, ORIGIN_ARCHIVE, error);
}

pqt_status paged_file_finish(paged_file *file, written_file *out, pqt_error *error)
{
    TRY(end_page(file, error));
    return file_writer_finish(file->writer, out, error);
}

void paged_file_close(paged_file *file)
{
    file_writer_free(file->writer);
    row_batch_free(file->page);
    *file = (paged_file){0};
}
