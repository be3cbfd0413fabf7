/* An open file: its input, footer, and the page indexes that were loaded. */
#ifndef PARQUET_READER_H
#define PARQUET_READER_H

#include "base/arena.h"
#include "base/buffer.h"
#include "parquet/file_decryption.h"
#include "pqt.h"

struct pqt_reader {
    pqt_input input;
    pqt_view
        memory_bytes; /* the whole file where it is in memory; data NULL: it is not */
    bool is_near;     /* reading costs no round trip: nothing is fetched ahead */
    pqt_reader_options options; /* defaults filled in */
    buffer tail;                /* the last bytes of the file, from `tail_offset` */
    uint64_t tail_offset;
    pqt_file_metadata metadata;
    file_decryption decryption;
    pqt_page_index **page_indexes; /* row group * columns + column; NULL: not loaded */
    arena memory;
};

/* What the footer says is where a chunk's page index is. */
typedef struct page_index_bytes {
    pqt_view offset_index;
    pqt_view column_index;
} page_index_bytes;

/* pqt_reader_read_bytes for ranges that are ascending and apart, each to its own entry of
 * `outs`. */
pqt_status reader_read_many(const pqt_reader *reader, const pqt_byte_range *ranges,
                            size_t count, uint8_t *const *outs, pqt_error *error);

/* Whether all from the offset on is in the tail: the input need not be asked. */
bool reader_has_bytes(const pqt_reader *reader, uint64_t offset);

/* A page index of which the bytes are at hand; `column_index` has no data where there is
 * none. Arrays are in the arena, bounds show the bytes. */
pqt_status reader_make_page_index(const pqt_reader *reader, int32_t row_group,
                                  int32_t column, const page_index_bytes *bytes,
                                  arena *memory, pqt_page_index *out, pqt_error *error);

/* The schema's node of a column. */
const pqt_schema_node *reader_node(const pqt_reader *reader, int32_t column);

/* Puts the file, row group and column before an error's message; returns `status`. */
pqt_status reader_error_at(const pqt_reader *reader, int32_t row_group, int32_t column,
                           pqt_status status, pqt_error *error);

/* INVALID for a row group or column that the file has not. */
pqt_status reader_check_chunk(const pqt_reader *reader, int32_t row_group, int32_t column,
                              pqt_error *error);

#endif
