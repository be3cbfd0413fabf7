/* Files of the local disk: whole reads and writes, with the path in every message. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>

#include "base/buffer.h"

/* Writes all of it at the descriptor's position. `path` is for the message only. */
pqt_status file_write_all(int descriptor, const void *data, size_t size_bytes,
                          const char *path, pqt_error *error);

/* Where nameless files are made. */
typedef struct temporary_folder {
    const char *path;
    bool is_chosen; /* by --temporary-directory, which errors then advise */
} temporary_folder;

/* The same to a file that file_open_temporary made. */
pqt_status file_write_temporary(int descriptor, const void *data, size_t size_bytes,
                                const temporary_folder *folder, pqt_error *error);

/* Reads exactly `size_bytes` at `offset`; IO where the file ends before. */
pqt_status file_read_at(int descriptor, uint64_t offset, void *data, size_t size_bytes,
                        const char *path, pqt_error *error);

/* Appends the whole file to `out`; LIMIT where it is larger than `limit_bytes`. */
pqt_status file_read_whole(const char *path, size_t limit_bytes, buffer *out,
                           pqt_error *error);

/* fsync; an error is final (never retried: the data may be gone). */
pqt_status file_sync(int descriptor, const char *path, pqt_error *error);
/* fsync of a directory, so that names made in it outlive a power cut. */
pqt_status file_sync_directory(const char *path, pqt_error *error);

/* Makes the directory and those above it, each made durable. */
pqt_status file_make_directories(const char *path, pqt_error *error);

/*
 * Opens a new nameless file in `directory` for reading and writing; it vanishes when
 * closed, also when the process dies. The caller closes it.
 */
pqt_status file_open_temporary(const char *directory, int *descriptor, pqt_error *error);

#endif
