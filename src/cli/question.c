#include "cli/question.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/error.h"
#include "cli/days.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

enum { DEFAULT_DAYS = 30 };

pqt_status question_fill(const invocation *in, pqa_query *query, pqt_error *error)
{
    const struct options *const o = in->options;
    day_range range;
    TRY(days_choose(o, DEFAULT_DAYS, &range, error));
    *query = (pqa_query){.project = in->argument_count ? in->arguments[0] : NULL,
                         .has_project_id = option_given(o, OPTION_PROJECT_ID),
                         .project_id = (int32_t)o->project_id,
                         .since = range.since,
                         .until = range.until,
                         .any_status = o->status == STATUS_ANY,
                         .status = (int16_t)(o->status == STATUS_ANY ? 0 : o->status),
                         .project_version = o->project_version,
                         .by_full_path = o->by == BY_FULL_PATH,
                         .live = o->live};
    if (query->project && o->origins[OPTION_PROJECT_ID] == ORIGIN_FLAG)
        return error_set(error, PQT_INVALID,
                         "'%.60s' and --project-id %d are two names of a project; give "
                         "one of them",
                         query->project, query->project_id);
    if (query->project) query->has_project_id = false; /* of a settings file */
    if (!query->project && !query->has_project_id)
        return error_set(error, PQT_INVALID,
                         "which project? its slug, as pqa top django, or --project-id N");
    return PQT_OK;
}

static pqt_status write_answer(const question *q, const pqa_table *answer, int format,
                               pqt_error *error)
{
    if (format == FORMAT_TABLE && q->as_chart) {
        TRY(output_chart(answer, error));
        output_note(answer);
        return PQT_OK;
    }
    if (format != FORMAT_CSV || !q->csv_headings)
        return output_table(answer, format, error);
    TRY(output_csv(answer, q->csv_headings, error));
    output_note(answer);
    return PQT_OK;
}

/* Cuts the row more that was asked for, and says that there are more. */
static void cut_answer(pqa_table *answer, int64_t limit, bool limit_given)
{
    if (limit <= 0 || answer->row_count <= limit) return;
    answer->row_count = limit;
    if (!limit_given)
        message_print("the first %" PRId64 " rows; --limit 0 shows all", limit);
}

/* An empty table is no line at all. Where the answer's note says why, that is enough. */
static void say_empty(const invocation *in, const question *q, const pqa_query *query,
                      const pqa_table *answer)
{
    const struct options *const o = in->options;
    char since[DATE_TEXT_BYTES], until[DATE_TEXT_BYTES], status[40] = "", id[40];
    if (answer->note && strncmp(answer->note, "no project", 10) == 0) return;
    date_text(query->since, since);
    date_text(query->until, until);
    snprintf(id, sizeof id, "project %" PRId32, query->project_id);
    if (option_given(o, OPTION_STATUS) && !query->any_status)
        snprintf(status, sizeof status, " with status %d", query->status);
    message_print("no %s of %.80s%s%.80s%s from %s to %s",
                  q->what ? q->what : "page views", query->project ? query->project : id,
                  query->project_version ? " in version " : "",
                  query->project_version ? query->project_version : "", status, since,
                  until);
}

pqt_status question_run(invocation *in, const question *q, pqt_error *error)
{
    const struct options *const o = in->options;
    const bool limit_given = option_given(o, OPTION_LIMIT);
    const int64_t limit = limit_given ? o->limit : q->default_limit;
    const int format = option_given(o, OPTION_FORMAT) ? o->format : q->default_format;
    pqa_query query;
    TRY(question_fill(in, &query, error));
    query.limit = limit > 0 ? limit + 1 : 0;
    pqa_archive *archive = NULL;
    TRY(session_open(o, false, NULL, &archive, error));
    pqa_table answer = {0};
    pqt_status status = q->ask(archive, &query, &answer, error);
    if (status == PQT_OK) {
        cut_answer(&answer, limit, limit_given);
        status = write_answer(q, &answer, format, error);
        if (answer.row_count == 0 && format == FORMAT_TABLE)
            say_empty(in, q, &query, &answer);
        pqa_table_free(&answer);
    }
    pqa_close(archive);
    return status;
}
