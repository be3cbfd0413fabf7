#include "archive/deletion.h"

#include "api/handle.h"

static pqt_status run_on(pqa_archive *archive, source *database,
                         const pqa_delete_options *options, pqa_deleted_callback callback,
                         void *self, pqt_error *error)
{
    source *from = NULL;
    store *to = archive->store;
    if (!options->dry_run) TRY(handle_store(archive, &to, error));
    TRY(handle_source(archive, &from, error));
    const export_context context = {to, from, archive->pool, &archive->settings};
    return archive_delete(&context, database, options, callback, self, error);
}

/* The database is opened anew, also where it is the one that is exported: its limits and
 * its transactions are others. */
pqt_status pqa_delete_exported(pqa_archive *archive, const pqa_delete_options *options,
                               pqa_deleted_callback callback, void *self,
                               pqt_error *error)
{
    source *database = NULL;
    TRY(settings_open_delete_source(&archive->settings, &database, error));
    const pqt_status status = run_on(archive, database, options, callback, self, error);
    source_close(database);
    return status;
}
