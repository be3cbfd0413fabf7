/* A file that is whole under its name, or not there at all. */
#ifndef BASE_OUTPUT_FILE_H
#define BASE_OUTPUT_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* All zero before output_file_create. */
typedef struct output_file {
    const char *path; /* must outlive it */
    const char *temporary;
    const char *directory;
    int descriptor;
    bool is_open;
    bool replaces;
    arena memory;
} output_file;

/*
 * Makes a file of another name in the directory of `path`. INVALID where `path` is there
 * and not to be replaced, or no regular file.
 */
pqt_status output_file_create(const char *path, bool replace, output_file *out,
                              pqt_error *error);

/* Appends; of the shape of pqt_output.write, `self` is the output_file. */
pqt_status output_file_write(void *self, const uint8_t *data, size_t size_bytes,
                             pqt_error *error);

/* Makes the bytes durable, gives them their name, and that too. INVALID where somebody
 * else took the name meanwhile. */
pqt_status output_file_publish(output_file *file, pqt_error *error);

/* Makes `content` the whole file of that name, be there one or not. */
pqt_status output_file_replace(const char *path, pqt_view content, pqt_error *error);

/* Frees; removes what was not published. All zero is fine. */
void output_file_free(output_file *file);

#endif
