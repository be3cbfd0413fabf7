/*
 * A file of the archive written row by row: pages end as an export's do, at the first
 * project's end behind 8,192 rows.
 *
 * Memory: file_writer's, and a page of 16,384 rows with at most 8 MiB of texts.
 */
#ifndef ARCHIVE_PAGED_FILE_H
#define ARCHIVE_PAGED_FILE_H

#include "archive/file_writer.h"

/* All zero is closed. One page serves files that are written one after the other. */
typedef struct paged_file {
    file_writer *writer; /* of the file that is being written; NULL: none */
    row_batch *page;
    size_t page_text_bytes;
} paged_file;

/* Begins a file; one that was begun before is thrown away. */
pqt_status paged_file_begin(paged_file *file, const file_writer_options *options,
                            pqt_error *error);
/* Rows must come in order; their texts are copied. *page_ended (may be NULL) becomes true
 * where a page was written. */
pqt_status paged_file_append(paged_file *file, const archive_row *row, bool *page_ended,
                             pqt_error *error);
/* Writes the rest; then file->writer may be checked. */
pqt_status paged_file_finish(paged_file *file, written_file *out, pqt_error *error);
void paged_file_close(paged_file *file);

#endif
