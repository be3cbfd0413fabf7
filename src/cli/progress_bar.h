/*
 * How far long work is, on stderr: a bar that is drawn over itself on a terminal, a line
 * every half minute otherwise.
 */
#ifndef CLI_PROGRESS_BAR_H
#define CLI_PROGRESS_BAR_H

#include <stdbool.h>

#include "base/buffer.h"

typedef struct progress_bar {
    pqt_progress progress; /* to be given to the work; self is this bar */
    bool on_terminal;
    bool is_drawn;
    char what[48];
    int64_t started_us; /* of this `what` */
    int64_t next_us;    /* not drawn again before */
} progress_bar;

/* Also catches Ctrl-C (interrupt.h). The bar must stay where it is. */
void progress_bar_start(progress_bar *bar);
/* Takes the bar off the terminal, so that something else can be printed. */
void progress_bar_clear(progress_bar *bar);

/* What is drawn, for `done` of `total` after `elapsed_us`. `width` 0: a plain line. */
typedef struct progress_state {
    const char *what;
    int64_t done, total; /* total 0: not known */
    int64_t elapsed_us;
    int width;
    bool utf8;
} progress_state;
pqt_status progress_append(const progress_state *state, buffer *out, pqt_error *error);

#endif
