#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/asked.h"
#include "api/shadow_evidence.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/view.h"

/* What each question is made of. */
static const struct {
    int16_t status;
    bool is_days;
    question_group by;
} questions[] = {
    [PQA_QUESTION_TOP] = {.status = ASKED_STATUS, .by = GROUP_PATH},
    [PQA_QUESTION_DAILY] = {.status = ASKED_STATUS, .is_days = true},
    [PQA_QUESTION_NOT_FOUND] = {.status = ASKED_NOT_FOUND_STATUS, .by = GROUP_PATH},
    [PQA_QUESTION_VERSIONS] = {.status = ASKED_STATUS, .by = GROUP_VERSION},
};
enum { QUESTION_COUNT = sizeof questions / sizeof *questions };

/* Which days each of the two answers takes from where. */
struct sides {
    covered archived; /* by the archive's answer, without those that are gone */
    covered compared; /* all days, by the database's answer */
};

/* One side's answer: groups or days. */
struct answer {
    group_table groups;
    int64_t *days;
    int64_t duration_us;
};

struct shadowing {
    const pqa_query *query;
    pqa_question question;
    asked asked;
    struct sides sides;
    struct answer archive;
    struct answer database;
    pqa_shadowed *out;
    shadow_case of;
};

/* --- Days --- */

static pqt_status add_archived(struct shadowing *s, int32_t day, pqt_error *error)
{
    bool has_rows = false;
    TRY(source_has_day(s->asked.from, day, &has_rows, error));
    if (!has_rows) {
        s->out->days_gone++;
        return PQT_OK;
    }
    TRY(covered_add(&s->sides.archived, day, day, error));
    return covered_add(&s->sides.compared, day, day, error);
}

static pqt_status choose_days(struct shadowing *s, pqt_error *error)
{
    const covered *archived = &s->asked.sides.archived, *live = &s->asked.sides.live;
    pqa_shadowed *out = s->out;
    for (size_t i = 0; i < archived->count; i++)
        for (int32_t day = archived->ranges[i].first; day <= archived->ranges[i].last;
             day++)
            TRY(add_archived(s, day, error));
    for (size_t i = 0; i < live->count; i++)
        TRY(covered_add(&s->sides.compared, live->ranges[i].first, live->ranges[i].last,
                        error));
    out->days_live = covered_days(live);
    out->days_compared = covered_days(&s->sides.compared);
    out->days_pruned = (int64_t)out->until - out->since + 1 - covered_days(archived) -
                       covered_days(live);
    return PQT_OK;
}

/* --- Answers --- */

static pqt_status ask_days(struct shadowing *s, const question_filter *filter,
                           int64_t **out, pqt_error *error)
{
    const size_t days = (size_t)((int64_t)filter->until - filter->since + 1);
    *out = alloc_zeroed(NULL, days, sizeof **out);
    if (!*out) return error_no_memory(error, days * sizeof **out);
    return question_days(s->asked.scan, filter, *out, error);
}

static pqt_status answer(struct shadowing *s, const question_filter *filter,
                         struct answer *out, pqt_error *error)
{
    const int64_t start_us = clock_monotonic_us();
    pqt_status status;
    if (questions[s->question].is_days)
        status = ask_days(s, filter, &out->days, error);
    else {
        const question_group by = questions[s->question].by;
        status = question_sum(
            s->asked.scan, filter,
            by == GROUP_PATH && s->query->by_full_path ? GROUP_FULL_PATH : by,
            (size_t)s->query->limit, &out->groups, error);
    }
    out->duration_us = clock_monotonic_us() - start_us;
    return status;
}

static question_filter archive_filter(const struct shadowing *s)
{
    question_filter filter = s->asked.filter;
    filter.archived = &s->sides.archived;
    return filter;
}

static const covered no_days;

static question_filter database_filter(const struct shadowing *s)
{
    question_filter filter = s->asked.filter;
    filter.archived = &no_days;
    filter.live = &s->sides.compared;
    return filter;
}

static pqt_status answer_both(struct shadowing *s, pqt_error *error)
{
    const question_filter by_archive = archive_filter(s);
    const question_filter by_database = database_filter(s);
    TRY(answer(s, &by_archive, &s->archive, error));
    return answer(s, &by_database, &s->database, error);
}

/* --- Comparing --- */

static const char *show_group(const struct answer *a, size_t at, char text[160])
{
    if (at >= a->groups.count) return "no such row";
    const group *g = &a->groups.groups[at];
    if (g->is_null)
        snprintf(text, 160, "%" PRId64 " views of none", g->views);
    else
        snprintf(text, 160, "%" PRId64 " views of '%.*s'", g->views,
                 (int)(g->key.size_bytes > 100 ? 100 : g->key.size_bytes),
                 (const char *)g->key.data);
    return text;
}

static void note_group(struct shadowing *s, size_t at)
{
    char left[160], right[160];
    if (s->out->rows_different++ > 0) return;
    snprintf(s->out->message, sizeof s->out->message,
             "row %zu: the archive has %s, the database %s", at + 1,
             show_group(&s->archive, at, left), show_group(&s->database, at, right));
}

static void compare_groups(struct shadowing *s)
{
    const group_table *left = &s->archive.groups, *right = &s->database.groups;
    const size_t most = left->count > right->count ? left->count : right->count;
    s->out->rows = (int64_t)right->count;
    for (size_t i = 0; i < most; i++) {
        const bool both = i < left->count && i < right->count;
        if (both && left->groups[i].views == right->groups[i].views &&
            left->groups[i].is_null == right->groups[i].is_null &&
            view_equal(left->groups[i].key, right->groups[i].key))
            continue;
        note_group(s, i);
    }
}

/* Days whose sums differ; `tells` them as the answer's rows. */
static void compare_days(struct shadowing *s, const int64_t *left, const int64_t *right,
                         bool tells)
{
    const int64_t days = (int64_t)s->out->until - s->out->since + 1;
    for (int64_t i = 0; i < days; i++) {
        char date[DATE_TEXT_BYTES];
        if (left[i] == right[i]) continue;
        if (s->of.different_day_count < DIFFERENT_DAYS_SHOWN)
            s->of.different_days[s->of.different_day_count++] =
                (int32_t)(s->out->since + i);
        if (!tells || s->out->rows_different++ > 0) continue;
        date_text((int32_t)(s->out->since + i), date);
        snprintf(s->out->message, sizeof s->out->message,
                 "%s: the archive has %" PRId64 " views, the database %" PRId64, date,
                 left[i], right[i]);
    }
}

/* Which days a difference comes from. */
static pqt_status find_days(struct shadowing *s, pqt_error *error)
{
    const question_filter by_archive = archive_filter(s);
    const question_filter by_database = database_filter(s);
    int64_t *left = NULL, *right = NULL;
    pqt_status status = ask_days(s, &by_archive, &left, error);
    if (status == PQT_OK) status = ask_days(s, &by_database, &right, error);
    if (status == PQT_OK) compare_days(s, left, right, false);
    alloc_release(NULL, left);
    alloc_release(NULL, right);
    return status;
}

static pqt_status compare(struct shadowing *s, pqt_error *error)
{
    if (questions[s->question].is_days) {
        s->out->rows = s->out->days_compared;
        compare_days(s, s->archive.days, s->database.days, true);
        return PQT_OK;
    }
    compare_groups(s);
    return s->out->rows_different ? find_days(s, error) : PQT_OK;
}

/* --- The whole --- */

static void end_shadowing(struct shadowing *s)
{
    group_table_free(&s->archive.groups);
    group_table_free(&s->database.groups);
    alloc_release(NULL, s->archive.days);
    alloc_release(NULL, s->database.days);
    covered_free(&s->sides.archived);
    covered_free(&s->sides.compared);
    asked_end(&s->asked);
}

static pqt_status run(pqa_archive *archive, struct shadowing *s, pqt_error *error)
{
    const int64_t start_us = clock_monotonic_us();
    TRY(asked_begin(archive, s->query, questions[s->question].status, &s->asked, error));
    const int64_t opening_us = clock_monotonic_us() - start_us;
    s->out->project_id = s->asked.filter.project_id;
    TRY(choose_days(s, error));
    if (s->asked.has_project) {
        TRY(answer_both(s, error));
        TRY(compare(s, error));
    }
    s->out->archive_us = opening_us + s->archive.duration_us;
    s->out->database_us = s->database.duration_us;
    s->out->is_equal = s->out->rows_different == 0;
    return PQT_OK;
}

static pqt_status check_question(pqa_question question, pqt_error *error)
{
    if ((int)question >= 0 && (int)question < QUESTION_COUNT) return PQT_OK;
    return error_set(error, PQT_INVALID, "a question of number %d", (int)question);
}

static pqa_shadowed nothing_compared(pqa_question question, const pqa_query *query)
{
    return (pqa_shadowed){.question = question,
                          .project_id = query->has_project_id ? query->project_id : 0,
                          .since = query->since,
                          .until = query->until};
}

static int16_t asked_status(pqa_question question, const pqa_query *query)
{
    return query->status ? query->status : questions[question].status;
}

/* A question that had no answer is evidence, too; one that was stopped is not. */
static pqt_status keep_evidence(const pqa_shadow_options *options, shadow_case *of,
                                pqt_status status, pqt_error *error)
{
    if (!options || !options->evidence_file || status == PQT_CANCELLED) return status;
    if (status == PQT_OK) return shadow_evidence_append(options, of, error);
    of->failure = error->message;
    shadow_evidence_append(options, of, NULL);
    return status;
}

pqt_status pqa_shadow(pqa_archive *archive, pqa_question question, const pqa_query *query,
                      const pqa_shadow_options *options, pqa_shadowed *out,
                      pqt_error *error)
{
    TRY(check_question(question, error));
    pqa_query live = *query;
    live.live = true;
    pqt_error failure = {0};
    pqa_shadowed compared = nothing_compared(question, query);
    struct shadowing s = {.query = &live, .question = question, .out = &compared};
    s.of = (shadow_case){
        .query = &live, .compared = &compared, .status = asked_status(question, query)};
    pqt_status status = run(archive, &s, &failure);
    status = keep_evidence(options, &s.of, status, &failure);
    end_shadowing(&s);
    if (status == PQT_OK)
        *out = compared;
    else if (error)
        *error = failure;
    return status;
}

pqt_status pqa_shadow_failed(pqa_question question, const pqa_query *query,
                             const char *message, const pqa_shadow_options *options,
                             pqt_error *error)
{
    TRY(check_question(question, error));
    const pqa_shadowed compared = nothing_compared(question, query);
    const shadow_case of = {.query = query,
                            .compared = &compared,
                            .status = asked_status(question, query),
                            .failure = message};
    return shadow_evidence_append(options, &of, error);
}

/* --- At random --- */

static pqt_status choose_project(pqa_archive *archive, arena *memory, source_slug *out,
                                 pqt_error *error)
{
    source *from = NULL;
    source_slugs all = {0};
    TRY(handle_snapshot(archive, &from, error));
    pqt_status status = source_project_slugs(from, &all, error);
    if (status == PQT_OK && all.count == 0)
        status = error_set(error, PQT_NOT_FOUND, "the database has no projects");
    if (status == PQT_OK) {
        *out = all.slugs[random_number() % all.count];
        const char *copy = arena_text(memory, out->slug);
        if (!copy)
            status = error_no_memory(error, out->slug.size_bytes);
        else
            out->slug = view_text(copy);
    }
    source_end(from, NULL);
    return status;
}

static pqa_query random_query(const source_slug *project, int32_t since, int32_t until)
{
    const uint64_t days = (uint64_t)((int64_t)until - since + 1);
    const int32_t a = since + (int32_t)(random_number() % days);
    const int32_t b = since + (int32_t)(random_number() % days);
    return (pqa_query){.has_project_id = true,
                       .project = (const char *)project->slug.data,
                       .project_id = project->id,
                       .since = a < b ? a : b,
                       .until = a < b ? b : a,
                       .limit = random_number() % 2 ? 0 : 25,
                       .by_full_path = random_number() % 4 == 0};
}

pqt_status pqa_shadow_random(pqa_archive *archive, int32_t count, int32_t since,
                             int32_t until, const pqa_shadow_options *options,
                             pqa_shadowed_callback callback, void *self, pqt_error *error)
{
    if (until < since)
        return error_set(error, PQT_INVALID, "the last day is before the first");
    for (int32_t i = 0; i < count; i++) {
        arena memory = {0};
        source_slug project;
        pqa_shadowed compared;
        pqt_status status = choose_project(archive, &memory, &project, error);
        if (status == PQT_OK) {
            const pqa_query query = random_query(&project, since, until);
            const pqa_question question =
                (pqa_question)(random_number() % QUESTION_COUNT);
            status = pqa_shadow(archive, question, &query, options, &compared, error);
            if (status == PQT_OK && callback) callback(self, &compared, query.project);
        }
        arena_free(&memory);
        TRY(status);
    }
    return PQT_OK;
}
