#include "archive/copy_day.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/archive_table.h"
#include "archive/copy_rows.h"
#include "archive/day.h"
#include "base/alloc.h"
#include "table/object_key.h"

enum { BATCH_ROWS = 32768, BATCH_COPIES = 16 }; /* of one turn */

/* A day under way. */
struct copying {
    copy_work *work;
    int32_t date;
    const delta_file **files; /* live, that may have rows of the day */
    size_t file_count;
    copy_manifest known; /* what may be there */
    copy_manifest next;  /* what is to be */
    copy_members own_members;
    copy_wish wish;
    copy_rows rows;
    copy_survey survey;
    copy_plan plan;
    size_t *batches; /* the first item of each, and the end */
    size_t batch_count;
};

static store *store_of(const struct copying *c)
{
    return c->work->context->store;
}

static const pqt_progress *progress_of(const struct copying *c)
{
    return c->work->context->settings->progress;
}

/* --- What the day is made of --- */

static pqt_status find_files(struct copying *c, pqt_error *error)
{
    const delta_snapshot *snapshot = c->work->snapshot;
    c->files = alloc_zeroed(NULL, (size_t)snapshot->file_count, sizeof(delta_file *));
    if (!c->files) return error_no_memory(error, (size_t)snapshot->file_count);
    for (int32_t i = 0; i < snapshot->file_count; i++)
        if (snapshot->files[i].row_count != 0 &&
            file_touches(&snapshot->files[i], c->date, c->date))
            c->files[c->file_count++] = &snapshot->files[i];
    return PQT_OK;
}

/* A damaged manifest counts as none where the kinds of copies are given. */
static pqt_status read_known(struct copying *c, pqt_error *error)
{
    const pqa_copy_options *o = c->work->options;
    pqt_error problem = {0};
    const pqt_status status =
        copy_manifest_read(store_of(c), c->date, &c->known, &problem);
    if (status == PQT_CORRUPT && (o->per_project || o->per_organization)) {
        copy_manifest_free(&c->known);
        c->known.date = c->date;
        return PQT_OK;
    }
    if (status != PQT_OK && error) *error = problem;
    return status;
}

static pqt_status fill_origins(struct copying *c, pqt_error *error)
{
    copy_manifest *next = &c->next;
    next->origins = arena_alloc(&next->memory, c->file_count, sizeof *next->origins);
    if (!next->origins) return error_no_memory(error, c->file_count);
    for (size_t i = 0; i < c->file_count; i++) {
        const char *hash = delta_tag(c->files[i], TAG_SHA256);
        next->origins[i] = (copy_origin){c->files[i]->path, hash ? hash : ""};
    }
    next->origin_count = c->file_count;
    return PQT_OK;
}

static pqt_status choose_members(struct copying *c, pqt_error *error)
{
    c->wish.members = c->work->members;
    if (c->wish.members || !c->wish.per_organization) return PQT_OK;
    c->wish.members = &c->own_members;
    if (!c->work->from) return copy_members_of(&c->known, &c->own_members, error);
    copy_work *work = c->work;
    c->wish.members = work->members = &work->read_members;
    return copy_members_read(work->from, &work->read_members, error);
}

/* What was wanted before still is. */
static pqt_status make_wish(struct copying *c, pqt_error *error)
{
    const pqa_copy_options *o = c->work->options;
    c->wish = (copy_wish){
        .date = c->date,
        .per_project = o->per_project || c->known.per_project,
        .per_organization = o->per_organization || c->known.per_organization,
        .minimum_rows = o->minimum_rows > 0 ? o->minimum_rows : c->known.minimum_rows,
        .survey = &c->survey,
        .known = &c->known};
    TRY(choose_members(c, error));
    c->next.date = c->date;
    c->next.per_project = c->wish.per_project;
    c->next.per_organization = c->wish.per_organization;
    c->next.minimum_rows = c->wish.minimum_rows;
    if (c->wish.members) c->next.members = c->wish.members->hash;
    return fill_origins(c, error);
}

/* --- Whether all is as it should be --- */

static bool has_same_origins(const copy_manifest *a, const copy_manifest *b)
{
    if (a->origin_count != b->origin_count) return false;
    for (size_t i = 0; i < a->origin_count; i++)
        if (strcmp(a->origins[i].path, b->origins[i].path) != 0 ||
            strcmp(a->origins[i].sha256, b->origins[i].sha256) != 0 ||
            a->origins[i].sha256[0] == 0)
            return false;
    return true;
}

static bool is_up_to_date(const struct copying *c)
{
    const copy_manifest *a = &c->known, *b = &c->next;
    for (size_t i = 0; i < a->count; i++)
        if (a->entries[i].is_pending) return false;
    return a->is_there && a->per_project == b->per_project &&
           a->per_organization == b->per_organization &&
           a->minimum_rows == b->minimum_rows && hash128_equal(a->members, b->members) &&
           has_same_origins(a, b);
}

/* --- Telling --- */

static void tell(const struct copying *c, const pqa_copy *copy)
{
    const pqa_copy_options *o = c->work->options;
    if (o->callback) o->callback(o->self, copy);
}

static void tell_known(const struct copying *c)
{
    for (size_t i = 0; i < c->known.count; i++) {
        const copy_entry *entry = &c->known.entries[i];
        copy_kind kind;
        const pqa_copy copy = {.date = c->date,
                               .outcome = PQA_COPY_UNCHANGED,
                               .path = entry->path,
                               .slug = copy_path_slug(entry->path, &kind),
                               .rows = entry->sum.row_count,
                               .views = entry->sum.view_count,
                               .size_bytes = entry->size_bytes};
        tell(c, &copy);
    }
}

static void tell_item(const struct copying *c, const copy_item *item)
{
    static const pqa_copy_outcome outcomes[] = {[COPY_KEEP] = PQA_COPY_UNCHANGED,
                                                [COPY_WRITE] = PQA_COPY_WRITTEN,
                                                [COPY_REMOVE] = PQA_COPY_REMOVED,
                                                [COPY_SKIP] = PQA_COPY_SKIPPED};
    copy_work *work = c->work;
    const pqt_status status = item->failure.status;
    pqa_copy copy = {.date = c->date,
                     .outcome = status == PQT_OK ? outcomes[item->task] : PQA_COPY_FAILED,
                     .path = item->path,
                     .slug = item->slug,
                     .rows = item->sum.row_count,
                     .views = item->sum.view_count,
                     .size_bytes = item->size_bytes,
                     .status = status};
    snprintf(copy.message, sizeof copy.message, "%s",
             item->problem ? item->problem : item->failure.message);
    if (status != PQT_OK && work->first_failure == PQT_OK) {
        work->first_failure = status;
        work->first_error = item->failure;
    }
    tell(c, &copy);
}

/* --- Doing it --- */

/* Whether the object is there, and as large as it should be. */
static pqt_status look_at(const struct copying *c, copy_item *item, pqt_error *error)
{
    uint64_t size = 0;
    const pqt_status status = table_object_size(store_of(c), item->path, &size, error);
    const bool is_missing = status == PQT_NOT_FOUND;
    if (is_missing || (status == PQT_OK && size != item->size_bytes))
        item->task = COPY_WRITE;
    return is_missing ? PQT_OK : status;
}

static pqt_status do_item(struct copying *c, copy_item *item, copy_writer *writer,
                          pqt_error *error)
{
    switch (item->task) {
    case COPY_WRITE:
        TRY(copy_writer_open(writer, c->work->context, c->rows.reader, error));
        return copy_writer_put(writer, item, error);
    case COPY_REMOVE:
        return table_object_remove(store_of(c), item->path, error);
    default:
        return PQT_OK;
    }
}

static void keep_failure(copy_item *item, pqt_status status, const pqt_error *problem)
{
    item->failure = *problem;
    item->failure.status = status;
    error_prefix(&item->failure, "the copy %s", item->path);
}

/* A copy that fails stops no other; only the caller's wish to stop does. */
static pqt_status do_batch(void *self, size_t index, int worker, pqt_error *error)
{
    struct copying *c = self;
    for (size_t i = c->batches[index]; i < c->batches[index + 1]; i++) {
        copy_item *item = &c->plan.items[i];
        pqt_error problem = {0};
        TRY(progress_check(progress_of(c), error));
        const pqt_status status = do_item(c, item, &c->work->writers[worker], &problem);
        if (status == PQT_CANCELLED && error) *error = problem;
        if (status == PQT_CANCELLED) return status;
        if (status != PQT_OK) keep_failure(item, status, &problem);
    }
    if (worker == 0)
        progress_report(progress_of(c), "copies", (int64_t)c->batches[index + 1],
                        (int64_t)c->plan.count);
    return PQT_OK;
}

static pqt_status look_at_batch(void *self, size_t index, int worker, pqt_error *error)
{
    struct copying *c = self;
    (void)worker;
    for (size_t i = c->batches[index]; i < c->batches[index + 1]; i++) {
        copy_item *item = &c->plan.items[i];
        pqt_error problem = {0};
        TRY(progress_check(progress_of(c), error));
        if (item->task != COPY_KEEP) continue;
        const pqt_status status = look_at(c, item, &problem);
        if (status != PQT_OK) keep_failure(item, status, &problem);
    }
    return PQT_OK;
}

/* What a turn does: neighbours, so that rows are read once. */
static pqt_status make_batches(struct copying *c, pqt_error *error)
{
    int64_t rows = 0;
    c->batches = alloc_zeroed(NULL, c->plan.count + 1, sizeof *c->batches);
    if (!c->batches) return error_no_memory(error, c->plan.count * sizeof *c->batches);
    for (size_t i = 0, copies = 0; i < c->plan.count; i++, copies++) {
        if (rows >= BATCH_ROWS || copies >= BATCH_COPIES) {
            c->batches[++c->batch_count] = i;
            rows = 0;
            copies = 0;
        }
        rows += c->plan.items[i].sum.row_count;
    }
    if (c->plan.count > 0) c->batches[++c->batch_count] = c->plan.count;
    return PQT_OK;
}

static void close_writers(const struct copying *c)
{
    for (int i = 0; i < thread_pool_size(c->work->pool); i++)
        copy_writer_close(&c->work->writers[i]);
}

/* --- The manifest --- */

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const copy_entry *)a)->path, ((const copy_entry *)b)->path);
}

static copy_entry entry_of(const copy_item *item, bool is_done)
{
    return (copy_entry){.path = item->path,
                        .is_pending = (item->task != COPY_KEEP && !is_done) ||
                                      item->failure.status != PQT_OK,
                        .sum = item->sum,
                        .size_bytes = item->size_bytes,
                        .sha256 = item->sha256,
                        .projects = item->projects,
                        .project_count = item->project_count};
}

/* Before the work is done, whatever it touches may or may not be there. */
static pqt_status write_next(struct copying *c, bool is_done, pqt_error *error)
{
    copy_manifest *next = &c->next;
    next->count = 0;
    if (!next->entries)
        next->entries = arena_alloc(&next->memory, c->plan.count, sizeof *next->entries);
    if (!next->entries) return error_no_memory(error, c->plan.count);
    for (size_t i = 0; i < c->plan.count; i++) {
        const copy_item *item = &c->plan.items[i];
        const bool is_gone =
            is_done && item->task == COPY_REMOVE && item->failure.status == PQT_OK;
        if (item->task != COPY_SKIP && !is_gone)
            next->entries[next->count++] = entry_of(item, is_done);
    }
    if (next->count > 1)
        qsort(next->entries, next->count, sizeof *next->entries, compare_entries);
    return copy_manifest_write(store_of(c), next, error);
}

/* --- All of it --- */

static pqt_status make_plan(struct copying *c, pqt_error *error)
{
    if (c->file_count > 0) {
        TRY(copy_rows_open(c->work->context, c->date, c->files, c->file_count, &c->rows,
                           error));
        TRY(copy_survey_read(c->rows.reader, "the day's rows", c->work->context->pool,
                             &c->survey, error));
    }
    TRY(copy_plan_make(&c->wish, &c->plan, error));
    return make_batches(c, error);
}

static bool has_work(const struct copying *c)
{
    for (size_t i = 0; i < c->plan.count; i++)
        if (c->plan.items[i].task == COPY_WRITE || c->plan.items[i].task == COPY_REMOVE)
            return true;
    return false;
}

static pqt_status carry_out(struct copying *c, pqt_error *error)
{
    TRY(write_next(c, false, error));
    const pqt_status status =
        thread_pool_run(c->work->pool, c->batch_count, do_batch, c, error);
    close_writers(c);
    TRY(status);
    return write_next(c, true, error);
}

static pqt_status bring_about(struct copying *c, pqt_error *error)
{
    TRY(make_plan(c, error));
    if (c->work->looks)
        TRY(thread_pool_run(c->work->pool, c->batch_count, look_at_batch, c, error));
    if (has_work(c))
        TRY(carry_out(c, error));
    else if (!is_up_to_date(c))
        TRY(write_next(c, true, error));
    for (size_t i = 0; i < c->plan.count; i++) tell_item(c, &c->plan.items[i]);
    return PQT_OK;
}

static pqt_status make_day(struct copying *c, pqt_error *error)
{
    TRY(progress_check(progress_of(c), error));
    TRY(find_files(c, error));
    TRY(read_known(c, error));
    if (c->file_count == 0 && !c->known.is_there) return PQT_OK;
    TRY(make_wish(c, error));
    if (!c->wish.per_project && !c->wish.per_organization) return PQT_OK;
    if (c->work->looks || !is_up_to_date(c)) return bring_about(c, error);
    tell_known(c);
    return PQT_OK;
}

static void release(struct copying *c)
{
    copy_plan_free(&c->plan);
    copy_survey_free(&c->survey);
    copy_rows_close(&c->rows);
    copy_members_free(&c->own_members);
    copy_manifest_free(&c->known);
    copy_manifest_free(&c->next);
    alloc_release(NULL, c->files);
    alloc_release(NULL, c->batches);
}

pqt_status copy_day_make(copy_work *work, int32_t date, pqt_error *error)
{
    struct copying c = {.work = work, .date = date};
    const pqt_status status = make_day(&c, error);
    release(&c);
    return status;
}

/* --- Removing all --- */

static pqt_status plan_removal(struct copying *c, pqt_error *error)
{
    TRY(copy_manifest_read(store_of(c), c->date, &c->known, error));
    c->wish = (copy_wish){.date = c->date, .known = &c->known, .survey = &c->survey};
    TRY(copy_plan_make(&c->wish, &c->plan, error));
    return make_batches(c, error);
}

/* The manifest stays as long as a copy may be there. */
static pqt_status remove_day(struct copying *c, int64_t *count, pqt_error *error)
{
    TRY(plan_removal(c, error));
    if (!c->known.is_there) return PQT_OK;
    TRY(thread_pool_run(c->work->pool, c->batch_count, do_batch, c, error));
    for (size_t i = 0; i < c->plan.count; i++) {
        const pqt_error *failure = &c->plan.items[i].failure;
        if (failure->status == PQT_OK) continue;
        if (error) *error = *failure;
        return failure->status;
    }
    TRY(copy_manifest_remove(store_of(c), c->date, error));
    *count = (int64_t)c->plan.count;
    return PQT_OK;
}

pqt_status copy_day_remove(copy_work *work, int32_t date, int64_t *count,
                           pqt_error *error)
{
    struct copying c = {.work = work, .date = date};
    *count = 0;
    const pqt_status status = remove_day(&c, count, error);
    release(&c);
    return status;
}
