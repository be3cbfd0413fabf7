#include "archive/change_set.h"

#include "base/alloc.h"
#include "base/clock.h"

static pqt_status widen(change_set *set, const delta_file *file, pqt_error *error)
{
    int32_t first, last;
    if (file->row_count == 0) return PQT_OK;
    TRY(file_dates(file, &first, &last, error));
    if (!set->has_dates || first < set->first) set->first = first;
    if (!set->has_dates || last > set->last) set->last = last;
    set->has_dates = true;
    return PQT_OK;
}

pqt_status change_set_add(change_set *set, const delta_file *file, pqt_error *error)
{
    void *array = set->adds;
    TRY(widen(set, file, error));
    if (alloc_grow(NULL, &array, &set->add_capacity, set->add_count + 1,
                   sizeof *set->adds) != 0)
        return error_no_memory(error, sizeof *set->adds);
    set->adds = array;
    set->adds[set->add_count] = *file;
    set->adds[set->add_count++].data_change = !set->is_rearrangement;
    return PQT_OK;
}

pqt_status change_set_remove(change_set *set, const delta_file *file, pqt_error *error)
{
    void *array = set->removes;
    TRY(widen(set, file, error));
    if (alloc_grow(NULL, &array, &set->remove_capacity, set->remove_count + 1,
                   sizeof *set->removes) != 0)
        return error_no_memory(error, sizeof *set->removes);
    set->removes = array;
    set->removes[set->remove_count++] = (delta_remove){
        file->path, file->size_bytes, clock_wall_ms(), !set->is_rearrangement};
    return PQT_OK;
}

pqt_status change_set_commit(const change_set *set, archive_table *table,
                             const char *operation, const delta_pair *pairs,
                             int32_t pair_count, pqt_error *error)
{
    const commit_scope scope = {table->current, set->has_dates ? set->first : INT32_MAX,
                                set->has_dates ? set->last : INT32_MAX};
    const delta_changes changes = {.adds = set->adds,
                                   .add_count = (int32_t)set->add_count,
                                   .removes = set->removes,
                                   .remove_count = (int32_t)set->remove_count,
                                   .configuration = pairs,
                                   .configuration_count = pair_count,
                                   .operation = operation};
    return archive_table_commit(table, &scope, &changes, error);
}

void change_set_free(change_set *set)
{
    alloc_release(NULL, set->adds);
    alloc_release(NULL, set->removes);
    arena_free(&set->memory);
    *set = (change_set){0};
}
