#include "base/error.h"
#include "cli/command.h"
#include "cli/delete_report.h"

/* No default stands in for the days of a deletion. */
pqt_status run_delete_exported(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    export_job job = {0};
    if (!option_given(o, OPTION_SINCE) || !option_given(o, OPTION_UNTIL))
        return error_set(error, PQT_INVALID,
                         "which days? say both: --since 2026-01-01 --until 2026-01-31");
    TRY(days_choose(o, 0, &job.range, error));
    return delete_run(in, &job, error);
}
