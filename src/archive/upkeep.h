/* What every command that changes the archive without an export begins and ends with: the
 * store's lock, and the table as it is. */
#ifndef ARCHIVE_UPKEEP_H
#define ARCHIVE_UPKEEP_H

#include "archive/archive_table.h"
#include "archive/export.h"

/* Superseded objects stay so long: readers may be on an older snapshot, and a prune can
 * be undone. */
#define UPKEEP_GRACE_MS ((int64_t)7 * 24 * 3600 * 1000)

typedef struct upkeep {
    const export_context *context; /* its source may be NULL */
    int64_t now_ms;                /* since 1970-01-01 UTC */
    archive_table table;
    void *lock; /* NULL: not locked */
} upkeep;

/*
 * Takes the writer's lock (unless `unlocked`, for what only looks) and reads the table.
 * NOT_FOUND where there is none; BUSY; INVALID where `now_ms` lies more than five minutes
 * before the log's newest file: the clock was set back. To be ended also after a failure.
 */
pqt_status upkeep_begin(upkeep *u, const export_context *context, int64_t now_ms,
                        bool unlocked, pqt_error *error);
void upkeep_end(upkeep *u);

/* Before an object is removed: CANCELLED, BUSY where the lock was lost; then u->table is
 * the newest again, but for what it covers. */
pqt_status upkeep_look_again(upkeep *u, pqt_error *error);

#endif
