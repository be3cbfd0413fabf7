#include "api/handle.h"
#include "archive/compact.h"
#include "archive/copies.h"
#include "archive/forget.h"
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

pqt_status pqa_copies(pqa_archive *archive, const pqa_copies_options *options,
                      pqt_error *error)
{
    export_context context;
    TRY(make_context(archive, &context, error));
    if (options->copies.per_organization)
        TRY(handle_source(archive, &context.source, error));
    return archive_copies(&context, options, error);
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

/* The one project that ever bore the slug, by the archive. */
static pqt_status find_project(pqa_archive *archive, const char *slug, int32_t *out,
                               pqt_error *error)
{
    scan *sc = NULL;
    slug_answer answer;
    const slug_request request = {view_text(slug), INT32_MIN, INT32_MAX};
    TRY(handle_scan(archive, &sc, error));
    TRY(scan_find_slug(sc, &request, &answer, error));
    if (!answer.found)
        return error_set(error, PQT_NOT_FOUND,
                         "no project with the slug '%.60s' is in the archive's live "
                         "files; say --project-id to look for older ones",
                         slug);
    *out = answer.project_id;
    if (answer.other_count == 0) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "%zu projects bore the slug '%.60s', %d and %d among them: say "
                     "which by --project-id",
                     answer.other_count + 1, slug, answer.project_id, answer.others[0]);
}

pqt_status pqa_forget(pqa_archive *archive, const pqa_forget_options *options,
                      pqa_forgotten *out, pqt_error *error)
{
    export_context context;
    pqa_forget_options chosen = *options;
    TRY(make_context(archive, &context, error));
    if (!chosen.ignore_database)
        TRY(handle_source(archive, &context.source, error));
    if (chosen.project)
        TRY(find_project(archive, chosen.project, &chosen.project_id, error));
    TRY(archive_forget(&context, clock_wall_ms(), &chosen, out, error));
    return chosen.dry_run ? PQT_OK : handle_forget_copies(archive, error);
}
