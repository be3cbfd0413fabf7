#include "parquet/page_writer.h"

#include <zlib.h>

void page_scratch_init(page_scratch *scratch, const pqt_allocator *allocator)
{
    *scratch = (page_scratch){.raw.allocator = allocator,
                              .compressed.allocator = allocator,
                              .raised.allocator = allocator,
                              .dense.allocator = allocator};
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

pqt_status page_write(const page_format *format, page_header *header,
                      page_scratch *scratch, buffer *out, pqt_error *error)
{
    if (scratch->raw.size_bytes > INT32_MAX)
        return error_set(error, PQT_LIMIT,
                         "a page of %zu bytes: a page holds at most 2 GiB",
                         scratch->raw.size_bytes);
    TRY(make_body(format, header, scratch, error));
    const pqt_view body = buffer_view(&scratch->compressed);
    if (body.size_bytes > INT32_MAX)
        return error_set(error, PQT_LIMIT,
                         "a compressed page of %zu bytes: a page holds at "
                         "most 2 GiB",
                         body.size_bytes);
    header->uncompressed_bytes = (int32_t)scratch->raw.size_bytes;
    header->compressed_bytes = (int32_t)body.size_bytes;
    header->has_crc = format->has_crc;
    if (format->has_crc) header->crc = (uint32_t)crc32_z(0, body.data, body.size_bytes);
    TRY(metadata_put_page_header(header, out, error));
    return buffer_append(out, body.data, body.size_bytes, error);
}
