/*
 * The part of an answer that the database gives: rows of the days that the archive has
 * not. They come in one by one, in the snapshot that the caller has opened.
 */
#ifndef QUERY_LIVE_H
#define QUERY_LIVE_H

#include "query/question.h"

/* A row that the filter chooses, with its version's slug; valid until the callback
 * returns. */
typedef struct live_row {
    const source_row *row;
    bool has_version; /* false also where the version is gone */
    pqt_view version;
} live_row;

typedef pqt_status (*live_callback)(void *self, const live_row *row, pqt_error *error);

/* Calls back for every row of the filter's live days that it chooses; of the columns of
 * enum source_wanted rows have those that are wanted. */
pqt_status live_read(const question_filter *filter, uint32_t wanted,
                     live_callback callback, void *self, pqt_error *error);

#endif
