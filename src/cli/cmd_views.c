#include "cli/command.h"
#include "cli/question.h"

/* The columns of pqa_views, as Read the Docs heads them. */
static const char *const headings[] = {"Date", "Version", "Path", "Views"};

pqt_status run_views(invocation *in, pqt_error *error)
{
    static const question q = {
        .ask = pqa_views, .default_format = FORMAT_CSV, .csv_headings = headings};
    return question_run(in, &q, error);
}
