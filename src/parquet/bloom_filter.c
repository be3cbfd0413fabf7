#include "parquet/bloom_filter.h"

#include "base/alloc.h"
#include "base/checked.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "parquet/thrift_reader.h"

enum {
    HEADER_LIMIT_BYTES = 64,
    BLOCK_BYTES = 32,
    BLOCK_WORDS = 8,
    WHOLE_LIMIT_BYTES = 128 << 10, /* read at once where each read is a round trip */
    FAR_VALUES_LIMIT = 4           /* checked one by one in a larger one */
};

static const uint32_t salts[BLOCK_WORDS] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                            0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                            0x9efc4947U, 0x5c6bfb31U};

/* A chunk's filter, and what of its bytes is at hand. */
struct filter {
    const pqt_reader *reader;
    crypto_chunk keys; /* key NULL: it is not encrypted */
    uint64_t offset;   /* of the header */
    uint8_t *bytes;    /* from there on; NULL: they are read as they are needed */
    size_t size_bytes;
    pqt_byte_range bits;
    bool is_known; /* its algorithm, hash and compression are what this library knows */
    uint64_t bytes_read;
};

static pqt_status read_bytes(struct filter *f, pqt_byte_range range, uint8_t *out,
                             pqt_error *error)
{
    const uint64_t at = range.offset - f->offset;
    if (f->bytes && range_within(at, range.size_bytes, f->size_bytes)) {
        memcpy(out, f->bytes + at, (size_t)range.size_bytes);
        return PQT_OK;
    }
    if (!reader_has_bytes(f->reader, range.offset)) f->bytes_read += range.size_bytes;
    return pqt_reader_read_bytes(f->reader, range, out, error);
}

static pqt_status read_whole(struct filter *f, size_t size_bytes, pqt_error *error)
{
    f->bytes = alloc_bytes(f->reader->options.allocator, size_bytes);
    if (!f->bytes) return error_no_memory(error, size_bytes);
    TRY(read_bytes(f, (pqt_byte_range){f->offset, size_bytes}, f->bytes, error));
    f->size_bytes = size_bytes;
    return PQT_OK;
}

/* Whether a union has its first member, the only one that is known of each. */
static bool read_kind(thrift_reader *r, const thrift_struct *s)
{
    bool is_first = false;
    thrift_struct member = {0};
    if (!thrift_is_struct(r, s)) return false;
    while (thrift_next(r, &member)) {
        is_first = member.id == 1;
        thrift_skip(r, &member);
    }
    return is_first;
}

/* The length of the header, that of the filter's bits, and whether they can be made sense
 * of. */
static pqt_status parse_header(struct filter *f, pqt_view bytes, size_t *header_bytes,
                               pqt_error *error)
{
    enum { ALGORITHM = 2, COMPRESSION = 4, ALL_KINDS = 1 << 2 | 1 << 3 | 1 << 4 };
    thrift_reader r = thrift_reader_of(bytes, error);
    int32_t bit_bytes = 0;
    int known = 0;
    thrift_struct s = {0};
    while (thrift_next(&r, &s)) {
        if (s.id == 1)
            bit_bytes = thrift_read_i32(&r, &s);
        else if (s.id >= ALGORITHM && s.id <= COMPRESSION)
            known |= read_kind(&r, &s) << s.id;
        else
            thrift_skip(&r, &s);
    }
    TRY(r.status);
    if (bit_bytes <= 0 || bit_bytes % BLOCK_BYTES != 0)
        return error_set(error, PQT_CORRUPT, "bloom filter of %d bytes", (int)bit_bytes);
    f->is_known = known == ALL_KINDS;
    f->bits.size_bytes = (uint64_t)bit_bytes;
    *header_bytes = thrift_position(&r);
    return PQT_OK;
}

/* What is at hand from `offset` on, but no more than a header has. */
static pqt_status read_front(struct filter *f, uint64_t offset,
                             uint8_t bytes[HEADER_LIMIT_BYTES], pqt_view *out,
                             pqt_error *error)
{
    const uint64_t file_bytes = f->reader->input.size_bytes;
    if (offset >= file_bytes)
        return error_set(error, PQT_CORRUPT, "bloom filter behind the file's end");
    const uint64_t left = file_bytes - offset;
    *out =
        (pqt_view){bytes, left < HEADER_LIMIT_BYTES ? (size_t)left : HEADER_LIMIT_BYTES};
    return read_bytes(f, (pqt_byte_range){offset, out->size_bytes}, bytes, error);
}

static pqt_status read_header(struct filter *f, pqt_error *error)
{
    uint8_t bytes[HEADER_LIMIT_BYTES];
    pqt_view front;
    size_t header_bytes = 0;
    TRY(read_front(f, f->offset, bytes, &front, error));
    TRY(parse_header(f, front, &header_bytes, error));
    f->bits.offset = f->offset + header_bytes;
    if (range_within(f->bits.offset, f->bits.size_bytes, f->reader->input.size_bytes))
        return PQT_OK;
    return error_set(error, PQT_CORRUPT, "bloom filter of %llu bytes",
                     (unsigned long long)f->bits.size_bytes);
}

/* --- Encrypted filters: header and bits are a module each --- */

/* The plain bytes of the module at *offset, which moves behind it; in the arena. */
static pqt_status take_module(struct filter *f, crypto_module_type type, uint64_t *offset,
                              arena *memory, pqt_view *plain, pqt_error *error)
{
    uint8_t bytes[HEADER_LIMIT_BYTES];
    crypto_context context = {0};
    crypto_size size = {0};
    pqt_view module;
    TRY(read_front(f, *offset, bytes, &module, error));
    /* Only the length is looked at; what may follow it is the rest of the file. */
    module.size_bytes = (size_t)(f->reader->input.size_bytes - *offset);
    TRY(crypto_module_measure(CRYPTO_GCM, module, &size, error));
    const size_t limit = f->reader->options.page_limit_bytes;
    if (size.plain_bytes > limit)
        return error_set(error, PQT_LIMIT,
                         "bloom filter of %zu bytes; at most %zu are read",
                         size.plain_bytes, limit);
    uint8_t *whole = arena_alloc(memory, size.module_bytes, 1);
    if (!whole) return error_no_memory(error, size.module_bytes);
    TRY(read_bytes(f, (pqt_byte_range){*offset, size.module_bytes}, whole, error));
    const crypto_seal seal = crypto_chunk_seal(&f->keys, type, 0);
    module = (pqt_view){whole, size.module_bytes};
    const pqt_status status =
        crypto_module_take(&context, &seal, module, memory, plain, error);
    crypto_context_free(&context);
    *offset += size.module_bytes;
    return status;
}

/* Makes the plain bits what is at hand. They must be read whole to be authentic. */
static pqt_status decrypt(struct filter *f, arena *memory, pqt_error *error)
{
    pqt_view header, bits;
    size_t header_bytes = 0;
    uint64_t offset = f->offset;
    TRY(take_module(f, CRYPTO_BLOOM_FILTER_HEADER, &offset, memory, &header, error));
    TRY(parse_header(f, header, &header_bytes, error));
    TRY(take_module(f, CRYPTO_BLOOM_FILTER_BITSET, &offset, memory, &bits, error));
    if (bits.size_bytes != f->bits.size_bytes)
        return error_set(error, PQT_CORRUPT, "bloom filter of %zu bytes; expected %llu",
                         bits.size_bytes, (unsigned long long)f->bits.size_bytes);
    alloc_release(f->reader->options.allocator, f->bytes);
    f->bytes = alloc_bytes(f->reader->options.allocator, bits.size_bytes);
    if (!f->bytes) return error_no_memory(error, bits.size_bytes);
    memcpy(f->bytes, bits.data, bits.size_bytes);
    f->size_bytes = bits.size_bytes;
    f->bits.offset = f->offset;
    return PQT_OK;
}

static pqt_status read_encrypted(struct filter *f, pqt_error *error)
{
    arena memory = {.allocator = f->reader->options.allocator};
    const pqt_status status = decrypt(f, &memory, error);
    arena_free(&memory);
    return status;
}

/* --- Looking up --- */

static bool block_has(const uint8_t *block, uint32_t key)
{
    for (int i = 0; i < BLOCK_WORDS; i++) {
        const uint32_t bit = (key * salts[i]) >> 27;
        if (!(load_u32le(block + 4 * i) >> bit & 1)) return false;
    }
    return true;
}

static pqt_status check_value(struct filter *f, pqt_view plain, bool *may_contain,
                              pqt_error *error)
{
    uint8_t block[BLOCK_BYTES];
    const uint64_t hash = hash_xxh64(plain.data, plain.size_bytes);
    const uint64_t number = ((hash >> 32) * (f->bits.size_bytes / BLOCK_BYTES)) >> 32;
    const pqt_byte_range range = {f->bits.offset + number * BLOCK_BYTES, BLOCK_BYTES};
    TRY(read_bytes(f, range, block, error));
    *may_contain = block_has(block, (uint32_t)hash);
    return PQT_OK;
}

static pqt_status check_values(struct filter *f, bloom_values values, bool *may_contain,
                               pqt_error *error)
{
    bool found = false;
    TRY(f->keys.key ? read_encrypted(f, error) : read_header(f, error));
    if (!f->is_known) return PQT_OK;
    for (size_t i = 0; i < values.count; i++) {
        TRY(check_value(f, values.values[i], &found, error));
        if (found) break;
    }
    *may_contain = found;
    return PQT_OK;
}

pqt_status bloom_filter_check(const bloom_place *place, bloom_values values,
                              uint64_t *bytes_read, bool *may_contain, pqt_error *error)
{
    const pqt_reader *reader = place->reader;
    const pqt_column_chunk *chunk =
        &reader->metadata.row_groups[place->row_group].columns[place->column];
    struct filter f = {.reader = reader, .offset = (uint64_t)chunk->bloom_filter_offset};
    *may_contain = true;
    if (chunk->is_hidden || chunk->bloom_filter_offset < 0) return PQT_OK;
    TRY(file_decryption_chunk(&reader->decryption, &reader->metadata, place->row_group,
                              place->column, &f.keys, error));
    const bool is_small = chunk->bloom_filter_bytes > 0 &&
                          chunk->bloom_filter_bytes <= WHOLE_LIMIT_BYTES &&
                          range_within(f.offset, (uint64_t)chunk->bloom_filter_bytes,
                                       reader->input.size_bytes);
    if (!reader->is_near && !is_small && values.count > FAR_VALUES_LIMIT) return PQT_OK;
    pqt_status status = PQT_OK;
    if (!reader->is_near && is_small)
        status = read_whole(&f, (size_t)chunk->bloom_filter_bytes, error);
    if (status == PQT_OK) status = check_values(&f, values, may_contain, error);
    alloc_release(reader->options.allocator, f.bytes);
    *bytes_read += f.bytes_read;
    return status;
}

pqt_status pqt_reader_bloom_check(const pqt_reader *reader, int32_t row_group,
                                  int32_t column, pqt_view plain, bool *may_contain,
                                  pqt_error *error)
{
    uint64_t ignored = 0;
    bool found = true;
    TRY(reader_check_chunk(reader, row_group, column, error));
    const bloom_place place = {reader, row_group, column};
    const bloom_values values = {&plain, 1};
    TRY(reader_error_at(reader, row_group, column,
                        bloom_filter_check(&place, values, &ignored, &found, error),
                        error));
    *may_contain = found;
    return PQT_OK;
}
