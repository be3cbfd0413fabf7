/*
 * The archive's table as an export sees and changes it: its state, whose it is, and
 * commits that stand only on what was read.
 */
#ifndef ARCHIVE_ARCHIVE_TABLE_H
#define ARCHIVE_ARCHIVE_TABLE_H

#include "delta/delta.h"
#include "source/source.h"
#include "table/covered.h"

typedef struct archive_table {
    store *store;
    const char *source_text;      /* of the source that is exported, for pqa.source; NULL
                                     where none is read: then pqa.source stays as it is */
    bool adopt_source;            /* also where the table is another source's */
    const pqt_progress *progress; /* NULL, or told of a checkpoint that failed */
    delta_snapshot *current;      /* NULL: there is no table yet */
    covered covered;
} archive_table;

/*
 * Reads the newest version; no table is no error. UNSUPPORTED where another format is
 * written there, CORRUPT where the table was made from another source, unless it is
 * adopted.
 */
pqt_status archive_table_read(archive_table *table, pqt_error *error);

/* What pqa.source says of a source in an environment; appended, with a NUL that counts.
 */
pqt_status archive_source_text(const char *environment, const source_identity *identity,
                               buffer *out, pqt_error *error);
/* Whether the table says that it was made from that source; not where it says nothing. */
pqt_status archive_source_is(const delta_snapshot *table, const char *environment,
                             const source_identity *identity, bool *out,
                             pqt_error *error);

/* Creates the table, where nobody else does at the same time, and reads it. */
pqt_status archive_table_create(archive_table *table, pqt_error *error);

/* Whether the date was pruned: nothing of it is exported again. */
bool archive_table_is_pruned(const archive_table *table, int32_t date);

/* The first date that is kept; INT32_MIN where nothing was pruned. */
int32_t archive_table_first_kept(const delta_snapshot *snapshot);

/* The dates of a live file, from the log's statistics. UNSUPPORTED where it has none. */
pqt_status file_dates(const delta_file *file, int32_t *first, int32_t *last,
                      pqt_error *error);

/* Whether the file may hold rows of these dates. */
bool file_touches(const delta_file *file, int32_t first, int32_t last);

/* What a commit is about: it stands on the files of these dates as `read` has them. */
typedef struct commit_scope {
    const delta_snapshot *read;
    int32_t first;
    int32_t last;
} commit_scope;

/* At most so many configuration pairs of its own may a commit have. */
enum { COMMIT_PAIRS_MOST = 4 };

/*
 * Commits `changes`, the dates of table->covered and the source, and reads the table
 * again. CONFLICT, and nothing is changed, where the live files of the scope's dates are
 * not those that were read any more, or the table was pruned or taken over meanwhile;
 * commits on other dates are no conflict.
 */
pqt_status archive_table_commit(archive_table *table, const commit_scope *scope,
                                const delta_changes *changes, pqt_error *error);

/* Frees what it holds, and is empty then. */
void archive_table_free(archive_table *table);

#endif
