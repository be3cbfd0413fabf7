/* How often each kind of event came to pass: one that never does is not tested. */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

#define TALLY_EVENTS(X)                                                \
    X(STEPS, "steps")                                                  \
    X(ROWS_INSERTED, "rows inserted")                                  \
    X(ROWS_LATE, "rows inserted for an archived day")                  \
    X(ROWS_UPDATED, "rows updated")                                    \
    X(ROWS_UPDATED_IN_DELETION, "rows updated while rows are deleted") \
    X(ROWS_REMOVED, "rows removed by the site")                        \
    X(IDS_REUSED, "ids reused")                                        \
    X(EXPORTS, "exports done")                                         \
    X(EXPORTS_FAILED, "exports failed")                                \
    X(DELETIONS, "deletions done")                                     \
    X(DELETIONS_FAILED, "deletions failed")                            \
    X(PRUNES, "prunes done")                                           \
    X(PRUNES_FAILED, "prunes failed")                                  \
    X(UNDOINGS, "prunes undone")                                       \
    X(UNDOINGS_FAILED, "undoings failed")                              \
    X(VACUUMS, "vacuums done")                                         \
    X(VACUUMS_FAILED, "vacuums failed")                                \
    X(COMPACTIONS, "compactions done")                                 \
    X(COMPACTIONS_FAILED, "compactions failed")                        \
    X(FORGETTINGS, "forgettings done")                                 \
    X(FORGETTINGS_FAILED, "forgettings failed")                        \
    X(RESTORES, "restores done")                                       \
    X(RESTORES_FAILED, "restores failed")                              \
    X(VERIFICATIONS, "verifications done")                             \
    X(VERIFICATIONS_FAILED, "verifications failed")                    \
    X(CLOCK_FORWARD, "clock put forward")                              \
    X(CLOCK_BACK, "clock put back")                                    \
    X(ROWS_DELETED, "rows deleted after export")                       \
    X(ROWS_PRUNED, "rows pruned")                                      \
    X(ROWS_BROUGHT_BACK, "rows brought back by undoing")               \
    X(ROWS_FORGOTTEN, "rows forgotten")                                \
    X(ROWS_RESTORED, "rows restored")                                  \
    X(MONTHS_JOINED, "months joined")                                  \
    X(OBJECTS_VACUUMED, "objects vacuumed")                            \
    X(LOG_FILES_CLEANED, "files of the log cleaned up")                \
    X(CHECKPOINTS, "checkpoints written")                              \
    X(SWAPS, "databases swapped")                                      \
    X(CONTRADICTIONS, "contradictions found")                          \
    X(GET_FAILED, "get failed")                                        \
    X(OPEN_FAILED, "open failed")                                      \
    X(READ_FAILED, "read failed")                                      \
    X(SIZE_FAILED, "size failed")                                      \
    X(PUT_FAILED, "put failed")                                        \
    X(REPLACE_FAILED, "replace failed")                                \
    X(LIST_FAILED, "list failed")                                      \
    X(REMOVE_FAILED, "remove failed")                                  \
    X(LOCK_LOST, "lock lost")                                          \
    X(LOCK_FAILED, "lock failed")                                      \
    X(PUT_LOST, "answer of a put lost")                                \
    X(REPLACE_LOST, "answer of a replace lost")                        \
    X(REMOVE_LOST, "answer of a remove lost")                          \
    X(DEATHS, "writers that died")                                     \
    X(LISTS_SHORT, "lists that came short")                            \
    X(FILES_DAMAGED, "files damaged")                                  \
    X(SOURCE_FAILED, "reading the database failed")                    \
    X(BATCH_FAILED, "batch of a deletion failed")                      \
    X(BATCH_LOST, "answer of a batch lost")                            \
    X(VISITS, "visits of a second writer")                             \
    X(VISITS_UNLOCKED, "visits past the lock")                         \
    X(VISITS_DONE, "visits that did their work")

typedef enum tally_event {
#define TALLY_ENUM(name, text) TALLY_##name,
    TALLY_EVENTS(TALLY_ENUM)
#undef TALLY_ENUM
        TALLY_COUNT
} tally_event;

typedef struct tally {
    int64_t of[TALLY_COUNT];
} tally;

/* A line an event: how often, and what. */
void tally_print(const tally *counted);

#endif
