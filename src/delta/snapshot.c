#include "delta/snapshot.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "delta/checkpoint.h"
#include "delta/delta.h"
#include "delta/log_file.h"
#include "delta/log_listing.h"
#include "delta/replay.h"

enum { LOG_FILE_LIMIT_BYTES = 256 << 20, MOST_COMMITS = 1 << 22 };

/* Commits that are fetched together. */
enum { WINDOW = 64 };

/* The last place is for a checkpoint that is fetched with the commits behind it. */
struct window {
    buffer keys[WINDOW + 1], texts[WINDOW + 1];
    bool are_there[WINDOW + 1];
    size_t count;
    bool has_checkpoint;
};

static void free_window(struct window *w)
{
    if (!w) return;
    for (size_t i = 0; i <= WINDOW; i++) {
        buffer_free(&w->keys[i]);
        buffer_free(&w->texts[i]);
    }
    alloc_release(NULL, w);
}

/* Fetches the versions from `first` on, and what the window's checkpoint is. */
static pqt_status fetch_window(store *s, const char *root, int64_t first,
                               struct window *w, pqt_error *error)
{
    store_get_request requests[WINDOW + 1];
    const size_t count = w->count + (w->has_checkpoint ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        const size_t at = i < w->count ? i : WINDOW;
        buffer_clear(&w->texts[at]);
        w->are_there[at] = false;
        if (at < WINDOW) {
            buffer_clear(&w->keys[at]);
            TRY(log_file_key(root, first + (int64_t)i, &w->keys[at], error));
        }
        requests[i] = (store_get_request){(const char *)w->keys[at].data, &w->texts[at],
                                          &w->are_there[at]};
    }
    return store_get_many(s, requests, count, LOG_FILE_LIMIT_BYTES, error);
}

static pqt_status report_gap(const char *root, int64_t version, int64_t last,
                             pqt_error *error)
{
    return error_set(
        error, PQT_CORRUPT,
        "the log of %s has a gap: version %lld is missing, but %lld is there", root,
        (long long)version, (long long)last);
}

/* Reads the window's commits up to the first that is not there; *goes_on is false where
 * that is the log's end. */
static pqt_status replay_window(const char *root, int64_t last, const struct window *w,
                                struct delta_replay *replay, bool *goes_on,
                                pqt_error *error)
{
    for (size_t i = 0; i < w->count; i++) {
        const int64_t version = replay->snapshot.version + 1;
        *goes_on = w->are_there[i];
        if (!*goes_on && version <= last) return report_gap(root, version, last, error);
        if (!*goes_on) return PQT_OK;
        TRY(replay_commit(buffer_view(&w->texts[i]), (const char *)w->keys[i].data,
                          replay, error));
        replay->snapshot.version = version;
    }
    return PQT_OK;
}

/* How many commits the next window has: to `last`, and the one behind it, which is asked
 * for together with the others. */
static void set_count(struct window *w, int64_t version, int64_t last)
{
    const int64_t wanted = last > version ? last - version + 1 : 1;
    w->count = wanted < WINDOW ? (size_t)wanted : WINDOW;
}

/* Reads on from the version after the snapshot's until one is not there, but at least to
 * `last`: a listing may be old. The first window may have been fetched. */
static pqt_status replay_windows(store *s, const char *root, int64_t last,
                                 bool is_fetched, struct window *w,
                                 struct delta_replay *replay, pqt_error *error)
{
    bool goes_on = true;
    while (goes_on && replay->snapshot.version + 1 < MOST_COMMITS) {
        if (!is_fetched) {
            set_count(w, replay->snapshot.version, last);
            TRY(fetch_window(s, root, replay->snapshot.version + 1, w, error));
        }
        is_fetched = false;
        TRY(replay_window(root, last, w, replay, &goes_on, error));
    }
    if (!goes_on) return PQT_OK;
    return error_set(error, PQT_LIMIT, "the log of %s has more than %d commits", root,
                     MOST_COMMITS);
}

/* --- From a checkpoint on --- */

static pqt_status not_there(const char *key, pqt_error *error)
{
    return error_set(error, PQT_NOT_FOUND, "%s is not there any more", key);
}

/* Fetches the checkpoint's one file together with the commits behind it. */
static pqt_status load_file(store *s, const char *root, int64_t version, int64_t last,
                            struct window *w, struct delta_replay *replay,
                            pqt_error *error)
{
    struct actions actions = {0};
    buffer *key = &w->keys[WINDOW], *bytes = &w->texts[WINDOW];
    buffer_clear(key);
    TRY(log_checkpoint_key(root, (log_checkpoint){.version = version}, key, error));
    w->has_checkpoint = true;
    set_count(w, version, last);
    pqt_status status = fetch_window(s, root, version + 1, w, error);
    w->has_checkpoint = false;
    TRY(status);
    if (!w->are_there[WINDOW]) return not_there((char *)key->data, error);
    status =
        checkpoint_read(buffer_view(bytes), (char *)key->data, replay, &actions, error);
    if (status == PQT_OK) status = replay_take_checkpoint(replay, &actions, error);
    actions_free(&actions);
    buffer_free(bytes);
    return status;
}

static pqt_status load_part(store *s, const char *root, log_checkpoint part,
                            struct delta_replay *replay, struct actions *actions,
                            pqt_error *error)
{
    buffer key = {0}, bytes = {0};
    pqt_status status = log_checkpoint_key(root, part, &key, error);
    if (status == PQT_OK)
        status = store_get(s, (char *)key.data, LOG_FILE_LIMIT_BYTES, &bytes, error);
    if (status == PQT_OK)
        status = checkpoint_read(buffer_view(&bytes), (char *)key.data, replay, actions,
                                 error);
    buffer_free(&key);
    buffer_free(&bytes);
    return status;
}

/* Others write checkpoints in several files: one is held at a time. */
static pqt_status load_parts(store *s, const char *root, const listed_checkpoint *from,
                             struct delta_replay *replay, pqt_error *error)
{
    struct actions actions = {0};
    pqt_status status = PQT_OK;
    for (int32_t i = 1; i <= from->parts && status == PQT_OK; i++)
        status = load_part(s, root, (log_checkpoint){from->version, i, from->parts},
                           replay, &actions, error);
    if (status == PQT_OK) status = replay_take_checkpoint(replay, &actions, error);
    actions_free(&actions);
    return status;
}

/* Reads the table from the checkpoint on; NULL: from version 0. *is_damaged where it was
 * the checkpoint that could not be read. */
static pqt_status replay_from(store *s, const char *root, const listed_checkpoint *from,
                              int64_t last, struct delta_replay *replay, bool *is_damaged,
                              pqt_error *error)
{
    struct window *w = alloc_zeroed(NULL, 1, sizeof *w);
    if (!w) return error_no_memory(error, sizeof *w);
    const bool is_one = from && from->parts == 0;
    pqt_status status = PQT_OK;
    if (is_one)
        status = load_file(s, root, from->version, last, w, replay, error);
    else if (from)
        status = load_parts(s, root, from, replay, error);
    *is_damaged = status == PQT_CORRUPT || status == PQT_NOT_FOUND ||
                  status == PQT_INVALID || status == PQT_LIMIT;
    if (status == PQT_OK && from) {
        replay->snapshot.version = from->version;
        status = replay_finish(replay, root, error);
        *is_damaged = status == PQT_CORRUPT;
    }
    if (status == PQT_OK)
        status = replay_windows(s, root, last, is_one, w, replay, error);
    free_window(w);
    return status;
}

pqt_status snapshot_read_from(store *s, const char *root, const listed_checkpoint *from,
                              int64_t last, delta_snapshot **out, bool *is_damaged,
                              pqt_error *error)
{
    struct delta_replay *replay = NULL;
    TRY(replay_create(&replay, error));
    pqt_status status = replay_from(s, root, from, last, replay, is_damaged, error);
    if (status == PQT_OK) status = replay_finish(replay, root, error);
    if (status == PQT_OK)
        *out = &replay->snapshot;
    else
        replay_free(replay);
    return status;
}

/* --- Where to begin --- */

/* A listing's page of S3. A log that has more files is looked into from the checkpoint on
 * that _last_checkpoint names. */
enum { LISTING_LIMIT = 1000, HINT_LIMIT_BYTES = 1 << 20 };

pqt_status snapshot_read_hint(store *s, const char *root, int64_t *version,
                              pqt_error *error)
{
    buffer key = {0}, text = {0};
    pqt_status status = log_hint_key(root, &key, error);
    if (status == PQT_OK)
        status = store_get(s, (char *)key.data, HINT_LIMIT_BYTES, &text, error);
    json_t *hint =
        status == PQT_OK ? json_loadb((char *)text.data, text.size_bytes, 0, NULL) : NULL;
    const json_t *named = json_object_get(hint, "version");
    const bool is_said = json_is_integer(named) && json_integer_value(named) >= 0;
    *version = is_said ? json_integer_value(named) : -1;
    json_decref(hint);
    buffer_free(&key);
    buffer_free(&text);
    return status == PQT_NOT_FOUND || status == PQT_LIMIT ? PQT_OK : status;
}

/* What is there from the checkpoint on that _last_checkpoint names. Nothing where it
 * names none that is. */
static pqt_status list_from_hint(store *s, const char *root, log_listing *out,
                                 pqt_error *error)
{
    int64_t version;
    TRY(snapshot_read_hint(s, root, &version, error));
    if (version < 0) return PQT_OK;
    return log_listing_read(s, root, version, 0, out, error);
}

static pqt_status find_log(store *s, const char *root, log_listing *out, pqt_error *error)
{
    log_listing listing, later = {0};
    TRY(log_listing_read(s, root, 0, LISTING_LIMIT, &listing, error));
    if (!listing.has_more) {
        *out = listing;
        return PQT_OK;
    }
    log_listing_free(&listing);
    TRY(list_from_hint(s, root, &later, error));
    if (later.checkpoint_count > 0) {
        *out = later;
        return PQT_OK;
    }
    log_listing_free(&later);
    return log_listing_read(s, root, 0, 0, out, error);
}

static pqt_status report_no_start(store *s, const char *root, const log_listing *listing,
                                  pqt_error *error)
{
    if (listing->v2_version >= 0)
        return error_set(error, PQT_UNSUPPORTED,
                         "the log of %s begins with a checkpoint of the form V2 "
                         "(v2Checkpoint), at version %lld; this program knows the "
                         "classic one",
                         root, (long long)listing->v2_version);
    if (listing->last_commit < 0)
        return error_set(error, PQT_NOT_FOUND, "there is no table at %s in %s", root,
                         s->name);
    return error_set(error, PQT_CORRUPT,
                     "the log of %s begins at version %lld, without a checkpoint; "
                     "expected version 0",
                     root, (long long)listing->first_commit);
}

/* Reads from the newest checkpoint that can be read, else from the first commit. *status
 * is of the first try where none succeeds; false where all that the listing has were
 * tried without success. */
static bool try_starts(store *s, const char *root, const log_listing *listing,
                       delta_snapshot **out, pqt_status *status, pqt_error *error)
{
    pqt_error later;
    bool is_damaged = false;
    *status = PQT_OK;
    for (size_t i = listing->checkpoint_count; i-- > 0;) {
        const listed_checkpoint *from = &listing->checkpoints[i];
        const int64_t last =
            listing->last_commit > from->version ? listing->last_commit : from->version;
        const pqt_status found = snapshot_read_from(s, root, from, last, out, &is_damaged,
                                                    *status == PQT_OK ? error : &later);
        if (found == PQT_OK || !is_damaged) {
            if (found != PQT_OK && *status != PQT_OK && error) *error = later;
            *status = found;
            return true;
        }
        if (*status == PQT_OK) *status = found;
    }
    if (listing->first_commit != 0) {
        if (*status == PQT_OK) *status = report_no_start(s, root, listing, error);
        return !listing->is_partial;
    }
    *status =
        snapshot_read_from(s, root, NULL, listing->last_commit, out, &is_damaged, error);
    return true;
}

static pqt_status read_newest(store *s, const char *root, delta_snapshot **out,
                              pqt_error *error)
{
    log_listing listing;
    pqt_status status;
    TRY(find_log(s, root, &listing, error));
    const bool is_decided = try_starts(s, root, &listing, out, &status, error);
    log_listing_free(&listing);
    if (is_decided) return status;
    TRY(log_listing_read(s, root, 0, 0, &listing, error));
    (void)try_starts(s, root, &listing, out, &status, error);
    log_listing_free(&listing);
    return status;
}

/* What was listed may have been cleaned up before it was read: then there is a newer
 * checkpoint. */
pqt_status delta_snapshot_read(store *s, const char *root, delta_snapshot **out,
                               pqt_error *error)
{
    const pqt_status status = read_newest(s, root, out, error);
    return status == PQT_CORRUPT ? read_newest(s, root, out, error) : status;
}

/* Nothing can be told from the commits behind a version that is gone itself. */
static pqt_status check_kept(store *s, const char *root, int64_t version,
                             pqt_error *error)
{
    buffer key = {0};
    uint64_t size;
    pqt_status status = log_file_key(root, version, &key, error);
    if (status == PQT_OK) status = store_size(s, (const char *)key.data, &size, error);
    buffer_free(&key);
    if (status != PQT_NOT_FOUND) return status;
    return error_set(
        error, PQT_CONFLICT,
        "version %lld of the table %s was cleaned up by another process, and "
        "maybe later ones",
        (long long)version, root);
}

pqt_status delta_snapshot_update(store *s, const char *root, delta_snapshot *snapshot,
                                 pqt_error *error)
{
    struct delta_replay *replay = snapshot->replay;
    struct window *w = alloc_zeroed(NULL, 1, sizeof *w);
    if (!w) return error_no_memory(error, sizeof *w);
    pqt_status status = replay_windows(s, root, -1, false, w, replay, error);
    free_window(w);
    if (status == PQT_OK) status = check_kept(s, root, snapshot->version, error);
    if (status == PQT_OK) status = replay_finish(replay, root, error);
    return status;
}

/* Which of a snapshot's own version and the next are there. Of a table that did not go on
 * it is the first: cleaning up leaves the newest commit. */
static pqt_status look_around(store *s, const char *root, int64_t version, bool out[2],
                              pqt_error *error)
{
    buffer keys[2] = {{0}, {0}};
    store_get_request requests[2];
    pqt_status status = PQT_OK;
    for (int i = 0; i < 2 && status == PQT_OK; i++) {
        status = log_file_key(root, version + i, &keys[i], error);
        requests[i] = (store_get_request){(const char *)keys[i].data, NULL, &out[i]};
    }
    if (status == PQT_OK) status = store_get_many(s, requests, 2, 0, error);
    for (int i = 0; i < 2; i++) buffer_free(&keys[i]);
    return status;
}

pqt_status delta_snapshot_probe(store *s, const char *root,
                                const delta_snapshot *snapshot, bool *changed,
                                pqt_error *error)
{
    bool are_there[2] = {false, false};
    TRY(look_around(s, root, snapshot->version, are_there, error));
    *changed = are_there[1] || !are_there[0];
    return PQT_OK;
}

void delta_snapshot_free(delta_snapshot *snapshot)
{
    if (snapshot) replay_free(snapshot->replay);
}

static const char *find_pair(const delta_pair *pairs, int32_t count, const char *key)
{
    for (int32_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, key) == 0) return pairs[i].value;
    return NULL;
}

const char *delta_configuration(const delta_snapshot *snapshot, const char *key)
{
    return find_pair(snapshot->configuration, snapshot->configuration_count, key);
}

const char *delta_tag(const delta_file *file, const char *key)
{
    return find_pair(file->tags, file->tag_count, key);
}

const delta_column_stats *delta_stats(const delta_file *file, const char *name)
{
    for (int32_t i = 0; i < file->column_count; i++)
        if (strcmp(file->columns[i].name, name) == 0) return &file->columns[i];
    return NULL;
}

const delta_file *delta_find(const delta_snapshot *snapshot, const char *path)
{
    const size_t at =
        replay_find_file(snapshot->files, (size_t)snapshot->file_count, path);
    if (at == (size_t)snapshot->file_count || strcmp(snapshot->files[at].path, path) != 0)
        return NULL;
    return &snapshot->files[at];
}
