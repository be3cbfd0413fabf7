/*
 * Rows of many files, each given out once: the same day written again, whole and by
 * project. Views of a row only grow, so the one with more views is the later.
 *
 * Rows with equal ids are one. A row without an id is told by project, version, path,
 * status and date, which the site's unique index is over: such rows of different files
 * are one (and one with a row that has an id), those of one file are not: the one with
 * the most views of each file belong together, then the next.
 *
 * Memory: the sorter's; of rows that agree in all that is above, all.
 */
#ifndef ARCHIVE_IMPORT_DOUBLES_H
#define ARCHIVE_IMPORT_DOUBLES_H

#include "archive/import_file.h"
#include "archive/sorter.h"

typedef struct import_doubles import_doubles;

/* `sorting` as sorter_create. The caller frees. */
pqt_status import_doubles_create(const sorter_options *sorting, import_doubles **out,
                                 pqt_error *error);
/* Adds a row of the file with that number. */
pqt_status import_doubles_add(import_doubles *d, const import_row *row, int32_t file,
                              pqt_error *error);

/* What becomes of the rows. */
typedef struct import_doubles_output {
    source_row_callback take; /* every row, once */
    void (*double_of)(void *counts_self, int32_t file,
                      int32_t date); /* another was taken */
    void *self;
    void *counts_self;
    const pqt_progress *progress; /* asked whether to stop; may be NULL */
} import_doubles_output;

/*
 * Gives all rows out. CORRUPT where two of them have one id and differ in project,
 * version, path, status or date; LIMIT for a million rows that do not differ in them.
 */
pqt_status import_doubles_finish(import_doubles *d, const import_doubles_output *output,
                                 int64_t *row_count, pqt_error *error);
/* NULL is fine. */
void import_doubles_free(import_doubles *d);

#endif
