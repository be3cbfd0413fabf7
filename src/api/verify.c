#include "archive/verify.h"

#include "api/handle.h"

pqt_status pqa_verify(pqa_archive *archive, const pqa_verify_options *options,
                      pqa_verified_callback callback, void *self, pqt_error *error)
{
    source *from = NULL;
    store *held = NULL;
    TRY(handle_store(archive, &held, error));
    if (options->against_database) TRY(handle_source(archive, &from, error));
    const export_context context = {held, from, archive->pool, &archive->settings};
    return archive_verify(&context, options, callback, self, error);
}
