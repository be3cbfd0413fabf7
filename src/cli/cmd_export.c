#include "base/error.h"
#include "cli/command.h"
#include "cli/export_report.h"

pqt_status run_export(invocation *in, pqt_error *error)
{
    export_job job = {.every_day = true};
    TRY(days_choose_export(in->options, &job.range, error));
    return export_run(in, &job, error);
}
