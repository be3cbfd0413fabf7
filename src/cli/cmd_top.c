#include "cli/command.h"
#include "cli/question.h"

pqt_status run_top(invocation *in, pqt_error *error)
{
    static const question q = {.ask = pqa_top, .default_limit = 25};
    return question_run(in, &q, error);
}
