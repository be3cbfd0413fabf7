#include "cli/question.h"

#include <inttypes.h>

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
        pqa_table_free(&answer);
    }
    pqa_close(archive);
    return status;
}
