#include "parquet/page_decryption.h"

#include "base/cursor.h"

void page_decryption_memory_free(page_decryption_memory *memory)
{
    crypto_context_free(&memory->context);
    buffer_free(&memory->header);
}

/* What a page may be is known before its header is read: the two kinds of headers are
 * sealed differently. */
static pqt_status check_type(const page_decryption *d, const page_header *header,
                             pqt_error *error)
{
    const bool is_data = header->type == PAGE_DATA || header->type == PAGE_DATA_V2;
    if (d->is_dictionary ? header->type == PAGE_DICTIONARY : is_data) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "a page of type %d where a %s should be",
                     (int)header->type, d->is_dictionary ? "dictionary" : "data page");
}

pqt_status page_decryption_header(const page_decryption *d,
                                  page_decryption_memory *memory, pqt_view bytes,
                                  page_header *out, size_t *header_bytes,
                                  pqt_error *error)
{
    crypto_size size = {0};
    size_t read_bytes = 0;
    if (d->page > CRYPTO_ORDINAL_LIMIT)
        return error_set(error, PQT_LIMIT,
                         "encrypted column chunks have at most %d data pages",
                         CRYPTO_ORDINAL_LIMIT + 1);
    const crypto_seal seal = crypto_chunk_seal(
        &d->keys,
        d->is_dictionary ? CRYPTO_DICTIONARY_PAGE_HEADER : CRYPTO_DATA_PAGE_HEADER,
        (uint16_t)d->page);
    TRY(crypto_module_measure(CRYPTO_GCM, bytes, &size, error));
    TRY(buffer_resize(&memory->header, size.plain_bytes, error));
    TRY(buffer_reserve(&memory->header, 1, error));
    TRY(crypto_module_decrypt(&memory->context, &seal,
                              (pqt_view){bytes.data, size.module_bytes},
                              memory->header.data, error));
    TRY(page_header_read(buffer_view(&memory->header), out, &read_bytes, error));
    *header_bytes = size.module_bytes;
    return check_type(d, out, error);
}

/*
 * The bytes of a v2 page before its module. None, by the specification; parquet-java
 * leaves the levels plain and encrypts the values only. In GCM one cannot be taken for
 * the other: the header, which is authentic, says the size of the whole.
 */
static size_t plain_levels(const page_header *header, pqt_view body)
{
    const size_t levels = (size_t)header->definition_bytes + header->repetition_bytes;
    if (header->type != PAGE_DATA_V2 || body.size_bytes < CRYPTO_LENGTH_BYTES ||
        levels > body.size_bytes)
        return 0;
    if (load_u32le(body.data) == body.size_bytes - CRYPTO_LENGTH_BYTES) return 0;
    return levels;
}

pqt_status page_decryption_body(const page_decryption *d, page_decryption_memory *memory,
                                const page_header *header, pqt_view *body,
                                uint8_t **owned, pqt_error *error)
{
    crypto_size size = {0};
    uint8_t *plain;
    const crypto_seal seal = crypto_chunk_seal(
        &d->keys, d->is_dictionary ? CRYPTO_DICTIONARY_PAGE : CRYPTO_DATA_PAGE,
        (uint16_t)d->page);
    const size_t levels = plain_levels(header, *body);
    const pqt_view module = {body->data + levels, body->size_bytes - levels};
    TRY(crypto_module_measure(seal.mode, module, &size, error));
    TRY(block_pool_take(memory->blocks, levels + size.plain_bytes, &plain, error));
    *owned = plain;
    memcpy(plain, body->data, levels);
    TRY(crypto_module_decrypt(&memory->context, &seal, module, plain + levels, error));
    *body = (pqt_view){plain, levels + size.plain_bytes};
    /* By CTR nothing but the header, which is authentic, tells that a body is not one. */
    const bool is_raw = header->type == PAGE_DATA_V2 && !header->is_compressed;
    if (!is_raw || body->size_bytes == header->uncompressed_bytes) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "page of %zu bytes; its header says %u",
                     body->size_bytes, header->uncompressed_bytes);
}
