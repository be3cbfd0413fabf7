#include "api/shadow_evidence.h"

#include "api/json_lines.h"
#include "base/clock.h"
#include "base/date.h"

enum { EVIDENCE_LINES = 10000 };

const char *shadow_question_name(pqa_question question)
{
    static const char *const names[] = {[PQA_QUESTION_TOP] = "top",
                                        [PQA_QUESTION_DAILY] = "daily",
                                        [PQA_QUESTION_NOT_FOUND] = "not-found",
                                        [PQA_QUESTION_VERSIONS] = "versions"};
    return names[question];
}

static json_t *pack_date(int32_t date)
{
    char text[DATE_TEXT_BYTES];
    date_text(date, text);
    return json_string(text);
}

static json_t *pack_days(const shadow_case *of)
{
    json_t *days = json_array();
    for (int i = 0; i < of->different_day_count && days; i++)
        if (json_array_append_new(days, pack_date(of->different_days[i])) != 0) {
            json_decref(days);
            days = NULL;
        }
    return days;
}

static json_t *pack_asked(const shadow_case *of)
{
    const pqa_query *query = of->query;
    const question_filter *filter = &of->asked->filter;
    json_t *packed = json_pack("{s:I, s:s, s:i, s:o, s:o, s:b, s:I}", "at_ms",
                               (json_int_t)clock_wall_ms(), "question",
                               shadow_question_name(of->compared->question), "project_id",
                               filter->project_id, "since", pack_date(filter->since),
                               "until", pack_date(filter->until), "by_full_path",
                               query->by_full_path, "limit", (json_int_t)query->limit);
    if (packed && query->project)
        json_object_set_new(packed, "project",
                            json_stringn(query->project, json_text_bytes(query->project)));
    if (packed && query->project_version)
        json_object_set_new(
            packed, "version",
            json_stringn(query->project_version, json_text_bytes(query->project_version)));
    if (packed && !filter->any_status)
        json_object_set_new(packed, "status", json_integer(filter->status));
    return packed;
}

static json_t *pack_compared(const shadow_case *of)
{
    const pqa_shadowed *c = of->compared;
    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s%, s:o*}", "equal",
                     c->is_equal, "rows", (json_int_t)c->rows, "rows_different",
                     (json_int_t)c->rows_different, "days_compared",
                     (json_int_t)c->days_compared, "days_live", (json_int_t)c->days_live,
                     "days_gone", (json_int_t)c->days_gone, "days_pruned",
                     (json_int_t)c->days_pruned, "archive_us", (json_int_t)c->archive_us,
                     "database_us", (json_int_t)c->database_us, "message", c->message,
                     json_text_bytes(c->message), "different_days", pack_days(of));
}

pqt_status shadow_evidence_append(const pqa_shadow_options *options,
                                  const shadow_case *of, pqt_error *error)
{
    const int most = options->evidence_lines ? options->evidence_lines : EVIDENCE_LINES;
    json_t *packed = pack_asked(of), *compared = pack_compared(of);
    if (!compared || json_object_update(packed, compared) != 0) {
        json_decref(packed);
        packed = NULL;
    }
    json_decref(compared);
    return json_lines_append(options->evidence_file, packed, most, error);
}

/* --- Reading --- */

static void take_case(void *self, const json_t *packed)
{
    pqa_shadow_sum *out = self;
    const json_t *at = json_object_get(packed, "at_ms");
    const json_t *equal = json_object_get(packed, "equal");
    const json_t *archive = json_object_get(packed, "archive_us");
    const json_t *database = json_object_get(packed, "database_us");
    if (!json_is_integer(at) || !json_is_boolean(equal) || !json_is_integer(archive) ||
        !json_is_integer(database))
        return;
    if (out->compared++ == 0) out->first_ms = json_integer_value(at);
    out->last_ms = json_integer_value(at);
    if (json_is_true(equal))
        out->equal++;
    else
        out->different++;
    out->archive_us += json_integer_value(archive);
    out->database_us += json_integer_value(database);
}

pqt_status pqa_shadow_summary(const char *evidence_file, pqa_shadow_sum *out,
                              pqt_error *error)
{
    *out = (pqa_shadow_sum){0};
    return json_lines_read(evidence_file, take_case, out, error);
}
