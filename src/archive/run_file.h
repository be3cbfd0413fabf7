/*
 * Sorted rows that did not fit into memory: a run, written once to a nameless file and
 * read back in order. A run is a Parquet file in small row groups.
 *
 * Memory: while it is read, one row group of 4,096 rows.
 */
#ifndef ARCHIVE_RUN_FILE_H
#define ARCHIVE_RUN_FILE_H

#include "archive/file_rows.h"
#include "archive/row_batch.h"

typedef struct run_writer run_writer;
typedef struct run_reader run_reader;

pqt_status run_writer_create(const char *directory, run_writer **out, pqt_error *error);
pqt_status run_writer_append(run_writer *writer, const row_batch *batch,
                             pqt_error *error);
/* Ends the run and opens it for reading at its first row. The writer is freed, also on
 * failure. */
pqt_status run_writer_finish(run_writer *writer, run_reader **out, pqt_error *error);
/* NULL is fine. */
void run_writer_free(run_writer *writer);

/* The row the reader stands at, or false at the end; valid until it advances. */
bool run_reader_row(const run_reader *reader, archive_row *out, row_origin *origin);
pqt_status run_reader_advance(run_reader *reader, pqt_error *error);
/* NULL is fine. */
void run_reader_free(run_reader *reader);

#endif
