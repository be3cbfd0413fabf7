/*
 * What a module is authenticated with besides its bytes (Encryption.md 4.4): which file
 * it is of, what it is, and where it stands. A module moved elsewhere is refused.
 */
#ifndef PARQUET_CRYPTO_AAD_H
#define PARQUET_CRYPTO_AAD_H

#include "pqt_base.h"

/* The numbers are the format's. */
typedef enum crypto_module_type {
    CRYPTO_FOOTER = 0,
    CRYPTO_COLUMN_METADATA = 1,
    CRYPTO_DATA_PAGE = 2,
    CRYPTO_DICTIONARY_PAGE = 3,
    CRYPTO_DATA_PAGE_HEADER = 4,
    CRYPTO_DICTIONARY_PAGE_HEADER = 5,
    CRYPTO_COLUMN_INDEX = 6,
    CRYPTO_OFFSET_INDEX = 7,
    CRYPTO_BLOOM_FILTER_HEADER = 8,
    CRYPTO_BLOOM_FILTER_BITSET = 9
} crypto_module_type;

/* Ordinals have two bytes, and other implementations take them for signed ones. */
enum { CRYPTO_ORDINAL_LIMIT = 32767, CRYPTO_SUFFIX_BYTES = 7 };

/* Where a module stands; ordinals that its type does not need are not looked at. The
 * dictionary page is not counted among the pages. */
typedef struct crypto_place {
    crypto_module_type type;
    uint16_t row_group;
    uint16_t column;
    uint16_t page;
} crypto_place;

/* The file's part (AAD prefix and unique identifier, which somebody else owns) and,
 * behind it, the module's. */
typedef struct crypto_aad {
    pqt_view file;
    uint8_t suffix[CRYPTO_SUFFIX_BYTES];
    size_t suffix_bytes;
} crypto_aad;

crypto_aad crypto_aad_of(pqt_view file, crypto_place place);

/* The module's name for messages: "data page header". */
const char *crypto_module_name(crypto_module_type type);

#endif
