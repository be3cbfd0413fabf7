/*
 * Writing one copy after the other out of a day's rows: each is decoded again and
 * compared with what the day's file has before it is put.
 *
 * Memory: 8,192 rows' values (no more than a row group's), paged_file's, a row group's
 * values while it is checked, and the copy's file.
 */
#ifndef ARCHIVE_COPY_WRITER_H
#define ARCHIVE_COPY_WRITER_H

#include "archive/copy_plan.h"
#include "archive/export.h"
#include "archive/file_rows.h"
#include "archive/paged_file.h"

/* Of one thread. All zero is closed. */
typedef struct copy_writer {
    const export_context *context;
    const pqt_reader *reader; /* of the day's rows */
    file_rows rows;           /* those that are loaded: a part of a row group */
    int32_t row_group;
    int64_t first_row;
    paged_file file;
    bool is_open;
} copy_writer;

/* Opens it where it is not; the reader must outlive it. */
pqt_status copy_writer_open(copy_writer *writer, const export_context *context,
                            const pqt_reader *reader, pqt_error *error);
/* Writes the item's rows and puts them in place of what is there; sets its size and hash.
 * Items in the order of the plan are read without reading rows twice. */
pqt_status copy_writer_put(copy_writer *writer, copy_item *item, pqt_error *error);
void copy_writer_close(copy_writer *writer);

#endif
