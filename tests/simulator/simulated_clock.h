/* The wall clock of the archive's code in the simulator: it stands still but for a
 * millisecond a look, and steps move it. The linker puts it in the place of the system's
 * (clock_wall_ms). */
#ifndef SIMULATED_CLOCK_H
#define SIMULATED_CLOCK_H

#include <stdint.h>

void simulated_clock_set(int64_t now_ms);
int64_t simulated_clock_now(void);

#endif
