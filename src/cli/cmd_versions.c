#include "cli/command.h"
#include "cli/question.h"

pqt_status run_versions(invocation *in, pqt_error *error)
{
    static const question q = {.ask = pqa_versions};
    return question_run(in, &q, error);
}
