/*
 * Taking the proof of concept's Parquet files into the archive.
 *
 * Memory: an export's (archive/export.h), of which the joining of double rows has half,
 * and import_files.h's.
 */
#ifndef ARCHIVE_IMPORT_H
#define ARCHIVE_IMPORT_H

#include "archive/export.h"
#include "archive/import_files.h"

typedef struct import_request {
    const import_place *places;
    size_t place_count;
    const pqa_import_options *options; /* its paths are not looked at */
    pqa_imported_callback callback;
    void *self;
} import_request;

/* As pqa_import_files. The context's source is the site's database, or NULL. */
pqt_status archive_import(const export_context *context, const import_request *request,
                          pqt_error *error);

#endif
