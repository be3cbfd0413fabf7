#include "base/error.h"
#include "cli/command.h"
#include "cli/export_report.h"

pqt_status run_backfill(invocation *in, pqt_error *error)
{
    export_job job = {.every_day = in->options->verbose, .skip_covered = true};
    TRY(days_choose(in->options, 0, &job.range, error));
    TRY(days_check_over(in->options, job.range.until, error));
    return export_run(in, &job, error);
}
