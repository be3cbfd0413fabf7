/* Which rows and columns of a Parquet file --columns and --where choose. */
#ifndef CLI_ROW_CHOICE_H
#define CLI_ROW_CHOICE_H

#include "cli/options.h"
#include "pqt.h"

/* All zero is all of them. Freed with row_choice_free. */
typedef struct row_choice {
    const char *const *names; /* of fields at the top, as given; NULL: all */
    const int32_t *nodes;     /* theirs, or all at the top */
    int32_t field_count;
    const int32_t *columns; /* the leaves below them, in their order */
    int32_t column_count;
    pqt_predicate *predicates;
    int32_t predicate_count;
    arena memory;
} row_choice;

/* INVALID, with a suggestion, for a column that is not there; and for conditions that
 * cannot be read. */
pqt_status row_choice_make(const struct options *o, const pqt_schema *schema,
                           row_choice *out, pqt_error *error);
void row_choice_free(row_choice *choice);

/* The node behind those below `node`. */
int32_t schema_end(const pqt_schema *schema, int32_t node);

/* The path of a node below the root, with dots, in `memory`; NULL when it cannot. */
const char *schema_path_of(const pqt_schema *schema, int32_t node, arena *memory);

/* Whether the leaf's path is `name`, or begins with it and a dot: fields of lists and
 * structs go by the name of the whole. */
bool path_is_below(const char *path, const char *name);

/* INVALID: no column has that name, or the nearest one. */
pqt_status refuse_column(const pqt_schema *schema, const char *flag, const char *name,
                         pqt_error *error);

#endif
