/*
 * Writing a file of the archive: batches of rows in order go to a nameless file on the
 * local disk, hashed on the way, and are decoded again in full before anybody trusts it.
 *
 * Memory: a row group's compressed pages (about 2 MiB), a page of each column, and the
 * project directory (20 bytes a run of a project); the file where it is kept in memory.
 */
#ifndef ARCHIVE_FILE_WRITER_H
#define ARCHIVE_FILE_WRITER_H

#include "archive/row_batch.h"
#include "base/sha256.h"
#include "base/thread_pool.h"

typedef struct file_writer_options {
    const char *temporary_directory; /* NULL: the file is kept in memory; stays until the
                                        writer is freed */
    bool is_in_store;                /* the directory is the store's, and not chosen */
    int threads;
    int compression_level; /* 0: the profile's */
    bool portable;         /* no DELTA encodings */
    bool of_one_project;   /* or few: no filter on slugs, no directory */
} file_writer_options;

typedef struct file_writer file_writer;

/* What was written. The descriptor, or else the bytes, and the statistics are the
 * writer's. */
typedef struct written_file {
    int descriptor; /* -1: in memory */
    pqt_view bytes;
    uint64_t size_bytes;
    uint64_t tail_bytes;
    char sha256[SHA256_TEXT_BYTES];
    const pqt_statistics *column_statistics;
} written_file;

pqt_status file_writer_create(const file_writer_options *options, file_writer **out,
                              pqt_error *error);
/* Appends a batch and ends the page: a batch is a page. */
pqt_status file_writer_append(file_writer *writer, const row_batch *batch,
                              pqt_error *error);
/* Writes the project directory and the footer. The file is not durable yet: putting it
 * into the store makes it so.
 */
pqt_status file_writer_finish(file_writer *writer, written_file *out, pqt_error *error);
/* Decodes what was written and compares it with what went in; after finish. */
pqt_status file_writer_check(file_writer *writer, const archive_sum *expected,
                             thread_pool *pool, pqt_error *error);
/* Closes the file, which vanishes unless it was put into a store. NULL is fine. */
void file_writer_free(file_writer *writer);

#endif
