/* Repetition or definition levels of the page being written (Encodings.md, RLE). */
#ifndef PARQUET_LEVEL_WRITER_H
#define PARQUET_LEVEL_WRITER_H

#include <stdbool.h>

#include "base/buffer.h"

typedef struct level_writer {
    uint16_t max_level; /* 0: none are written */
    buffer levels;      /* uint32_t each */
} level_writer;

/* Adds `count` levels, or `count` times the same one. */
pqt_status level_writer_add(level_writer *w, const uint16_t *levels, size_t count,
                            pqt_error *error);
pqt_status level_writer_add_same(level_writer *w, uint32_t level, size_t count,
                                 pqt_error *error);

/* Adds a level for each of `count` bits from bit `at` on: 1 where it is set, else 0. */
pqt_status level_writer_add_bits(level_writer *w, const uint8_t *bits, size_t at,
                                 size_t count, pqt_error *error);

/* Adds how often each level is in the page to `histogram`, of max_level + 1 entries. */
void level_writer_count(const level_writer *w, int64_t *histogram);

/*
 * Appends the page's levels, with their length before them if asked for; then there are
 * none. `is_compressed`: a codec follows.
 */
typedef struct level_format {
    bool has_length; /* of 4 bytes before them: v1 pages */
    bool is_compressed;
} level_format;
pqt_status level_writer_finish(level_writer *w, level_format format, buffer *out,
                               pqt_error *error);

#endif
