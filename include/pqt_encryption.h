/*
 * Modular encryption (Encryption.md): AES_GCM_V1 and AES_GCM_CTR_V1, encrypted and
 * plaintext footers. Keys are the caller's; nothing here keeps or fetches them elsewhere.
 * A library built without libcrypto answers UNSUPPORTED.
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
 * How a reader gets keys. `find_key` is called once for the footer (`column` NULL) and
 * once for each column with a key of its own (its dotted path), with what the writer
 * noted as key metadata (data NULL: nothing), while the file is opened. NOT_FOUND, or a
 * key of size 0: the column stays encrypted, and reading it is DENIED; for the footer,
 * opening fails, unless it is plaintext. Must be usable until the reader is closed.
 */
typedef struct pqt_decryption {
    pqt_status (*find_key)(void *self, const char *column, pqt_view key_metadata,
                           pqt_key *out, pqt_error *error);
    void *self;
    pqt_view aad_prefix; /* where the file does not store it; copied */
} pqt_decryption;

/* A column that is encrypted with a key of its own. */
typedef struct pqt_column_key {
    const char *column; /* dotted path of a leaf, or of a group: all below it */
    pqt_key key;
    pqt_view key_metadata; /* data NULL: none */
} pqt_column_key;

/*
 * How a writer encrypts. With no `columns`, every column is encrypted with the footer
 * key; otherwise only those named, each with its own (size 0: the footer's). Files of the
 * same rows differ by their random nonces.
 */
typedef struct pqt_encryption {
    pqt_key footer_key;
    pqt_view footer_key_metadata;
    const pqt_column_key *columns;
    int32_t column_count;
    bool plaintext_footer; /* readable without keys, and signed */
    bool use_ctr;          /* AES_GCM_CTR_V1: pages by CTR, without authentication */
    pqt_view aad_prefix;
    bool omit_aad_prefix; /* the file does not store it: readers must supply it */
} pqt_encryption;

#ifdef __cplusplus
}
#endif
#endif
