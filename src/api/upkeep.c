#include "api/handle.h"
#include "archive/compact.h"
#include "archive/restore.h"
#include "archive/retention.h"
#include "archive/vacuum.h"
#include "base/clock.h"

/* What the archive's upkeep works with: no source. */
static pqt_status make_context(pqa_archive *archive, export_context *out,
                               pqt_error *error)
{
    store *held = NULL;
    TRY(handle_store(archive, &held, error));
    *out = (export_context){held, NULL, archive->pool, &archive->settings};
    return PQT_OK;
}

pqt_status pqa_prune(pqa_archive *archive, const pqa_prune_options *options,
                     pqa_pruned *out, pqt_error *error)
{
    export_context context;
    TRY(make_context(archive, &context, error));
    return archive_prune(&context, clock_wall_ms(), options, out, error);
}

pqt_status pqa_prune_undo(pqa_archive *archive, pqa_pruned *out, pqt_error *error)
{
    export_context context;
    TRY(make_context(archive, &context, error));
    return archive_prune_undo(&context, clock_wall_ms(), out, error);
}

pqt_status pqa_vacuum(pqa_archive *archive, bool remove, pqa_vacuum_report *report,
                      pqt_error *error)
{
    export_context context;
    TRY(make_context(archive, &context, error));
    return archive_vacuum(&context, clock_wall_ms(), remove, report, error);
}

pqt_status pqa_compact(pqa_archive *archive, const pqa_compact_options *options,
                       pqa_compacted_callback callback, void *self, pqt_error *error)
{
    export_context context;
    TRY(make_context(archive, &context, error));
    return archive_compact(&context, clock_wall_ms(), options, callback, self, error);
}

/* The settings' source, or one of its own at another place. */
static pqt_status open_target(pqa_archive *archive, const char *to_db, source **own,
                              source **out, pqt_error *error)
{
    if (!to_db) return handle_source(archive, out, error);
    pqa_settings settings = archive->settings;
    settings.db = to_db;
    TRY(settings_open_source(&settings, own, error));
    *out = *own;
    return PQT_OK;
}

pqt_status pqa_restore(pqa_archive *archive, const pqa_restore_options *options,
                       pqa_restored_callback callback, void *self, pqt_error *error)
{
    export_context context;
    source *own = NULL;
    TRY(make_context(archive, &context, error));
    TRY(open_target(archive, options->to_db, &own, &context.source, error));
    const pqt_status status =
        archive_restore(&context, clock_wall_ms(), options, callback, self, error);
    source_close(own);
    return status;
}
