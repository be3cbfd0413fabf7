#include "cli/delete_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/copy_report.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

enum { EXIT_FAILED = 1 };

/* The export's own report comes first: its callback is given the same `self`. */
struct delete_report {
    export_report exported;
    int64_t days, days_failed;
    int64_t deleted, kept, gone;
    int64_t batches, longest_us;
    bool contradicted;
};

static pqt_status append_count(int64_t count, int width, const char *what, buffer *out,
                               pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    text_count(count, text);
    return buffer_printf(out, error, "  %*s %s", width, text, what);
}

pqt_status delete_append_day(const pqa_deleted_day *day, bool dry_run, buffer *out,
                             pqt_error *error)
{
    char date[DATE_TEXT_BYTES];
    date_text(day->date, date);
    TRY(buffer_append_text(out, date, error));
    TRY(append_count(day->rows_deleted, 10,
                     dry_run ? "rows would be deleted" : "rows deleted", out, error));
    TRY(append_count(day->rows_kept, 6, "kept: changed since export", out, error));
    TRY(append_count(day->rows_gone, 10, "gone before", out, error));
    return day->is_dropped ? buffer_append_text(out, "  partition dropped", error)
                           : PQT_OK;
}

static void print_day(struct delete_report *r, const pqa_deleted_day *day)
{
    buffer line = {0};
    progress_bar_clear(&r->exported.bar);
    if (delete_append_day(day, r->exported.dry_run, &line, NULL) == PQT_OK)
        printf("%.*s\n", (int)line.size_bytes, (const char *)line.data);
    fflush(stdout);
    buffer_free(&line);
}

static void take_deleted(void *self, const pqa_deleted_day *day)
{
    struct delete_report *const r = self;
    char date[DATE_TEXT_BYTES];
    r->days++;
    r->deleted += day->rows_deleted;
    r->kept += day->rows_kept;
    r->gone += day->rows_gone;
    r->batches += day->batches;
    if (day->longest_batch_us > r->longest_us) r->longest_us = day->longest_batch_us;
    print_day(r, day);
    if (day->status == PQT_OK) return;
    r->days_failed++;
    if (day->status == PQT_CORRUPT) r->contradicted = true;
    /* What ends the run is printed at its end. */
    if (day->status != PQT_CORRUPT && day->status != PQT_UNSUPPORTED) return;
    date_text(day->date, date);
    message_print_failure(r->exported.told, date, day->message);
}

static pqt_status append_sum(const struct delete_report *r, buffer *out, pqt_error *error)
{
    char rows[SHORT_TEXT_BYTES], kept[SHORT_TEXT_BYTES], longest[SHORT_TEXT_BYTES],
        time[SHORT_TEXT_BYTES];
    text_count(r->deleted, rows);
    text_count(r->kept, kept);
    text_duration(r->longest_us, longest);
    text_duration(clock_monotonic_us() - r->exported.started_us, time);
    TRY(buffer_printf(out, error, "%" PRId64 " day%s: %s rows %s, %s kept", r->days,
                      r->days == 1 ? "" : "s", rows,
                      r->exported.dry_run ? "would be deleted" : "deleted", kept));
    return buffer_printf(out, error, "; %" PRId64 " batch%s, the longest %s; %s in all\n",
                         r->batches, r->batches == 1 ? "" : "es", longest, time);
}

static pqt_status print_sum(struct delete_report *r, pqt_error *error)
{
    buffer line = {0};
    progress_bar_clear(&r->exported.bar);
    pqt_status status = append_sum(r, &line, error);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

static int choose_exit_code(const struct delete_report *r, pqt_status status)
{
    if (r->contradicted || r->exported.contradicted) return pqa_exit_code(PQT_CORRUPT);
    if (pqa_exit_code(status) != EXIT_FAILED) return 0; /* the status says more */
    if (r->days_failed > 0 && r->days > r->days_failed) return PQA_EXIT_PARTLY;
    return export_choose_exit_code(&r->exported, status);
}

pqt_status delete_run(invocation *in, const export_job *job, pqt_error *error)
{
    const struct options *const o = in->options;
    struct delete_report report = {.exported = {.told = &in->told,
                                                .dry_run = o->dry_run,
                                                .every_day = job->every_day,
                                                .started_us = clock_monotonic_us()}};
    copy_report copies = {.bar = &report.exported.bar};
    const pqa_copy_options wanted = copy_report_options(&copies, o);
    pqa_delete_options options = options_deletion(o);
    options.since = job->range.since;
    options.until = job->range.until;
    options.exported = export_take_day;
    options.copies = &wanted;
    pqa_archive *archive = NULL;
    TRY(session_open(o, !o->dry_run, &report.exported.bar, &archive, error));
    pqt_status status =
        pqa_delete_exported(archive, &options, take_deleted, &report, error);
    progress_bar_clear(&report.exported.bar);
    pqa_close(archive);
    in->exit_code = choose_exit_code(&report, status);
    const bool days_failed =
        report.days_failed > 0 || report.exported.counts[PQA_DAY_FAILED] > 0;
    copy_report_end(&copies, days_failed, &status, &in->exit_code);
    if (report.days > 0) {
        const pqt_status printed = print_sum(&report, status == PQT_OK ? error : NULL);
        if (status == PQT_OK) status = printed;
    }
    return status;
}
