#include "archive/copy_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/day.h"
#include "base/alloc.h"

/* A run of rows and a copy that has it. */
struct share {
    pqt_view slug;
    const copy_run *run;
};

struct shares {
    struct share *shares;
    size_t count, capacity;
};

/* --- Which runs go where --- */

static pqt_status add_share(struct shares *shares, pqt_view slug, const copy_run *run,
                            pqt_error *error)
{
    void *array = shares->shares;
    if (alloc_grow(NULL, &array, &shares->capacity, shares->count + 1,
                   sizeof *shares->shares) != 0)
        return error_no_memory(error, sizeof *shares->shares);
    shares->shares = array;
    shares->shares[shares->count++] = (struct share){slug, run};
    return PQT_OK;
}

/* Runs keep the order of the file, which is the order of rows. */
static int compare_shares(const void *a, const void *b)
{
    const struct share *left = a, *right = b;
    const int order = view_compare(left->slug, right->slug);
    if (order != 0) return order;
    return (left->run > right->run) - (left->run < right->run);
}

static pqt_status share_out(const copy_wish *wish, copy_kind kind, struct shares *out,
                            pqt_error *error)
{
    for (size_t i = 0; i < wish->survey->count; i++) {
        const copy_run *run = &wish->survey->runs[i];
        size_t count = 0;
        if (kind == COPY_PROJECT) {
            TRY(add_share(out, run->slug, run, error));
            continue;
        }
        const source_slug *found =
            copy_members_find(wish->members, run->project_id, &count);
        for (size_t m = 0; m < count; m++) TRY(add_share(out, found[m].slug, run, error));
    }
    if (out->count > 1)
        qsort(out->shares, out->count, sizeof *out->shares, compare_shares);
    return PQT_OK;
}

/* --- Items --- */

static pqt_status add_item(copy_plan *plan, const copy_item *item, pqt_error *error)
{
    void *array = plan->items;
    if (alloc_grow(NULL, &array, &plan->capacity, plan->count + 1, sizeof *plan->items) !=
        0)
        return error_no_memory(error, sizeof *plan->items);
    plan->items = array;
    plan->items[plan->count++] = *item;
    return PQT_OK;
}

/* Projects come in order of their slugs, so that one follows itself or is new. */
static pqt_status list_runs(copy_plan *plan, const struct share *shares, size_t count,
                            copy_item *item, pqt_error *error)
{
    const copy_run **runs = arena_alloc(&plan->memory, count, sizeof(copy_run *));
    int32_t *projects = arena_alloc(&plan->memory, count, sizeof *projects);
    if (!runs || !projects) return error_no_memory(error, count * sizeof(copy_run *));
    for (size_t i = 0; i < count; i++) {
        const copy_run *run = shares[i].run;
        runs[i] = run;
        archive_sum_join(&item->sum, &run->sum);
        const bool is_new = item->project_count == 0 ||
                            projects[item->project_count - 1] != run->project_id;
        if (is_new) projects[item->project_count++] = run->project_id;
    }
    item->runs = runs;
    item->run_count = count;
    item->projects = projects;
    return PQT_OK;
}

static void compare_known(const copy_manifest *known, copy_item *item)
{
    const copy_entry *entry = copy_manifest_find(known, item->path);
    item->task = COPY_WRITE;
    if (!entry || entry->is_pending || !archive_sum_equal(&entry->sum, &item->sum))
        return;
    item->task = COPY_KEEP;
    item->size_bytes = entry->size_bytes;
    snprintf(item->sha256, sizeof item->sha256, "%s", entry->sha256);
}

static pqt_status plan_item(const copy_wish *wish, copy_kind kind,
                            const struct share *shares, size_t count, copy_plan *plan,
                            pqt_error *error)
{
    copy_item item = {.kind = kind, .slug = shares[0].slug, .task = COPY_SKIP};
    TRY(list_runs(plan, shares, count, &item, error));
    if (item.sum.row_count < wish->minimum_rows) return PQT_OK;
    if (kind == COPY_PROJECT) item.project_count = 0;
    item.problem = copy_slug_problem(item.slug);
    if (item.problem) return add_item(plan, &item, error);
    TRY(copy_path_make(kind, item.slug, wish->date, &plan->memory, &item.path, error));
    compare_known(wish->known, &item);
    return add_item(plan, &item, error);
}

static pqt_status plan_kind(const copy_wish *wish, copy_kind kind, copy_plan *plan,
                            pqt_error *error)
{
    struct shares all = {0};
    pqt_status status = share_out(wish, kind, &all, error);
    for (size_t i = 0, end; i < all.count && status == PQT_OK; i = end) {
        for (end = i + 1; end < all.count; end++)
            if (!view_equal(all.shares[i].slug, all.shares[end].slug)) break;
        status = plan_item(wish, kind, &all.shares[i], end - i, plan, error);
    }
    alloc_release(NULL, all.shares);
    return status;
}

/* --- What goes --- */

static int compare_item_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of the items that have one, in order; the caller frees. */
static const char **sort_paths(const copy_plan *plan, size_t *count)
{
    const char **paths = alloc_zeroed(NULL, plan->count, sizeof(char *));
    *count = 0;
    for (size_t i = 0; paths && i < plan->count; i++)
        if (plan->items[i].path) paths[(*count)++] = plan->items[i].path;
    if (*count > 1) qsort(paths, *count, sizeof *paths, compare_item_paths);
    return paths;
}

static pqt_status plan_removals(const copy_wish *wish, copy_plan *plan, pqt_error *error)
{
    size_t count;
    const char **paths = sort_paths(plan, &count);
    pqt_status status = paths ? PQT_OK : error_no_memory(error, plan->count);
    for (size_t i = 0; i < wish->known->count && status == PQT_OK; i++) {
        const char *path = wish->known->entries[i].path;
        if (count > 0 && bsearch(&path, paths, count, sizeof *paths, compare_item_paths))
            continue;
        copy_item item = {.path = path, .task = COPY_REMOVE};
        item.slug = copy_path_slug(path, &item.kind);
        status = add_item(plan, &item, error);
    }
    alloc_release(NULL, paths);
    return status;
}

pqt_status copy_plan_make(const copy_wish *wish, copy_plan *out, pqt_error *error)
{
    *out = (copy_plan){0};
    if (wish->per_project) TRY(plan_kind(wish, COPY_PROJECT, out, error));
    if (wish->per_organization) TRY(plan_kind(wish, COPY_ORGANIZATION, out, error));
    return plan_removals(wish, out, error);
}

void copy_plan_free(copy_plan *plan)
{
    alloc_release(NULL, plan->items);
    arena_free(&plan->memory);
    *plan = (copy_plan){0};
}
