/* A file of the archive: its names in the store, putting it there, and its entry in the
 * log. */
#ifndef ARCHIVE_DAY_FILE_H
#define ARCHIVE_DAY_FILE_H

#include "archive/day.h"
#include "archive/file_writer.h"
#include "store/store.h"

/*
 * Puts a written and checked file under the day's name: the plain one where it is free;
 * where an object with the same bytes is there it is adopted; otherwise the next
 * revision's name with the file's hash. A name that the log has (`live`, which may be NULL)
 * is free only for the bytes that it is of: the object may be lost. `*path` (relative to the
 * table, in the arena) is where it is.
 */
pqt_status day_file_put(store *s, const delta_snapshot *live, int32_t date,
                        const written_file *file, arena *memory, const char **path,
                        pqt_error *error);

/* As day_file_put for a file of several days: it takes the name of the month of `date`,
 * and as much of its hash as nobody else's has. */
pqt_status month_file_put(store *s, int32_t date, const written_file *file, arena *memory,
                          const char **path, pqt_error *error);

/* "2026/01/15/pageviews_2026-01-15.parquet", in the arena. */
pqt_status day_file_name(int32_t date, arena *memory, const char **out, pqt_error *error);

/* Compares the object that was put with the file, byte for byte by its hash: before files
 * are replaced that hold what nobody else has any more. CORRUPT where it is another. */
pqt_status day_file_read_back(store *s, const char *path, const written_file *file,
                              pqt_error *error);

/* Whether a path of the table is one that day_file_put or month_file_put makes. */
bool data_file_is_ours(const char *path);
/* ... that the proof of concept gives, too: a day's, without a hash. */
bool data_file_may_be_foreign(const char *path);

/* Size and SHA-256 of a file of the table, read back from the store. */
pqt_status day_file_hash(store *s, const char *path, uint64_t *size_bytes,
                         char text[SHA256_TEXT_BYTES], pqt_error *error);

/* The log's entry, in the arena: statistics of every column and our tags. */
pqt_status day_file_entry(const written_file *file, const archive_sum *sum,
                          const char *path, arena *memory, delta_file *out,
                          pqt_error *error);

#endif
