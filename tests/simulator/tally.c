#include "tally.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[TALLY_COUNT] = {
#define TALLY_NAME(name, text) [TALLY_##name] = (text),
    TALLY_EVENTS(TALLY_NAME)
#undef TALLY_NAME
};

void tally_print(const tally *counted)
{
    for (int i = 0; i < TALLY_COUNT; i++)
        printf("%" PRId64 " %s\n", counted->of[i], names[i]);
}
