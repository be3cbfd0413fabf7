/*
 * The files of an import: found, looked through once, before anything is written: every
 * value is decoded and checked, so that a file that is not understood stops the import
 * while nothing has happened yet.
 *
 * Memory: the names of the files, 150 bytes for each beside; 16 bytes a day since 1970;
 * the slugs; and import_file.h's.
 */
#ifndef ARCHIVE_IMPORT_FILES_H
#define ARCHIVE_IMPORT_FILES_H

#include "archive/id_slugs.h"
#include "archive/import_file.h"
#include "pqa.h"
#include "store/store.h"

/* Where files are: one object of a store, or all that are below its root. */
typedef struct import_place {
    store *store;
    const char *shown; /* what its keys are below of, for messages; "": nothing */
    const char *key;   /* NULL: all */
} import_place;

typedef struct import_entry {
    store *store;
    const char *name; /* for messages, and what its path is read from */
    const char *key;
    import_path path;
    bool is_named; /* by the user, not found in a folder */
    bool is_ours;  /* written by this program: left out, unless it is named */
    int64_t rows;
    int64_t rows_left_out; /* not of the days that were asked for */
    int64_t rows_doubled;  /* counted by whoever joins them */
    int32_t first, last;   /* dates; first > last: no rows */
    uint64_t size_bytes;
} import_entry;

typedef struct import_files {
    int32_t since, until; /* days that are asked for */
    int32_t yesterday;    /* later days are not over */
    const pqt_progress *progress;
    import_entry *entries;
    size_t count, capacity;
    struct import_day {
        int64_t rows;
        bool is_whole;           /* a file that is not of one project has rows of it */
    } * days;                    /* from 1970-01-01 to yesterday */
    int32_t first, last;         /* days with rows that are taken; first > last: none */
    id_slugs projects, versions; /* as the newest file has them */
    arena memory;
} import_files;

/* Adds the files of a place, which must outlive the list. NOT_FOUND where a named one is
 * not there. The caller frees, also after a failure. */
pqt_status import_files_add(import_files *files, const import_place *place,
                            pqt_error *error);
/* Reads them all. INVALID for rows of a day that is not over; errors as
 * import_file_read's, with the file's name. */
pqt_status import_files_survey(import_files *files, pqt_error *error);
/* Reads one of them again. */
pqt_status import_files_read(const import_files *files, const import_entry *entry,
                             import_row_callback callback, void *self, pqt_error *error);
void import_files_free(import_files *files);

#endif
