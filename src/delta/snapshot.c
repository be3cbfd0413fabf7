#include <stdlib.h>

#include "base/alloc.h"
#include "delta/action.h"
#include "delta/delta.h"
#include "delta/log_file.h"

enum { COMMIT_LIMIT_BYTES = 256 << 20, MOST_COMMITS = 1 << 22 };

/* A snapshot that is being made or brought forward. Files are ordered by path. */
struct delta_replay {
    delta_snapshot snapshot; /* what the caller sees */
    delta_file *files;
    size_t file_count;
    size_t file_capacity;
    delta_remove *removes;
    size_t remove_count;
    size_t remove_capacity;
    bool has_protocol;
};

/* The actions of one commit, which take effect together whatever their order. */
struct commit {
    delta_file *adds;
    size_t add_count;
    size_t add_capacity;
    delta_remove *removes;
    size_t remove_count;
    size_t remove_capacity;
};

static size_t find_file_place(const delta_file *files, size_t count, const char *path)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(files[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct delta_replay *replay, size_t at, const char *path)
{
    return at < replay->file_count && strcmp(replay->files[at].path, path) == 0;
}

static pqt_status apply_remove(struct delta_replay *replay, const delta_remove *removed,
                               pqt_error *error)
{
    const size_t at = find_file_place(replay->files, replay->file_count, removed->path);
    if (is_at(replay, at, removed->path)) {
        replay->file_count--;
        memmove(replay->files + at, replay->files + at + 1,
                (replay->file_count - at) * sizeof *replay->files);
    }
    void *array = replay->removes;
    if (alloc_grow(NULL, &array, &replay->remove_capacity, replay->remove_count + 1,
                   sizeof *replay->removes) != 0)
        return error_no_memory(error, sizeof *replay->removes);
    replay->removes = array;
    replay->removes[replay->remove_count++] = *removed;
    return PQT_OK;
}

/* A file that is added again takes the place of its older entry. */
static pqt_status apply_add(struct delta_replay *replay, const delta_file *added,
                            pqt_error *error)
{
    const size_t at = find_file_place(replay->files, replay->file_count, added->path);
    if (is_at(replay, at, added->path)) {
        replay->files[at] = *added;
        return PQT_OK;
    }
    void *array = replay->files;
    if (alloc_grow(NULL, &array, &replay->file_capacity, replay->file_count + 1,
                   sizeof *replay->files) != 0)
        return error_no_memory(error, sizeof *replay->files);
    replay->files = array;
    memmove(replay->files + at + 1, replay->files + at,
            (replay->file_count - at) * sizeof *replay->files);
    replay->files[at] = *added;
    replay->file_count++;
    return PQT_OK;
}

static pqt_status keep_add(const json_t *action, struct delta_replay *replay,
                           struct commit *commit, pqt_error *error)
{
    delta_file file;
    TRY(action_read_add(action, &replay->snapshot.memory, &file, error));
    for (size_t i = 0; i < commit->add_count; i++)
        if (strcmp(commit->adds[i].path, file.path) == 0)
            return error_set(error, PQT_CORRUPT, "the file '%.200s' is added twice",
                             file.path);
    void *array = commit->adds;
    if (alloc_grow(NULL, &array, &commit->add_capacity, commit->add_count + 1,
                   sizeof *commit->adds) != 0)
        return error_no_memory(error, sizeof *commit->adds);
    commit->adds = array;
    commit->adds[commit->add_count++] = file;
    return PQT_OK;
}

static pqt_status keep_remove(const json_t *action, struct delta_replay *replay,
                              struct commit *commit, pqt_error *error)
{
    delta_remove removed;
    TRY(action_read_remove(action, &replay->snapshot.memory, &removed, error));
    void *array = commit->removes;
    if (alloc_grow(NULL, &array, &commit->remove_capacity, commit->remove_count + 1,
                   sizeof *commit->removes) != 0)
        return error_no_memory(error, sizeof *commit->removes);
    commit->removes = array;
    commit->removes[commit->remove_count++] = removed;
    return PQT_OK;
}

/* Actions that are not known are left out, as the protocol asks. */
static pqt_status read_action(const json_t *line, struct delta_replay *replay,
                              struct commit *commit, pqt_error *error)
{
    const json_t *action;
    if ((action = json_object_get(line, "add")))
        return keep_add(action, replay, commit, error);
    if ((action = json_object_get(line, "remove")))
        return keep_remove(action, replay, commit, error);
    if ((action = json_object_get(line, "metaData")))
        return action_read_metadata(action, &replay->snapshot, error);
    if ((action = json_object_get(line, "protocol"))) {
        replay->has_protocol = true;
        return action_check_protocol(action, error);
    }
    return PQT_OK;
}

static pqt_status read_line(pqt_view text, struct delta_replay *replay,
                            struct commit *commit, pqt_error *error)
{
    json_error_t problem;
    json_t *line = json_loadb((const char *)text.data, text.size_bytes, 0, &problem);
    if (!json_is_object(line)) {
        json_decref(line);
        return error_set(error, PQT_CORRUPT, "expected one JSON object; %s",
                         line ? "found another value" : problem.text);
    }
    const pqt_status status = read_action(line, replay, commit, error);
    json_decref(line);
    return status;
}

static pqt_view trim(pqt_view line)
{
    while (line.size_bytes && strchr(" \t\r", line.data[line.size_bytes - 1]))
        line.size_bytes--;
    return line;
}

static pqt_status read_lines(pqt_view text, const char *name, struct delta_replay *replay,
                             struct commit *commit, pqt_error *error)
{
    int number = 0, actions = 0;
    while (text.size_bytes > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size_bytes);
        const size_t size = end ? (size_t)(end - text.data) : text.size_bytes;
        const pqt_view line = trim(view_of(text.data, size));
        const size_t used = end ? size + 1 : size;
        text = view_of(text.data + used, text.size_bytes - used);
        number++;
        if (line.size_bytes == 0) continue;
        actions++;
        const pqt_status status = read_line(line, replay, commit, error);
        if (status == PQT_OK) continue;
        error_prefix(error, "%s, line %d", name, number);
        return status;
    }
    if (actions > 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "%s is empty; expected the commit's actions",
                     name);
}

static pqt_status apply_commit(struct delta_replay *replay, const struct commit *commit,
                               pqt_error *error)
{
    for (size_t i = 0; i < commit->remove_count; i++)
        TRY(apply_remove(replay, &commit->removes[i], error));
    for (size_t i = 0; i < commit->add_count; i++)
        TRY(apply_add(replay, &commit->adds[i], error));
    return PQT_OK;
}

static pqt_status replay_commit(pqt_view text, const char *key,
                                struct delta_replay *replay, pqt_error *error)
{
    struct commit commit = {0};
    pqt_status status = read_lines(text, key, replay, &commit, error);
    if (status == PQT_OK) status = apply_commit(replay, &commit, error);
    alloc_release(NULL, commit.adds);
    alloc_release(NULL, commit.removes);
    return status;
}

/* --- Which commits there are --- */

struct versions {
    int64_t first;
    int64_t last; /* -1: none seen */
    bool has_checkpoint;
    pqt_status status;
};

/* A listing may lack a version and have one behind it, where commits are made meanwhile:
 * whether there is a gap is told by reading. */
static pqt_status see_entry(void *self, const store_entry *entry, pqt_error *error)
{
    (void)error;
    struct versions *seen = self;
    const char *name = strrchr(entry->key, '/') + 1;
    int64_t version;
    if (strstr(name, ".checkpoint.")) seen->has_checkpoint = true;
    if (!log_file_version(name, &version)) return PQT_OK;
    if (seen->last < 0) seen->first = version;
    seen->last = version;
    return PQT_OK;
}

static pqt_status find_versions(store *s, const char *root, struct versions *seen,
                                pqt_error *error)
{
    buffer prefix = {0};
    TRY(log_file_prefix(root, &prefix, error));
    *seen = (struct versions){.last = -1};
    const pqt_status status =
        store_list(s, (char *)prefix.data, NULL, see_entry, seen, error);
    buffer_free(&prefix);
    TRY(status);
    if (seen->last < 0 && !seen->has_checkpoint)
        return error_set(error, PQT_NOT_FOUND, "there is no table at %s in %s", root,
                         s->name);
    if (seen->last < 0 || seen->first != 0)
        return error_set(
            error, seen->has_checkpoint ? PQT_UNSUPPORTED : PQT_CORRUPT,
            "the log of %s begins at version %lld%s", root, (long long)seen->first,
            seen->has_checkpoint ? "; reading from a checkpoint is not in this version"
                                 : "; expected version 0");
    return PQT_OK;
}

/* Commits that are fetched together. */
enum { WINDOW = 64 };

struct window {
    buffer keys[WINDOW], texts[WINDOW];
    bool are_there[WINDOW];
    size_t count;
};

static void free_window(struct window *w)
{
    if (!w) return;
    for (size_t i = 0; i < WINDOW; i++) {
        buffer_free(&w->keys[i]);
        buffer_free(&w->texts[i]);
    }
    alloc_release(NULL, w);
}

/* Fetches the versions from `first` on. */
static pqt_status fetch_window(store *s, const char *root, int64_t first,
                               struct window *w, pqt_error *error)
{
    store_get_request requests[WINDOW];
    for (size_t i = 0; i < w->count; i++) {
        buffer_clear(&w->keys[i]);
        buffer_clear(&w->texts[i]);
        w->are_there[i] = false;
        TRY(log_file_key(root, first + (int64_t)i, &w->keys[i], error));
        requests[i] = (store_get_request){(const char *)w->keys[i].data, &w->texts[i],
                                          &w->are_there[i]};
    }
    return store_get_many(s, requests, w->count, COMMIT_LIMIT_BYTES, error);
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

/* Reads on from the version after the snapshot's until one is not there, but at least to
 * `last`: a listing may be old. The one behind it is asked for together with the others.
 */
static pqt_status replay_windows(store *s, const char *root, int64_t last,
                                 struct window *w, struct delta_replay *replay,
                                 pqt_error *error)
{
    bool goes_on = true;
    while (goes_on && replay->snapshot.version + 1 < MOST_COMMITS) {
        const int64_t first = replay->snapshot.version + 1;
        const int64_t wanted = last >= first ? last - first + 2 : 1;
        w->count = wanted < WINDOW ? (size_t)wanted : WINDOW;
        TRY(fetch_window(s, root, first, w, error));
        TRY(replay_window(root, last, w, replay, &goes_on, error));
    }
    if (!goes_on) return PQT_OK;
    return error_set(error, PQT_LIMIT, "the log of %s has more than %d commits", root,
                     MOST_COMMITS);
}

static pqt_status replay_on(store *s, const char *root, int64_t last,
                            struct delta_replay *replay, pqt_error *error)
{
    struct window *w = alloc_zeroed(NULL, 1, sizeof *w);
    if (!w) return error_no_memory(error, sizeof *w);
    const pqt_status status = replay_windows(s, root, last, w, replay, error);
    free_window(w);
    return status;
}

/* Shows the caller what the replay has. */
static pqt_status finish(struct delta_replay *replay, const char *root, pqt_error *error)
{
    delta_snapshot *snapshot = &replay->snapshot;
    if (!replay->has_protocol || !snapshot->metadata_json)
        return error_set(error, PQT_CORRUPT, "the log of %s has no %s action", root,
                         replay->has_protocol ? "metaData" : "protocol");
    snapshot->files = replay->files;
    snapshot->file_count = (int32_t)replay->file_count;
    snapshot->removes = replay->removes;
    snapshot->remove_count = (int32_t)replay->remove_count;
    return PQT_OK;
}

pqt_status delta_snapshot_read(store *s, const char *root, delta_snapshot **out,
                               pqt_error *error)
{
    struct versions seen;
    TRY(find_versions(s, root, &seen, error));
    struct delta_replay *replay = alloc_zeroed(NULL, 1, sizeof *replay);
    if (!replay) return error_no_memory(error, sizeof *replay);
    replay->snapshot.version = -1;
    replay->snapshot.replay = replay;
    pqt_status status = replay_on(s, root, seen.last, replay, error);
    if (status == PQT_OK) status = finish(replay, root, error);
    if (status == PQT_OK)
        *out = &replay->snapshot;
    else
        delta_snapshot_free(&replay->snapshot);
    return status;
}

pqt_status delta_snapshot_update(store *s, const char *root, delta_snapshot *snapshot,
                                 pqt_error *error)
{
    struct delta_replay *replay = snapshot->replay;
    TRY(replay_on(s, root, -1, replay, error));
    return finish(replay, root, error);
}

pqt_status delta_snapshot_probe(store *s, const char *root,
                                const delta_snapshot *snapshot, bool *changed,
                                pqt_error *error)
{
    buffer key = {0};
    uint64_t size;
    TRY(log_file_key(root, snapshot->version + 1, &key, error));
    const pqt_status found = store_size(s, (char *)key.data, &size, error);
    buffer_free(&key);
    if (found != PQT_OK && found != PQT_NOT_FOUND) return found;
    *changed = found == PQT_OK;
    return PQT_OK;
}

void delta_snapshot_free(delta_snapshot *snapshot)
{
    if (!snapshot) return;
    struct delta_replay *replay = snapshot->replay;
    alloc_release(NULL, replay->files);
    alloc_release(NULL, replay->removes);
    arena_free(&snapshot->memory);
    alloc_release(NULL, replay);
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
        find_file_place(snapshot->files, (size_t)snapshot->file_count, path);
    if (at == (size_t)snapshot->file_count || strcmp(snapshot->files[at].path, path) != 0)
        return NULL;
    return &snapshot->files[at];
}
