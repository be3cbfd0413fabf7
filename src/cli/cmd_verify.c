#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/days.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

typedef struct verify_report {
    progress_bar bar;
    told_failures *told;
    bool every_file;
    int64_t files, days, bad, rows, archived_only;
    uint64_t size_bytes;
} verify_report;

static bool is_day(const pqa_verified *verified)
{
    return strcmp(verified->path, "database") == 0;
}

static void print_verified(const pqa_verified *verified, const char *date)
{
    char rows[SHORT_TEXT_BYTES], size[SHORT_TEXT_BYTES];
    text_count(verified->rows, rows);
    text_bytes((int64_t)verified->size_bytes, size);
    if (is_day(verified))
        printf("%s of the database  %10s rows  verified\n", date, rows);
    else
        printf("%s  %10s rows  %9s  verified\n", verified->path, rows, size);
}

static void take_verified(void *self, const pqa_verified *verified)
{
    verify_report *const r = self;
    char date[DATE_TEXT_BYTES];
    date_text(verified->first_date, date);
    progress_bar_clear(&r->bar);
    if (verified->status != PQT_OK) {
        r->bad++;
        message_print_failure(r->told, is_day(verified) ? date : verified->path,
                              verified->message);
        return;
    }
    if (is_day(verified)) {
        r->days++;
    } else {
        r->files++;
        r->rows += verified->rows;
    }
    r->size_bytes += verified->size_bytes;
    r->archived_only += verified->rows_archived_only;
    if (r->every_file) print_verified(verified, date);
}

/* "90 files, 90 days of the database" */
static pqt_status append_verified(const verify_report *r, bool with_days, buffer *line,
                                  pqt_error *error)
{
    char count[SHORT_TEXT_BYTES];
    text_count(r->files, count);
    TRY(buffer_printf(line, error, "%s file%s", count, r->files == 1 ? "" : "s"));
    if (!with_days) return PQT_OK;
    text_count(r->days, count);
    return buffer_printf(line, error, ", %s day%s of the database", count,
                         r->days == 1 ? "" : "s");
}

static pqt_status print_sum(const verify_report *r, bool with_days, int64_t started_us,
                            pqt_error *error)
{
    char rows[SHORT_TEXT_BYTES], size[SHORT_TEXT_BYTES], time[SHORT_TEXT_BYTES];
    text_count(r->rows, rows);
    text_bytes((int64_t)r->size_bytes, size);
    text_duration(clock_monotonic_us() - started_us, time);
    buffer line = {0};
    pqt_status status = append_verified(r, with_days, &line, error);
    if (status == PQT_OK)
        status = buffer_printf(&line, error,
                               " verified, %" PRId64 " failed; %s rows, %s in %s\n",
                               r->bad, rows, size, time);
    text_count(r->archived_only, rows);
    if (status == PQT_OK && r->archived_only > 0)
        status = buffer_printf(
            &line, error, "%s archived rows are not in the database any more\n", rows);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

/* Everything unless a range is given. */
static pqt_status choose_range(const struct options *o, pqa_verify_options *options,
                               pqt_error *error)
{
    *options = (pqa_verify_options){.since = date_from_civil(1, 1, 1),
                                    .until = date_from_civil(9999, 12, 31),
                                    .depth = (pqa_verify_depth)o->depth,
                                    .against_database = o->against_database};
    if (option_given(o, OPTION_SINCE)) options->since = o->since;
    if (option_given(o, OPTION_UNTIL)) options->until = o->until;
    if (options->since <= options->until) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "the range ends before it begins: --since is after --until");
}

pqt_status run_verify(invocation *in, pqt_error *error)
{
    const int64_t started_us = clock_monotonic_us();
    pqa_verify_options options;
    TRY(choose_range(in->options, &options, error));
    verify_report report = {.told = &in->told, .every_file = in->options->verbose};
    pqa_archive *archive = NULL;
    TRY(session_open(in->options, false, &report.bar, &archive, error));
    pqt_status status = pqa_verify(archive, &options, take_verified, &report, error);
    progress_bar_clear(&report.bar);
    pqa_close(archive);
    const bool looked = status == PQT_OK || status == PQT_CORRUPT;
    const pqt_status printed =
        looked ? print_sum(&report, options.against_database, started_us,
                           status == PQT_OK ? error : NULL)
               : PQT_OK;
    return status == PQT_OK ? printed : status;
}
