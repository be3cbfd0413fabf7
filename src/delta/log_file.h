/* Names of the log's files (Delta protocol, "Delta Log Entries") and paths of data files
 * as the log writes them. */
#ifndef DELTA_LOG_FILE_H
#define DELTA_LOG_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"

/* "root/_delta_log/00000000000000000007.json" with a NUL that the size does not count. */
pqt_status log_file_key(const char *root, int64_t version, buffer *out, pqt_error *error);
/* "root/_delta_log/" likewise. */
pqt_status log_file_prefix(const char *root, buffer *out, pqt_error *error);
/* The version of a commit's name (behind the last '/'); false for all other names. */
bool log_file_version(const char *name, int64_t *version);

/* One file of a checkpoint. parts 0: the one file of a checkpoint in the classic form;
 * else part 1 to `parts` of one in several files. */
typedef struct log_checkpoint {
    int64_t version;
    int32_t part;
    int32_t parts;
} log_checkpoint;

/* "root/_delta_log/00000000000000000010.checkpoint.parquet", or a part of one. */
pqt_status log_checkpoint_key(const char *root, log_checkpoint checkpoint, buffer *out,
                              pqt_error *error);
/* False for names that are no checkpoint's. Those of the form V2, which has a UUID in
 * it, have part -1. */
bool log_checkpoint_name(const char *name, log_checkpoint *out);

/* The version of a file that is about one commit: "00000000000000000007.crc". */
bool log_checksum_version(const char *name, int64_t *version);

/* "root/_delta_log/_last_checkpoint": which checkpoint is the newest, perhaps. */
pqt_status log_hint_key(const char *root, buffer *out, pqt_error *error);

/* A relative path as the URI that `add.path` holds, appended with a NUL as above. */
pqt_status log_path_encode(const char *path, buffer *out, pqt_error *error);
/* Back, in the arena; CORRUPT for a broken escape or a path that leaves the table,
 * UNSUPPORTED for an absolute one. */
pqt_status log_path_decode(const char *uri, arena *memory, const char **out,
                           pqt_error *error);

#endif
