/*
 * Sorted rows that did not fit into memory: a run, written once to a nameless file and
 * read back in order. A run is Parquet files in small row groups, one behind the other.
 *
 * Memory: 16 bytes for 262,144 rows while it waits; while it is read, one row group of at
 * most 4,096 rows or about 1 MiB of texts, as values and as pages (3 MiB), and a footer
 * of 64 row groups (256 KiB).
 */
#ifndef ARCHIVE_RUN_FILE_H
#define ARCHIVE_RUN_FILE_H

#include "archive/file_rows.h"
#include "archive/row_batch.h"

typedef struct run_writer run_writer;
typedef struct run_reader run_reader;

/* `directory` stays until the writer is freed. */
pqt_status run_writer_create(const char *directory, run_writer **out, pqt_error *error);
pqt_status run_writer_append(run_writer *writer, const row_batch *batch,
                             pqt_error *error);
/* A batch for a run's rows. The caller frees. */
pqt_status run_batch_create(row_batch **out, pqt_error *error);
/* Ends the run, which can then be read. The writer is freed, also on failure. */
pqt_status run_writer_finish(run_writer *writer, run_reader **out, pqt_error *error);
/* NULL is fine. */
void run_writer_free(run_writer *writer);

/* Opens the run and stands at its first row. */
pqt_status run_reader_start(run_reader *reader, pqt_error *error);
/* The row the reader stands at, or false at the end; valid until it advances. */
bool run_reader_row(const run_reader *reader, archive_row *out, row_origin *origin);
pqt_status run_reader_advance(run_reader *reader, pqt_error *error);
/* NULL is fine. */
void run_reader_free(run_reader *reader);

#endif
