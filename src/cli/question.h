/* What the five questions have in common. */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include "cli/command.h"

typedef struct question {
    pqt_status (*ask)(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                      pqt_error *error);
    int64_t default_limit; /* 0: all */
    int default_format;
    bool as_chart;                   /* where a table is asked for */
    const char *const *csv_headings; /* NULL: the columns' names */
    const char *what;                /* is counted: NULL: "page views" */
} question;

/* The query that the options and the first argument make; its limit is the caller's. */
pqt_status question_fill(const invocation *in, pqa_query *query, pqt_error *error);

/* Asks it as the options say and writes the answer. */
pqt_status question_run(invocation *in, const question *q, pqt_error *error);

#endif
