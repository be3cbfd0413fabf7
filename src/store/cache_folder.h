/*
 * A directory of the local disk with copies of bytes that are elsewhere too, for any
 * number of processes at once. A copy is had whole and as it was kept, or not at all:
 * each stands with its key and a checksum in a file of its own, which appears by rename.
 * Files that are damaged or another user's are left out and replaced.
 *
 * Kept in `objects` below the directory that was named: that is made with mode 0700, its
 * files with 0600, and nothing beside it is touched. What was not used for the longest
 * time goes where a new copy would not fit; the copies are never more than the limit by
 * more than one.
 *
 * Memory: one copy, while it is read or written; 64 bytes a copy while room is made.
 */
#ifndef STORE_CACHE_FOLDER_H
#define STORE_CACHE_FOLDER_H

#include <stdbool.h>

#include "base/buffer.h"

typedef struct cache_folder cache_folder;

/* The least limit, and the largest single copy. */
enum { CACHE_LEAST_BYTES = 1 << 20, CACHE_COPY_BYTES = 64 << 20 };

/*
 * Opens, and makes the directory. INVALID for a limit under CACHE_LEAST_BYTES. One that
 * cannot be made, written or trusted (another's, or others may write there) is no error:
 * it has nothing and keeps nothing. The caller closes; several threads may use it.
 */
pqt_status cache_folder_open(const char *directory, uint64_t limit_bytes,
                             cache_folder **out, pqt_error *error);
/* NULL is fine. */
void cache_folder_close(cache_folder *folder);

/* Appends the copy of that key, and says whether there is one. */
bool cache_folder_read(cache_folder *folder, const char *key, buffer *out);

/* Keeps a copy, in the place of an older one. Nothing is kept where the disk is full. */
void cache_folder_write(cache_folder *folder, const char *key, pqt_view bytes);

/* Removes the copies whose key `is_wanted` says, and those that cannot be read. IO where
 * one is left. */
typedef bool (*cache_key_test)(void *self, const char *key);
pqt_status cache_folder_forget(cache_folder *folder, cache_key_test is_wanted, void *self,
                               size_t *removed, pqt_error *error);

#endif
