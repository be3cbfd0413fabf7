#include "parquet/crypto_aad.h"

/* How many of row group, column and page belong to the suffix. */
static const struct {
    const char *name;
    int ordinals;
} module_types[] = {
    [CRYPTO_FOOTER] = {"footer", 0},
    [CRYPTO_COLUMN_METADATA] = {"column metadata", 2},
    [CRYPTO_DATA_PAGE] = {"data page", 3},
    [CRYPTO_DICTIONARY_PAGE] = {"dictionary page", 2},
    [CRYPTO_DATA_PAGE_HEADER] = {"data page header", 3},
    [CRYPTO_DICTIONARY_PAGE_HEADER] = {"dictionary page header", 2},
    [CRYPTO_COLUMN_INDEX] = {"column index", 2},
    [CRYPTO_OFFSET_INDEX] = {"offset index", 2},
    [CRYPTO_BLOOM_FILTER_HEADER] = {"bloom filter header", 2},
    [CRYPTO_BLOOM_FILTER_BITSET] = {"bloom filter bitset", 2},
};

crypto_aad crypto_aad_of(pqt_view file, crypto_place place)
{
    const uint16_t ordinals[] = {place.row_group, place.column, place.page};
    crypto_aad aad = {.file = file, .suffix_bytes = 1};
    aad.suffix[0] = (uint8_t)place.type;
    for (int i = 0; i < module_types[place.type].ordinals; i++) {
        aad.suffix[aad.suffix_bytes++] = (uint8_t)ordinals[i];
        aad.suffix[aad.suffix_bytes++] = (uint8_t)(ordinals[i] >> 8);
    }
    return aad;
}

const char *crypto_module_name(crypto_module_type type)
{
    const size_t count = sizeof module_types / sizeof *module_types;
    return (size_t)type < count ? module_types[type].name : "module";
}
