#include "cli/export_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/copy_report.h"
#include "cli/delete_report.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

static pqt_status append_changes(const pqa_day *day, bool dry_run, buffer *out,
                                 pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    if (dry_run) return buffer_append_text(out, "would be written", error);
    text_bytes((int64_t)day->file_bytes, text);
    TRY(buffer_printf(out, error, "%9s  written", text));
    if (day->rows_new == day->rows) return PQT_OK;
    text_count(day->rows_new, text);
    TRY(buffer_printf(out, error, ": %s new", text));
    if (day->rows_changed == 0) return PQT_OK;
    text_count(day->rows_changed, text);
    return buffer_printf(out, error, ", %s with more views", text);
}

pqt_status export_append_day(const pqa_day *day, bool dry_run, buffer *out,
                             pqt_error *error)
{
    char date[DATE_TEXT_BYTES], rows[SHORT_TEXT_BYTES], views[SHORT_TEXT_BYTES];
    date_text(day->date, date);
    if (day->outcome == PQA_DAY_EMPTY)
        return buffer_printf(out, error, "%s  no rows", date);
    if (day->outcome == PQA_DAY_PRUNED)
        return buffer_printf(out, error, "%s  pruned before: left out", date);
    text_count(day->rows, rows);
    text_count(day->views, views);
    TRY(buffer_printf(out, error, "%s  %10s rows  %11s views  ", date, rows, views));
    if (day->outcome == PQA_DAY_UNCHANGED)
        return buffer_append_text(out, "unchanged", error);
    return append_changes(day, dry_run, out, error);
}

static void print_day(export_report *r, const pqa_day *day)
{
    buffer line = {0};
    progress_bar_clear(&r->bar);
    if (export_append_day(day, r->dry_run, &line, NULL) == PQT_OK)
        printf("%.*s\n", (int)line.size_bytes, (const char *)line.data);
    fflush(stdout);
    buffer_free(&line);
}

void export_take_day(void *self, const pqa_day *day)
{
    export_report *const r = self;
    r->counts[day->outcome]++;
    if (day->outcome == PQA_DAY_FAILED) {
        char date[DATE_TEXT_BYTES];
        date_text(day->date, date);
        progress_bar_clear(&r->bar);
        message_print_failure(r->told, date, day->message);
        if (day->status == PQT_CORRUPT) r->contradicted = true;
        return;
    }
    if (day->outcome == PQA_DAY_WRITTEN) {
        r->rows_new += day->rows_new;
        r->rows_changed += day->rows_changed;
        r->file_bytes += day->file_bytes;
    }
    r->rows += day->rows;
    r->views += day->views;
    if (r->every_day) print_day(r, day);
}

static pqt_status append_sum(const export_report *r, buffer *out, pqt_error *error)
{
    static const char *const outcomes[] = {"written", "unchanged", "without rows",
                                           "failed", "pruned before"};
    int64_t days = 0;
    for (int i = 0; i <= PQA_DAY_PRUNED; i++) days += r->counts[i];
    TRY(buffer_printf(out, error, "%" PRId64 " day%s", days, days == 1 ? "" : "s"));
    const char *separator = ": ";
    for (int i = 0; i <= PQA_DAY_PRUNED; i++) {
        if (r->counts[i] == 0) continue;
        const bool dry = i == PQA_DAY_WRITTEN && r->dry_run;
        TRY(buffer_printf(out, error, "%s%" PRId64 " %s", separator, r->counts[i],
                          dry ? "would be written" : outcomes[i]));
        separator = ", ";
    }
    char rows[SHORT_TEXT_BYTES], views[SHORT_TEXT_BYTES], bytes[SHORT_TEXT_BYTES],
        time[SHORT_TEXT_BYTES];
    text_count(r->rows, rows);
    text_count(r->views, views);
    text_bytes((int64_t)r->file_bytes, bytes);
    text_duration(clock_monotonic_us() - r->started_us, time);
    return buffer_printf(out, error, "; %s rows, %s views; %s written in %s\n", rows,
                         views, bytes, time);
}

pqt_status export_print_sum(export_report *r, pqt_error *error)
{
    buffer line = {0};
    progress_bar_clear(&r->bar);
    pqt_status status = append_sum(r, &line, error);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

int export_choose_exit_code(const export_report *r, pqt_status status)
{
    const int64_t done = r->counts[PQA_DAY_WRITTEN] + r->counts[PQA_DAY_UNCHANGED] +
                         r->counts[PQA_DAY_EMPTY];
    if (r->contradicted) return pqa_exit_code(PQT_CORRUPT);
    if (status == PQT_OK || status == PQT_CANCELLED) return 0;
    return done > 0 && r->counts[PQA_DAY_FAILED] > 0 ? PQA_EXIT_PARTLY : 0;
}

pqt_status export_run(invocation *in, const export_job *job, pqt_error *error)
{
    const struct options *const o = in->options;
    if (o->rebuild && o->delete_after_export)
        return error_set(
            error, PQT_INVALID,
            "--rebuild and --delete-after-export exclude each other: look at "
            "the day that was written anew before its rows are deleted");
    if (o->delete_after_export) return delete_run(in, job, error);
    export_report report = {.told = &in->told,
                            .dry_run = o->dry_run,
                            .every_day = job->every_day,
                            .started_us = clock_monotonic_us()};
    copy_report copies = {.bar = &report.bar};
    const pqa_copy_options wanted = copy_report_options(&copies, o);
    const pqa_export_options options = {.since = job->range.since,
                                        .until = job->range.until,
                                        .include_open = o->include_open,
                                        .dry_run = o->dry_run,
                                        .skip_covered = job->skip_covered,
                                        .rebuild = o->rebuild,
                                        .accept_loss = options_agreed(o),
                                        .copies = &wanted};
    pqa_archive *archive = NULL;
    TRY(session_open(o, !o->dry_run, &report.bar, &archive, error));
    pqt_status status = pqa_export(archive, &options, export_take_day, &report, error);
    progress_bar_clear(&report.bar);
    pqa_close(archive);
    in->exit_code = export_choose_exit_code(&report, status);
    const bool days_failed = report.counts[PQA_DAY_FAILED] > 0;
    copy_report_end(&copies, days_failed, &status, &in->exit_code);
    const bool many = job->range.until > job->range.since;
    if (many || report.counts[PQA_DAY_WRITTEN] > 0) {
        const pqt_status printed =
            export_print_sum(&report, status == PQT_OK ? error : NULL);
        if (status == PQT_OK) status = printed;
    }
    return status;
}
