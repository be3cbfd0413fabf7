/*
 * A file of the archive, read back from the store and proven: the bytes that the log
 * vouches for, decoded in full, and kept so that what is done on their word is done on
 * those very bytes.
 *
 * Memory: file_check's. Disk: a nameless copy of the file while it is open.
 */
#ifndef ARCHIVE_PROOF_H
#define ARCHIVE_PROOF_H

#include "archive/file_check.h"
#include "store/store.h"

/* Where the copy lies, who decodes, and what may stop it. */
typedef struct proof_tools {
    store *store;
    const char *directory;
    thread_pool *pool;
    const pqt_progress *progress;
} proof_tools;

typedef struct proof {
    char *path; /* in the table; NULL: nothing is proven */
    int descriptor;
    uint64_t size_bytes;
    pqt_reader *reader; /* of the copy */
    file_content content;
} proof;

/* Whether the log has size, hashes and counts of the file to hold it against. */
bool proof_is_possible(const delta_file *file);

/*
 * Reads the file back and proves it. CORRUPT where it is not there, or size, SHA-256,
 * rows, views, row hash, dates or order are not what the log says. `out` may be all zero
 * or a proof that was closed; the caller closes.
 */
pqt_status proof_open(const proof_tools *tools, const delta_file *file, proof *out,
                      pqt_error *error);
/* Is empty then. All zero is fine. */
void proof_close(proof *p);

#endif
