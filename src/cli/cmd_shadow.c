#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/error.h"
#include "base/view.h"
#include "cli/command.h"
#include "cli/days.h"
#include "cli/output.h"
#include "cli/question.h"
#include "cli/session.h"

enum { DEFAULT_DAYS = 30, EXIT_DIFFERENT = 13, DEFAULT_LIMIT = 25 };

static const struct {
    const char *name;
    pqa_question question;
    int64_t limit; /* unless told otherwise; 0: all */
} questions[] = {
    {"top", PQA_QUESTION_TOP, DEFAULT_LIMIT},
    {"daily", PQA_QUESTION_DAILY, 0},
    {"not-found", PQA_QUESTION_NOT_FOUND, DEFAULT_LIMIT},
    {"versions", PQA_QUESTION_VERSIONS, 0},
};
enum { QUESTION_COUNT = sizeof questions / sizeof *questions };

static pqt_status find_question(const char *name, int *out, pqt_error *error)
{
    for (*out = 0; *out < QUESTION_COUNT; ++*out)
        if (strcmp(questions[*out].name, name) == 0) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "'%.40s' is no question; one of top, daily, not-found, versions",
                     name);
}

/* --- What is printed --- */

static double milliseconds(int64_t time_us)
{
    return (double)time_us / 1000;
}

static pqt_status append_times(int64_t archive_us, int64_t database_us, buffer *out,
                               pqt_error *error)
{
    TRY(buffer_printf(out, error, "archive %.1f ms, database %.1f ms",
                      milliseconds(archive_us), milliseconds(database_us)));
    if (archive_us <= 0) return PQT_OK;
    return buffer_printf(out, error, " (%.1f times)",
                         (double)database_us / (double)archive_us);
}

static pqt_status append_days(const pqa_shadowed *c, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, ", %" PRId64 " days", c->days_compared));
    if (c->days_live > 0)
        TRY(buffer_printf(out, error, " (%" PRId64 " not archived yet)", c->days_live));
    if (c->days_gone > 0)
        TRY(buffer_printf(out, error, ", %" PRId64 " gone from the database not compared",
                          c->days_gone));
    if (c->days_pruned > 0)
        TRY(buffer_printf(out, error, ", %" PRId64 " pruned not compared",
                          c->days_pruned));
    return PQT_OK;
}

static pqt_status append_compared(const pqa_shadowed *c, const char *project, buffer *out,
                                  pqt_error *error)
{
    char since[DATE_TEXT_BYTES], until[DATE_TEXT_BYTES];
    date_text(c->since, since);
    date_text(c->until, until);
    TRY(buffer_printf(out, error, "%-9s  %s  %s..%s: ", questions[c->question].name,
                      project, since, until));
    if (c->is_equal)
        TRY(buffer_printf(out, error, "equal, %" PRId64 " rows", c->rows));
    else
        TRY(buffer_printf(out, error, "DIFFERENT in %" PRId64 " rows (%s)",
                          c->rows_different, c->message));
    TRY(append_days(c, out, error));
    TRY(buffer_append_text(out, "; ", error));
    TRY(append_times(c->archive_us, c->database_us, out, error));
    return buffer_append_text(out, "\n", error);
}

static pqt_status print_compared(const pqa_shadowed *c, const char *project,
                                 pqt_error *error)
{
    buffer line = {0};
    pqt_status status = append_compared(c, project, &line, error);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

static pqt_status append_sum(const pqa_shadow_sum *sum, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error,
                      "%" PRId64 " compared: %" PRId64 " equal, %" PRId64 " different; ",
                      sum->compared, sum->equal, sum->different));
    if (sum->failed > 0)
        TRY(buffer_printf(out, error, "%" PRId64 " could not be; ", sum->failed));
    TRY(append_times(sum->archive_us, sum->database_us, out, error));
    return buffer_append_text(out, "\n", error);
}

static pqt_status print_sum(const pqa_shadow_sum *sum, pqt_error *error)
{
    buffer line = {0};
    pqt_status status = append_sum(sum, &line, error);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

/* --- What is done --- */

struct sampling {
    pqa_shadow_sum sum;
    pqt_status status; /* of printing */
    pqt_error *error;
};

static void take_compared(void *self, const pqa_shadowed *c, const char *project)
{
    struct sampling *sampling = self;
    pqa_shadow_sum *sum = &sampling->sum;
    sum->compared++;
    if (c->is_equal)
        sum->equal++;
    else
        sum->different++;
    sum->archive_us += c->archive_us;
    sum->database_us += c->database_us;
    if (sampling->status == PQT_OK)
        sampling->status = print_compared(c, project, sampling->error);
}

static pqt_status shadow_random(invocation *in, pqa_archive *archive,
                                const pqa_shadow_options *options, pqt_error *error)
{
    const struct options *const o = in->options;
    struct sampling sampling = {.error = error};
    day_range range;
    TRY(days_choose(o, DEFAULT_DAYS, &range, error));
    TRY(pqa_shadow_random(archive, (int32_t)o->shadow_random, range.since, range.until,
                          options, take_compared, &sampling, error));
    TRY(sampling.status);
    if (sampling.sum.different > 0) in->exit_code = EXIT_DIFFERENT;
    return print_sum(&sampling.sum, error);
}

static pqt_status shadow_one(invocation *in, pqa_archive *archive,
                             const pqa_shadow_options *options, pqt_error *error)
{
    const struct options *const o = in->options;
    int which;
    char id[32];
    pqa_query query;
    pqa_shadowed compared;
    TRY(find_question(in->arguments[0], &which, error));
    const invocation rest = {.options = in->options,
                             .arguments = in->arguments + 1,
                             .argument_count = in->argument_count - 1};
    TRY(question_fill(&rest, &query, error));
    query.limit = option_given(o, OPTION_LIMIT) ? o->limit : questions[which].limit;
    TRY(pqa_shadow(archive, questions[which].question, &query, options, &compared,
                   error));
    snprintf(id, sizeof id, "project %d", compared.project_id);
    if (!compared.is_equal) in->exit_code = EXIT_DIFFERENT;
    return print_compared(&compared, query.project ? query.project : id, error);
}

static pqt_status show_summary(invocation *in, pqt_error *error)
{
    pqa_shadow_sum sum;
    char message[PQA_SHADOW_MESSAGE];
    TRY(pqa_shadow_summary(in->options->shadow_summary, &sum, error));
    const bool is_ready = pqa_shadow_is_ready(&sum, NULL, message);
    if (sum.different > 0 && !is_ready) in->exit_code = EXIT_DIFFERENT;
    TRY(print_sum(&sum, error));
    TRY(output_write(view_text(message), error));
    return output_write(view_text("\n"), error);
}

pqt_status run_shadow(invocation *in, pqt_error *error)
{
    const struct options *const o = in->options;
    const pqa_shadow_options options = {.evidence_file = o->evidence};
    pqa_archive *archive = NULL;
    if (o->shadow_summary) return show_summary(in, error);
    if (o->shadow_random == 0 && in->argument_count == 0)
        return error_set(error, PQT_INVALID,
                         "which question? as pqa shadow top django, or --random 50");
    TRY(session_open(o, false, NULL, &archive, error));
    const pqt_status status = o->shadow_random > 0
                                  ? shadow_random(in, archive, &options, error)
                                  : shadow_one(in, archive, &options, error);
    pqa_close(archive);
    return status;
}
