/* FileMetaData of the footer (parquet.thrift). */
#ifndef PARQUET_METADATA_H
#define PARQUET_METADATA_H

#include "base/arena.h"
#include "parquet/thrift_reader.h"
#include "pqt.h"

/*
 * Reads and checks a footer of a file whose data end at byte `data_bytes`. Arrays are in
 * the arena; views of statistics and key-values show `footer`, which must live as long.
 */
pqt_status metadata_read(pqt_view footer, uint64_t data_bytes, arena *memory,
                         pqt_file_metadata *out, pqt_error *error);

/* The bytes of a chunk's pages, the dictionary page included. */
pqt_byte_range metadata_chunk_range(const pqt_column_chunk *chunk);

#endif
