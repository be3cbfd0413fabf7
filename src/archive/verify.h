/* Checking what the archive holds, and whether it holds all that the database does. */
#ifndef ARCHIVE_VERIFY_H
#define ARCHIVE_VERIFY_H

#include "archive/export.h"

/* As pqa_verify. `context->source` may be NULL without against_database. */
pqt_status archive_verify(const export_context *context,
                          const pqa_verify_options *options,
                          pqa_verified_callback callback, void *self, pqt_error *error);

#endif
