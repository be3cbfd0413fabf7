#include "archive/vacuum.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/day_file.h"
#include "archive/file_rows.h"
#include "archive/import_file.h"
#include "archive/retention.h"
#include "archive/upkeep.h"
#include "base/alloc.h"
#include "table/object_key.h"

/* An object that may go. */
struct candidate {
    const char *path;
    uint64_t size_bytes;
    int64_t modified_ms;
    int64_t since_ms;
    bool was_live;
};

struct vacuuming {
    upkeep upkeep;
    pqa_vacuum_report *report;
    const delta_remove **removes; /* by path, the latest last */
    size_t remove_count;
    int64_t indexed_version;         /* of the snapshot that `removes` is of */
    char record[PRUNE_RECORD_BYTES]; /* "": no prune can be undone */
    struct candidate *candidates;
    size_t count, capacity;
    arena memory;
};

/* --- What the log says --- */

static int compare_removes(const void *a, const void *b)
{
    const delta_remove *left = *(const delta_remove *const *)a;
    const delta_remove *right = *(const delta_remove *const *)b;
    const int order = strcmp(left->path, right->path);
    if (order != 0) return order;
    return (left->deleted_ms > right->deleted_ms) -
           (left->deleted_ms < right->deleted_ms);
}

/* Orders the removals of the snapshot as it is now. */
static pqt_status index_log(struct vacuuming *v, pqt_error *error)
{
    const delta_snapshot *current = v->upkeep.table.current;
    const size_t count = (size_t)current->remove_count;
    const delta_remove **removes =
        alloc_resize(NULL, v->removes, count ? count : 1, sizeof(delta_remove *));
    if (!removes) return error_no_memory(error, count * sizeof(delta_remove *));
    for (size_t i = 0; i < count; i++) removes[i] = &current->removes[i];
    qsort(removes, count, sizeof *removes, compare_removes);
    v->removes = removes;
    v->remove_count = count;
    v->indexed_version = current->version;
    if (!prune_record_path(current, v->record)) v->record[0] = 0;
    return PQT_OK;
}

/* When the file was removed last; 0 where the log does not have it. */
static int64_t find_removal(const struct vacuuming *v, const char *path)
{
    size_t low = 0, high = v->remove_count; /* the first behind the path */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(v->removes[middle]->path, path) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || strcmp(v->removes[low - 1]->path, path) != 0) return 0;
    return v->removes[low - 1]->deleted_ms;
}

static bool is_ours(const char *path)
{
    const size_t start = strlen(PRUNE_RECORD_START);
    return data_file_is_ours(path) || strncmp(path, PRUNE_RECORD_START, start) == 0;
}

/* Whether the object may go, by the log alone: a listing says that something is there,
 * never that it is not needed. */
static bool may_go(const struct vacuuming *v, struct candidate *c)
{
    if (delta_find(v->upkeep.table.current, c->path)) return false;
    const int64_t removed_ms = find_removal(v, c->path);
    c->was_live = removed_ms > 0;
    c->since_ms = removed_ms > c->modified_ms ? removed_ms : c->modified_ms;
    return v->upkeep.now_ms - c->since_ms > UPKEEP_GRACE_MS;
}

/* --- Phase one: what is there --- */

static pqt_status keep_candidate(struct vacuuming *v, const struct candidate *given,
                                 pqt_error *error)
{
    void *array = v->candidates;
    if (alloc_grow(NULL, &array, &v->capacity, v->count + 1, sizeof *v->candidates) != 0)
        return error_no_memory(error, sizeof *v->candidates);
    v->candidates = array;
    struct candidate kept = *given;
    kept.path = arena_text(&v->memory, view_text(given->path));
    if (!kept.path) return error_no_memory(error, strlen(given->path));
    v->candidates[v->count++] = kept;
    return PQT_OK;
}

static pqt_status see_object(void *self, const store_entry *entry, pqt_error *error)
{
    struct vacuuming *v = self;
    struct candidate c = {.path = entry->key + strlen(ARCHIVE_ROOT "/"),
                          .size_bytes = entry->size_bytes,
                          .modified_ms = entry->modified_ms};
    if (!is_ours(c.path)) return PQT_OK;
    if (may_go(v, &c) && strcmp(c.path, v->record) != 0)
        return keep_candidate(v, &c, error);
    if (delta_find(v->upkeep.table.current, c.path)) return PQT_OK;
    v->report->sum.objects_waiting++;
    v->report->sum.bytes_waiting += entry->size_bytes;
    return PQT_OK;
}

/* --- Phase two: away with it --- */

/* The newest log is read again, and the lock looked at, before each object: an export may
 * take one up again (a day written anew may have the bytes of an older revision). */
static pqt_status remove_object(struct vacuuming *v, struct candidate *c, bool *removed,
                                pqt_error *error)
{
    TRY(upkeep_look_again(&v->upkeep, error));
    if (v->upkeep.table.current->version != v->indexed_version) TRY(index_log(v, error));
    *removed = may_go(v, c) && strcmp(c->path, v->record) != 0;
    return *removed ? table_object_remove(v->upkeep.context->store, c->path, error)
                    : PQT_OK;
}

/* The first file of a day is named as the proof of concept names its files. One that
 * never was live may be that: only what this program wrote may go. */
static pqt_status is_foreign(struct vacuuming *v, const struct candidate *c, bool *out,
                             pqt_error *error)
{
    pqt_reader *reader = NULL;
    *out = false;
    if (c->was_live || !data_file_may_be_foreign(c->path)) return PQT_OK;
    const pqt_status status =
        file_open(v->upkeep.context->store, c->path, &reader, error);
    *out = status == PQT_OK ? !import_file_is_ours(reader) : status != PQT_NOT_FOUND;
    pqt_reader_close(reader);
    const bool is_read = status == PQT_OK || status == PQT_NOT_FOUND ||
                         status == PQT_CORRUPT || status == PQT_UNSUPPORTED;
    return is_read ? PQT_OK : status;
}

static void tell_foreign(const struct vacuuming *v, const struct candidate *c)
{
    char sentence[300];
    snprintf(sentence, sizeof sentence,
             "%.120s was not written by pqa: it is left (pqa import-files takes in what "
             "the proof of concept wrote)",
             c->path);
    progress_log(v->upkeep.context->settings->progress, sentence);
}

static pqt_status take_candidate(struct vacuuming *v, struct candidate *c, bool remove,
                                 pqt_error *error)
{
    bool goes = true, foreign;
    TRY(is_foreign(v, c, &foreign, error));
    if (foreign) {
        tell_foreign(v, c);
        return PQT_OK;
    }
    if (remove) TRY(remove_object(v, c, &goes, error));
    if (!goes) return PQT_OK;
    v->report->sum.objects++;
    v->report->sum.bytes += c->size_bytes;
    const pqa_vacuumed told = {c->path, c->size_bytes, c->since_ms, c->was_live};
    if (v->report->callback) v->report->callback(v->report->self, &told);
    return PQT_OK;
}

/* Commits behind a checkpoint that is old enough: which those are is the log's to say. */
static pqt_status clean_log(struct vacuuming *v, pqt_error *error)
{
    upkeep *u = &v->upkeep;
    store *s = u->context->store;
    delta_cleaned cleaned;
    TRY(upkeep_look_again(u, error));
    TRY(delta_cleanup(s, ARCHIVE_ROOT, u->table.current, u->now_ms, &cleaned, error));
    v->report->sum.log_files = cleaned.commits + cleaned.checkpoints;
    return PQT_OK;
}

static pqt_status vacuum(struct vacuuming *v, bool remove, pqt_error *error)
{
    const export_context *context = v->upkeep.context;
    TRY(index_log(v, error));
    TRY(store_list(context->store, ARCHIVE_ROOT "/", NULL, see_object, v, error));
    for (size_t i = 0; i < v->count; i++) {
        TRY(take_candidate(v, &v->candidates[i], remove, error));
        progress_report(context->settings->progress, "objects", (int64_t)i + 1,
                        (int64_t)v->count);
    }
    return remove ? clean_log(v, error) : PQT_OK;
}

pqt_status archive_vacuum(const export_context *context, int64_t now_ms, bool remove,
                          pqa_vacuum_report *report, pqt_error *error)
{
    report->sum = (pqa_vacuum_sum){0};
    struct vacuuming v = {.report = report};
    pqt_status status = upkeep_begin(&v.upkeep, context, now_ms, !remove, error);
    if (status == PQT_OK) status = vacuum(&v, remove, error);
    alloc_release(NULL, v.removes);
    alloc_release(NULL, v.candidates);
    arena_free(&v.memory);
    upkeep_end(&v.upkeep);
    return status;
}
