/*
 * Rows of a Parquet file of the archive, a row group at a time. Also files that another
 * program rewrote: columns are found by name, and must have the archive's types.
 *
 * Memory: the values of one row group.
 */
#ifndef ARCHIVE_FILE_ROWS_H
#define ARCHIVE_FILE_ROWS_H

#include "pqt.h"
#include "store/store.h"
#include "table/row.h"

typedef struct file_rows {
    const pqt_reader *reader;
    int32_t columns[COLUMN_COUNT]; /* in the file, by enum archive_column */
    pqt_values values[COLUMN_COUNT];
    int64_t count; /* rows of the group that is loaded */
    const char *name;
} file_rows;

/* The bytes of a file of the table, by its path in the log. The caller releases. */
pqt_status file_open_input(store *s, const char *path, pqt_input *out, pqt_error *error);

/* Opens a file of the table, by its path in the log. The caller closes. */
pqt_status file_open(store *s, const char *path, pqt_reader **out, pqt_error *error);

/* The number of a column in the file. CORRUPT where it is missing or of another type;
 * `name` is for messages. */
pqt_status file_column_find(const pqt_reader *reader, const char *name,
                            enum archive_column column, int32_t *out, pqt_error *error);

/* Finds the columns; the reader and `name` (for messages) must outlive it. CORRUPT where
 * one is missing or has another type. The caller frees, also after a failure. */
pqt_status file_rows_open(const pqt_reader *reader, const char *name, file_rows *out,
                          pqt_error *error);
/* Loads a row group in place of the one before. CORRUPT for nulls in required columns. */
pqt_status file_rows_load(file_rows *rows, int32_t row_group, pqt_error *error);
/* As file_rows_load for `count` rows of the group from `from` on. */
pqt_status file_rows_load_part(file_rows *rows, int32_t row_group, int64_t from,
                               int64_t count, pqt_error *error);
/* Row `at` of the group; its texts are valid until the next load. */
void file_rows_get(const file_rows *rows, int64_t at, archive_row *out);
void file_rows_free(file_rows *rows);

#endif
