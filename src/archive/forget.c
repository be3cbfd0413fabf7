#include "archive/forget.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "archive/change_set.h"
#include "archive/copies.h"
#include "archive/project_rows.h"
#include "archive/retention.h"
#include "archive/rewrite.h"
#include "archive/upkeep.h"
#include "base/alloc.h"
#include "table/object_key.h"

enum { FILES_A_COMMIT = 16, LOG_LIMIT_BYTES = 256 << 20 };

/* Longer than the log is kept, however wrong the clock. */
static const int64_t LOG_AGE_MS = INT64_C(400) * 24 * 3600 * 1000;

/* Paths in the table. All zero is empty; texts are the owner's. */
struct paths {
    const char **paths;
    size_t count, capacity;
};

struct forgetting {
    upkeep upkeep;
    const pqa_forget_options *options;
    pqa_forgotten *result;
    struct paths objects; /* Parquet objects below the table's root, live or not */
    struct paths records; /* of prunes */
    struct paths held;    /* objects that hold the project */
    project_slugs slugs;
    change_set changes;
    arena memory;
};

static store *store_of(const struct forgetting *f)
{
    return f->upkeep.context->store;
}

static pqt_status check_progress(const struct forgetting *f, pqt_error *error)
{
    return progress_check(f->upkeep.context->settings->progress, error);
}

/* --- Paths --- */

static pqt_status keep_path(struct forgetting *f, struct paths *paths, const char *path,
                            pqt_error *error)
{
    void *array = paths->paths;
    const char *copy = arena_text(&f->memory, view_text(path));
    if (!copy || alloc_grow(NULL, &array, &paths->capacity, paths->count + 1,
                            sizeof *paths->paths) != 0)
        return error_no_memory(error, strlen(path));
    paths->paths = array;
    paths->paths[paths->count++] = copy;
    return PQT_OK;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_paths(struct paths *paths)
{
    size_t kept = 0;
    qsort(paths->paths, paths->count, sizeof *paths->paths, compare_paths);
    for (size_t i = 0; i < paths->count; i++)
        if (i == 0 || strcmp(paths->paths[i], paths->paths[kept - 1]) != 0)
            paths->paths[kept++] = paths->paths[i];
    paths->count = kept;
}

/* --- Which objects there are --- */

static pqt_status see_object(void *self, const store_entry *entry, pqt_error *error)
{
    struct forgetting *f = self;
    const char *path = entry->key + strlen(ARCHIVE_ROOT "/");
    const pqt_view text = view_text(path);
    if (view_starts_with(text, view_text("_delta_log/"))) return PQT_OK;
    if (view_starts_with(text, view_text(PRUNE_RECORD_START)))
        return keep_path(f, &f->records, path, error);
    if (!view_ends_with(text, view_text(".parquet"))) return PQT_OK;
    return keep_path(f, &f->objects, path, error);
}

/* What the log names, too: a listing may lack something. */
static pqt_status find_objects(struct forgetting *f, pqt_error *error)
{
    const delta_snapshot *current = f->upkeep.table.current;
    f->objects.count = f->records.count = 0;
    TRY(store_list(store_of(f), ARCHIVE_ROOT "/", NULL, see_object, f, error));
    for (int32_t i = 0; i < current->file_count; i++)
        TRY(keep_path(f, &f->objects, current->files[i].path, error));
    for (int32_t i = 0; i < current->remove_count; i++)
        TRY(keep_path(f, &f->objects, current->removes[i].path, error));
    sort_paths(&f->objects);
    return PQT_OK;
}

/* Rows of the project in an object; one that is gone has none. What cannot be read may
 * hold it. */
static pqt_status count_in_object(struct forgetting *f, const char *path, int64_t *rows,
                                  pqt_error *error)
{
    const pqt_status status = project_rows_count(
        store_of(f), path, f->options->project_id, &f->slugs, rows, error);
    const bool is_live = delta_find(f->upkeep.table.current, path) != NULL;
    if (status == PQT_NOT_FOUND && !is_live) return PQT_OK;
    if (status == PQT_OK) f->result->objects_checked++;
    if (status != PQT_OK && status != PQT_CANCELLED)
        error_prefix(error, "cannot tell whether %s holds rows of the project", path);
    return status;
}

static pqt_status find_held(struct forgetting *f, pqt_error *error)
{
    const delta_snapshot *current = f->upkeep.table.current;
    TRY(find_objects(f, error));
    f->held.count = 0;
    f->result->objects_checked = 0;
    for (size_t i = 0; i < f->objects.count; i++) {
        int64_t rows = 0;
        const char *path = f->objects.paths[i];
        TRY(check_progress(f, error));
        TRY(count_in_object(f, path, &rows, error));
        if (rows == 0) continue;
        TRY(keep_path(f, &f->held, path, error));
        f->result->objects++;
        if (!delta_find(current, path)) continue;
        f->result->files++;
        f->result->rows += rows;
    }
    return PQT_OK;
}

/* --- Out of the table --- */

static bool is_of_another(const void *self, const archive_row *row)
{
    return row->project_id != *(const int32_t *)self;
}

static pqt_status rewrite_file(struct forgetting *f, const delta_file *file,
                               pqt_error *error)
{
    rewritten parts;
    const rewrite plan = {.context = f->upkeep.context,
                          .files = &file,
                          .file_count = 1,
                          .keeps = is_of_another,
                          .self = &f->options->project_id,
                          .memory = &f->changes.memory};
    TRY(rewrite_files(&plan, &parts, error));
    TRY(change_set_remove(&f->changes, file, error));
    return parts.has_file ? change_set_add(&f->changes, &parts.entry, error) : PQT_OK;
}

/* A prune whose objects go cannot be undone any more. What another process has put and
 * not yet committed goes too: its commit is refused because of this one. */
static pqt_status commit(struct forgetting *f, pqt_error *error)
{
    char path[PRUNE_RECORD_BYTES], version[24];
    const delta_snapshot *current = f->upkeep.table.current;
    const bool ends_undo = prune_record_path(current, path) != NULL;
    const delta_pair pairs[] = {{KEY_LAST_FORGET, version}, {KEY_LAST_PRUNE, ""}};
    if (f->held.count == 0 && !ends_undo) return PQT_OK;
    snprintf(version, sizeof version, "%" PRId64, current->version);
    const pqt_status status = change_set_commit(&f->changes, &f->upkeep.table, "DELETE",
                                                pairs, ends_undo ? 2 : 1, error);
    change_set_free(&f->changes);
    return status;
}

static pqt_status rewrite_held(struct forgetting *f, pqt_error *error)
{
    for (size_t i = 0; i < f->held.count; i++) {
        const delta_file *file = delta_find(f->upkeep.table.current, f->held.paths[i]);
        if (!file) continue;
        TRY(store_check_lock(store_of(f), f->upkeep.lock, error));
        TRY(rewrite_file(f, file, error));
        if (f->changes.remove_count >= FILES_A_COMMIT) TRY(commit(f, error));
        progress_report(f->upkeep.context->settings->progress, "files", (int64_t)i + 1,
                        (int64_t)f->held.count);
    }
    return commit(f, error);
}

/* --- Out of the store --- */

/* The newest log is asked before each object, as by vacuum. */
static pqt_status remove_object(struct forgetting *f, const char *path, pqt_error *error)
{
    TRY(upkeep_look_again(&f->upkeep, error));
    if (delta_find(f->upkeep.table.current, path))
        return error_set(error, PQT_CONFLICT,
                         "another process put %s into the archive again: run it again",
                         path);
    return table_object_remove(f->upkeep.context->store, path, error);
}

static pqt_status remove_objects(struct forgetting *f, pqt_error *error)
{
    for (size_t i = 0; i < f->held.count; i++)
        TRY(remove_object(f, f->held.paths[i], error));
    for (size_t i = 0; i < f->records.count; i++)
        TRY(remove_object(f, f->records.paths[i], error));
    return PQT_OK;
}

/* The manifests stop naming what goes before it does, and an organization's copies are
 * made again without the project. */
static pqt_status forget_copies(struct forgetting *f, pqt_error *error)
{
    const export_context *context = f->upkeep.context;
    const copies_lost lost = {f->held.paths, f->held.count, &f->slugs};
    covered days = {0};
    pqt_status status = copies_mark(context, &lost, &days, error);
    if (status == PQT_OK) status = remove_objects(f, error);
    if (status == PQT_OK) status = copies_remake(context, &days, error);
    covered_free(&days);
    return status;
}

/* --- Proof --- */

static pqt_status check_objects(struct forgetting *f, pqt_error *error)
{
    TRY(find_objects(f, error));
    f->result->objects_checked = 0;
    for (size_t i = 0; i < f->objects.count; i++) {
        int64_t rows = 0;
        TRY(check_progress(f, error));
        TRY(count_in_object(f, f->objects.paths[i], &rows, error));
        if (rows > 0)
            return error_set(error, PQT_CORRUPT,
                             "%s still holds %" PRId64
                             " rows of the project: run it "
                             "again",
                             f->objects.paths[i], rows);
    }
    return PQT_OK;
}

static bool contains(pqt_view text, pqt_view part)
{
    for (size_t at = 0; part.size_bytes <= text.size_bytes - at; at++) {
        const uint8_t *found = memchr(text.data + at, part.data[0],
                                      text.size_bytes - part.size_bytes - at + 1);
        if (!found) return false;
        at = (size_t)(found - text.data);
        if (memcmp(found, part.data, part.size_bytes) == 0) return true;
    }
    return false;
}

/* A slug that bounds a file's statistics stands as \"slug\" in a commit. */
static pqt_status find_slugs(const struct forgetting *f, pqt_view text, bool *found,
                             pqt_error *error)
{
    buffer quoted = {0};
    pqt_status status = PQT_OK;
    for (size_t i = 0; i < f->slugs.count && status == PQT_OK && !*found; i++) {
        const pqt_view slug = f->slugs.slugs[i];
        buffer_clear(&quoted);
        status = buffer_printf(&quoted, error, "\\\"%.*s\\\"", (int)slug.size_bytes,
                               (const char *)slug.data);
        if (status == PQT_OK && slug.size_bytes > 0)
            *found = contains(text, buffer_view(&quoted));
    }
    buffer_free(&quoted);
    return status;
}

static pqt_status see_log_file(void *self, const store_entry *entry, pqt_error *error)
{
    struct forgetting *f = self;
    buffer text = {0};
    if (!view_ends_with(view_text(entry->key), view_text(".json"))) return PQT_OK;
    bool found = false;
    pqt_status status = store_get(store_of(f), entry->key, LOG_LIMIT_BYTES, &text, error);
    if (status == PQT_OK) status = find_slugs(f, buffer_view(&text), &found, error);
    f->result->log_commits += found;
    buffer_free(&text);
    return status;
}

static pqt_status look_at_log(struct forgetting *f, pqt_error *error)
{
    f->result->log_commits = 0;
    return store_list(store_of(f), ARCHIVE_ROOT "/_delta_log/", NULL, see_log_file, f,
                      error);
}

/* Older commits have the project's slug and paths in their statistics: they go at once,
 * as if the time that the log is kept for had passed. */
static pqt_status clean_log(struct forgetting *f, pqt_error *error)
{
    delta_snapshot *current = f->upkeep.table.current;
    delta_cleaned cleaned;
    TRY(store_check_lock(store_of(f), f->upkeep.lock, error));
    TRY(delta_checkpoint_write(store_of(f), ARCHIVE_ROOT, f->upkeep.now_ms, error));
    TRY(upkeep_look_again(&f->upkeep, error));
    TRY(delta_cleanup(store_of(f), ARCHIVE_ROOT, current, f->upkeep.now_ms + LOG_AGE_MS,
                      &cleaned, error));
    return look_at_log(f, error);
}

/* --- All of it --- */

static pqt_status check_database(const struct forgetting *f, pqt_error *error)
{
    source *from = f->upkeep.context->source;
    bool has_rows = false;
    if (!from) return PQT_OK;
    TRY(source_has_project(from, f->options->project_id, &has_rows, error));
    if (!has_rows) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "the database still has page views of project %d, which the next "
                     "export would bring back: delete them there first, or say "
                     "--ignore-database",
                     f->options->project_id);
}

static pqt_status check_agreed(const struct forgetting *f, pqt_error *error)
{
    const pqa_forgotten *found = f->result;
    if (f->options->agreed) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "%" PRId64 " rows in %" PRId64
                     " files would be forgotten for good, "
                     "and %" PRId64
                     " objects deleted at once, without a grace period: "
                     "say --yes if that is meant. Nothing was changed",
                     found->rows, found->files, found->objects);
}

static pqt_status forget(struct forgetting *f, pqt_error *error)
{
    TRY(find_held(f, error));
    TRY(check_database(f, error));
    if (f->options->dry_run) return PQT_OK;
    if (f->held.count == 0 && !f->options->agreed) return look_at_log(f, error);
    TRY(check_agreed(f, error));
    TRY(rewrite_held(f, error));
    TRY(forget_copies(f, error));
    TRY(check_objects(f, error));
    return clean_log(f, error);
}

pqt_status archive_forget(const export_context *context, int64_t now_ms,
                          const pqa_forget_options *options, pqa_forgotten *out,
                          pqt_error *error)
{
    *out = (pqa_forgotten){.project_id = options->project_id};
    struct forgetting f = {.options = options, .result = out};
    pqt_status status = upkeep_begin(&f.upkeep, context, now_ms, options->dry_run, error);
    if (status == PQT_OK) status = forget(&f, error);
    change_set_free(&f.changes);
    project_slugs_free(&f.slugs);
    alloc_release(NULL, f.objects.paths);
    alloc_release(NULL, f.records.paths);
    alloc_release(NULL, f.held.paths);
    arena_free(&f.memory);
    upkeep_end(&f.upkeep);
    return status;
}
