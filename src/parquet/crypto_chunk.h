/* The modules of one column chunk: all are sealed with its key, at its place. */
#ifndef PARQUET_CRYPTO_CHUNK_H
#define PARQUET_CRYPTO_CHUNK_H

#include "parquet/crypto_module.h"

/* All zero: the chunk is not encrypted. Key and file_aad are the file's. */
typedef struct crypto_chunk {
    const pqt_key *key;
    pqt_view file_aad;
    bool use_ctr; /* for pages */
    uint16_t row_group;
    uint16_t column;
} crypto_chunk;

/* `page` is the ordinal of a data page, else it is not looked at. */
crypto_seal crypto_chunk_seal(const crypto_chunk *chunk, crypto_module_type type,
                              uint16_t page);

#endif
