#include "archive/compact.h"

#include <stdio.h>

#include "archive/change_set.h"
#include "archive/rewrite.h"
#include "archive/upkeep.h"
#include "base/alloc.h"
#include "base/date.h"

struct compacting {
    upkeep upkeep;
    const pqa_compact_options *options;
    pqa_compacted_callback callback;
    void *self;
    const delta_file **files; /* of the month */
    size_t file_count, file_capacity;
    pqt_status first_failure;
    pqt_error first_error;
};

/* --- Months --- */

static int32_t month_first(int32_t date)
{
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    return date_from_civil(year, month, 1);
}

static int32_t month_last(int32_t date)
{
    return month_first(month_first(date) + 31) - 1;
}

static bool is_over(const struct compacting *c, int32_t date)
{
    const int32_t today = (int32_t)(c->upkeep.now_ms / 86400000);
    return today - month_last(date) > COMPACT_LATE_DAYS;
}

/* --- One month --- */

static pqt_status keep_file(struct compacting *c, const delta_file *file,
                            pqt_error *error)
{
    void *array = c->files;
    if (alloc_grow(NULL, &array, &c->file_capacity, c->file_count + 1,
                   sizeof(delta_file *)) != 0)
        return error_no_memory(error, sizeof(delta_file *));
    c->files = array;
    c->files[c->file_count++] = file;
    return PQT_OK;
}

/* A file that another program wrote may be in any order, and one that reaches into
 * another month would take that along. */
static pqt_status check_file(const delta_file *file, const pqa_compacted *month,
                             pqt_error *error)
{
    int32_t first, last;
    TRY(file_dates(file, &first, &last, error));
    if (first < month->first_date || last > month->last_date)
        return error_set(error, PQT_UNSUPPORTED, "%s holds days of other months too",
                         file->path);
    if (delta_tag(file, TAG_ROW_HASH)) return PQT_OK;
    return error_set(error, PQT_UNSUPPORTED, "%s was written by another program",
                     file->path);
}

static pqt_status collect_files(struct compacting *c, pqa_compacted *month,
                                pqt_error *error)
{
    const delta_snapshot *current = c->upkeep.table.current;
    c->file_count = 0;
    for (int32_t i = 0; i < current->file_count; i++) {
        const delta_file *file = &current->files[i];
        if (file->row_count == 0 ||
            !file_touches(file, month->first_date, month->last_date))
            continue;
        TRY(check_file(file, month, error));
        TRY(keep_file(c, file, error));
        month->rows += file->row_count;
        month->bytes_before += file->size_bytes;
    }
    month->files = (int64_t)c->file_count;
    return PQT_OK;
}

static pqt_status fill_changes(struct compacting *c, change_set *changes,
                               rewritten *joined, pqt_error *error)
{
    const rewrite plan = {.context = c->upkeep.context,
                          .files = c->files,
                          .file_count = c->file_count,
                          .memory = &changes->memory};
    TRY(rewrite_files(&plan, joined, error));
    for (size_t i = 0; i < c->file_count; i++)
        TRY(change_set_remove(changes, c->files[i], error));
    return change_set_add(changes, &joined->entry, error);
}

static pqt_status join_files(struct compacting *c, pqa_compacted *month, pqt_error *error)
{
    rewritten joined;
    change_set changes = {.is_rearrangement = true};
    pqt_status status = fill_changes(c, &changes, &joined, error);
    if (status == PQT_OK)
        status =
            change_set_commit(&changes, &c->upkeep.table, "OPTIMIZE", NULL, 0, error);
    if (status == PQT_OK) {
        month->outcome = PQA_MONTH_COMPACTED;
        month->bytes_after = joined.entry.size_bytes;
    }
    change_set_free(&changes);
    return status;
}

static pqt_status compact_files(struct compacting *c, pqa_compacted *month,
                                pqt_error *error)
{
    TRY(collect_files(c, month, error));
    month->outcome = PQA_MONTH_UNCHANGED;
    month->bytes_after = month->bytes_before;
    if (c->file_count <= 1) return PQT_OK;
    if (!c->options->dry_run) return join_files(c, month, error);
    month->outcome = PQA_MONTH_COMPACTED;
    month->bytes_after = 0;
    return PQT_OK;
}

/* A month that cannot be compacted does not stop the others; where the store or the log
 * fails, all ends. */
static pqt_status compact_month(struct compacting *c, int32_t date, pqt_error *error)
{
    pqa_compacted month = {.first_date = month_first(date),
                           .last_date = month_last(date)};
    pqt_error problem = {0};
    month.status = compact_files(c, &month, &problem);
    if (month.status != PQT_OK) {
        month.outcome = PQA_MONTH_FAILED;
        snprintf(month.message, sizeof month.message, "%s", problem.message);
    }
    if (month.status != PQT_OK && c->first_failure == PQT_OK) {
        c->first_failure = month.status;
        c->first_error = problem;
    }
    if (c->callback && month.files + (month.status != PQT_OK) > 0)
        c->callback(c->self, &month);
    if (month.status == PQT_OK || month.status == PQT_CORRUPT ||
        month.status == PQT_UNSUPPORTED)
        return PQT_OK;
    if (error) *error = problem;
    return month.status;
}

/* --- All months --- */

static pqt_status find_range(const struct compacting *c, int32_t *first, int32_t *last,
                             pqt_error *error)
{
    const delta_snapshot *current = c->upkeep.table.current;
    *first = INT32_MAX;
    *last = INT32_MIN;
    for (int32_t i = 0; i < current->file_count; i++) {
        int32_t from, to;
        if (current->files[i].row_count == 0) continue;
        TRY(file_dates(&current->files[i], &from, &to, error));
        if (from < *first) *first = from;
        if (to > *last) *last = to;
    }
    return PQT_OK;
}

static pqt_status compact_months(struct compacting *c, pqt_error *error)
{
    int32_t first, last;
    TRY(find_range(c, &first, &last, error));
    for (int32_t date = first; date <= last && is_over(c, date);
         date = month_last(date) + 1)
        TRY(compact_month(c, date, error));
    return PQT_OK;
}

static pqt_status check_month(const struct compacting *c, pqt_error *error)
{
    char last[DATE_TEXT_BYTES];
    if (is_over(c, c->options->month)) return PQT_OK;
    date_text(month_last(c->options->month), last);
    return error_set(error, PQT_INVALID,
                     "rows of the month until %s may still come: it can be compacted %d "
                     "days later",
                     last, COMPACT_LATE_DAYS + 1);
}

static pqt_status compact(struct compacting *c, pqt_error *error)
{
    if (!c->options->has_month) return compact_months(c, error);
    TRY(check_month(c, error));
    return compact_month(c, c->options->month, error);
}

pqt_status archive_compact(const export_context *context, int64_t now_ms,
                           const pqa_compact_options *options,
                           pqa_compacted_callback callback, void *self, pqt_error *error)
{
    struct compacting c = {.options = options, .callback = callback, .self = self};
    pqt_status status = upkeep_begin(&c.upkeep, context, now_ms, options->dry_run, error);
    if (status == PQT_OK) status = compact(&c, error);
    alloc_release(NULL, c.files);
    upkeep_end(&c.upkeep);
    if (status != PQT_OK || c.first_failure == PQT_OK) return status;
    if (error) *error = c.first_error;
    return c.first_failure;
}
