#include "api/asked.h"
#include "base/alloc.h"

/* Hands the table over, or frees it after a failure; the question is answered. */
static pqt_status finish(asked *a, result *r, pqt_status status, pqa_table *out)
{
    asked_end(a);
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
    asked a;
    group_table groups = {0};
    result *r = NULL;
    pqt_status status = asked_begin(archive, query, kind->status, &a, error);
    if (status == PQT_OK) status = result_create(columns, 2, &r, error);
    if (status == PQT_OK && a.has_project)
        status = question_sum(a.scan, &a.filter, kind->by, (size_t)query->limit, &groups,
                              error);
    if (status == PQT_OK) status = fill_groups(&groups, r, error);
    if (status == PQT_OK) status = asked_note(&a, query, groups.count == 0, r, error);
    group_table_free(&groups);
    return finish(&a, r, status, out);
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
    return ask_paths(archive, query, ASKED_STATUS, out, error);
}

pqt_status pqa_not_found(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                         pqt_error *error)
{
    return ask_paths(archive, query, ASKED_NOT_FOUND_STATUS, out, error);
}

pqt_status pqa_versions(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                        pqt_error *error)
{
    const struct sum_kind by_version = {GROUP_VERSION, "version", ASKED_STATUS};
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
    const size_t days = (size_t)((int64_t)query->until - query->since + 1);
    asked a;
    result *r = NULL;
    int64_t *views = NULL;
    pqt_status status = asked_begin(archive, query, ASKED_STATUS, &a, error);
    if (status == PQT_OK) status = result_create(columns, 2, &r, error);
    if (status == PQT_OK && !(views = alloc_zeroed(NULL, days, sizeof *views)))
        status = error_no_memory(error, days * sizeof *views);
    if (status == PQT_OK && a.has_project)
        status = question_days(a.scan, &a.filter, views, error);
    if (status == PQT_OK && a.has_project) status = fill_days(query, views, r, error);
    if (status == PQT_OK) status = asked_note(&a, query, false, r, error);
    alloc_release(NULL, views);
    return finish(&a, r, status, out);
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
    asked a;
    view_rows rows = {0};
    result *r = NULL;
    pqt_status status = asked_begin(archive, query, ASKED_STATUS, &a, error);
    if (status == PQT_OK) status = result_create(columns, 4, &r, error);
    if (status == PQT_OK && a.has_project)
        status = question_views(a.scan, &a.filter, &rows, error);
    if (status == PQT_OK) status = fill_views(&rows, query->limit, r, error);
    if (status == PQT_OK) status = asked_note(&a, query, rows.count == 0, r, error);
    view_rows_free(&rows);
    return finish(&a, r, status, out);
}

/* --- Rows with all columns --- */

static void put_details(const view_row *row, int32_t project_id, result_value *values)
{
    const view_details *d = row->details;
    const result_value all[] = {{.number = d->id},
                                {.number = project_id},
                                {.text = d->project_slug},
                                {.number = d->version_id, .is_null = !d->has_version_id},
                                {.text = row->version, .is_null = !row->has_version},
                                {.text = row->path},
                                {.text = d->full_path, .is_null = !d->has_full_path},
                                {.number = row->views},
                                {.number = row->date},
                                {.number = d->status}};
    memcpy(values, all, sizeof all);
}

static pqt_status fill_rows(const view_rows *rows, const asked *a, int64_t limit,
                            result *r, pqt_error *error)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (limit > 0 && (int64_t)i >= limit) break;
        result_value values[COLUMN_COUNT];
        put_details(&rows->rows[i], a->filter.project_id, values);
        TRY(result_append(r, values, error));
    }
    return PQT_OK;
}

pqt_status pqa_rows(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                    pqt_error *error)
{
    static const result_column columns[] = {
        {"id", PQA_INT64},         {"project_id", PQA_INT64},  {"project_slug", PQA_TEXT},
        {"version_id", PQA_INT64}, {"version_slug", PQA_TEXT}, {"path", PQA_TEXT},
        {"full_path", PQA_TEXT},   {"view_count", PQA_INT64},  {"date", PQA_DATE},
        {"status", PQA_INT64}};
    if (query->live)
        return error_set(error, PQT_INVALID,
                         "rows with all columns are the archive's; live days are not "
                         "among them: ask for views");
    asked a;
    view_rows rows = {0};
    result *r = NULL;
    pqt_status status = asked_begin(archive, query, ASKED_STATUS, &a, error);
    if (status == PQT_OK) status = result_create(columns, COLUMN_COUNT, &r, error);
    if (status == PQT_OK) a.filter.with_details = true;
    if (status == PQT_OK && a.has_project)
        status = question_views(a.scan, &a.filter, &rows, error);
    if (status == PQT_OK) status = fill_rows(&rows, &a, query->limit, r, error);
    if (status == PQT_OK) status = asked_note(&a, query, rows.count == 0, r, error);
    view_rows_free(&rows);
    return finish(&a, r, status, out);
}
