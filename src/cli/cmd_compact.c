#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/error.h"
#include "base/text.h"
#include "base/view.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/session.h"

typedef struct compact_report {
    progress_bar bar;
    told_failures *told;
    bool dry_run;
    int64_t done, failed;
} compact_report;

static void print_compacted(const compact_report *r, const char *month,
                            const pqa_compacted *compacted)
{
    char rows[SHORT_TEXT_BYTES], before[SHORT_TEXT_BYTES], after[SHORT_TEXT_BYTES];
    text_count(compacted->rows, rows);
    text_bytes((int64_t)compacted->bytes_before, before);
    text_bytes((int64_t)compacted->bytes_after, after);
    printf("%s  %12s rows  %3" PRId64 " files, %s  ", month, rows, compacted->files,
           before);
    if (r->dry_run)
        printf("would become one\n");
    else
        printf("became one of %s\n", after);
}

static void take_month(void *self, const pqa_compacted *compacted)
{
    compact_report *const r = self;
    char month[DATE_TEXT_BYTES];
    date_text(compacted->first_date, month);
    month[strlen(month) - 3] = 0; /* without the day */
    progress_bar_clear(&r->bar);
    if (compacted->outcome == PQA_MONTH_FAILED) {
        r->failed++;
        message_print_failure(r->told, month, compacted->message);
        return;
    }
    r->done++;
    if (compacted->outcome == PQA_MONTH_UNCHANGED)
        printf("%s  is one file already\n", month);
    else
        print_compacted(r, month, compacted);
    fflush(stdout);
}

/* "2026-01" to its first day. */
static pqt_status choose_month(const struct options *o, pqa_compact_options *out,
                               pqt_error *error)
{
    char text[DATE_TEXT_BYTES];
    *out = (pqa_compact_options){.has_month = o->month != NULL, .dry_run = o->dry_run};
    if (!o->month) return PQT_OK;
    snprintf(text, sizeof text, "%.20s-01", o->month);
    if (date_parse_iso(view_text(text), &out->month, NULL) == PQT_OK) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "--month: expected a month as 2026-01, found "
                     "'%.60s'",
                     o->month);
}

pqt_status run_compact(invocation *in, pqt_error *error)
{
    pqa_compact_options options;
    compact_report report = {.told = &in->told, .dry_run = in->options->dry_run};
    pqa_archive *archive = NULL;
    TRY(choose_month(in->options, &options, error));
    TRY(session_open(in->options, false, &report.bar, &archive, error));
    const pqt_status status = pqa_compact(archive, &options, take_month, &report, error);
    progress_bar_clear(&report.bar);
    pqa_close(archive);
    if (status == PQT_OK && report.done == 0)
        message_print("the archive has no files of %s",
                      in->options->month ? in->options->month : "a month that is over");
    if (status != PQT_OK && status != PQT_CORRUPT && report.done > 0 && report.failed > 0)
        in->exit_code = PQA_EXIT_PARTLY;
    return status;
}
