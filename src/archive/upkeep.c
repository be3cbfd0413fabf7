#include "archive/upkeep.h"

#include "table/row.h"

enum { CLOCK_SLACK_MS = 5 * 60 * 1000 };

static int64_t newest_time(const delta_snapshot *snapshot)
{
    int64_t newest = 0;
    for (int32_t i = 0; i < snapshot->file_count; i++)
        if (snapshot->files[i].modified_ms > newest)
            newest = snapshot->files[i].modified_ms;
    for (int32_t i = 0; i < snapshot->remove_count; i++)
        if (snapshot->removes[i].deleted_ms > newest)
            newest = snapshot->removes[i].deleted_ms;
    return newest;
}

/* Whoever counts days of grace by a wrong clock deletes too early. */
static pqt_status check_clock(const upkeep *u, pqt_error *error)
{
    const int64_t newest = newest_time(u->table.current);
    if (u->now_ms >= newest - CLOCK_SLACK_MS) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "this machine's clock is %lld minutes behind the archive's newest "
                     "file; set it right first",
                     (long long)((newest - u->now_ms) / 60000));
}

pqt_status upkeep_begin(upkeep *u, const export_context *context, int64_t now_ms,
                        bool unlocked, pqt_error *error)
{
    *u = (upkeep){
        .context = context,
        .now_ms = now_ms,
        .table = {.store = context->store, .progress = context->settings->progress}};
    if (!unlocked) TRY(store_lock(context->store, "writer", &u->lock, error));
    TRY(archive_table_read(&u->table, error));
    if (!u->table.current)
        return error_set(error, PQT_NOT_FOUND, "there is no archive in %s yet",
                         context->store->name);
    return check_clock(u, error);
}

void upkeep_end(upkeep *u)
{
    archive_table_free(&u->table);
    if (u->lock) store_unlock(u->context->store, u->lock);
    u->lock = NULL;
}

pqt_status upkeep_look_again(upkeep *u, pqt_error *error)
{
    TRY(progress_check(u->context->settings->progress, error));
    TRY(store_check_lock(u->context->store, u->lock, error));
    return delta_snapshot_update(u->context->store, ARCHIVE_ROOT, u->table.current,
                                 error);
}
