/* A deletion while it runs: what its files share. */
#ifndef ARCHIVE_DELETION_RUN_H
#define ARCHIVE_DELETION_RUN_H

#include "archive/archive_table.h"
#include "archive/deletion.h"
#include "archive/file_rows.h"
#include "archive/proof.h"
#include "archive/row_store.h"

enum {
    DELETION_MOST_TRIES = 6,     /* of what waits for locks that were not had */
    DELETION_FIRST_WAIT_MS = 100 /* before the second try; then twice as long each */
};

/* What a day's export said. */
struct exported_day {
    bool is_archived; /* written or unchanged in this very run */
    int64_t rows;
    int64_t rows_read;
    int64_t rows_new;
    int64_t rows_changed;
    bool is_dropped; /* with the partition that it was in */
    int64_t rows_dropped;
    int64_t locked_us; /* the partition, counted on its first day */
    bool is_empty;     /* neither side has rows */
};

struct deleting {
    const export_context *context;
    source *from;
    pqa_delete_options options; /* defaults filled in */
    pqa_deleted_callback callback;
    void *self;
    void *lock;
    delta_snapshot *snapshot; /* what the archive is; NULL: there is no table (dry run) */
    struct exported_day *exported;
    bool any_archived;
    proof proven; /* the file that is worked on, or was */
    file_rows group;
    row_store *held;  /* the day's rows; NULL: none */
    arena texts;      /* of a batch */
    source_row *rows; /* of a batch */
    pqa_deleted_day day;
    pqt_status first_failure;
    pqt_error first_error;
};

static inline const pqt_progress *progress_of(const struct deleting *d)
{
    return d->context->settings->progress;
}

/* Sleeps before a try is repeated: *wait_ms and a bit, and twice as long the next time.
 */
pqt_status deletion_wait(const struct deleting *d, int64_t *wait_ms, pqt_error *error);
pqt_status deletion_wait_for_replicas(struct deleting *d, pqt_error *error);

/* The paths of the live files with these dates: the snapshot may be read again on the
 * way. */
pqt_status deletion_list_files(const struct deleting *d, int32_t first, int32_t last,
                               arena *memory, const char ***paths, size_t *count,
                               pqt_error *error);
/* Reads the file back and proves it; one that was proven last stays so. */
pqt_status deletion_prove(struct deleting *d, const delta_file *file, pqt_error *error);
/* CONFLICT where the lock is lost, or one of the files is not in the archive any more. */
pqt_status deletion_check_live(struct deleting *d, const char *const *paths, size_t count,
                               pqt_error *error);

/* Drops the partitions of days that are proven as a whole, and notes those days; where
 * one stays, says why. */
pqt_status deletion_drop_partitions(struct deleting *d, pqt_error *error);

#endif
