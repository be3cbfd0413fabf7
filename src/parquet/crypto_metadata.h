/* What a file says of its encryption (parquet.thrift, Encryption.md 5.2). */
#ifndef PARQUET_CRYPTO_METADATA_H
#define PARQUET_CRYPTO_METADATA_H

#include "parquet/thrift_reader.h"
#include "parquet/thrift_writer.h"

/* EncryptionAlgorithm. Views show the footer; data NULL: absent. */
typedef struct crypto_algorithm {
    bool is_given; /* false: the file is not encrypted */
    bool use_ctr;
    pqt_view aad_prefix;
    pqt_view file_unique;
    bool must_supply_prefix;
} crypto_algorithm;

/* ColumnCryptoMetaData and the encrypted ColumnMetaData of a column chunk. */
typedef enum crypto_key_kind {
    CRYPTO_NO_KEY,
    CRYPTO_FOOTER_KEY,
    CRYPTO_COLUMN_KEY
} crypto_key_kind;

typedef struct crypto_column {
    crypto_key_kind kind;
    pqt_view key_metadata; /* data NULL: none */
    pqt_view metadata;     /* an encrypted module; data NULL: none */
    bool has_metadata;     /* plain */
} crypto_column;

typedef struct crypto_row_group {
    int32_t ordinal;        /* -1: not said */
    crypto_column *columns; /* NULL: none is encrypted */
} crypto_row_group;

/* What a plaintext FileMetaData says besides its columns. */
typedef struct crypto_footer {
    crypto_algorithm algorithm;
    pqt_view key_metadata;        /* of the key that signs */
    crypto_row_group *row_groups; /* NULL: there are none */
    size_t thrift_bytes;          /* of the FileMetaData itself */
} crypto_footer;

/* Union EncryptionAlgorithm, at a field; UNSUPPORTED for one that is not known. */
void crypto_algorithm_read(thrift_reader *r, const thrift_struct *field,
                           crypto_algorithm *out);

/* FileCryptoMetaData at the start of `bytes`; *read_bytes is its length. */
pqt_status crypto_file_metadata_read(pqt_view bytes, crypto_algorithm *algorithm,
                                     pqt_view *key_metadata, size_t *read_bytes,
                                     pqt_error *error);

/* Union ColumnCryptoMetaData, at a field. Its path is that of the schema: not looked at.
 */
void crypto_column_read(thrift_reader *r, const thrift_struct *field, crypto_column *out);

/* The same, written. `path` has `path_count` names; NULL: with the footer's key. */
void crypto_algorithm_put(thrift_writer *w, int16_t field,
                          const crypto_algorithm *algorithm);
pqt_status crypto_file_metadata_put(const crypto_algorithm *algorithm,
                                    pqt_view key_metadata, buffer *out, pqt_error *error);

#endif
