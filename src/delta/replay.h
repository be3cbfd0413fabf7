/* A snapshot while it is made or brought forward: the log's actions take effect here. */
#ifndef DELTA_REPLAY_H
#define DELTA_REPLAY_H

#include "delta/action.h"

/* What others noted of their own writing (txn): we keep it for them. */
typedef struct delta_transaction {
    const char *application;
    int64_t version;
    int64_t updated_ms; /* -1: not said */
} delta_transaction;

/* Elements that begin with a text, ordered by it, each text once. */
struct ordered {
    void *elements;
    size_t count;
    size_t capacity;
    size_t size; /* of an element */
};

struct delta_replay {
    delta_snapshot snapshot;     /* what the caller sees */
    struct ordered files;        /* delta_file */
    struct ordered removes;      /* delta_remove, of files that are not there again */
    struct ordered transactions; /* delta_transaction */
    json_t *metadata;            /* the newest action; NULL: none yet */
    bool has_protocol;
    int32_t reader_version;
    int32_t writer_version;
};

/* An empty one at version -1. The caller frees. */
pqt_status replay_create(struct delta_replay **out, pqt_error *error);
/* NULL is fine. */
void replay_free(struct delta_replay *replay);

/* The actions of one commit, which take effect together whatever their order; of a
 * checkpoint likewise. */
struct actions {
    delta_file *adds;
    size_t add_count;
    size_t add_capacity;
    delta_remove *removes;
    size_t remove_count;
    size_t remove_capacity;
};

void actions_free(struct actions *actions);

/* Keeps what one line of the log, or one row of a checkpoint, says; protocol, metaData
 * and txn take effect at once. Actions that are not known are left out, as the protocol
 * asks. */
pqt_status replay_read_action(const json_t *line, struct delta_replay *replay,
                              struct actions *actions, pqt_error *error);

/* Adds to `actions` what the lines of `text` say; `name` begins every message. */
pqt_status replay_read_lines(pqt_view text, const char *name, struct delta_replay *replay,
                             struct actions *actions, pqt_error *error);

/* Applies a commit's text; `key` begins every message. */
pqt_status replay_commit(pqt_view text, const char *key, struct delta_replay *replay,
                         pqt_error *error);

/* Takes a checkpoint's adds and removes as all there is: `actions` is empty then. CORRUPT
 * where a file is in it twice. */
pqt_status replay_take_checkpoint(struct delta_replay *replay, struct actions *actions,
                                  pqt_error *error);

/* Shows the caller what the replay has; CORRUPT where it is no table. */
pqt_status replay_finish(struct delta_replay *replay, const char *root, pqt_error *error);

/* Whether both have the same schema, configuration and files. */
bool replay_same_table(const delta_snapshot *a, const delta_snapshot *b);

/* The index of the first file, ordered by path, that is not before `path`. */
size_t replay_find_file(const delta_file *files, size_t count, const char *path);

#endif
