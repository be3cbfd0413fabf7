/*
 * Columns of Parquet files that another program wrote (pandas and its like): whatever
 * type holds whole numbers, texts and days is read as such; a value that is none of them
 * is refused, never rounded or guessed.
 */
#ifndef ARCHIVE_IMPORT_COLUMN_H
#define ARCHIVE_IMPORT_COLUMN_H

#include "pqt.h"

typedef enum import_meaning {
    IMPORT_NUMBER, /* integers of any width; FLOAT and DOUBLE with whole values */
    IMPORT_TEXT,   /* strings, and bytes that are UTF-8 */
    IMPORT_DAY     /* dates, timestamps at midnight, texts as 2026-01-15 */
} import_meaning;

struct import_kind;

typedef struct import_column {
    const char *name;
    int32_t leaf; /* among the file's columns; -1: it has none of that name */
    const struct import_kind *kind;
    int64_t units_a_day; /* of a timestamp */
} import_column;

/* Finds the column. UNSUPPORTED, naming it and its type, where it cannot mean that. One
 * that is not there is no error. */
pqt_status import_column_find(const pqt_schema *schema, const char *name,
                              import_meaning meaning, import_column *out,
                              pqt_error *error);

/*
 * The value at `at`; *is_null where it has none (also NaN, and everywhere in a column
 * that the file has not). CORRUPT, naming the column, for a value that is not such a one:
 * a number that is not whole or not in 0..most, text that is not UTF-8 or has a NUL, a
 * time that is no midnight.
 */
pqt_status import_number(const import_column *column, const pqt_values *values,
                         int64_t at, int64_t most, int64_t *out, bool *is_null,
                         pqt_error *error);
/* The text is the values'. */
pqt_status import_text(const import_column *column, const pqt_values *values, int64_t at,
                       pqt_view *out, bool *is_null, pqt_error *error);
/* Days since 1970-01-01. */
pqt_status import_day(const import_column *column, const pqt_values *values, int64_t at,
                      int32_t *out, bool *is_null, pqt_error *error);

#endif
