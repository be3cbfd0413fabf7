#include "archive/export.h"

#include "api/handle.h"

pqt_status pqa_export(pqa_archive *archive, const pqa_export_options *options,
                      pqa_day_callback callback, void *self, pqt_error *error)
{
    source *from = NULL;
    store *to = archive->store;
    if (!options->dry_run) TRY(handle_store(archive, &to, error));
    TRY(handle_source(archive, &from, error));
    const export_context context = {to, from, archive->pool, &archive->settings};
    return archive_export(&context, options, callback, self, error);
}
