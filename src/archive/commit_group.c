#include "archive/commit_group.h"

#include "base/alloc.h"
#include "base/clock.h"

enum { MOST_FILES = 16, MOST_DAYS = 400, MOST_ROWS = 1000000 };

pqt_status commit_group_add(commit_group *group, const delta_file *entry,
                            pqt_error *error)
{
    void *array = group->adds;
    if (alloc_grow(NULL, &array, &group->add_capacity, group->add_count + 1,
                   sizeof *group->adds) != 0)
        return error_no_memory(error, sizeof *group->adds);
    group->adds = array;
    group->adds[group->add_count++] = *entry;
    return PQT_OK;
}

static pqt_status remove_file(commit_group *group, const delta_file *file,
                              pqt_error *error)
{
    void *array = group->removes;
    if (alloc_grow(NULL, &array, &group->remove_capacity, group->remove_count + 1,
                   sizeof *group->removes) != 0)
        return error_no_memory(error, sizeof *group->removes);
    group->removes = array;
    group->removes[group->remove_count++] =
        (delta_remove){file->path, file->size_bytes, clock_wall_ms(), true};
    return PQT_OK;
}

pqt_status commit_group_replace(commit_group *group, int32_t first, int32_t last,
                                pqt_error *error)
{
    const delta_snapshot *current = group->table->current;
    for (int32_t i = 0; i < current->file_count; i++) {
        const delta_file *file = &current->files[i];
        if (file->row_count > 0 && file_touches(file, first, last))
            TRY(remove_file(group, file, error));
    }
    return PQT_OK;
}

pqt_status commit_group_cover(commit_group *group, int32_t date, pqt_error *error)
{
    if (covered_contains(&group->table->covered, date)) return PQT_OK;
    group->covers_more = true;
    return covered_add(&group->table->covered, date, date, error);
}

void commit_group_widen(commit_group *group, int32_t first, int32_t last)
{
    if (!group->has_dates) group->scope.first = first;
    group->has_dates = true;
    group->scope.last = last;
}

pqt_status commit_group_day(commit_group *group, const pqa_day *day, pqt_error *error)
{
    void *array = group->days;
    if (alloc_grow(NULL, &array, &group->day_capacity, group->day_count + 1,
                   sizeof *group->days) != 0)
        return error_no_memory(error, sizeof *group->days);
    group->days = array;
    group->days[group->day_count++] = *day;
    group->row_count += day->rows;
    return PQT_OK;
}

bool commit_group_is_full(const commit_group *group)
{
    return group->add_count >= MOST_FILES || group->day_count >= MOST_DAYS ||
           group->row_count >= MOST_ROWS;
}

static pqt_status commit(commit_group *group, pqt_error *error)
{
    const delta_changes changes = {.adds = group->adds,
                                   .add_count = (int32_t)group->add_count,
                                   .removes = group->removes,
                                   .remove_count = (int32_t)group->remove_count};
    if (group->dry_run || (group->add_count == 0 && !group->covers_more)) return PQT_OK;
    return archive_table_commit(group->table, &group->scope, &changes, error);
}

static void clear(commit_group *group)
{
    group->add_count = group->remove_count = group->day_count = 0;
    group->covers_more = group->has_dates = false;
    group->row_count = 0;
    arena_free(&group->memory);
}

pqt_status commit_group_flush(commit_group *group, int32_t *last, pqt_error *error)
{
    if (!group->has_dates) return PQT_OK;
    const pqt_status status = commit(group, error);
    for (size_t i = 0; status == PQT_OK && group->callback && i < group->day_count; i++)
        group->callback(group->callback_self, &group->days[i]);
    if (status == PQT_OK && last) *last = group->scope.last;
    clear(group);
    return status;
}

void commit_group_free(commit_group *group)
{
    clear(group);
    alloc_release(NULL, group->adds);
    alloc_release(NULL, group->removes);
    alloc_release(NULL, group->days);
    *group = (commit_group){0};
}
