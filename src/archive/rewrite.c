#include "archive/rewrite.h"

#include "archive/day.h"
#include "archive/day_file.h"
#include "archive/paged_file.h"
#include "archive/row_merge.h"

struct rewriting {
    const rewrite *plan;
    rewritten *result;
    paged_file file;
    int32_t first_date; /* of the rows that are kept */
    int32_t last_date;
};

/* --- Writing --- */

static pqt_status keep_row(struct rewriting *w, const archive_row *row, pqt_error *error)
{
    if (w->result->kept.row_count == 1) w->first_date = w->last_date = row->date;
    if (row->date < w->first_date) w->first_date = row->date;
    if (row->date > w->last_date) w->last_date = row->date;
    if (w->plan->count_only) return PQT_OK;
    bool page_ended = false;
    TRY(paged_file_append(&w->file, row, &page_ended, error));
    return page_ended ? progress_check(w->plan->context->settings->progress, error)
                      : PQT_OK;
}

static pqt_status stream_rows(struct rewriting *w, row_merge *merge, pqt_error *error)
{
    const rewrite *plan = w->plan;
    for (;;) {
        const archive_row *row;
        hash128 hash;
        TRY(row_merge_next(merge, &row, &hash, error));
        if (!row) return PQT_OK;
        const bool is_kept = !plan->keeps || plan->keeps(plan->self, row);
        archive_sum_add(is_kept ? &w->result->kept : &w->result->left_out,
                        row->view_count, hash);
        if (is_kept) TRY(keep_row(w, row, error));
    }
}

/* --- Publishing --- */

static pqt_status put_file(struct rewriting *w, const written_file *file,
                           const char **path, pqt_error *error)
{
    store *s = w->plan->context->store;
    arena *memory = w->plan->memory;
    if (w->first_date == w->last_date)
        return day_file_put(s, NULL, w->first_date, file, memory, path, error);
    return month_file_put(s, w->first_date, file, memory, path, error);
}

static pqt_status publish(struct rewriting *w, pqt_error *error)
{
    const export_context *context = w->plan->context;
    written_file file;
    const char *path = NULL;
    TRY(paged_file_finish(&w->file, &file, error));
    TRY(file_writer_check(w->file.writer, &w->result->kept, context->pool, error));
    TRY(progress_check(context->settings->progress, error));
    TRY(put_file(w, &file, &path, error));
    TRY(day_file_read_back(context->store, path, &file, error));
    TRY(day_file_entry(&file, &w->result->kept, path, w->plan->memory, &w->result->entry,
                       error));
    w->result->has_file = true;
    return PQT_OK;
}

static pqt_status begin_file(struct rewriting *w, pqt_error *error)
{
    const file_writer_options options = export_writer_options(w->plan->context);
    return paged_file_begin(&w->file, &options, error);
}

static pqt_status read_and_write(struct rewriting *w, pqt_error *error)
{
    row_merge *merge = NULL;
    const rewrite *plan = w->plan;
    TRY(row_merge_open(plan->context->store, plan->files, plan->file_count, &merge,
                       error));
    const pqt_status status = stream_rows(w, merge, error);
    row_merge_free(merge); /* checking wants the memory */
    TRY(status);
    return !plan->count_only && w->result->kept.row_count > 0 ? publish(w, error)
                                                              : PQT_OK;
}

pqt_status rewrite_files(const rewrite *r, rewritten *out, pqt_error *error)
{
    *out = (rewritten){0};
    struct rewriting w = {.plan = r, .result = out};
    pqt_status status = r->count_only ? PQT_OK : begin_file(&w, error);
    if (status == PQT_OK) status = read_and_write(&w, error);
    if (status == PQT_CORRUPT && r->file_count > 0)
        error_prefix(error, "writing %s anew", r->files[0]->path);
    paged_file_close(&w.file);
    return status;
}
