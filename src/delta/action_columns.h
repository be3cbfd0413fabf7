/* The log's actions, as JSON, in the columns of a checkpoint's file. */
#ifndef DELTA_ACTION_COLUMNS_H
#define DELTA_ACTION_COLUMNS_H

#include <jansson.h>

#include "base/buffer.h"
#include "pqt.h"

typedef struct action_columns action_columns;

/* Starts a file of the classic form, which is appended to `out`. The caller frees. */
pqt_status action_columns_create(buffer *out, action_columns **columns, pqt_error *error);

/* Adds a row whose column `name` is the action; takes the action over, also on failure.
 * What the schema does not have is left out, what is missing is null. Memory: up to 512
 * actions are held. */
pqt_status action_columns_add(action_columns *columns, const char *name, json_t *action,
                              pqt_error *error);

/* Writes the rest and the footer. */
pqt_status action_columns_finish(action_columns *columns, pqt_error *error);

/* NULL is fine. */
void action_columns_free(action_columns *columns);

#endif
