/*
 * A file of lines of JSON, the newest last, of which the last ones are kept.
 *
 * Memory: the file, at most 64 MiB. Processes and threads may append at the same time: no
 * line is lost.
 */
#ifndef API_JSON_LINES_H
#define API_JSON_LINES_H

#include <jansson.h>

#include "base/error.h"

/* Appends a value, which it takes over (NULL: there was no memory for it); a file that is
 * not there is made. At least the last `most` lines are kept: where there are an eighth
 * more, older ones are dropped, by replacing the file in one step. */
pqt_status json_lines_append(const char *path, json_t *value, int most, pqt_error *error);

/* Calls back for every line that is JSON, oldest first; others are passed over. NOT_FOUND
 * where there is no such file. */
typedef void (*json_lines_callback)(void *self, const json_t *value);
pqt_status json_lines_read(const char *path, json_lines_callback callback, void *self,
                           pqt_error *error);

/* So much of a text as JSON can hold: it may be cut within a character, or no UTF-8. */
size_t json_text_bytes(const char *text);

#endif
