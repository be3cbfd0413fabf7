#include "archive/copy_rows.h"

#include "archive/archive_table.h"
#include "archive/day.h"
#include "archive/row_merge.h"
#include "base/file.h"

static const char merged_name[] = "the day's rows, merged";

static pqt_status read_back(const export_context *context, const delta_file *file,
                            copy_rows *out, pqt_error *error)
{
    const pqa_settings *settings = context->settings;
    const proof_tools tools = {context->store, settings->temporary_directory,
                               context->pool, settings->progress};
    TRY(proof_open(&tools, file, &out->proof, error));
    out->sum = out->proof.content.sum;
    out->reader = out->proof.reader;
    return PQT_OK;
}

/* --- Several files --- */

static pqt_status take_rows(const export_context *context, int32_t date, row_merge *merge,
                            copy_rows *out, pqt_error *error)
{
    bool page_ended = false;
    for (;;) {
        const archive_row *row;
        hash128 hash;
        TRY(row_merge_next(merge, &row, &hash, error));
        if (!row) return PQT_OK;
        if (row->date != date) continue;
        archive_sum_add(&out->sum, row->view_count, hash);
        TRY(paged_file_append(&out->merged, row, &page_ended, error));
        if (page_ended) TRY(progress_check(context->settings->progress, error));
        page_ended = false;
    }
}

static pqt_status read_merged(void *self, uint64_t offset, uint8_t *out,
                              size_t size_bytes, pqt_error *error)
{
    const copy_rows *rows = self;
    return file_read_at(rows->written.descriptor, offset, out, size_bytes, merged_name,
                        error);
}

static pqt_status open_merged(const export_context *context, copy_rows *out,
                              pqt_error *error)
{
    const pqt_input input = {.read = read_merged, .self = out, .name = merged_name};
    TRY(paged_file_finish(&out->merged, &out->written, error));
    TRY(file_writer_check(out->merged.writer, &out->sum, context->pool, error));
    pqt_input sized = input;
    sized.size_bytes = out->written.size_bytes;
    return pqt_reader_open(&sized, NULL, &out->reader, error);
}

static pqt_status merge_files(const export_context *context, int32_t date,
                              const delta_file *const *files, size_t count,
                              copy_rows *out, pqt_error *error)
{
    const pqa_settings *settings = context->settings;
    const file_writer_options options = {
        .temporary_directory = settings->temporary_directory,
        .threads = thread_pool_size(context->pool)};
    row_merge *merge = NULL;
    TRY(paged_file_begin(&out->merged, &options, error));
    pqt_status status = row_merge_open(context->store, files, count, &merge, error);
    if (status == PQT_OK) status = take_rows(context, date, merge, out, error);
    row_merge_free(merge);
    return status == PQT_OK ? open_merged(context, out, error) : status;
}

static bool is_of_one_day(const delta_file *file)
{
    int32_t first, last;
    return file_dates(file, &first, &last, NULL) == PQT_OK && first == last;
}

pqt_status copy_rows_open(const export_context *context, int32_t date,
                          const delta_file *const *files, size_t count, copy_rows *out,
                          pqt_error *error)
{
    const bool is_plain =
        count == 1 && is_of_one_day(files[0]) && proof_is_possible(files[0]);
    *out = (copy_rows){0};
    const pqt_status status = is_plain
                                  ? read_back(context, files[0], out, error)
                                  : merge_files(context, date, files, count, out, error);
    TRY(status);
    return pqt_reader_load_page_indexes(out->reader, NULL, 0, error);
}

void copy_rows_close(copy_rows *rows)
{
    if (rows->merged.page) pqt_reader_close(rows->reader); /* else the proof's */
    paged_file_close(&rows->merged);
    proof_close(&rows->proof);
    *rows = (copy_rows){0};
}
