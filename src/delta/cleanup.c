/* Removing what the log has behind an old checkpoint (Delta protocol, "Metadata
 * Cleanup"). */
#include "base/alloc.h"
#include "delta/log_listing.h"
#include "delta/replay.h"
#include "delta/snapshot.h"

enum { KEEP_DAYS = 30 };

/* One file of the log that may go. */
struct old_file {
    char *key;
    int64_t version;
    bool is_commit;
    bool is_checkpoint;
};

struct cleanup {
    int64_t cutoff_ms;
    int64_t cutoff_commit; /* the newest commit that is old enough; -1: none */
    struct old_file *files;
    size_t count;
    size_t capacity;
};

static void free_cleanup(struct cleanup *c)
{
    for (size_t i = 0; i < c->count; i++) alloc_release(NULL, c->files[i].key);
    alloc_release(NULL, c->files);
}

/* False for files that we do not know, which stay. */
static bool know_file(const char *name, struct old_file *out)
{
    log_checkpoint checkpoint;
    *out = (struct old_file){0};
    if (log_file_version(name, &out->version)) return out->is_commit = true;
    if (log_checksum_version(name, &out->version)) return true;
    if (!log_checkpoint_name(name, &checkpoint) || checkpoint.part < 0) return false;
    out->version = checkpoint.version;
    return out->is_checkpoint = true;
}

/* What lies in folders of the log, such as _staged_commits, has other names. */
static pqt_status see_file(void *self, const store_entry *entry, pqt_error *error)
{
    struct cleanup *c = self;
    struct old_file file;
    if (!know_file(strrchr(entry->key, '/') + 1, &file)) return PQT_OK;
    if (entry->modified_ms > c->cutoff_ms) return PQT_OK;
    if (file.is_commit && file.version > c->cutoff_commit)
        c->cutoff_commit = file.version;
    file.key = alloc_text(NULL, entry->key);
    if (!file.key) return error_no_memory(error, strlen(entry->key));
    void *array = c->files;
    if (alloc_grow(NULL, &array, &c->capacity, c->count + 1, sizeof *c->files) != 0) {
        alloc_release(NULL, file.key);
        return error_no_memory(error, sizeof *c->files);
    }
    c->files = array;
    c->files[c->count++] = file;
    return PQT_OK;
}

static pqt_status list_old_files(store *s, const char *root, struct cleanup *c,
                                 pqt_error *error)
{
    buffer prefix = {0};
    pqt_status status = log_file_prefix(root, &prefix, error);
    if (status == PQT_OK)
        status = store_list(s, (char *)prefix.data, NULL, see_file, c, error);
    buffer_free(&prefix);
    return status;
}

static const listed_checkpoint *find_kept(const log_listing *listing,
                                          const struct cleanup *c)
{
    for (size_t i = listing->checkpoint_count; i-- > 0;) {
        const listed_checkpoint *found = &listing->checkpoints[i];
        if (found->version <= c->cutoff_commit && found->modified_ms <= c->cutoff_ms)
            return found;
    }
    return NULL;
}

/* Whoever begins at the checkpoint must get the table that we have. */
static pqt_status check_kept(store *s, const char *root, const listed_checkpoint *kept,
                             const delta_snapshot *snapshot, pqt_error *error)
{
    delta_snapshot *found = NULL;
    bool is_damaged;
    TRY(snapshot_read_from(s, root, kept, snapshot->version, &found, &is_damaged, error));
    pqt_status status = PQT_OK;
    if (found->version != snapshot->version)
        status = error_set(error, PQT_CONFLICT,
                           "the table %s is at version %lld, and not at %lld any more",
                           root, (long long)found->version, (long long)snapshot->version);
    else if (!replay_same_table(found, snapshot))
        status =
            error_set(error, PQT_CORRUPT,
                      "the checkpoint of version %lld of %s, with the commits behind "
                      "it, gives another table than the log's; nothing was removed",
                      (long long)kept->version, root);
    delta_snapshot_free(found);
    return status;
}

/* Some readers fail where _last_checkpoint names one that is not there: it goes before
 * its checkpoint does. Without it all readers list. */
static pqt_status remove_old_hint(store *s, const char *root, int64_t before,
                                  pqt_error *error)
{
    int64_t version;
    TRY(snapshot_read_hint(s, root, &version, error));
    if (version >= before) return PQT_OK;
    buffer key = {0};
    pqt_status status = log_hint_key(root, &key, error);
    if (status == PQT_OK) status = store_remove(s, (char *)key.data, error);
    buffer_free(&key);
    return status;
}

/* In order of names, which is that of versions. */
static pqt_status remove_files(store *s, const struct cleanup *c, int64_t before,
                               delta_cleaned *cleaned, pqt_error *error)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct old_file *file = &c->files[i];
        if (file->version >= before) continue;
        TRY(store_remove(s, file->key, error));
        cleaned->commits += file->is_commit;
        cleaned->checkpoints += file->is_checkpoint;
    }
    return PQT_OK;
}

static pqt_status clean(store *s, const char *root, const delta_snapshot *snapshot,
                        struct cleanup *c, delta_cleaned *cleaned, pqt_error *error)
{
    log_listing listing;
    TRY(list_old_files(s, root, c, error));
    TRY(log_listing_read(s, root, 0, 0, &listing, error));
    const listed_checkpoint *kept = find_kept(&listing, c);
    pqt_status status = PQT_OK;
    if (kept) {
        cleaned->first_kept = kept->version;
        status = check_kept(s, root, kept, snapshot, error);
        if (status == PQT_OK) status = remove_old_hint(s, root, kept->version, error);
        if (status == PQT_OK) status = remove_files(s, c, kept->version, cleaned, error);
    }
    log_listing_free(&listing);
    return status;
}

pqt_status delta_cleanup(store *s, const char *root, const delta_snapshot *snapshot,
                         int64_t now_ms, delta_cleaned *cleaned, pqt_error *error)
{
    const int64_t keep_ms = INT64_C(1000) * 60 * 60 * 24 * KEEP_DAYS;
    struct cleanup c = {.cutoff_ms = now_ms - keep_ms, .cutoff_commit = -1};
    *cleaned = (delta_cleaned){.first_kept = -1};
    const pqt_status status = clean(s, root, snapshot, &c, cleaned, error);
    free_cleanup(&c);
    return status;
}
