/* Another program, run without a shell: what it reads is given, what it writes is taken.
 */
#ifndef BASE_CHILD_PROCESS_H
#define BASE_CHILD_PROCESS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/view.h"

/* Takes what the program wrote, as it comes; a failure ends the program. */
typedef pqt_status (*child_take)(void *self, pqt_view bytes, pqt_error *error);

typedef struct child_process {
    const char *const *arguments; /* the first is the program, looked for on PATH where it
                                     has no '/'; NULL behind the last */
    pqt_view input;               /* its standard input, whole */
    child_take take;              /* its standard output */
    void *self;
    bool is_quiet;                 /* its errors go nowhere; else where ours go */
    const volatile int *cancelled; /* set by a signal handler: the program is ended; may
                                      be NULL */
    int exit_code;                 /* out: of a program that ended by itself */
} child_process;

/*
 * Runs it to its end. PQT_OK whatever its exit code; one that ends before it read all of
 * its input is no error. NOT_FOUND where there is no such program, DENIED where it may
 * not be run; INTERNAL, with the signal, where it was ended by one; CANCELLED; what
 * `take` returned. Memory: 64 KiB.
 */
pqt_status child_process_run(child_process *child, pqt_error *error);

#endif
