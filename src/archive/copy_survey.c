#include "archive/copy_survey.h"

#include "archive/day.h"
#include "archive/file_rows.h"
#include "base/alloc.h"

enum { MOST_LANES = 4 };

struct group_runs {
    copy_run *runs;
    size_t count, capacity;
    arena texts;
};

struct surveying {
    file_rows lanes[MOST_LANES];
    size_t lane_count;
    struct group_runs *groups;
    size_t group_count;
};

static pqt_status begin_run(struct group_runs *group, int32_t index, int64_t at,
                            const archive_row *row, pqt_error *error)
{
    void *array = group->runs;
    const pqt_view slug = arena_copy(&group->texts, row->project_slug);
    if (!slug.data || alloc_grow(NULL, &array, &group->capacity, group->count + 1,
                                 sizeof *group->runs) != 0)
        return error_no_memory(error, sizeof *group->runs);
    group->runs = array;
    group->runs[group->count++] = (copy_run){
        .row_group = index, .project_id = row->project_id, .first_row = at, .slug = slug};
    return PQT_OK;
}

static bool goes_on(const archive_row *last, const archive_row *row)
{
    return last->project_id == row->project_id &&
           view_equal(last->project_slug, row->project_slug);
}

static pqt_status survey_group(struct group_runs *group, file_rows *rows, int32_t index,
                               pqt_error *error)
{
    row_hasher hasher = {0};
    archive_row row, last = {0};
    TRY(file_rows_load(rows, index, error));
    for (int64_t i = 0; i < rows->count; i++) {
        file_rows_get(rows, i, &row);
        if (row.project_slug.size_bytes == 0) continue;
        if (group->count == 0 || !goes_on(&last, &row))
            TRY(begin_run(group, index, i, &row, error));
        archive_sum_add(&group->runs[group->count - 1].sum, row.view_count,
                        row_hasher_hash(&hasher, &row));
        last = row;
    }
    return PQT_OK;
}

static pqt_status survey_lane(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    struct surveying *s = self;
    for (size_t g = index; g < s->group_count; g += s->lane_count)
        TRY(survey_group(&s->groups[g], &s->lanes[index], (int32_t)g, error));
    return PQT_OK;
}

static pqt_status join_groups(const struct surveying *s, copy_survey *out,
                              pqt_error *error)
{
    size_t count = 0;
    for (size_t g = 0; g < s->group_count; g++) count += s->groups[g].count;
    out->runs = arena_alloc(&out->memory, count, sizeof *out->runs);
    if (!out->runs) return error_no_memory(error, count * sizeof *out->runs);
    for (size_t g = 0; g < s->group_count; g++) {
        for (size_t i = 0; i < s->groups[g].count; i++) {
            copy_run *run = &out->runs[out->count++];
            *run = s->groups[g].runs[i];
            run->slug = arena_copy(&out->memory, run->slug);
            if (!run->slug.data) return error_no_memory(error, 1);
        }
    }
    return PQT_OK;
}

static pqt_status survey(struct surveying *s, const pqt_reader *reader, const char *name,
                         thread_pool *pool, copy_survey *out, pqt_error *error)
{
    for (size_t i = 0; i < s->lane_count; i++)
        TRY(file_rows_open(reader, name, &s->lanes[i], error));
    TRY(thread_pool_run(pool, s->lane_count, survey_lane, s, error));
    return join_groups(s, out, error);
}

pqt_status copy_survey_read(const pqt_reader *reader, const char *name, thread_pool *pool,
                            copy_survey *out, pqt_error *error)
{
    const size_t threads = (size_t)thread_pool_size(pool);
    struct surveying s = {
        .lane_count = threads < MOST_LANES ? threads : MOST_LANES,
        .group_count = (size_t)pqt_reader_metadata(reader)->row_group_count};
    *out = (copy_survey){0};
    s.groups = alloc_zeroed(NULL, s.group_count, sizeof *s.groups);
    if (!s.groups) return error_no_memory(error, s.group_count * sizeof *s.groups);
    const pqt_status status = survey(&s, reader, name, pool, out, error);
    for (size_t i = 0; i < s.lane_count; i++) file_rows_free(&s.lanes[i]);
    for (size_t g = 0; g < s.group_count; g++) {
        alloc_release(NULL, s.groups[g].runs);
        arena_free(&s.groups[g].texts);
    }
    alloc_release(NULL, s.groups);
    return status;
}

void copy_survey_free(copy_survey *survey)
{
    arena_free(&survey->memory);
    *survey = (copy_survey){0};
}
