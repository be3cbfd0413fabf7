/*
 * The log of a Delta Lake table (Delta protocol, reader version 1, writer version 2):
 * what exists is what the log says. A snapshot is the table at one version, in memory; a
 * commit makes the next version or fails.
 *
 * Memory: a snapshot holds every live file's entry, about 3 KiB each with statistics;
 * while it is read, up to 64 commits and a checkpoint's file as they lie in the log.
 * Writing a checkpoint holds the snapshot twice, and the file.
 */
#ifndef DELTA_DELTA_H
#define DELTA_DELTA_H

#include "base/arena.h"
#include "store/store.h"

/* A name and its value: configuration keys, tags. */
typedef struct delta_pair {
    const char *key;
    const char *value;
} delta_pair;

/* One column of the table. type is Delta's: "long", "integer", "short", "string", "date"
 */
typedef struct delta_column {
    const char *name;
    const char *type;
    bool nullable;
} delta_column;

/* min and max of one column in a file, as the log's JSON has them. */
typedef struct delta_column_stats {
    const char *name;
    bool has_range; /* min and max are there */
    bool is_text;   /* strings and dates ("2026-01-15"); else numbers */
    int64_t min_number;
    int64_t max_number;
    const char *min_text;
    const char *max_text; /* an upper bound; may be cut and raised */
    int64_t null_count;   /* -1: not said */
} delta_column_stats;

/* A live data file. Keys are relative to the table's root, decoded from the log's URI. */
typedef struct delta_file {
    const char *path;
    uint64_t size_bytes;
    int64_t modified_ms;
    bool data_change;
    int64_t row_count; /* -1: no statistics */
    const delta_column_stats *columns;
    int32_t column_count;
    const delta_pair *tags;
    int32_t tag_count;
} delta_file;

/* A file that a commit takes out. */
typedef struct delta_remove {
    const char *path;
    uint64_t size_bytes;
    int64_t deleted_ms;
    bool data_change;
} delta_remove;

typedef struct delta_snapshot {
    int64_t version;
    const char *table_id;
    delta_column *schema;
    int32_t column_count;
    const delta_pair *configuration;
    int32_t configuration_count;
    const delta_file *files; /* ordered by path */
    int32_t file_count;
    const delta_remove
        *removes; /* tombstones that the log still holds, ordered by path */
    int32_t remove_count;
    const char *metadata_json; /* the metaData action as the log has it */
    arena memory;
    struct delta_replay *replay; /* what reading on needs */
} delta_snapshot;

/*
 * Reads the table whose root is `root` ("analytics/pageviews") in the store: the newest
 * version, from the newest checkpoint that can be read and the commits behind it, or from
 * the first commit. NOT_FOUND where there is no log; CORRUPT with the file and line where
 * it is damaged or has a gap; UNSUPPORTED, naming it, for a protocol or a feature beyond
 * (1,2), and for checkpoints of the form V2. Two rounds of requests, more where the log
 * has a thousand files or a checkpoint is damaged. The caller frees.
 */
pqt_status delta_snapshot_read(store *s, const char *root, delta_snapshot **out,
                               pqt_error *error);

/*
 * Brings a snapshot to the newest version by the commits behind its own. Errors as
 * delta_snapshot_read's, and CONFLICT where its version was cleaned up meanwhile: it is to
 * be read anew; after an error it may only be freed. What pointed into the snapshot's
 * files is not valid any more.
 */
pqt_status delta_snapshot_update(store *s, const char *root, delta_snapshot *snapshot,
                                 pqt_error *error);

/* Whether there is a later version than the snapshot's, or its own was cleaned up (and
 * later ones maybe, too): two look-ups at once. */
pqt_status delta_snapshot_probe(store *s, const char *root,
                                const delta_snapshot *snapshot, bool *changed,
                                pqt_error *error);

/* NULL is fine. */
void delta_snapshot_free(delta_snapshot *snapshot);

/* The value of a configuration key, or NULL. */
const char *delta_configuration(const delta_snapshot *snapshot, const char *key);
/* The value of a file's tag, or NULL. */
const char *delta_tag(const delta_file *file, const char *key);
/* The statistics of a column by name, or NULL. */
const delta_column_stats *delta_stats(const delta_file *file, const char *name);
/* The live file of that path, or NULL. */
const delta_file *delta_find(const delta_snapshot *snapshot, const char *path);

/* What a commit changes. Configuration pairs replace or add keys; none: as it was. */
typedef struct delta_changes {
    const delta_file *adds;
    int32_t add_count;
    const delta_remove *removes;
    int32_t remove_count;
    const delta_pair *configuration;
    int32_t configuration_count;
    const char *operation; /* commitInfo: "WRITE", "OPTIMIZE", ... */
    const delta_pair *operation_parameters;
    int32_t operation_parameter_count;
    const pqt_progress *progress; /* may be NULL; its `log` is told of a checkpoint that
                                     could not be written */
} delta_changes;

/*
 * Creates the table: version 0 with protocol, metaData and `changes`. CONFLICT where a
 * table is there already.
 */
pqt_status delta_create(store *s, const char *root, const delta_column *columns,
                        int32_t column_count, const delta_changes *changes,
                        pqt_error *error);

/*
 * Asked when other commits came between: `theirs` is the table as it is now. Returns
 * PQT_OK where the changes still hold on top of it (the commit is tried again on the next
 * version), or CONFLICT where the work must be done again. May rewrite `changes` (the
 * configuration pairs, for one).
 */
typedef pqt_status (*delta_rebase)(void *self, const delta_snapshot *base,
                                   const delta_snapshot *theirs, delta_changes *changes,
                                   pqt_error *error);

/*
 * Commits on top of `base`: put-if-absent of the next version. Where that version exists:
 * our own commit whose answer was lost counts as done; somebody else's leads to `rebase`
 * (NULL: CONFLICT). CONFLICT also where a checkpoint of that version or a later one is
 * there: the log was cleaned up meanwhile, and nobody reads what was put. A path added
 * that is live and not removed, or removed that is not live, is INVALID. `*version` (may
 * be NULL) gets the version made. After any error but CONFLICT and INVALID the outcome is
 * unknown: nothing may be cleaned up.
 *
 * Every tenth version gets a checkpoint; where that fails the commit is no less done, and
 * the sentence goes to `changes->progress`.
 */
pqt_status delta_commit(store *s, const char *root, const delta_snapshot *base,
                        const delta_changes *changes, delta_rebase rebase, void *self,
                        int64_t *version, pqt_error *error);

/*
 * Writes a checkpoint of the newest version and names it in _last_checkpoint. What was
 * encoded is read again and compared before it is put; where one is there already,
 * another process made it, and that is fine. `now_ms`: which tombstones are kept.
 */
pqt_status delta_checkpoint_write(store *s, const char *root, int64_t now_ms,
                                  pqt_error *error);

/* What delta_cleanup removed; all zero where there was nothing to remove. */
typedef struct delta_cleaned {
    int64_t first_kept; /* the checkpoint from which on all is kept; -1: all is kept */
    int64_t commits;
    int64_t checkpoints; /* files */
} delta_cleaned;

/*
 * Removes the log's commits and checkpoints that nobody needs to read the table: those
 * before the newest checkpoint that is itself at least 30 days old at `now_ms` (by the
 * store's times). Nothing is removed unless that checkpoint, with the commits behind it,
 * gives what `snapshot` (the newest version) has. Only files of the log's own names are
 * removed, the oldest first. CONFLICT where the table is not at the snapshot's version
 * any more, CORRUPT where the checkpoint says otherwise: then nothing was removed. After
 * another failure a later call goes on.
 */
pqt_status delta_cleanup(store *s, const char *root, const delta_snapshot *snapshot,
                         int64_t now_ms, delta_cleaned *cleaned, pqt_error *error);

#endif
