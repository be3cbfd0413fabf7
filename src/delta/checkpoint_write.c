#include <stdlib.h>

#include "delta/action_columns.h"
#include "delta/checkpoint.h"
#include "delta/log_file.h"

static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

/* --- Encoding --- */

static pqt_status add_action(action_columns *columns, const char *name, json_t *action,
                             checkpoint_counts *counts, pqt_error *error)
{
    if (!action) return error_no_memory(error, sizeof action);
    counts->actions++;
    return action_columns_add(columns, name, action, error);
}

static json_t *pack_transaction(const delta_transaction *t)
{
    json_t *action = json_pack("{s:s, s:I}", "appId", t->application, "version",
                               (json_int_t)t->version);
    if (action && t->updated_ms >= 0 &&
        json_object_set_new(action, "lastUpdated", json_integer(t->updated_ms)) != 0) {
        json_decref(action);
        return NULL;
    }
    return action;
}

static pqt_status add_header(const delta_snapshot *snapshot, action_columns *columns,
                             checkpoint_counts *counts, pqt_error *error)
{
    const struct delta_replay *replay = snapshot->replay;
    json_t *protocol = json_pack("{s:i, s:i}", "minReaderVersion", replay->reader_version,
                                 "minWriterVersion", replay->writer_version);
    TRY(add_action(columns, "protocol", protocol, counts, error));
    TRY(add_action(columns, "metaData", json_loads(snapshot->metadata_json, 0, NULL),
                   counts, error));
    const delta_transaction *transactions = replay->transactions.elements;
    for (size_t i = 0; i < replay->transactions.count; i++)
        TRY(add_action(columns, "txn", pack_transaction(&transactions[i]), counts,
                       error));
    return PQT_OK;
}

/* In a checkpoint nothing changes any data: dataChange is false, as Spark has it. */
static pqt_status add_files(const delta_snapshot *snapshot, int64_t oldest_ms,
                            action_columns *columns, checkpoint_counts *counts,
                            pqt_error *error)
{
    json_t *action = NULL;
    for (int32_t i = 0; i < snapshot->remove_count; i++) {
        delta_remove removed = snapshot->removes[i];
        removed.data_change = false;
        if (removed.deleted_ms < oldest_ms) continue;
        TRY(action_make_remove(&removed, &action, error));
        TRY(add_action(columns, "remove", action, counts, error));
    }
    for (int32_t i = 0; i < snapshot->file_count; i++) {
        delta_file file = snapshot->files[i];
        file.data_change = false;
        TRY(action_make_add(&file, &action, error));
        TRY(add_action(columns, "add", action, counts, error));
        counts->files++;
    }
    return PQT_OK;
}

pqt_status checkpoint_encode(const delta_snapshot *snapshot, int64_t now_ms, buffer *out,
                             checkpoint_counts *counts, pqt_error *error)
{
    const int64_t oldest_ms = now_ms - CHECKPOINT_TOMBSTONE_DAYS * day_ms;
    action_columns *columns = NULL;
    *counts = (checkpoint_counts){0};
    TRY(action_columns_create(out, &columns, error));
    pqt_status status = add_header(snapshot, columns, counts, error);
    if (status == PQT_OK) status = add_files(snapshot, oldest_ms, columns, counts, error);
    if (status == PQT_OK) status = action_columns_finish(columns, error);
    action_columns_free(columns);
    return status;
}

/* --- Writing --- */

/* Commits may go once a checkpoint is there: it must say what they say. */
static pqt_status check_encoded(const delta_snapshot *snapshot, pqt_view bytes,
                                const char *key, pqt_error *error)
{
    struct delta_replay *replay = NULL;
    struct actions actions = {0};
    TRY(replay_create(&replay, error));
    pqt_status status = checkpoint_read(bytes, key, replay, &actions, error);
    if (status == PQT_OK) status = replay_take_checkpoint(replay, &actions, error);
    if (status == PQT_OK) status = replay_finish(replay, key, error);
    if (status == PQT_OK && !replay_same_table(snapshot, &replay->snapshot))
        status = error_set(error, PQT_INTERNAL,
                           "%s was encoded, but read again it is another table", key);
    actions_free(&actions);
    replay_free(replay);
    return status;
}

static pqt_status write_hint(store *s, const char *root, int64_t version,
                             const checkpoint_counts *counts, size_t size_bytes,
                             pqt_error *error)
{
    buffer key = {0}, text = {0};
    pqt_status status = log_hint_key(root, &key, error);
    if (status == PQT_OK)
        status = buffer_printf(&text, error,
                               "{\"version\":%lld,\"size\":%lld,\"sizeInBytes\":%zu,"
                               "\"numOfAddFiles\":%lld}",
                               (long long)version, (long long)counts->actions, size_bytes,
                               (long long)counts->files);
    if (status == PQT_OK)
        status = store_replace(s, (char *)key.data, buffer_view(&text), error);
    buffer_free(&key);
    buffer_free(&text);
    return status;
}

static pqt_status put_checkpoint(store *s, const char *root,
                                 const delta_snapshot *snapshot, int64_t now_ms,
                                 pqt_error *error)
{
    buffer key = {0}, bytes = {0};
    checkpoint_counts counts;
    const log_checkpoint name = {.version = snapshot->version};
    pqt_status status = log_checkpoint_key(root, name, &key, error);
    if (status == PQT_OK)
        status = checkpoint_encode(snapshot, now_ms, &bytes, &counts, error);
    const store_body body = {-1, buffer_view(&bytes)};
    if (status == PQT_OK)
        status = check_encoded(snapshot, body.bytes, (char *)key.data, error);
    if (status == PQT_OK) status = store_put_if_absent(s, (char *)key.data, &body, error);
    const bool is_theirs = status == PQT_CONFLICT;
    if (status == PQT_OK)
        status = write_hint(s, root, snapshot->version, &counts, bytes.size_bytes, error);
    buffer_free(&key);
    buffer_free(&bytes);
    return is_theirs ? PQT_OK : status;
}

pqt_status delta_checkpoint_write(store *s, const char *root, int64_t now_ms,
                                  pqt_error *error)
{
    delta_snapshot *snapshot = NULL;
    TRY(delta_snapshot_read(s, root, &snapshot, error));
    const pqt_status status = put_checkpoint(s, root, snapshot, now_ms, error);
    delta_snapshot_free(snapshot);
    return status;
}
