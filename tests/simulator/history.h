/* One history of a site and its archive, as its seed has it. */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum { HISTORY_PROBLEM_BYTES = 600 };

typedef struct history_count {
    int64_t steps;
    int64_t faults;  /* that hit a call */
    int64_t visits;  /* of a second writer */
    int64_t deleted; /* rows, from the database */
} history_count;

/* Runs it; false where the archive or the database is not what it must be, with the step
 * and what is wrong. `tells` prints every step. */
bool history_run(uint64_t seed, bool tells, history_count *count,
                 char problem[HISTORY_PROBLEM_BYTES]);

#endif
