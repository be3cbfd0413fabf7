/*
 * How a file is being encrypted: a copy of the caller's keys, which column has which, and
 * the file's identity, made anew for each file.
 */
#ifndef PARQUET_FILE_ENCRYPTION_H
#define PARQUET_FILE_ENCRYPTION_H

#include "base/arena.h"
#include "parquet/crypto_chunk.h"
#include "parquet/crypto_metadata.h"
#include "pqt.h"

typedef struct encryption_key {
    pqt_key key;
    pqt_view metadata;  /* data NULL: none */
    uint64_t use_count; /* modules sealed with it */
} encryption_key;

typedef struct file_encryption {
    arena memory;
    crypto_algorithm algorithm;
    pqt_view file_aad;
    bool has_plaintext_footer;
    encryption_key *keys; /* the footer's, then those of pqt_encryption.columns */
    size_t key_count;
    encryption_key **columns; /* one a leaf; NULL: it is not encrypted */
    crypto_context context;   /* of the thread that writes the file */
} file_encryption;

/* INVALID for a key of a wrong size, or a column that the schema has not, or that is
 * named twice. UNSUPPORTED without libcrypto. Free it also on failure. */
pqt_status file_encryption_init(file_encryption *e, const pqt_encryption *options,
                                const pqt_schema *schema, const pqt_allocator *allocator,
                                pqt_error *error);

/* Zeroes the keys and frees. */
void file_encryption_free(file_encryption *e);

/* How the modules of a chunk are sealed; all zero where they are not, or `e` is NULL.
 * LIMIT where there are more row groups or columns than ordinals. */
pqt_status file_encryption_chunk(const file_encryption *e, size_t row_group,
                                 int32_t column, crypto_chunk *out, pqt_error *error);

/* The key of the column's own; NULL: not encrypted, or with the footer's. */
const encryption_key *file_encryption_own_key(const file_encryption *e, int32_t column);

/* Whether the ColumnMetaData of such a chunk is a module of its own: where the footer
 * does not hide it as well. */
bool file_encryption_hides_metadata(const file_encryption *e, int32_t column);

/* Notes that so many modules were sealed with a column's key: LIMIT above 2^32
 * (Encryption.md 4.1.4). */
pqt_status file_encryption_count(file_encryption *e, int32_t column, uint64_t modules,
                                 pqt_error *error);

/* Of `tail`, what begins at `footer` is the FileMetaData: encrypts it, FileCryptoMetaData
 * before it, or signs it. */
pqt_status file_encryption_end_footer(file_encryption *e, buffer *tail, size_t footer,
                                      pqt_error *error);

#endif
