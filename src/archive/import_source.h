/* The files of an import as a source of rows, for the export: what goes into the archive
 * from them is sorted, merged, checked and committed as what comes from a database is. */
#ifndef ARCHIVE_IMPORT_SOURCE_H
#define ARCHIVE_IMPORT_SOURCE_H

#include "archive/import_doubles.h"
#include "archive/import_files.h"

/*
 * `files`, which were surveyed, and what `sorting` names must outlive the source;
 * rows_doubled of the files is counted while rows are read. Slugs of `database` (NULL:
 * none) come before the files', and its identity is the source's; it is asked now, not
 * later. The caller closes.
 */
pqt_status import_source_open(import_files *files, source *database,
                              const sorter_options *sorting, source **out,
                              pqt_error *error);

#endif
