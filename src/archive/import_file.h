/*
 * The rows of a Parquet file as the proof of concept wrote it, with pandas: the ten
 * columns by name, of whatever types pandas gave them, some of which may be missing.
 *
 * Memory: a batch of 16,384 rows and the pages that it shows (pqt_scan.h).
 */
#ifndef ARCHIVE_IMPORT_FILE_H
#define ARCHIVE_IMPORT_FILE_H

#include "archive/import_path.h"
#include "pqt.h"
#include "source/source.h"

/* A row as the file has it; views are valid until the callback returns. */
typedef struct import_row {
    source_row row; /* id 0 unless has_id */
    bool has_id;
    bool has_version_slug;
    pqt_view project_slug; /* empty where neither file nor path says it */
    pqt_view version_slug;
} import_row;

typedef pqt_status (*import_row_callback)(void *self, const import_row *row,
                                          pqt_error *error);

/*
 * Calls back for every row, in the file's order. UNSUPPORTED, naming the column, where
 * one that is needed is missing or of a type that cannot be it; CORRUPT, naming row group
 * and row, for a value that cannot be one of the site's. The callback's failure is
 * returned as it is.
 */
pqt_status import_file_read(const pqt_reader *reader, const import_path *path,
                            import_row_callback callback, void *self,
                            const pqt_progress *progress, pqt_error *error);

/* Whether this program wrote the file. */
bool import_file_is_ours(const pqt_reader *reader);

#endif
