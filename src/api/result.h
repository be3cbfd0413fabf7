/* Building the tables of results that pqa.h gives out. */
#ifndef API_RESULT_H
#define API_RESULT_H

#include "base/error.h"
#include "pqa.h"

typedef struct result result;

typedef struct result_column {
    const char *name; /* static */
    pqa_kind kind;
} result_column;

/* An empty table with these columns (copied). The caller ends it with result_finish or
 * result_free. */
pqt_status result_create(const result_column *columns, int32_t column_count, result **out,
                         pqt_error *error);

/* One value of a row: number for all kinds but text (which is copied). */
typedef struct result_value {
    int64_t number;
    pqt_view text;
    bool is_null;
} result_value;

/* Appends a row: a value a column. */
pqt_status result_append(result *r, const result_value *values, pqt_error *error);

/* Sets the sentence for the user (copied). */
pqt_status result_note(result *r, pqt_error *error, const char *format, ...)
    PQT_PRINTF(3, 4);

/* Hands the table over to `out`; `r` is gone. */
void result_finish(result *r, pqa_table *out);
/* A finished table's memory lives until its last holder has let it go; NULL is fine. From
 * any thread. */
struct pqa_table_memory *table_memory_hold(struct pqa_table_memory *memory);
void table_memory_release(struct pqa_table_memory *memory);

/* NULL is fine. */
void result_free(result *r);

#endif
