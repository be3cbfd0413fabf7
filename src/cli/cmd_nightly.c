#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/export_report.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

typedef struct night_report {
    progress_bar bar;
    told_failures *told;
} night_report;

static void print_line(progress_bar *bar, const buffer *line)
{
    progress_bar_clear(bar);
    printf("%.*s\n", (int)line->size_bytes, (const char *)line->data);
    fflush(stdout);
}

static void take_day(void *self, const pqa_day *day)
{
    night_report *const r = self;
    char date[DATE_TEXT_BYTES];
    buffer line = {0};
    if (day->outcome == PQA_DAY_FAILED) {
        date_text(day->date, date);
        progress_bar_clear(&r->bar);
        message_print_failure(r->told, date, day->message);
    } else if (export_append_day(day, false, &line, NULL) == PQT_OK) {
        print_line(&r->bar, &line);
    }
    buffer_free(&line);
}

static void take_copy(void *self, const pqa_copy *copy)
{
    night_report *const r = self;
    if (copy->outcome != PQA_COPY_FAILED) return;
    progress_bar_clear(&r->bar);
    message_print("%s", copy->message);
}

static pqt_status append_step(const pqa_step *step, buffer *out, pqt_error *error)
{
    char rows[SHORT_TEXT_BYTES], bytes[SHORT_TEXT_BYTES], time[SHORT_TEXT_BYTES];
    if (step->was_left_out)
        return buffer_printf(out, error, "%-10s  left out", step->name);
    text_count(step->rows, rows);
    text_bytes((int64_t)step->bytes, bytes);
    text_duration(step->duration_us, time);
    TRY(buffer_printf(out, error, "%-10s  %4" PRId64 " day%s  %10s rows  %9s  %s",
                      step->name, step->days, step->days == 1 ? " " : "s", rows, bytes,
                      time));
    if (step->days_failed > 0)
        TRY(buffer_printf(out, error, "  %" PRId64 " failed", step->days_failed));
    else if (step->status != PQT_OK)
        TRY(buffer_append_text(out, "  failed", error));
    return PQT_OK;
}

static void take_step(void *self, const pqa_step *step)
{
    night_report *const r = self;
    buffer line = {0};
    if (append_step(step, &line, NULL) == PQT_OK) print_line(&r->bar, &line);
    buffer_free(&line);
}

pqt_status run_nightly(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    night_report report = {.told = &in->told};
    pqa_settings settings;
    pqa_night night;
    const pqa_delete_options deletion = options_deletion(o);
    const pqa_copy_options copies = options_copies(o);
    const pqa_nightly_options options = {.look_back_days = (int)o->look_back_days,
                                         .keep_database_days = (int)o->keep_database_days,
                                         .keep_archive_days = (int)o->keep_archive_days,
                                         .compact = o->nightly_compact,
                                         .vacuum = o->nightly_vacuum,
                                         .deletion = &deletion,
                                         .report_file = o->report_file,
                                         .metrics_file = o->metrics_file,
                                         .success_url = o->success_url,
                                         .failure_url = o->failure_url,
                                         .on_day = take_day,
                                         .on_step = take_step,
                                         .self = &report,
                                         .copies = &copies,
                                         .on_copy = take_copy};
    TRY(session_settings(o, &report.bar, &settings, error));
    const pqt_status status = pqa_nightly(&settings, &options, &night, error);
    progress_bar_clear(&report.bar);
    if (night.copies > 0) printf("copies      %" PRId64 " written\n", night.copies);
    if (night.warning[0]) message_print("%s", night.warning);
    in->exit_code = night.exit_code;
    return status;
}
