#include "parquet/page_writer.h"

#include "parquet/page_crc.h"

void page_scratch_init(page_scratch *scratch, const pqt_allocator *allocator)
{
    *scratch = (page_scratch){.raw.allocator = allocator,
                              .compressed.allocator = allocator,
                              .raised.allocator = allocator,
                              .dense.allocator = allocator,
                              .header.allocator = allocator,
                              .sealed.allocator = allocator};
    encoder_init(&scratch->trial, NULL, PQT_BOOLEAN, 0, allocator);
    dictionary_init(&scratch->trial_dictionary, PQT_BOOLEAN, 0, allocator);
}

void page_scratch_free(page_scratch *scratch)
{
    buffer_free(&scratch->raw);
    buffer_free(&scratch->compressed);
    buffer_free(&scratch->raised);
    buffer_free(&scratch->dense);
    encoder_free(&scratch->trial);
    dictionary_free(&scratch->trial_dictionary);
    buffer_free(&scratch->header);
    buffer_free(&scratch->sealed);
    crypto_context_free(&scratch->crypto);
    codec_context_free(&scratch->codec);
}

/* In v2 pages the values stay as they are where compression does not make them smaller.
 */
static pqt_status make_body(const page_format *format, page_header *header,
                            page_scratch *scratch, pqt_error *error)
{
    buffer *body = &scratch->compressed;
    const pqt_view raw = buffer_view(&scratch->raw);
    const size_t levels =
        (size_t)header->repetition_bytes + (size_t)header->definition_bytes;
    const pqt_view values = view_of(raw.data + levels, raw.size_bytes - levels);
    buffer_clear(body);
    TRY(buffer_append(body, raw.data, levels, error));
    TRY(codec_compress(&scratch->codec, format->codec, values, body, error));
    header->is_compressed = format->codec.codec != PQT_UNCOMPRESSED;
    if (header->type != PAGE_DATA_V2 || body->size_bytes < raw.size_bytes) return PQT_OK;
    header->is_compressed = false;
    buffer_clear(body);
    return buffer_append(body, raw.data, raw.size_bytes, error);
}

/* Which modules a page's header and body are. */
typedef struct page_modules {
    crypto_module_type header;
    crypto_module_type body;
} page_modules;

static page_modules modules_of(const page_header *header)
{
    static const page_modules dictionary = {CRYPTO_DICTIONARY_PAGE_HEADER,
                                            CRYPTO_DICTIONARY_PAGE};
    static const page_modules data = {CRYPTO_DATA_PAGE_HEADER, CRYPTO_DATA_PAGE};
    return header->type == PAGE_DICTIONARY ? dictionary : data;
}

/* Encrypts the body, levels of a v2 page included. */
static pqt_status seal_body(const page_format *format, const page_header *header,
                            page_scratch *scratch, pqt_error *error)
{
    if (format->page > CRYPTO_ORDINAL_LIMIT)
        return error_set(error, PQT_LIMIT,
                         "an encrypted column chunk has at most %d pages: make pages "
                         "larger or row groups smaller",
                         CRYPTO_ORDINAL_LIMIT + 1);
    const crypto_seal seal =
        crypto_chunk_seal(&format->keys, modules_of(header).body, (uint16_t)format->page);
    buffer_clear(&scratch->sealed);
    return crypto_module_append(&scratch->crypto, &seal,
                                buffer_view(&scratch->compressed), &scratch->sealed,
                                error);
}

static pqt_status put_header(const page_format *format, const page_header *header,
                             page_scratch *scratch, buffer *out, pqt_error *error)
{
    if (!format->keys.key) return metadata_put_page_header(header, out, error);
    const crypto_seal seal = crypto_chunk_seal(&format->keys, modules_of(header).header,
                                               (uint16_t)format->page);
    buffer_clear(&scratch->header);
    TRY(metadata_put_page_header(header, &scratch->header, error));
    return crypto_module_append(&scratch->crypto, &seal, buffer_view(&scratch->header),
                                out, error);
}

pqt_status page_write(const page_format *format, page_header *header,
                      page_scratch *scratch, buffer *out, pqt_error *error)
{
    if (scratch->raw.size_bytes > INT32_MAX)
        return error_set(error, PQT_LIMIT,
                         "a page of %zu bytes: a page holds at most 2 GiB",
                         scratch->raw.size_bytes);
    TRY(make_body(format, header, scratch, error));
    const bool is_sealed = format->keys.key != NULL;
    if (is_sealed) TRY(seal_body(format, header, scratch, error));
    const pqt_view body =
        buffer_view(is_sealed ? &scratch->sealed : &scratch->compressed);
    if (body.size_bytes > INT32_MAX)
        return error_set(error, PQT_LIMIT,
                         "a compressed page of %zu bytes: a page holds at "
                         "most 2 GiB",
                         body.size_bytes);
    header->uncompressed_bytes = (int32_t)scratch->raw.size_bytes;
    header->compressed_bytes = (int32_t)body.size_bytes;
    header->has_crc = format->has_crc;
    if (format->has_crc) header->crc = page_crc(body);
    TRY(put_header(format, header, scratch, out, error));
    return buffer_append(out, body.data, body.size_bytes, error);
}
