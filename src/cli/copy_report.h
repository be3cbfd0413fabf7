/* What is printed of copies for projects and organizations: a sum, and what failed. */
#ifndef CLI_COPY_REPORT_H
#define CLI_COPY_REPORT_H

#include "cli/options.h"
#include "cli/progress_bar.h"

typedef struct copy_report {
    progress_bar *bar;
    bool every_copy; /* a line each; failed ones have one, up to some, in any case */
    int64_t counts[PQA_COPY_FAILED + 1];
    uint64_t size_bytes; /* of those written */
    int32_t first, last; /* days with a failure */
} copy_report;

/* The copies that the options ask for, told to the report, which must stay where it is.
 */
pqa_copy_options copy_report_options(copy_report *r, const struct options *o);

/*
 * Prints the sum, and how to make again what failed. Where only copies failed, *status
 * becomes PQT_OK, all being told, and *exit_code PQA_EXIT_PARTLY.
 */
void copy_report_end(const copy_report *r, bool others_failed, pqt_status *status,
                     int *exit_code);

#endif
