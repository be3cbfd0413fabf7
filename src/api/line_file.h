/*
 * A file of lines, the newest last, of which the last ones are kept.
 *
 * Memory: the file, at most 64 MiB. Two processes that append at the same moment may lose
 * the line of one of them.
 */
#ifndef API_LINE_FILE_H
#define API_LINE_FILE_H

#include "base/buffer.h"

/* Appends a line (given without its end) and drops what is more than `most` lines back; a
 * file that is not there is made. The file is replaced in one step. */
pqt_status line_file_append(const char *path, pqt_view line, int most, pqt_error *error);

/* Calls back for every line, oldest first. NOT_FOUND where there is no such file. */
typedef void (*line_file_callback)(void *self, pqt_view line);
pqt_status line_file_read(const char *path, line_file_callback callback, void *self,
                          pqt_error *error);

#endif
