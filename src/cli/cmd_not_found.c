#include "cli/command.h"
#include "cli/question.h"

pqt_status run_not_found(invocation *in, pqt_error *error)
{
    static const question q = {
        .ask = pqa_not_found, .default_limit = 25, .what = "views that found no page"};
    return question_run(in, &q, error);
}
