/* Time and random numbers, from the system. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/error.h"

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_wall_ms(void);
/* Microseconds of a clock that never goes back. */
int64_t clock_monotonic_us(void);
/* Today's date in UTC, days since 1970-01-01. */
int32_t clock_today_utc(void);

/* A random number; of the clock where the system gives none (for pauses, not secrets). */
uint64_t random_number(void);

enum { UUID_TEXT_BYTES = 37 };
/* A random (version 4) UUID as text; IO where the system gives no randomness. */
pqt_status uuid_random(char text[UUID_TEXT_BYTES], pqt_error *error);

#endif
