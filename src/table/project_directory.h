/*
 * The project directory of an archive file: which rows are whose, as a block of the file
 * that stands before the page indexes (pqt_writer_add_block), so that it comes with the
 * footer in one read. A project is a few runs of rows; a run is 10 to 20 bytes.
 *
 *   "PQD1"; varint: number of runs; of each run, in the order of the rows:
 *     varint: bytes of the slug that are the slug's before; varint: bytes that follow;
 * they; varint, zigzag: project id less the one before; varint: rows 8 bytes, little
 * endian: XXH3-64 of all before
 *
 * It says nothing that the columns do not say; a file without one is read by them.
 */
#ifndef TABLE_PROJECT_DIRECTORY_H
#define TABLE_PROJECT_DIRECTORY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "pqt.h"

/* Its key in the file's metadata. */
#define PROJECT_DIRECTORY_KEY "pqa.projects"

/* A file of more runs, or of runs with more bytes of slugs, has none. */
enum {
    PROJECT_DIRECTORY_MOST_RUNS = 1 << 18,
    PROJECT_DIRECTORY_MOST_SLUG_BYTES = 8 << 20,
    PROJECT_DIRECTORY_MOST_BYTES = 16 << 20
};

typedef struct directory_run {
    int32_t project_id;
    pqt_view project_slug;
    int64_t row_count;
} directory_run;

/* Rows as they are written, one run after the other. All zero to begin. Memory: the
 * directory's bytes. */
typedef struct directory_writer {
    buffer runs;
    buffer slug; /* of the run that is open, and of the one before it */
    buffer slug_before;
    int32_t project_id;
    int32_t id_before;
    int64_t row_count; /* 0: no run is open */
    uint64_t run_count;
    size_t slug_bytes; /* of all runs */
    bool is_too_long;
} directory_writer;

/* Adds rows, to the last run where that is of the same project and slug. */
pqt_status directory_writer_add(directory_writer *writer, const directory_run *rows,
                                pqt_error *error);
/* Appends the directory to `out`; nothing where it became too long. */
pqt_status directory_writer_finish(directory_writer *writer, buffer *out,
                                   pqt_error *error);
void directory_writer_free(directory_writer *writer);

/*
 * The runs of a directory of a file with so many rows; slugs are copied to `memory`, at
 * most PROJECT_DIRECTORY_MOST_SLUG_BYTES. CORRUPT where it is not one, or damaged, or of
 * another number of rows.
 */
typedef struct project_directory {
    const directory_run *runs;
    size_t run_count;
} project_directory;
pqt_status project_directory_parse(pqt_view bytes, int64_t row_count, arena *memory,
                                   project_directory *out, pqt_error *error);
/* The directory of an open file; without runs where it has none. */
pqt_status project_directory_load(const pqt_reader *reader, arena *memory,
                                  project_directory *out, pqt_error *error);

#endif
