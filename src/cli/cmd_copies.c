#include "base/error.h"
#include "cli/command.h"
#include "cli/copy_report.h"
#include "cli/days.h"
#include "cli/session.h"

static pqt_status choose_days(const struct options *o, pqa_copies_options *out,
                              pqt_error *error)
{
    day_range range;
    if (option_given(o, OPTION_DATE)) {
        out->since = out->until = o->date;
        return PQT_OK;
    }
    if (!option_given(o, OPTION_SINCE) && !option_given(o, OPTION_DAYS))
        return error_set(error, PQT_INVALID,
                         "which days? pqa copies --days 30, --date D, or --since D "
                         "--until D");
    TRY(days_choose(o, 0, &range, error));
    out->since = range.since;
    out->until = range.until;
    return PQT_OK;
}

pqt_status run_copies(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    progress_bar bar;
    copy_report report = {.bar = &bar, .every_copy = o->verbose};
    pqa_copies_options options = {.copies = copy_report_options(&report, o)};
    pqa_archive *archive = NULL;
    TRY(choose_days(o, &options, error));
    TRY(session_open(o, false, &bar, &archive, error));
    pqt_status status = pqa_copies(archive, &options, error);
    progress_bar_clear(&bar);
    pqa_close(archive);
    copy_report_end(&report, false, &status, &in->exit_code);
    return status;
}
