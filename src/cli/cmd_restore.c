#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/days.h"
#include "cli/message.h"
#include "cli/session.h"

typedef struct restore_report {
    progress_bar bar;
    told_failures *told;
    int64_t done, failed;
} restore_report;

static void take_day(void *self, const pqa_restored *day)
{
    restore_report *const r = self;
    char date[DATE_TEXT_BYTES], inserted[SHORT_TEXT_BYTES], equal[SHORT_TEXT_BYTES],
        count[SHORT_TEXT_BYTES], left_out[80] = "";
    date_text(day->date, date);
    text_count(day->inserted, inserted);
    text_count(day->equal, equal);
    text_count(day->left_out, count);
    if (day->left_out > 0)
        snprintf(left_out, sizeof left_out, ", %s of what is gone left out", count);
    progress_bar_clear(&r->bar);
    if (day->status != PQT_OK) {
        r->failed++;
        message_print_failure(r->told, date, day->message);
        return;
    }
    r->done++;
    if (day->rows == 0)
        printf("%s  no rows in the archive\n", date);
    else
        printf("%s  %10s rows put back, %s were there%s\n", date, inserted, equal,
               left_out);
    fflush(stdout);
}

pqt_status run_restore(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    day_range range;
    restore_report report = {.told = &in->told};
    pqa_archive *archive = NULL;
    TRY(days_choose(o, 0, &range, error));
    const pqa_restore_options options = {.since = range.since,
                                         .until = range.until,
                                         .to_db = o->to_db,
                                         .leave_out_gone = o->leave_out_gone};
    TRY(session_open(o, false, &report.bar, &archive, error));
    const pqt_status status = pqa_restore(archive, &options, take_day, &report, error);
    progress_bar_clear(&report.bar);
    pqa_close(archive);
    if (status == PQT_INVALID && report.failed > 0)
        in->exit_code = report.done > 0 ? PQA_EXIT_PARTLY : 1;
    return status;
}
