#include "parquet/page_reader.h"

#include "base/checked.h"
#include "base/cursor.h"
#include "parquet/metadata.h"
#include "parquet/page_crc.h"

enum {
    BIT_PACKED_LEVELS = PQT_BIT_PACKED,
    HEADER_SLACK_BYTES = 100,
    ENDING_BYTES = 8,
    HEADER_FIRST_BYTES = 512, /* tried first, then twice as much */
    HEADER_LIMIT_BYTES = 16 << 20,
    PLAN_SLACK_BYTES = 16 << 10 /* for pages that are larger than their share */
};

void page_reader_free(page_reader *pages)
{
    codec_context_free(&pages->codecs);
    page_decryption_memory_free(&pages->decryption);
    block_pool_free(&pages->blocks);
}

/* --- Places --- */

int32_t page_reader_find(const pqt_page_index *index, int64_t row)
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

int64_t page_reader_page_end(const page_reader *pages, int32_t page, int64_t row_count)
{
    return page + 1 < pages->index->page_count
               ? pages->index->locations[page + 1].first_row
               : row_count;
}

/* Older parquet-mr did not count the dictionary page's header (PARQUET-816): a little
 * more is read where there is a dictionary, as far as there are data. */
pqt_byte_range page_reader_chunk_range(const pqt_reader *reader,
                                       const pqt_column_chunk *chunk)
{
    pqt_byte_range range = metadata_chunk_range(chunk);
    const uint64_t data_end =
        reader->input.size_bytes - reader->metadata.footer_bytes - ENDING_BYTES;
    if (!range_within(range.offset, range.size_bytes, data_end))
        return (pqt_byte_range){0};
    const uint64_t left = data_end - range.offset - range.size_bytes;
    range.size_bytes += left < HEADER_SLACK_BYTES ? left : HEADER_SLACK_BYTES;
    return range;
}

/* Whether one of the ranges has a row of [first, end). */
static bool ranges_touch(row_ranges rows, int64_t first, int64_t end)
{
    size_t low = 0, high = rows.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rows.ranges[middle].end <= first)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rows.count && rows.ranges[low].first < end;
}

static bool is_wanted(const page_reader *pages, int32_t page)
{
    const pqt_page_location *location = &pages->index->locations[page];
    return ranges_touch(pages->wanted, location->first_row,
                        page_reader_page_end(pages, page, INT64_MAX));
}

static uint64_t location_end(const pqt_page_location *location)
{
    return (uint64_t)location->offset + (uint64_t)location->compressed_bytes;
}

/* How far reading from the next page on is worth while: over the pages that are wanted,
 * and those between them that are not worth a request of their own. */
static uint64_t find_wanted_end(const page_reader *pages)
{
    const pqt_page_index *index = pages->index;
    uint64_t end = location_end(&index->locations[pages->page]);
    for (int32_t i = pages->page + 1;
         i < index->page_count && end - pages->at < pages->window.window_bytes; i++) {
        if ((uint64_t)index->locations[i].offset - end > pages->reader->options.gap_bytes)
            break;
        if (is_wanted(pages, i)) end = location_end(&index->locations[i]);
    }
    return end;
}

void page_reader_seek(page_reader *pages, int32_t page)
{
    if (page == pages->page && pages->header_bytes) return;
    pages->page = page;
    pages->header_bytes = 0;
    pages->at = (uint64_t)pages->index->locations[page].offset;
}

/* Where the next page's bytes are read from. */
static window_place place_of(page_reader *pages, size_t size_bytes)
{
    window_place place = {pages->at, size_bytes, pages->end};
    if (!pages->index) return place;
    if (pages->at >= pages->wanted_end ||
        place.size_bytes > pages->wanted_end - pages->at)
        pages->wanted_end = find_wanted_end(pages);
    place.end = pages->wanted_end;
    return place;
}

/* --- Planning --- */

static pqt_status plan_range(const page_reader *pages, pqt_byte_range range,
                             read_ahead *ahead, uint64_t *limit_bytes, pqt_error *error)
{
    const uint64_t window_end = pages->window.offset + pages->window.size_bytes;
    if (range.offset >= pages->window.offset && range.offset < window_end) {
        const uint64_t there = window_end - range.offset;
        if (there >= range.size_bytes) return PQT_OK;
        range = (pqt_byte_range){window_end, range.size_bytes - there};
    }
    if (range.size_bytes > *limit_bytes) {
        *limit_bytes = 0;
        return PQT_OK;
    }
    *limit_bytes -= range.size_bytes;
    return read_ahead_want(ahead, range, error);
}

static pqt_status plan_pages(const page_reader *pages, row_ranges rows, read_ahead *ahead,
                             uint64_t *limit_bytes, pqt_error *error)
{
    const pqt_page_index *index = pages->index;
    const uint64_t start = metadata_chunk_range(pages->chunk).offset;
    const pqt_byte_range first = {start, (uint64_t)index->locations[0].offset - start};
    if (!pages->sought_dictionary)
        TRY(plan_range(pages, first, ahead, limit_bytes, error));
    for (int32_t i = pages->page; i<index->page_count && * limit_bytes> 0; i++) {
        const pqt_page_location *location = &index->locations[i];
        if (!ranges_touch(rows, location->first_row,
                          page_reader_page_end(pages, i, INT64_MAX)))
            continue;
        const pqt_byte_range range = {(uint64_t)location->offset,
                                      (uint64_t)location->compressed_bytes};
        TRY(plan_range(pages, range, ahead, limit_bytes, error));
    }
    return PQT_OK;
}

pqt_status page_reader_plan(const page_reader *pages, row_ranges rows, double share,
                            read_ahead *ahead, uint64_t *limit_bytes, pqt_error *error)
{
    if (pages->index) return plan_pages(pages, rows, ahead, limit_bytes, error);
    const uint64_t left = pages->end - pages->at;
    uint64_t wanted = (uint64_t)((double)left * share);
    wanted += wanted / 8 + PLAN_SLACK_BYTES;
    if ((uint64_t)pages->chunk->data_page_offset > pages->at)
        wanted += (uint64_t)pages->chunk->data_page_offset - pages->at;
    if (wanted > left) wanted = left;
    if (wanted > *limit_bytes) wanted = *limit_bytes;
    return plan_range(pages, (pqt_byte_range){pages->at, wanted}, ahead, limit_bytes,
                      error);
}

/* --- Pages --- */

/* The pages that an index names are data pages; without one, they are those that have the
 * chunk's values. */
static bool has_more(const page_reader *pages)
{
    if (pages->index) return pages->page < pages->index->page_count;
    return pages->at < pages->end && pages->values_left > 0;
}

static pqt_status check_crc(const page_reader *pages, const page_header *header,
                            pqt_view body, pqt_error *error)
{
    if (!header->has_crc || pages->reader->options.skip_checksums) return PQT_OK;
    const uint32_t found = page_crc(body);
    if (found == header->crc) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "page checksum: expected %08x, found %08x",
                     header->crc, found);
}

static pqt_status error_at_page(const page_reader *pages, pqt_status status,
                                pqt_error *error)
{
    if (status != PQT_OK)
        error_prefix(error, "page at byte %llu", (unsigned long long)pages->at);
    return status;
}

/* The page at `at`, by what it was sealed as. */
static page_decryption decryption_of(const page_reader *pages)
{
    const int64_t dictionary = pages->chunk->dictionary_page_offset;
    return (page_decryption){
        .keys = pages->keys,
        .is_dictionary = dictionary >= 0 && pages->at == (uint64_t)dictionary,
        .page = pages->page};
}

static pqt_status read_sealed_header(page_reader *pages, uint64_t end,
                                     page_header *header, size_t *header_bytes,
                                     pqt_error *error)
{
    const size_t left = (size_t)(end - pages->at);
    window_place place = {pages->at, left, end};
    pqt_view bytes;
    crypto_size size = {0};
    if (left > HEADER_FIRST_BYTES) place.size_bytes = HEADER_FIRST_BYTES;
    TRY(page_window_show(&pages->window, place, &bytes, error));
    /* Only the length is looked at; what may follow it is the rest of the chunk. */
    TRY(crypto_module_measure(CRYPTO_GCM, (pqt_view){bytes.data, left}, &size, error));
    if (size.module_bytes > HEADER_LIMIT_BYTES)
        return error_set(error, PQT_LIMIT,
                         "page header of %zu bytes; at most %d are read",
                         size.module_bytes, HEADER_LIMIT_BYTES);
    place.size_bytes = size.module_bytes;
    TRY(page_window_show(&pages->window, place, &bytes, error));
    const page_decryption page = decryption_of(pages);
    return page_decryption_header(&page, &pages->decryption, bytes, header, header_bytes,
                                  error);
}

/* Headers have no length before them: more bytes are tried until it reads. */
static pqt_status read_header_at(page_reader *pages, uint64_t end, page_header *header,
                                 size_t *header_bytes, pqt_error *error)
{
    const uint64_t left = end - pages->at;
    size_t wanted = HEADER_FIRST_BYTES;
    if (pages->keys.key)
        return read_sealed_header(pages, end, header, header_bytes, error);
    for (;;) {
        pqt_view bytes;
        if (wanted > left) wanted = (size_t)left;
        const window_place place = {pages->at, wanted, end};
        TRY(page_window_show(&pages->window, place, &bytes, error));
        const pqt_status status = page_header_read(bytes, header, header_bytes, error);
        if (status == PQT_OK || bytes.size_bytes >= left ||
            bytes.size_bytes >= HEADER_LIMIT_BYTES)
            return status;
        wanted = bytes.size_bytes * 2;
    }
}

/* The header of the page at `at`; the page lies before `end`. */
static pqt_status read_header(page_reader *pages, uint64_t end, page_header *header,
                              size_t *header_bytes, pqt_error *error)
{
    pqt_status status = read_header_at(pages, end, header, header_bytes, error);
    if (status == PQT_OK && header->compressed_bytes > end - pages->at - *header_bytes)
        status = error_set(error, PQT_CORRUPT, "page of %u bytes, %llu are left",
                           header->compressed_bytes,
                           (unsigned long long)(end - pages->at - *header_bytes));
    return error_at_page(pages, status, error);
}

/* The body, decrypted, is in `plain` then. */
static pqt_status decrypt_body(page_reader *pages, const page_header *header,
                               pqt_view *body, pqt_error *error)
{
    if (!pages->keys.key) return PQT_OK;
    const page_decryption page = decryption_of(pages);
    return page_decryption_body(&page, &pages->decryption, header, body, &pages->plain,
                                error);
}

static void drop_plain(page_reader *pages)
{
    block_pool_give_back(&pages->blocks, pages->plain);
    pages->plain = NULL;
}

/* The decrypted bytes are needed as they are: whoever gets the block gives it back. */
static uint8_t *keep_plain(page_reader *pages)
{
    uint8_t *plain = pages->plain;
    pages->plain = NULL;
    return plain;
}

/* The body of the page at `at`, compressed. */
static pqt_status read_body(page_reader *pages, uint64_t end, const page_header *header,
                            size_t header_bytes, pqt_view *body, pqt_error *error)
{
    const size_t limit = pages->reader->options.page_limit_bytes;
    if (header->uncompressed_bytes > limit)
        return error_set(error, PQT_LIMIT, "page of %u bytes; at most %zu are read",
                         header->uncompressed_bytes, limit);
    pqt_view bytes;
    const window_place place = {pages->at, header_bytes + header->compressed_bytes, end};
    TRY(page_window_show(&pages->window, place, &bytes, error));
    *body = (pqt_view){bytes.data + header_bytes, header->compressed_bytes};
    TRY(check_crc(pages, header, *body, error));
    return decrypt_body(pages, header, body, error);
}

/* *owned is the block where the bytes are, or NULL: still in the window. */
static pqt_status decompress(page_reader *pages, pqt_view in, size_t size_bytes,
                             uint8_t **owned, pqt_view *out, pqt_error *error)
{
    if (pages->chunk->codec == PQT_UNCOMPRESSED) {
        if (in.size_bytes != size_bytes)
            return error_set(error, PQT_CORRUPT,
                             "uncompressed page of %zu bytes; its header says %zu",
                             in.size_bytes, size_bytes);
        *owned = keep_plain(pages);
        *out = in;
        return PQT_OK;
    }
    TRY(block_pool_take(&pages->blocks, size_bytes, owned, error));
    if (size_bytes > 0 || in.size_bytes > 0)
        TRY(codec_decompress(&pages->codecs, pages->chunk->codec, in,
                             (codec_target){*owned, size_bytes}, error));
    *out = (pqt_view){*owned, size_bytes};
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
    TRY(decompress(pages, body, h->uncompressed_bytes, &pages->body, &bytes, error));
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
    if (!h->is_compressed) pages->body = keep_plain(pages);
    if (!h->is_compressed) return PQT_OK;
    return decompress(pages, rest, h->uncompressed_bytes - (size_t)levels, &pages->body,
                      &out->values, error);
}

/* The dictionary's bytes stay where they are until the chunk is closed. */
static pqt_status read_dictionary(page_reader *pages, const page_header *header,
                                  pqt_view body, pqt_error *error)
{
    uint8_t *owned = NULL;
    pqt_view bytes;
    if (pages->dictionary.data)
        return error_set(error, PQT_CORRUPT, "a second dictionary page");
    if (header->encoding != PQT_PLAIN && header->encoding != PQT_PLAIN_DICTIONARY)
        return error_set(error, PQT_UNSUPPORTED, "dictionary of encoding %s",
                         pqt_encoding_name(header->encoding));
    TRY(decompress(pages, body, header->uncompressed_bytes, &owned, &bytes, error));
    if (!owned && bytes.size_bytes > 0 && page_window_has_block(&pages->window)) {
        TRY(block_pool_take(&pages->blocks, bytes.size_bytes, &owned, error));
        memcpy(owned, bytes.data, bytes.size_bytes);
        bytes.data = owned;
    }
    if (!bytes.data) bytes.data = (const uint8_t *)"";
    pages->dictionary = bytes;
    pages->dictionary_count = (size_t)header->value_count;
    return PQT_OK;
}

static pqt_status take_dictionary(page_reader *pages, uint64_t end,
                                  const page_header *header, size_t header_bytes,
                                  pqt_error *error)
{
    pqt_view body;
    pqt_status status = read_body(pages, end, header, header_bytes, &body, error);
    if (status == PQT_OK) status = read_dictionary(pages, header, body, error);
    drop_plain(pages);
    return error_at_page(pages, status, error);
}

/* Behind a page whose header was read. */
static void go_behind(page_reader *pages, const page_header *header, size_t header_bytes)
{
    pages->at += header_bytes + header->compressed_bytes;
    pages->header_bytes = 0;
}

/* The page at `at`, which is the dictionary's, or should be. It lies before `end`. */
static pqt_status read_page_before(page_reader *pages, uint64_t end, pqt_error *error)
{
    page_header header;
    size_t header_bytes;
    TRY(read_header(pages, end, &header, &header_bytes, error));
    if (header.type == PAGE_DICTIONARY) {
        TRY(take_dictionary(pages, end, &header, header_bytes, error));
        go_behind(pages, &header, header_bytes);
        return PQT_OK;
    }
    if (pages->chunk->dictionary_page_offset < 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "no dictionary page where one should be");
}

/* With an index: the dictionary page is what stands before the first data page. Bytes are
 * read up to `end`. */
static pqt_status read_first_page(page_reader *pages, uint64_t end, pqt_error *error)
{
    const uint64_t first = (uint64_t)pages->index->locations[0].offset;
    const uint64_t back = pages->at;
    pages->at = metadata_chunk_range(pages->chunk).offset;
    const pqt_status status =
        pages->at < first ? read_page_before(pages, end, error) : PQT_OK;
    pages->at = back;
    return status;
}

static pqt_status peek_at_page(page_reader *pages, pqt_error *error)
{
    page_header header;
    size_t header_bytes;
    const uint64_t end = place_of(pages, 0).end;
    TRY(read_header(pages, end, &header, &header_bytes, error));
    if (header.type == PAGE_DATA || header.type == PAGE_DATA_V2) {
        pages->header = header;
        pages->header_bytes = header_bytes;
        return PQT_OK;
    }
    if (pages->index)
        return error_set(error, PQT_CORRUPT, "page %d of the page index has no values",
                         (int)pages->page);
    if (header.type == PAGE_DICTIONARY)
        TRY(take_dictionary(pages, end, &header, header_bytes, error));
    go_behind(pages, &header, header_bytes);
    return PQT_OK;
}

/* With an index the dictionary is read first: later, its bytes would take the place of
 * the open page's in the window. Where the first page is next, it comes along. */
pqt_status page_reader_peek(page_reader *pages, const page_header **out, pqt_error *error)
{
    if (pages->index && !pages->sought_dictionary) {
        const uint64_t first = (uint64_t)pages->index->locations[0].offset;
        const uint64_t end = pages->at == first ? place_of(pages, 0).end : first;
        TRY(read_first_page(pages, end, error));
    }
    pages->sought_dictionary = true;
    while (!pages->header_bytes && has_more(pages)) TRY(peek_at_page(pages, error));
    *out = pages->header_bytes ? &pages->header : NULL;
    if (!*out || pages->index || pages->header.value_count <= pages->values_left)
        return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "the pages have more values than the column chunk's %lld",
                     (long long)pages->chunk->value_count);
}

pqt_status page_reader_need_dictionary(page_reader *pages, pqt_error *error)
{
    const page_header *ignored;
    const uint64_t data = (uint64_t)pages->chunk->data_page_offset;
    if (pages->sought_dictionary) return PQT_OK;
    if (pages->index)
        TRY(read_first_page(pages, (uint64_t)pages->index->locations[0].offset, error));
    else if (pages->chunk->dictionary_page_offset >= 0 && data > pages->at)
        TRY(read_page_before(pages, data, error));
    else
        TRY(page_reader_peek(pages, &ignored, error));
    pages->sought_dictionary = true;
    return PQT_OK;
}

void page_reader_pass(page_reader *pages)
{
    pages->values_left -= pages->header.value_count;
    go_behind(pages, &pages->header, pages->header_bytes);
    pages->page++;
    if (pages->index && pages->page < pages->index->page_count)
        pages->at = (uint64_t)pages->index->locations[pages->page].offset;
}

static pqt_status take_body(page_reader *pages, data_page *page, pqt_error *error)
{
    pqt_view body;
    const uint64_t end = place_of(pages, pages->header_bytes).end;
    TRY(read_body(pages, end, &page->header, pages->header_bytes, &body, error));
    return page->header.type == PAGE_DATA ? split_v1(pages, body, page, error)
                                          : split_v2(pages, body, page, error);
}

pqt_status page_reader_take(page_reader *pages, data_page *out, pqt_error *error)
{
    data_page page = {.header = pages->header, .number = pages->page};
    block_pool_give_back(&pages->blocks, pages->body);
    pages->body = NULL;
    drop_plain(pages);
    TRY(error_at_page(pages, take_body(pages, &page, error), error));
    page.values_in_window = !pages->body;
    page_reader_pass(pages);
    *out = page;
    return PQT_OK;
}

void page_reader_show(page_reader *pages, const data_page *page)
{
    block_pool_show(&pages->blocks,
                    page->values_in_window ? pages->window.block : pages->body);
}

pqt_status page_reader_open(page_reader *pages, const chunk_source *source,
                            pqt_error *error)
{
    const pqt_row_group *group = &source->reader->metadata.row_groups[source->row_group];
    const pqt_column_chunk *chunk = &group->columns[source->column];
    const bool has_index = source->index && source->index->page_count > 0;
    const uint64_t bytes_read = pages->window.bytes_read;
    crypto_chunk keys;
    TRY(file_decryption_chunk(&source->reader->decryption, &source->reader->metadata,
                              source->row_group, source->column, &keys, error));
    const pqt_byte_range range = has_index
                                     ? metadata_chunk_range(chunk)
                                     : page_reader_chunk_range(source->reader, chunk);
    *pages = (page_reader){
        .reader = source->reader,
        .chunk = chunk,
        .node = reader_node(source->reader, source->column),
        .index = has_index ? source->index : NULL,
        .codecs = pages->codecs,
        .blocks = pages->blocks,
        .decryption = pages->decryption,
        .keys = keys,
        .at = has_index ? (uint64_t)source->index->locations[0].offset : range.offset,
        .end = range.offset + range.size_bytes,
        .values_left = chunk->value_count};
    pages->blocks.allocator = source->reader->options.allocator;
    pages->decryption.header.allocator = source->reader->options.allocator;
    pages->decryption.blocks = &pages->blocks;
    block_pool_reset(&pages->blocks);
    pages->window = (page_window){.reader = source->reader,
                                  .ahead = source->ahead,
                                  .blocks = &pages->blocks,
                                  .window_bytes = source->window_bytes,
                                  .bytes_read = bytes_read};
    return PQT_OK;
}
