/*
 * A question that is about to be answered: of which project, from which files, and which
 * of its days the database answers.
 */
#ifndef API_ASKED_H
#define API_ASKED_H

#include "api/handle.h"
#include "api/result.h"
#include "query/question.h"

enum { ASKED_STATUS = 200, ASKED_NOT_FOUND_STATUS = 404 };

/* Who answers which days; nobody does those that were pruned. */
typedef struct day_sides {
    covered archived;
    covered live;
    int32_t first_kept; /* days before it were pruned */
} day_sides;

typedef struct asked {
    scan *scan;
    question_filter filter; /* refers to `sides` */
    bool has_project;
    slug_answer answer;
    source *from; /* in a snapshot that is older than what is read of the log; NULL: only
                     the archive is asked */
    day_sides sides;
} asked;

/*
 * Opens the scan and finds the project; `status` is taken where the query has none. With
 * `live` the database's snapshot is opened first and the log is read then: a row that is
 * moved meanwhile is in the snapshot, and its day in the log or not. `out` stays where it
 * is until asked_end, which also follows a failure.
 */
pqt_status asked_begin(pqa_archive *archive, const pqa_query *query, int16_t status,
                       asked *out, pqt_error *error);
void asked_end(asked *a);

/* The answer's note: which project was taken, what came from where, and which days are in
 * no answer. */
pqt_status asked_note(const asked *a, const pqa_query *query, bool is_empty, result *r,
                      pqt_error *error);

#endif
