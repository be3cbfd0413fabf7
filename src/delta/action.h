/* The log's actions as JSON (Delta protocol, "Actions"): reading them into the snapshot's
 * structures, and writing those of a commit. */
#ifndef DELTA_ACTION_H
#define DELTA_ACTION_H

#include <jansson.h>

#include "delta/delta.h"

/* Each reads one action's object; what they keep is in the arena. `where` ("file, line
 * n") begins every message. */
pqt_status action_read_add(const json_t *add, arena *memory, delta_file *out,
                           pqt_error *error);
pqt_status action_read_remove(const json_t *remove, arena *memory, delta_remove *out,
                              pqt_error *error);
/* Fills table_id and configuration, and the schema where the snapshot has not that of the
 * action already. */
pqt_status action_read_metadata(const json_t *metadata, bool has_schema,
                                delta_snapshot *snapshot, pqt_error *error);
/* UNSUPPORTED, by name, for what is beyond (1,2). */
pqt_status action_check_protocol(const json_t *protocol, pqt_error *error);

/* Each appends one line. */
pqt_status action_write_commit_info(const delta_changes *changes, const char *commit_id,
                                    buffer *out, pqt_error *error);
pqt_status action_write_protocol(buffer *out, pqt_error *error);
pqt_status action_write_new_metadata(const delta_column *columns, int32_t column_count,
                                     const delta_changes *changes, buffer *out,
                                     pqt_error *error);
/* The snapshot's metaData with the changes' configuration in it. */
pqt_status action_write_changed_metadata(const delta_snapshot *snapshot,
                                         const delta_changes *changes, buffer *out,
                                         pqt_error *error);
/* Each makes an action's object, which the caller frees. */
pqt_status action_make_add(const delta_file *file, json_t **out, pqt_error *error);
pqt_status action_make_remove(const delta_remove *remove, json_t **out, pqt_error *error);
pqt_status action_write_add(const delta_file *file, buffer *out, pqt_error *error);
pqt_status action_write_remove(const delta_remove *remove, buffer *out, pqt_error *error);

#endif
