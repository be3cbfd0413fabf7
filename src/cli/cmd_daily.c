#include "cli/command.h"
#include "cli/question.h"

pqt_status run_daily(invocation *in, pqt_error *error)
{
    static const question q = {.ask = pqa_daily, .as_chart = true};
    return question_run(in, &q, error);
}
