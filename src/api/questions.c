#include "query/question.h"

#include <stdio.h>

#include "api/handle.h"
#include "api/result.h"
#include "base/alloc.h"
#include "base/date.h"
#include "table/covered.h"

enum { DEFAULT_STATUS = 200, NOT_FOUND_STATUS = 404, MOST_DAYS = 100000 };

/* A question whose project is known, or is not. */
struct asked {
    scan *scan;
    question_filter filter;
    bool has_project;
    slug_answer answer;
};

static pqt_status check_query(const pqa_query *query, pqt_error *error)
{
    if (!query->project && !query->has_project_id)
        return error_set(error, PQT_INVALID, "no project: name one, or give its id");
    if (query->until < query->since)
        return error_set(error, PQT_INVALID, "the last day is before the first");
    if ((int64_t)query->until - query->since >= MOST_DAYS)
        return error_set(error, PQT_LIMIT, "more than %d days at once", MOST_DAYS);
    if (query->limit < 0)
        return error_set(error, PQT_INVALID, "a limit of %lld rows",
                         (long long)query->limit);
    return PQT_OK;
}

/* The database knows who bears a slug now; where it cannot be asked, or does not know,
 * the archive says who bore it last. */
static bool ask_database(pqa_archive *archive, pqt_view slug, int32_t *project_id)
{
    source *from = NULL;
    bool found = false;
    if (!archive->settings.db || handle_source(archive, &from, NULL) != PQT_OK)
        return false;
    return source_resolve_slug(from, slug, project_id, &found, NULL) == PQT_OK && found;
}

static pqt_status resolve(pqa_archive *archive, const pqa_query *query,
                          struct asked *asked, pqt_error *error)
{
    asked->has_project = true;
    asked->filter.project_id = query->project_id;
    if (query->has_project_id) return PQT_OK;
    const slug_request request = {view_text(query->project), query->since, query->until};
    int32_t id = 0;
    TRY(scan_find_slug(asked->scan, &request, &asked->answer, error));
    if (ask_database(archive, request.slug, &id)) {
        asked->filter.project_id = id;
        return PQT_OK;
    }
    asked->has_project = asked->answer.found;
    asked->filter.project_id = asked->answer.project_id;
    return PQT_OK;
}

static pqt_status start(pqa_archive *archive, const pqa_query *query, int16_t status,
                        struct asked *asked, pqt_error *error)
{
    *asked = (struct asked){0};
    TRY(check_query(query, error));
    TRY(handle_question_scan(archive, &asked->scan, error));
    asked->filter = (question_filter){
        .since = query->since,
        .until = query->until,
        .any_status = query->any_status,
        .status = query->status ? query->status : status,
        .has_version = query->project_version != NULL,
    };
    if (query->project_version)
        asked->filter.version_slug = view_text(query->project_version);
    return resolve(archive, query, asked, error);
}

/* --- Notes --- */

static pqt_status note_covered(const struct asked *asked, const pqa_query *query,
                               result *r, pqt_error *error)
{
    const char *text = delta_configuration(asked->scan->snapshot, KEY_COVERED);
    char name[100];
    if (query->has_project_id)
        snprintf(name, sizeof name, "with id %d", query->project_id);
    else
        snprintf(name, sizeof name, "'%.80s'", query->project);
    return result_note(r, error, "no project %s in the archive, which covers %s", name,
                       text && *text ? text : "no day yet");
}

static pqt_status note_others(const struct asked *asked, const pqa_query *query,
                              result *r, pqt_error *error)
{
    char ids[200] = "";
    size_t used = 0;
    size_t count = 0;
    const slug_answer *answer = &asked->answer;
    for (size_t i = 0; i <= answer->other_count && i <= SLUG_OTHERS_SHOWN; i++) {
        const int32_t id = i == 0 ? answer->project_id : answer->others[i - 1];
        if (id == asked->filter.project_id) continue;
        used +=
            (size_t)snprintf(ids + used, sizeof ids - used, "%s%d", used ? ", " : "", id);
        count++;
    }
    if (count == 0) return PQT_OK;
    return result_note(
        r, error,
        "'%.80s' has been the slug of several projects; this is project %d, "
        "others: %s (choose with --project-id)",
        query->project, asked->filter.project_id, ids);
}

static pqt_status add_note(const struct asked *asked, const pqa_query *query, result *r,
                           bool is_empty, pqt_error *error)
{
    if (!asked->has_project || (is_empty && query->has_project_id))
        return note_covered(asked, query, r, error);
    if (asked->answer.found) return note_others(asked, query, r, error);
    return PQT_OK;
}

/* Hands the table over, or frees it after a failure. */
static pqt_status finish(result *r, pqt_status status, pqa_table *out)
{
    if (status == PQT_OK)
        result_finish(r, out);
    else
        result_free(r);
    return status;
}

/* --- Sums --- */

static pqt_status fill_groups(const group_table *groups, result *r, pqt_error *error)
{
    for (size_t i = 0; i < groups->count; i++) {
        const group *g = &groups->groups[i];
        const result_value row[] = {{.text = g->key, .is_null = g->is_null},
                                    {.number = g->views}};
        TRY(result_append(r, row, error));
    }
    return PQT_OK;
}

/* What a sum is by, the heading of its texts, and the status when none is given. */
struct sum_kind {
    question_group by;
    const char *name;
    int16_t status;
};

static pqt_status ask_sum(pqa_archive *archive, const pqa_query *query,
                          const struct sum_kind *kind, pqa_table *out, pqt_error *error)
{
    const result_column columns[] = {{kind->name, PQA_TEXT}, {"views", PQA_INT64}};
    struct asked asked;
    group_table groups = {0};
    result *r = NULL;
    TRY(start(archive, query, kind->status, &asked, error));
    TRY(result_create(columns, 2, &r, error));
    pqt_status status = PQT_OK;
    if (asked.has_project)
        status = question_sum(asked.scan, &asked.filter, kind->by, (size_t)query->limit,
                              &groups, error);
    if (status == PQT_OK) status = fill_groups(&groups, r, error);
    if (status == PQT_OK) status = add_note(&asked, query, r, groups.count == 0, error);
    group_table_free(&groups);
    return finish(r, status, out);
}

static pqt_status ask_paths(pqa_archive *archive, const pqa_query *query, int16_t status,
                            pqa_table *out, pqt_error *error)
{
    const struct sum_kind by_path = {GROUP_PATH, "path", status};
    const struct sum_kind by_full_path = {GROUP_FULL_PATH, "full_path", status};
    return ask_sum(archive, query, query->by_full_path ? &by_full_path : &by_path, out,
                   error);
}

pqt_status pqa_top(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                   pqt_error *error)
{
    return ask_paths(archive, query, DEFAULT_STATUS, out, error);
}

pqt_status pqa_not_found(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                         pqt_error *error)
{
    return ask_paths(archive, query, NOT_FOUND_STATUS, out, error);
}

pqt_status pqa_versions(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                        pqt_error *error)
{
    const struct sum_kind by_version = {GROUP_VERSION, "version", DEFAULT_STATUS};
    return ask_sum(archive, query, &by_version, out, error);
}

/* --- Days --- */

static pqt_status fill_days(const pqa_query *query, const int64_t *views, result *r,
                            pqt_error *error)
{
    const int64_t days = (int64_t)query->until - query->since + 1;
    for (int64_t i = 0; i < days; i++) {
        if (query->limit > 0 && i >= query->limit) break;
        const result_value row[] = {{.number = query->since + i}, {.number = views[i]}};
        TRY(result_append(r, row, error));
    }
    return PQT_OK;
}

pqt_status pqa_daily(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                     pqt_error *error)
{
    static const result_column columns[] = {{"date", PQA_DATE}, {"views", PQA_INT64}};
    struct asked asked;
    result *r = NULL;
    TRY(start(archive, query, DEFAULT_STATUS, &asked, error));
    const size_t days = (size_t)((int64_t)query->until - query->since + 1);
    int64_t *views = alloc_zeroed(NULL, days, sizeof *views);
    if (!views) return error_no_memory(error, days * sizeof *views);
    pqt_status status = result_create(columns, 2, &r, error);
    if (status == PQT_OK && asked.has_project)
        status = question_days(asked.scan, &asked.filter, views, error);
    if (status == PQT_OK && asked.has_project) status = fill_days(query, views, r, error);
    if (status == PQT_OK) status = add_note(&asked, query, r, false, error);
    alloc_release(NULL, views);
    return finish(r, status, out);
}

/* --- Rows --- */

static pqt_status fill_views(const view_rows *rows, int64_t limit, result *r,
                             pqt_error *error)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (limit > 0 && (int64_t)i >= limit) break;
        const view_row *row = &rows->rows[i];
        const result_value values[] = {
            {.number = row->date},
            {.text = row->version, .is_null = !row->has_version},
            {.text = row->path},
            {.number = row->views}};
        TRY(result_append(r, values, error));
    }
    return PQT_OK;
}

pqt_status pqa_views(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                     pqt_error *error)
{
    static const result_column columns[] = {{"date", PQA_DATE},
                                            {"version", PQA_TEXT},
                                            {"path", PQA_TEXT},
                                            {"views", PQA_INT64}};
    struct asked asked;
    view_rows rows = {0};
    result *r = NULL;
    TRY(start(archive, query, DEFAULT_STATUS, &asked, error));
    TRY(result_create(columns, 4, &r, error));
    pqt_status status = PQT_OK;
    if (asked.has_project)
        status = question_views(asked.scan, &asked.filter, &rows, error);
    if (status == PQT_OK) status = fill_views(&rows, query->limit, r, error);
    if (status == PQT_OK) status = add_note(&asked, query, r, rows.count == 0, error);
    view_rows_free(&rows);
    return finish(r, status, out);
}
