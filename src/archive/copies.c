#include "archive/copies.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/archive_table.h"
#include "archive/copy_day.h"
#include "base/alloc.h"
#include "base/date.h"

enum { FAR_THREADS = 12 }; /* they mostly wait for the store */

/* --- Which days have copies --- */

struct listing {
    covered *days;
    int32_t before;
};

static pqt_status see_manifest(void *self, const store_entry *entry, pqt_error *error)
{
    const struct listing *listing = self;
    int32_t date;
    const char *path = entry->key + strlen(ARCHIVE_ROOT "/");
    if (copy_manifest_date(path, &date, NULL) != PQT_OK || date >= listing->before)
        return PQT_OK;
    return covered_add(listing->days, date, date, error);
}

static pqt_status list_days(store *s, int32_t before, covered *out, pqt_error *error)
{
    struct listing listing = {out, before};
    return store_list(s, ARCHIVE_ROOT "/" COPY_MANIFEST_START, NULL, see_manifest,
                      &listing, error);
}

/* --- Work on many days --- */

struct session {
    copy_work work;
    thread_pool *own_pool;
    delta_snapshot *snapshot;
};

static pqt_status open_session(struct session *s, pqt_error *error)
{
    copy_work *work = &s->work;
    const export_context *context = work->context;
    work->pool = context->pool;
    if (store_near_bytes(context->store) > 0) {
        TRY(thread_pool_create(FAR_THREADS, &s->own_pool, error));
        work->pool = s->own_pool;
    }
    const size_t threads = (size_t)thread_pool_size(work->pool);
    work->writers = alloc_zeroed(NULL, threads, sizeof *work->writers);
    if (!work->writers) return error_no_memory(error, threads * sizeof *work->writers);
    TRY(delta_snapshot_read(context->store, ARCHIVE_ROOT, &s->snapshot, error));
    work->snapshot = s->snapshot;
    return PQT_OK;
}

static void close_session(struct session *s)
{
    thread_pool_free(s->own_pool);
    delta_snapshot_free(s->snapshot);
    copy_members_free(&s->work.read_members);
    alloc_release(NULL, s->work.writers);
}

/* Of a day none of whose copies could be made. */
static void tell_day(copy_work *work, int32_t date, pqt_status status,
                     const pqt_error *problem)
{
    char day[DATE_TEXT_BYTES];
    pqa_copy copy = {.date = date, .outcome = PQA_COPY_FAILED, .status = status};
    pqt_error failure = *problem;
    failure.status = status;
    date_text(date, day);
    error_prefix(&failure, "the copies of %s", day);
    snprintf(copy.message, sizeof copy.message, "%s", failure.message);
    if (work->first_failure == PQT_OK) {
        work->first_failure = status;
        work->first_error = failure;
    }
    if (work->options->callback) work->options->callback(work->options->self, &copy);
}

/* Another day may do better where it was this day's own fault. */
static bool goes_on_after(pqt_status status)
{
    return status == PQT_OK || status == PQT_CORRUPT || status == PQT_UNSUPPORTED;
}

static pqt_status make_day(copy_work *work, int32_t date, bool *goes_on, pqt_error *error)
{
    pqt_error problem = {0};
    const pqt_status status = copy_day_make(work, date, &problem);
    *goes_on = goes_on_after(status);
    if (status == PQT_CANCELLED && error) *error = problem;
    if (status == PQT_CANCELLED) return status;
    if (status != PQT_OK) tell_day(work, date, status, &problem);
    return PQT_OK;
}

static void widen(covered_range *range, int32_t first, int32_t last)
{
    if (first < range->first) range->first = first;
    if (last > range->last) range->last = last;
}

static bool is_within(const covered *days, const covered_range *range)
{
    return days->ranges[0].first >= range->first &&
           days->ranges[days->count - 1].last <= range->last;
}

/* Between the first and the last day that has rows or copies: a range may be of ages. The
 * copies are only listed for days that no file reaches to. */
static pqt_status find_extent(const copy_work *work, const covered *days,
                              covered_range *out, pqt_error *error)
{
    covered existing = {0};
    *out = (covered_range){INT32_MAX, INT32_MIN};
    for (int32_t i = 0; i < work->snapshot->file_count; i++) {
        int32_t first, last;
        TRY(file_dates(&work->snapshot->files[i], &first, &last, error));
        widen(out, first, last);
    }
    if (is_within(days, out)) return PQT_OK;
    const pqt_status status =
        list_days(work->context->store, INT32_MAX, &existing, error);
    for (size_t i = 0; i < existing.count; i++)
        widen(out, existing.ranges[i].first, existing.ranges[i].last);
    covered_free(&existing);
    return status;
}

static pqt_status make_days(copy_work *work, const covered *days, pqt_error *error)
{
    bool goes_on = true;
    covered_range extent;
    TRY(find_extent(work, days, &extent, error));
    for (size_t i = 0; i < days->count; i++) {
        covered_range range = days->ranges[i];
        if (range.first < extent.first) range.first = extent.first;
        if (range.last > extent.last) range.last = extent.last;
        for (int32_t date = range.first; goes_on && date <= range.last; date++)
            TRY(make_day(work, date, &goes_on, error));
    }
    if (work->first_failure == PQT_OK) return PQT_OK;
    if (error) *error = work->first_error;
    return work->first_failure;
}

/* Opens, makes, closes; what was set in `work` says how. */
static pqt_status run_session(const copy_work *given, const covered *days,
                              pqt_error *error)
{
    struct session s = {.work = *given};
    pqt_error problem = {0};
    if (days->count == 0) return PQT_OK;
    pqt_status status = open_session(&s, &problem);
    if (status == PQT_OK)
        status = make_days(&s.work, days, &problem);
    else if (!given->looks) /* behind an export, whose days are done */
        tell_day(&s.work, days->ranges[0].first, status, &problem);
    close_session(&s);
    if (status != PQT_OK && error) *error = problem;
    return status;
}

/* --- By themselves --- */

static pqt_status copy_range(const export_context *context,
                             const pqa_copies_options *options, copy_members *members,
                             pqt_error *error)
{
    const bool by_database = options->copies.per_organization;
    const copy_work work = {.context = context,
                            .options = &options->copies,
                            .members = by_database ? members : NULL,
                            .looks = true};
    covered days = {0};
    if (by_database) TRY(copy_members_read(context->source, members, error));
    pqt_status status = covered_add(&days, options->since, options->until, error);
    if (status == PQT_OK) status = run_session(&work, &days, error);
    covered_free(&days);
    return status;
}

pqt_status archive_copies(const export_context *context,
                          const pqa_copies_options *options, pqt_error *error)
{
    void *lock = NULL;
    copy_members members = {0};
    TRY(date_check_range(options->since, options->until, error));
    TRY(store_lock(context->store, "writer", &lock, error));
    const pqt_status status = copy_range(context, options, &members, error);
    copy_members_free(&members);
    store_unlock(context->store, lock);
    return status;
}

/* --- Behind an export --- */

static bool wants_copies(const copies_of_export *c)
{
    const pqa_copy_options *o = c->options->copies;
    return o && (o->per_project || o->per_organization);
}

static pqt_status read_members(copies_of_export *c, pqt_error *error)
{
    c->has_members = true;
    return copy_members_read(c->context->source, &c->members, error);
}

pqt_status copies_begin(copies_of_export *c, pqt_error *error)
{
    if (c->options->dry_run || !wants_copies(c)) return PQT_OK;
    return c->options->copies->per_organization ? read_members(c, error) : PQT_OK;
}

void copies_note_day(void *self, const pqa_day *day)
{
    copies_of_export *c = self;
    if (day->outcome == PQA_DAY_WRITTEN && c->failure == PQT_OK)
        c->failure = covered_add(&c->written, day->date, day->date, NULL);
    if (c->callback) c->callback(c->self, day);
}

/* The days whose copies are looked at: those that are asked for, or those that were
 * written and have some. */
static pqt_status choose_days(const copies_of_export *c, covered *out, pqt_error *error)
{
    covered existing = {0};
    const bool wants = wants_copies(c);
    if (c->failure != PQT_OK) return error_no_memory(error, 1);
    if (wants && !c->options->copies->new_only)
        return covered_add(out, c->options->since, c->options->until, error);
    if (c->written.count == 0) return PQT_OK;
    pqt_status status =
        wants ? PQT_OK : list_days(c->context->store, INT32_MAX, &existing, error);
    for (size_t i = 0; i < c->written.count && status == PQT_OK; i++)
        for (int32_t date = c->written.ranges[i].first;
             date <= c->written.ranges[i].last && status == PQT_OK; date++)
            if (wants || covered_contains(&existing, date))
                status = covered_add(out, date, date, error);
    covered_free(&existing);
    return status;
}

pqt_status copies_make(copies_of_export *c, pqt_error *error)
{
    static const pqa_copy_options none = {0};
    covered days = {0};
    if (c->options->dry_run) return PQT_OK;
    copy_work work = {.context = c->context,
                      .options = c->options->copies ? c->options->copies : &none,
                      .from = c->context->source,
                      .members = c->has_members ? &c->members : NULL};
    pqt_error problem = {0};
    pqt_status status = choose_days(c, &days, &problem);
    if (status == PQT_OK)
        status = run_session(&work, &days, &problem);
    else
        tell_day(&work, c->options->since, status, &problem);
    covered_free(&days);
    if (status != PQT_OK && error) *error = problem;
    return status;
}

void copies_end(copies_of_export *c)
{
    covered_free(&c->written);
    copy_members_free(&c->members);
}

/* --- Taken along --- */

static pqt_status remove_days(copy_work *work, const covered *days, int64_t *count,
                              pqt_error *error)
{
    for (size_t i = 0; i < days->count; i++) {
        for (int32_t date = days->ranges[i].first; date <= days->ranges[i].last; date++) {
            int64_t removed = 0;
            TRY(copy_day_remove(work, date, &removed, error));
            *count += removed;
        }
    }
    return PQT_OK;
}

pqt_status copies_prune(const export_context *context, int32_t before, int64_t *count,
                        pqt_error *error)
{
    static const pqa_copy_options none = {0};
    struct session s = {.work = {.context = context, .options = &none}};
    covered days = {0};
    *count = 0;
    pqt_status status = list_days(context->store, before, &days, error);
    if (status == PQT_OK && days.count > 0) status = open_session(&s, error);
    if (status == PQT_OK) status = remove_days(&s.work, &days, count, error);
    close_session(&s);
    covered_free(&days);
    return status;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_lost(const copies_lost *lost, const copy_entry *entry)
{
    copy_kind kind;
    const pqt_view slug = copy_path_slug(entry->path, &kind);
    if (lost->count > 0 && bsearch(&entry->path, lost->paths, lost->count,
                                   sizeof *lost->paths, compare_paths))
        return true;
    for (size_t i = 0; i < lost->slugs->count; i++)
        if (kind == COPY_PROJECT && view_equal(lost->slugs->slugs[i], slug)) return true;
    return false;
}

static pqt_status mark_manifest(const export_context *context, const copies_lost *lost,
                                copy_manifest *manifest, covered *days, pqt_error *error)
{
    bool is_changed = false, is_open = false;
    for (size_t i = 0; i < manifest->count; i++) {
        copy_entry *entry = &manifest->entries[i];
        const bool goes = !entry->is_pending && is_lost(lost, entry);
        entry->is_pending = entry->is_pending || goes;
        is_changed = is_changed || goes;
        is_open = is_open || entry->is_pending;
    }
    if (is_changed) TRY(copy_manifest_write(context->store, manifest, error));
    return is_open ? covered_add(days, manifest->date, manifest->date, error) : PQT_OK;
}

/* What a damaged manifest says is not known: it goes, since it may name what is lost. */
static pqt_status mark_day(const export_context *context, const copies_lost *lost,
                           int32_t date, covered *days, pqt_error *error)
{
    copy_manifest manifest;
    pqt_error problem = {0};
    pqt_status status = copy_manifest_read(context->store, date, &manifest, &problem);
    if (status == PQT_OK)
        status = mark_manifest(context, lost, &manifest, days, &problem);
    else if (status == PQT_CORRUPT)
        status = copy_manifest_remove(context->store, date, &problem);
    copy_manifest_free(&manifest);
    if (status != PQT_OK && error) *error = problem;
    return status;
}

pqt_status copies_mark(const export_context *context, const copies_lost *lost,
                       covered *days, pqt_error *error)
{
    covered all = {0};
    pqt_status status = list_days(context->store, INT32_MAX, &all, error);
    for (size_t i = 0; i < all.count && status == PQT_OK; i++)
        for (int32_t date = all.ranges[i].first;
             date <= all.ranges[i].last && status == PQT_OK; date++)
            status = mark_day(context, lost, date, days, error);
    covered_free(&all);
    return status;
}

pqt_status copies_remake(const export_context *context, const covered *days,
                         pqt_error *error)
{
    static const pqa_copy_options none = {0};
    const copy_work work = {.context = context, .options = &none};
    return run_session(&work, days, error);
}
