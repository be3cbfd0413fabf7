/* One history of a site and its archive, as its seed has it. */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "tally.h"

enum { HISTORY_PROBLEM_BYTES = 600 };

/* Runs it; false where the archive or the database is not what it must be, with the step
 * and what is wrong. `tells` prints every step. */
bool history_run(uint64_t seed, bool tells, tally *counted,
                 char problem[HISTORY_PROBLEM_BYTES]);

#endif
