#include "parquet/page_reader.h"

#include <zlib.h>

#include "base/checked.h"
#include "base/cursor.h"
#include "parquet/metadata.h"

enum { BIT_PACKED_LEVELS = PQT_BIT_PACKED, HEADER_SLACK_BYTES = 100, ENDING_BYTES = 8 };

void page_memory_free(page_memory *memory)
{
    codec_context_free(&memory->codecs);
    block_pool_free(&memory->blocks);
}

/* --- Ranges --- */

/* The last page that begins at or before the row. */
static int32_t find_page(const pqt_page_index *index, int64_t row)
{
    int32_t low = 0, high = index->page_count - 1;
    while (low < high) {
        const int32_t middle = low + (high - low + 1) / 2;
        if (index->locations[middle].first_row <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static void ranges_by_index(const pqt_page_index *index, const pqt_column_chunk *chunk,
                            const chunk_rows *rows, pqt_byte_range ranges[2],
                            int64_t *first_row)
{
    const pqt_byte_range whole = metadata_chunk_range(chunk);
    const pqt_page_location *first = &index->locations[find_page(index, rows->first_row)];
    const pqt_page_location *last =
        &index->locations[find_page(index, rows->first_row + rows->row_count - 1)];
    const uint64_t begin = (uint64_t)first->offset;
    const uint64_t end = (uint64_t)last->offset + (uint64_t)last->compressed_bytes;
    ranges[0] = (pqt_byte_range){0};
    if (chunk->dictionary_page_offset >= 0)
        ranges[0] = (pqt_byte_range){whole.offset,
                                     (uint64_t)index->locations[0].offset - whole.offset};
    ranges[1] = (pqt_byte_range){begin, end - begin};
    *first_row = first->first_row;
}

/* Older parquet-mr did not count the dictionary page's header (PARQUET-816): a little
 * more is read where there is a dictionary, as far as there are data. */
static pqt_byte_range whole_range(const pqt_reader *reader, const pqt_column_chunk *chunk)
{
    pqt_byte_range range = metadata_chunk_range(chunk);
    const uint64_t data_end =
        reader->input.size_bytes - reader->metadata.footer_bytes - ENDING_BYTES;
    const uint64_t left = data_end - range.offset - range.size_bytes;
    range.size_bytes += left < HEADER_SLACK_BYTES ? left : HEADER_SLACK_BYTES;
    return range;
}

pqt_status page_reader_ranges(const pqt_reader *reader, const chunk_rows *rows,
                              pqt_byte_range ranges[2], int64_t *first_row,
                              pqt_error *error)
{
    TRY(reader_check_chunk(reader, rows->row_group, rows->column, error));
    const pqt_row_group *group = &reader->metadata.row_groups[rows->row_group];
    const pqt_column_chunk *chunk = &group->columns[rows->column];
    if (rows->first_row < 0 || rows->row_count < 0 ||
        rows->first_row > group->row_count - rows->row_count)
        return error_set(error, PQT_INVALID,
                         "%s: row group %d has %lld rows; asked for %lld from row %lld",
                         reader->input.name, (int)rows->row_group,
                         (long long)group->row_count, (long long)rows->row_count,
                         (long long)rows->first_row);
    if (chunk->is_encrypted)
        return error_set(error, PQT_UNSUPPORTED, "%s: the column is encrypted",
                         reader->input.name);
    const pqt_page_index *index =
        pqt_reader_page_index(reader, rows->row_group, rows->column);
    ranges[0] = (pqt_byte_range){0};
    ranges[1] = (pqt_byte_range){0};
    *first_row = 0;
    if (rows->row_count == 0) return PQT_OK;
    if (index && index->page_count > 0)
        ranges_by_index(index, chunk, rows, ranges, first_row);
    else
        ranges[1] = whole_range(reader, chunk);
    return PQT_OK;
}

/* --- Pages --- */

static pqt_status check_crc(const page_reader *pages, const page_header *header,
                            pqt_view body, pqt_error *error)
{
    if (!header->has_crc || pages->reader->options.skip_checksums) return PQT_OK;
    const uLong found =
        crc32_z(crc32_z(0, NULL, 0), body.size_bytes ? body.data : (const Bytef *)"",
                body.size_bytes);
    if ((uint32_t)found == header->crc) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "page checksum: expected %08x, found %08x",
                     header->crc, (unsigned)found);
}

/* The header and body of the page at `at`; `at` moves behind it. */
static pqt_status take_page(page_reader *pages, page_header *header, pqt_view *body,
                            pqt_error *error)
{
    const uint64_t offset = pages->offset + pages->at;
    const pqt_view left = {pages->bytes.data + pages->at,
                           pages->bytes.size_bytes - pages->at};
    size_t header_bytes = 0;
    pqt_status status = page_header_read(left, header, &header_bytes, error);
    if (status == PQT_OK && header->compressed_bytes > left.size_bytes - header_bytes)
        status = error_set(error, PQT_CORRUPT, "page of %u bytes, %zu are left",
                           header->compressed_bytes, left.size_bytes - header_bytes);
    if (status == PQT_OK &&
        header->uncompressed_bytes > pages->reader->options.page_limit_bytes)
        status = error_set(error, PQT_LIMIT, "page of %u bytes; at most %zu are read",
                           header->uncompressed_bytes,
                           pages->reader->options.page_limit_bytes);
    if (status == PQT_OK) {
        *body = (pqt_view){left.data + header_bytes, header->compressed_bytes};
        status = check_crc(pages, header, *body, error);
    }
    if (status != PQT_OK) {
        error_prefix(error, "page at byte %llu", (unsigned long long)offset);
        return status;
    }
    pages->at += header_bytes + header->compressed_bytes;
    return PQT_OK;
}

static pqt_status decompress(page_reader *pages, pqt_view in, size_t size_bytes,
                             pqt_view *out, pqt_error *error)
{
    if (pages->chunk->codec == PQT_UNCOMPRESSED) {
        if (in.size_bytes != size_bytes)
            return error_set(error, PQT_CORRUPT,
                             "uncompressed page of %zu bytes; its header says %zu",
                             in.size_bytes, size_bytes);
        *out = in;
        return PQT_OK;
    }
    uint8_t *data;
    TRY(block_pool_take(&pages->memory->blocks, size_bytes, &data, error));
    if (size_bytes > 0 || in.size_bytes > 0)
        TRY(codec_decompress(&pages->memory->codecs, pages->chunk->codec, in,
                             (codec_target){data, size_bytes}, error));
    *out = (pqt_view){data, size_bytes};
    return PQT_OK;
}

/* Levels of a v1 page: RLE has its length in 4 bytes before it, BIT_PACKED has none. */
static pqt_status take_levels(cursor *in, pqt_encoding encoding, uint16_t max,
                              int32_t count, pqt_view *out, pqt_error *error)
{
    *out = (pqt_view){0};
    if (max == 0) return PQT_OK;
    uint64_t size_bytes = 0;
    uint32_t length = 0;
    if (encoding == PQT_RLE) {
        if (!cursor_u32le(in, &length))
            return error_set(error, PQT_CORRUPT, "page ends before its levels");
        size_bytes = length;
    } else if ((int)encoding == BIT_PACKED_LEVELS) {
        const unsigned width = 32 - (unsigned)__builtin_clz(max);
        size_bytes = ((uint64_t)(uint32_t)count * width + 7) / 8;
    } else {
        return error_set(error, PQT_UNSUPPORTED, "levels of encoding %s",
                         pqt_encoding_name(encoding));
    }
    if (size_bytes > cursor_left(in) || !cursor_bytes(in, (size_t)size_bytes, out))
        return error_set(error, PQT_CORRUPT, "levels of %llu bytes, %zu are left",
                         (unsigned long long)size_bytes, cursor_left(in));
    return PQT_OK;
}

static pqt_status split_v1(page_reader *pages, pqt_view body, data_page *out,
                           pqt_error *error)
{
    pqt_view bytes;
    const page_header *h = &out->header;
    TRY(decompress(pages, body, h->uncompressed_bytes, &bytes, error));
    cursor in = cursor_of(bytes);
    TRY(take_levels(&in, h->repetition_encoding, pages->node->max_repetition_level,
                    h->value_count, &out->repetition_levels, error));
    TRY(take_levels(&in, h->definition_encoding, pages->node->max_definition_level,
                    h->value_count, &out->definition_levels, error));
    out->values = (pqt_view){in.at, cursor_left(&in)};
    return PQT_OK;
}

/* Levels of a v2 page stand before the compressed part. */
static pqt_status split_v2(page_reader *pages, pqt_view body, data_page *out,
                           pqt_error *error)
{
    page_header *h = &out->header;
    const uint64_t levels = (uint64_t)h->repetition_bytes + h->definition_bytes;
    if (levels > body.size_bytes || levels > h->uncompressed_bytes)
        return error_set(error, PQT_CORRUPT, "levels of %llu bytes in a page of %zu",
                         (unsigned long long)levels, body.size_bytes);
    cursor in = cursor_of(body);
    cursor_bytes(&in, h->repetition_bytes, &out->repetition_levels);
    cursor_bytes(&in, h->definition_bytes, &out->definition_levels);
    if (pages->node->max_repetition_level == 0) out->repetition_levels = (pqt_view){0};
    if (pages->node->max_definition_level == 0) out->definition_levels = (pqt_view){0};
    h->repetition_encoding = h->definition_encoding = PQT_RLE;
    const pqt_view rest = {in.at, cursor_left(&in)};
    out->values = rest;
    if (!h->is_compressed) return PQT_OK;
    return decompress(pages, rest, h->uncompressed_bytes - (size_t)levels, &out->values,
                      error);
}

static pqt_status read_dictionary(page_reader *pages, const page_header *header,
                                  pqt_view body, pqt_error *error)
{
    if (pages->dictionary.data)
        return error_set(error, PQT_CORRUPT, "a second dictionary page");
    if (header->encoding != PQT_PLAIN && header->encoding != PQT_PLAIN_DICTIONARY)
        return error_set(error, PQT_UNSUPPORTED, "dictionary of encoding %s",
                         pqt_encoding_name(header->encoding));
    TRY(decompress(pages, body, header->uncompressed_bytes, &pages->dictionary, error));
    if (!pages->dictionary.data) pages->dictionary.data = (const uint8_t *)"";
    pages->dictionary_count = (size_t)header->value_count;
    return PQT_OK;
}

/* The dictionary page is alone in the bytes. */
static pqt_status open_dictionary(page_reader *pages, pqt_error *error)
{
    page_header header;
    pqt_view body;
    TRY(take_page(pages, &header, &body, error));
    if (header.type != PAGE_DICTIONARY)
        return error_set(error, PQT_CORRUPT, "no dictionary page where one should be");
    return read_dictionary(pages, &header, body, error);
}

static pqt_status read_range(page_reader *pages, pqt_byte_range range, pqt_error *error)
{
    uint8_t *bytes;
    if (range.size_bytes > SIZE_MAX / 2) return error_no_memory(error, SIZE_MAX);
    TRY(block_pool_take(&pages->memory->blocks, (size_t)range.size_bytes, &bytes, error));
    TRY(reader_read_bytes(pages->reader, range, bytes, error));
    pages->bytes = (pqt_view){bytes, (size_t)range.size_bytes};
    pages->offset = range.offset;
    pages->at = 0;
    return PQT_OK;
}

pqt_status page_reader_open(const pqt_reader *reader, const chunk_rows *rows,
                            page_memory *memory, page_reader *out, pqt_error *error)
{
    pqt_byte_range ranges[2];
    *out = (page_reader){.reader = reader, .memory = memory};
    block_pool_reset(&memory->blocks);
    TRY(page_reader_ranges(reader, rows, ranges, &out->first_row, error));
    out->chunk = &reader->metadata.row_groups[rows->row_group].columns[rows->column];
    out->node = reader_node(reader, rows->column);
    out->values_left = out->chunk->value_count;
    if (ranges[0].size_bytes > 0) {
        TRY(read_range(out, ranges[0], error));
        TRY(open_dictionary(out, error));
    }
    return read_range(out, ranges[1], error);
}

pqt_status page_reader_next(page_reader *pages, data_page *out, bool *more,
                            pqt_error *error)
{
    *more = false;
    while (pages->at < pages->bytes.size_bytes && pages->values_left > 0) {
        pqt_view body;
        data_page page = {0};
        TRY(take_page(pages, &page.header, &body, error));
        if (page.header.type == PAGE_DICTIONARY) {
            TRY(read_dictionary(pages, &page.header, body, error));
            continue;
        }
        if (page.header.type != PAGE_DATA && page.header.type != PAGE_DATA_V2) continue;
        pages->values_left -= page.header.value_count;
        if (pages->values_left < 0)
            return error_set(error, PQT_CORRUPT,
                             "the pages have more values than the column chunk's %lld",
                             (long long)pages->chunk->value_count);
        TRY(page.header.type == PAGE_DATA ? split_v1(pages, body, &page, error)
                                          : split_v2(pages, body, &page, error));
        *out = page;
        *more = true;
        return PQT_OK;
    }
    return PQT_OK;
}
