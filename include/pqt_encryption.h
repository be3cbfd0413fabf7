/*
 * Modular encryption (Encryption.md): AES_GCM_V1 and AES_GCM_CTR_V1, encrypted and
 * plaintext footers. Keys are the caller's; nothing here fetches them. The library's
 * copies are zeroed when the reader is closed or the writer freed. A library built
 * without libcrypto answers UNSUPPORTED.
 *
 * A module that a wrong key, damage or somebody's hand made different is CORRUPT ("wrong
 * key or damaged"), and so is one that was moved within the file or from another file.
 * By AES_GCM_CTR_V1 pages are the exception: their values may differ unseen.
 */
#ifndef PQT_ENCRYPTION_H
#define PQT_ENCRYPTION_H

#include <stdbool.h>

#include "pqt_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An AES key. size_bytes is 16, 24 or 32; 0: none. */
typedef struct pqt_key {
    uint8_t bytes[32];
    size_t size_bytes;
} pqt_key;

/*
 * How a reader gets keys; used while the file is opened only. `find_key` is called once
 * for the footer (`column` NULL) and once for each column with a key of its own (its
 * dotted path), with what the writer noted as key metadata (data NULL: nothing).
 * NOT_FOUND, or a key of size 0: the column stays encrypted, and reading it is DENIED;
 * for the footer, opening is DENIED, unless it is plaintext, which is then read without
 * its signature being looked at. Any other failure, or a key of another size than AES
 * has, ends opening.
 *
 * A file that is not encrypted is read all the same, and nobody is asked for keys: who
 * must not take such a file for the right one looks at has_encrypted_footer and is_signed
 * of its metadata, and is_encrypted of its column chunks. Nor does the format
 * authenticate, before an encrypted footer, which of the two algorithms it is: who does
 * not expect pages without authentication sets `refuse_ctr`.
 */
typedef struct pqt_decryption {
    pqt_status (*find_key)(void *self, const char *column, pqt_view key_metadata,
                           pqt_key *out, pqt_error *error);
    void *self;
    pqt_view aad_prefix; /* needed where the file does not store it (else DENIED); where
                            it does, CORRUPT unless they are the same */
    bool refuse_ctr;     /* files by AES_GCM_CTR_V1 are DENIED */
} pqt_decryption;

/* A column that is encrypted with a key of its own. */
typedef struct pqt_column_key {
    const char *column; /* dotted path of a leaf, or of a group: all below it */
    pqt_key key;
    pqt_view key_metadata; /* data NULL: none */
} pqt_column_key;

/*
 * How a writer encrypts. With no `columns`, every column is encrypted with the footer
 * key; otherwise only those named, each with its own (size 0: the footer's). INVALID for
 * a name that the schema has not, or a leaf that is named twice. Files of the same rows
 * differ by their random nonces. LIMIT beyond 32,768 row groups, columns, or pages of a
 * chunk, and beyond 2^32 modules with one key: page headers and pages, mostly. That
 * counts one file; it is the caller's to change keys before all files have so many.
 */
typedef struct pqt_encryption {
    pqt_key footer_key;
    pqt_view footer_key_metadata;
    const pqt_column_key *columns;
    int32_t column_count;
    bool plaintext_footer; /* readable without keys, and signed */
    bool use_ctr;          /* AES_GCM_CTR_V1: pages by CTR, without authentication */
    pqt_view aad_prefix;   /* names the file, so that none can take its place */
    bool omit_aad_prefix;  /* the file does not store it: readers must supply it */
} pqt_encryption;

#ifdef __cplusplus
}
#endif
#endif
