/*
 * Histories of a site and its archive, each made of its seed, against a model of the
 * truth: pqa_simulator FIRST_SEED COUNT [tell]. Exit code 1 where one is wrong; its seed
 * is printed, and `pqa_simulator SEED 1 tell` shows it step by step. Else how often each
 * kind of event came to pass, a line each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: pqa_simulator FIRST_SEED COUNT [tell]\n");
        return 2;
    }
    const uint64_t first = strtoull(argv[1], NULL, 10);
    const uint64_t histories = strtoull(argv[2], NULL, 10);
    const bool tells = argc > 3 && strcmp(argv[3], "tell") == 0;
    tally counted = {0};
    for (uint64_t i = 0; i < histories; i++) {
        char problem[HISTORY_PROBLEM_BYTES] = "";
        if (history_run(first + i, tells, &counted, problem)) continue;
        printf("seed %" PRIu64 ": %s\n", first + i, problem);
        return 1;
    }
    tally_print(&counted);
    printf("%" PRIu64 " histories: nothing wrong\n", histories);
    return 0;
}
