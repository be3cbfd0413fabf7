#include "parquet/crypto_chunk.h"

crypto_seal crypto_chunk_seal(const crypto_chunk *chunk, crypto_module_type type,
                              uint16_t page)
{
    const crypto_place place = {type, chunk->row_group, chunk->column, page};
    const bool is_page = type == CRYPTO_DATA_PAGE || type == CRYPTO_DICTIONARY_PAGE;
    return (crypto_seal){.mode = chunk->use_ctr && is_page ? CRYPTO_CTR : CRYPTO_GCM,
                         .key = chunk->key,
                         .aad = crypto_aad_of(chunk->file_aad, place)};
}
