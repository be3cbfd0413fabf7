/* FileMetaData of the footer (parquet.thrift). */
#ifndef PARQUET_METADATA_H
#define PARQUET_METADATA_H

#include "base/arena.h"
#include "parquet/crypto_metadata.h"
#include "pqt.h"

/*
 * Reads a footer. Arrays are in the arena; views of statistics and key-values show
 * `footer`, which must live as long. Chunks whose ColumnMetaData is encrypted are left
 * without; what is needed to decrypt them is in `crypto`.
 */
pqt_status metadata_read(pqt_view footer, arena *memory, pqt_file_metadata *out,
                         crypto_footer *crypto, pqt_error *error);

/* Reads a ColumnMetaData that was encrypted into its chunk; as metadata_read. */
pqt_status metadata_read_column(pqt_view bytes, arena *memory, pqt_column_chunk *out,
                                pqt_error *error);

/* Checks the counts and offsets against each other, in a file whose data end at byte
 * `data_bytes`. */
pqt_status metadata_check(pqt_file_metadata *m, uint64_t data_bytes, pqt_error *error);

/* The bytes of a chunk's pages, the dictionary page included. */
pqt_byte_range metadata_chunk_range(const pqt_column_chunk *chunk);

#endif
