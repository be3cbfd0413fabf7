#include <jansson.h>
#include <stdio.h>

#include "base/clock.h"
#include "delta/action.h"
#include "delta/delta.h"
#include "delta/log_file.h"
#include "delta/log_listing.h"

enum { MOST_TRIES = 1000, COMMITS_A_CHECKPOINT = 10, COMMIT_LIMIT_BYTES = 256 << 20 };

/* Whether the commit that is there has our id; false also where it cannot be told. */
static bool has_commit_id(pqt_view text, const char *commit_id)
{
    const uint8_t *end = memchr(text.data, '\n', text.size_bytes);
    const size_t size = end ? (size_t)(end - text.data) : text.size_bytes;
    json_t *line = json_loadb((const char *)text.data, size, 0, NULL);
    const json_t *id = json_object_get(json_object_get(line, "commitInfo"), "txnId");
    const bool ours = json_is_string(id) && strcmp(json_string_value(id), commit_id) == 0;
    json_decref(line);
    return ours;
}

typedef enum outcome { COMMITTED, TAKEN, UNKNOWN } outcome;

/* Looks who made the version: an answer that was lost is not a failure. */
static outcome read_back(store *s, const char *key, const char *commit_id)
{
    buffer text = {0};
    outcome found = UNKNOWN;
    if (store_get(s, key, COMMIT_LIMIT_BYTES, &text, NULL) == PQT_OK)
        found = has_commit_id(buffer_view(&text), commit_id) ? COMMITTED : TAKEN;
    buffer_free(&text);
    return found;
}

/* Puts version `version`; *taken where somebody else made it. */
static pqt_status put_version(store *s, const char *root, int64_t version, pqt_view text,
                              const char *commit_id, bool *taken, pqt_error *error)
{
    buffer key = {0};
    TRY(log_file_key(root, version, &key, error));
    const store_body body = {-1, text};
    pqt_status status = store_put_if_absent(s, (char *)key.data, &body, error);
    *taken = false;
    if (status != PQT_OK) {
        const outcome found = read_back(s, (char *)key.data, commit_id);
        *taken = found == TAKEN;
        if (found != UNKNOWN) status = PQT_OK;
        if (found == UNKNOWN && status == PQT_CONFLICT)
            status = error_set(error, PQT_IO, "%s is there but cannot be read",
                               (char *)key.data);
    }
    buffer_free(&key);
    return status;
}

static pqt_status write_files(const delta_changes *changes, buffer *out, pqt_error *error)
{
    for (int32_t i = 0; i < changes->remove_count; i++)
        TRY(action_write_remove(&changes->removes[i], out, error));
    for (int32_t i = 0; i < changes->add_count; i++)
        TRY(action_write_add(&changes->adds[i], out, error));
    return PQT_OK;
}

pqt_status delta_create(store *s, const char *root, const delta_column *columns,
                        int32_t column_count, const delta_changes *changes,
                        pqt_error *error)
{
    char commit_id[UUID_TEXT_BYTES];
    TRY(uuid_random(commit_id, error));
    buffer text = {0};
    bool taken = false;
    pqt_status status = action_write_commit_info(changes, commit_id, &text, error);
    if (status == PQT_OK) status = action_write_protocol(&text, error);
    if (status == PQT_OK)
        status = action_write_new_metadata(columns, column_count, changes, &text, error);
    if (status == PQT_OK) status = write_files(changes, &text, error);
    if (status == PQT_OK)
        status = put_version(s, root, 0, buffer_view(&text), commit_id, &taken, error);
    buffer_free(&text);
    if (status == PQT_OK && taken)
        return error_set(error, PQT_CONFLICT, "there is a table at %s in %s already",
                         root, s->name);
    return status;
}

static bool is_removed(const delta_changes *changes, const char *path)
{
    for (int32_t i = 0; i < changes->remove_count; i++)
        if (strcmp(changes->removes[i].path, path) == 0) return true;
    return false;
}

static pqt_status check_changes(const delta_snapshot *base, const delta_changes *changes,
                                pqt_error *error)
{
    for (int32_t i = 0; i < changes->remove_count; i++)
        if (!delta_find(base, changes->removes[i].path))
            return error_set(
                error, PQT_INVALID,
                "cannot remove '%s': version %lld of the table does not have it",
                changes->removes[i].path, (long long)base->version);
    for (int32_t i = 0; i < changes->add_count; i++)
        if (delta_find(base, changes->adds[i].path) &&
            !is_removed(changes, changes->adds[i].path))
            return error_set(error, PQT_INVALID,
                             "cannot add '%s': version %lld of the table has it",
                             changes->adds[i].path, (long long)base->version);
    return PQT_OK;
}

/* One try on top of `base`. */
static pqt_status try_commit(store *s, const char *root, const delta_snapshot *base,
                             const delta_changes *changes, bool *taken, pqt_error *error)
{
    TRY(check_changes(base, changes, error));
    char commit_id[UUID_TEXT_BYTES];
    TRY(uuid_random(commit_id, error));
    buffer text = {0};
    pqt_status status = action_write_commit_info(changes, commit_id, &text, error);
    if (status == PQT_OK && changes->configuration_count > 0)
        status = action_write_changed_metadata(base, changes, &text, error);
    if (status == PQT_OK) status = write_files(changes, &text, error);
    if (status == PQT_OK)
        status = put_version(s, root, base->version + 1, buffer_view(&text), commit_id,
                             taken, error);
    buffer_free(&text);
    return status;
}

static pqt_status report_conflict(const char *root, int64_t version, pqt_error *error)
{
    return error_set(error, PQT_CONFLICT,
                     "version %lld of the table %s was made by another process",
                     (long long)version, root);
}

/* Where the log was cleaned up meanwhile, the names of old versions are free again, and
 * nobody reads what is put there: such a commit did not take place. */
static pqt_status check_is_read(store *s, const char *root, int64_t version,
                                pqt_error *error)
{
    log_listing listing = {0};
    pqt_status status = log_listing_read(s, root, version, 0, &listing, error);
    if (status == PQT_OK && listing.checkpoint_count > 0)
        status = error_set(error, PQT_CONFLICT,
                           "version %lld of the table %s was made behind a checkpoint of "
                           "another process: it was at work with an old version",
                           (long long)version, root);
    log_listing_free(&listing);
    return status;
}

/* A table is whole without its checkpoints: only reading takes longer. */
static void end_commit(store *s, const char *root, int64_t version,
                       const pqt_progress *progress)
{
    char sentence[700];
    pqt_error problem = {0};
    if (version % COMMITS_A_CHECKPOINT != 0) return;
    if (delta_checkpoint_write(s, root, clock_wall_ms(), &problem) == PQT_OK) return;
    if (!progress || !progress->log) return;
    snprintf(sentence, sizeof sentence,
             "version %lld of the table %s is committed, but its checkpoint was not "
             "written (%s); the next is due at version %lld",
             (long long)version, root, problem.message,
             (long long)version + COMMITS_A_CHECKPOINT);
    progress->log(progress->self, sentence);
}

/* Tries on and on, on top of what others commit meanwhile, while `rebase` agrees. */
static pqt_status commit_on(store *s, const char *root, const delta_snapshot *base,
                            delta_changes *changes, delta_rebase rebase, void *self,
                            int64_t *version, pqt_error *error)
{
    delta_snapshot *theirs = NULL;
    const delta_snapshot *current = base;
    pqt_status status = PQT_OK;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        bool taken = false;
        status = try_commit(s, root, current, changes, &taken, error);
        if (status != PQT_OK) goto done;
        if (!taken) {
            status = check_is_read(s, root, current->version + 1, error);
            if (status != PQT_OK) goto done;
            if (version) *version = current->version + 1;
            end_commit(s, root, current->version + 1, changes->progress);
            goto done;
        }
        status = report_conflict(root, current->version + 1, error);
        if (!rebase) goto done;
        delta_snapshot *newer = NULL;
        status = delta_snapshot_read(s, root, &newer, error);
        if (status != PQT_OK) goto done;
        delta_snapshot_free(theirs);
        current = theirs = newer;
        status = rebase(self, base, theirs, changes, error);
        if (status != PQT_OK) goto done;
    }
    status = error_set(error, PQT_TIMEOUT, "%d commits to %s were all overtaken",
                       MOST_TRIES, root);
done:
    delta_snapshot_free(theirs);
    return status;
}

pqt_status delta_commit(store *s, const char *root, const delta_snapshot *base,
                        const delta_changes *changes, delta_rebase rebase, void *self,
                        int64_t *version, pqt_error *error)
{
    delta_changes current = *changes;
    return commit_on(s, root, base, &current, rebase, self, version, error);
}
