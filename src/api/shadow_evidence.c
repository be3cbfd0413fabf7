#include "api/shadow_evidence.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/json_lines.h"
#include "base/clock.h"
#include "base/date.h"

enum {
    EVIDENCE_LINES = 10000,
    DAY_MS = 24 * 60 * 60 * 1000,
    NO_DAY = -1,
    WANTED_DAYS = 7,
    WANTED_ANSWERS = 100,
    MOST_FAILED_ONE_IN = 200, /* half a percent */
};

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
    const pqa_shadowed *compared = of->compared;
    json_t *packed = json_pack("{s:I, s:s, s:i, s:o, s:o, s:b, s:I}", "at_ms",
                               (json_int_t)clock_wall_ms(), "question",
                               shadow_question_name(compared->question), "project_id",
                               compared->project_id, "since", pack_date(compared->since),
                               "until", pack_date(compared->until), "by_full_path",
                               query->by_full_path, "limit", (json_int_t)query->limit);
    if (packed && query->project)
        json_object_set_new(
            packed, "project",
            json_stringn(query->project, json_text_bytes(query->project)));
    if (packed && query->project_version)
        json_object_set_new(packed, "version",
                            json_stringn(query->project_version,
                                         json_text_bytes(query->project_version)));
    if (packed && !query->any_status)
        json_object_set_new(packed, "status", json_integer(of->status));
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

static json_t *pack_failure(const shadow_case *of)
{
    return json_pack("{s:s%}", "failure", of->failure, json_text_bytes(of->failure));
}

pqt_status shadow_evidence_append(const pqa_shadow_options *options,
                                  const shadow_case *of, pqt_error *error)
{
    const int most =
        options->evidence_lines > 0 ? options->evidence_lines : EVIDENCE_LINES;
    json_t *packed = pack_asked(of);
    json_t *answer = of->failure ? pack_failure(of) : pack_compared(of);
    if (!answer || json_object_update(packed, answer) != 0) {
        json_decref(packed);
        packed = NULL;
    }
    json_decref(answer);
    return json_lines_append(options->evidence_file, packed, most, error);
}

/* --- Reading --- */

struct reading {
    pqa_shadow_sum *out;
    int64_t last_day; /* with an equal answer since the last difference */
};

static int64_t number_or(const json_t *packed, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(packed, name);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/* An answer without rows, or of live days alone, which both sides read from the database,
 * says nothing for the archive. */
static bool is_telling(const json_t *packed)
{
    const int64_t live = number_or(packed, "days_live", 0);
    return number_or(packed, "rows", 1) > 0 &&
           number_or(packed, "days_compared", live + 1) > live;
}

static void take_equal(struct reading *r, const json_t *packed, int64_t at_ms)
{
    const int64_t day = at_ms / DAY_MS;
    r->out->equal++;
    if (!is_telling(packed)) return;
    r->out->equal_since++;
    if (day == r->last_day) return;
    r->out->days_since++;
    r->last_day = day;
}

static void take_difference(struct reading *r, const char *message)
{
    pqa_shadow_sum *out = r->out;
    out->different++;
    out->equal_since = out->failed_since = out->days_since = 0;
    r->last_day = NO_DAY;
    snprintf(out->last_difference, sizeof out->last_difference, "%s",
             message ? message : "");
}

static void take_times(pqa_shadow_sum *out, int64_t at_ms)
{
    if (out->compared + out->failed == 0) out->first_ms = at_ms;
    out->last_ms = at_ms;
}

static void take_answer(struct reading *r, const json_t *packed, int64_t at_ms)
{
    pqa_shadow_sum *out = r->out;
    const json_t *equal = json_object_get(packed, "equal");
    const json_t *archive = json_object_get(packed, "archive_us");
    const json_t *database = json_object_get(packed, "database_us");
    if (!json_is_boolean(equal) || !json_is_integer(archive) ||
        !json_is_integer(database))
        return;
    take_times(out, at_ms);
    out->compared++;
    if (json_is_true(equal))
        take_equal(r, packed, at_ms);
    else
        take_difference(r, json_string_value(json_object_get(packed, "message")));
    out->archive_us += json_integer_value(archive);
    out->database_us += json_integer_value(database);
}

static void take_case(void *self, const json_t *packed)
{
    struct reading *r = self;
    const json_t *at = json_object_get(packed, "at_ms");
    if (!json_is_integer(at)) return;
    if (!json_is_string(json_object_get(packed, "failure"))) {
        take_answer(r, packed, json_integer_value(at));
        return;
    }
    take_times(r->out, json_integer_value(at));
    r->out->failed++;
    r->out->failed_since++;
}

pqt_status pqa_shadow_summary(const char *evidence_file, pqa_shadow_sum *out,
                              pqt_error *error)
{
    struct reading reading = {.out = out, .last_day = NO_DAY};
    *out = (pqa_shadow_sum){0};
    return json_lines_read(evidence_file, take_case, &reading, error);
}

/* --- Whether it is enough --- */

static bool fails_too_often(const pqa_shadow_sum *sum)
{
    return sum->failed_since * MOST_FAILED_ONE_IN > sum->equal_since + sum->failed_since;
}

bool pqa_shadow_is_ready(const pqa_shadow_sum *sum, const pqa_shadow_demand *demand,
                         char message[PQA_SHADOW_MESSAGE])
{
    const int64_t days = demand && demand->days > 0 ? demand->days : WANTED_DAYS;
    const int64_t answers =
        demand && demand->answers > 0 ? demand->answers : WANTED_ANSWERS;
    const bool lacks = sum->days_since < days || sum->equal_since < answers;
    const bool fails = fails_too_often(sum);
    const char *since = sum->different > 0 ? " since the last difference" : "";
    int used = snprintf(message, PQA_SHADOW_MESSAGE,
                        "%s: %" PRId64 " equal answers on %" PRId64 " days%s",
                        lacks || fails ? "not ready" : "ready", sum->equal_since,
                        sum->days_since, since);
    if (lacks)
        used += snprintf(message + used, PQA_SHADOW_MESSAGE - (size_t)used,
                         "; %" PRId64 " on %" PRId64 " days are wanted", answers, days);
    if (fails)
        used += snprintf(message + used, PQA_SHADOW_MESSAGE - (size_t)used,
                         "; %" PRId64 " could not be compared, more than one in %d",
                         sum->failed_since, MOST_FAILED_ONE_IN);
    if (*sum->last_difference)
        snprintf(message + used, PQA_SHADOW_MESSAGE - (size_t)used,
                 "; the last difference: %s", sum->last_difference);
    return !lacks && !fails;
}
