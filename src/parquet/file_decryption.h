/*
 * The keys of an encrypted file, asked for while it is opened, and what they open: the
 * footer, and the metadata of column chunks. All zero: a file that is not encrypted.
 */
#ifndef PARQUET_FILE_DECRYPTION_H
#define PARQUET_FILE_DECRYPTION_H

#include "base/arena.h"
#include "parquet/crypto_chunk.h"
#include "parquet/crypto_metadata.h"
#include "pqt.h"

/* A key that was asked for; size 0: there is none. */
typedef struct asked_key {
    bool is_asked;
    pqt_key key;
} asked_key;

typedef struct file_decryption {
    const pqt_decryption *source; /* the caller's, while the file is opened */
    arena *memory;                /* of the file */
    const pqt_allocator *allocator;
    crypto_algorithm algorithm;
    pqt_view file_aad;
    asked_key footer_key;
    asked_key *column_keys; /* one a column; NULL: none was asked for */
    int32_t column_count;
    crypto_footer footer;
    crypto_context context; /* while the file is opened */
} file_decryption;

/* An encrypted footer: FileCryptoMetaData, and the module whose plain bytes are put into
 * the arena. DENIED without the key. */
pqt_status file_decryption_footer(file_decryption *d, pqt_view bytes, pqt_view *plain,
                                  pqt_error *error);

/*
 * After metadata_read of a footer of `bytes`: checks the signature of a plaintext footer
 * where its key is known, and decrypts the metadata of column chunks. Chunks without a
 * key become hidden.
 */
pqt_status file_decryption_columns(file_decryption *d, pqt_view bytes,
                                   pqt_file_metadata *metadata, pqt_error *error);

/* How the modules of a chunk are sealed; *out is all zero where they are not. DENIED for
 * a hidden chunk, which the message does not name. */
pqt_status file_decryption_chunk(const file_decryption *d,
                                 const pqt_file_metadata *metadata, int32_t row_group,
                                 int32_t column, crypto_chunk *out, pqt_error *error);

/* After the file was opened: the caller's pqt_decryption is not looked at again. */
void file_decryption_end_opening(file_decryption *d);

/* Zeroes the keys and frees. */
void file_decryption_free(file_decryption *d);

#endif
