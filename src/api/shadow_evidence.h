/* The file of what was compared, or could not be: a line of JSON each. */
#ifndef API_SHADOW_EVIDENCE_H
#define API_SHADOW_EVIDENCE_H

#include "pqa.h"

enum { DIFFERENT_DAYS_SHOWN = 10 };

/* A comparison, and what it was of. */
typedef struct shadow_case {
    const pqa_query *query;
    const pqa_shadowed *compared; /* which question of which project and days, at least */
    int16_t status;               /* that was asked for, unless query->any_status */
    const char *failure;          /* why there was no answer; NULL: there was */
    int32_t different_days[DIFFERENT_DAYS_SHOWN]; /* whose sums differ, the first ones */
    int different_day_count;
} shadow_case;

/* The name that a question has for users. */
const char *shadow_question_name(pqa_question question);

pqt_status shadow_evidence_append(const pqa_shadow_options *options,
                                  const shadow_case *of, pqt_error *error);

#endif
