/* Entries of data files kept outside the log, as the log's add actions have them: a line
 * each. */
#ifndef DELTA_FILE_LIST_H
#define DELTA_FILE_LIST_H

#include "delta/delta.h"

/* Appends the file's line. */
pqt_status file_list_append(const delta_file *file, buffer *out, pqt_error *error);

/* Reads all lines into the arena. CORRUPT, naming the line, for what is no such text;
 * `name` is for messages. */
pqt_status file_list_parse(pqt_view text, const char *name, arena *memory,
                           delta_file **files, size_t *count, pqt_error *error);

#endif
