#include "simulated_clock.h"

/* The name that the linker's --wrap=clock_wall_ms has calls go to. */
int64_t __wrap_clock_wall_ms(void); // NOLINT

static int64_t clock_ms;

void simulated_clock_set(int64_t now_ms)
{
    clock_ms = now_ms;
}

int64_t simulated_clock_now(void)
{
    return clock_ms;
}

int64_t __wrap_clock_wall_ms(void) // NOLINT
{
    return ++clock_ms;
}
