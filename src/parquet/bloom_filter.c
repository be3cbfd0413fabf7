/* Checking a split block bloom filter (BloomFilter.md). */
#include "base/checked.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "parquet/reader.h"
#include "parquet/thrift_reader.h"

enum { HEADER_LIMIT_BYTES = 64, BLOCK_BYTES = 32, BLOCK_WORDS = 8 };

static const uint32_t salts[BLOCK_WORDS] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                            0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                            0x9efc4947U, 0x5c6bfb31U};

/* The bytes of the filter's bits; algorithm, hash and compression have one value each. */
static pqt_status read_header(const pqt_reader *reader, uint64_t offset,
                              pqt_byte_range *bits, pqt_error *error)
{
    uint8_t bytes[HEADER_LIMIT_BYTES];
    const uint64_t left = reader->input.size_bytes - offset;
    const size_t size = left < sizeof bytes ? (size_t)left : sizeof bytes;
    TRY(reader_read_bytes(reader, (pqt_byte_range){offset, size}, bytes, error));
    thrift_reader r = thrift_reader_of((pqt_view){bytes, size}, error);
    int32_t bit_bytes = 0;
    thrift_struct s = {0};
    while (thrift_next(&r, &s)) {
        if (s.id == 1)
            bit_bytes = thrift_read_i32(&r, &s);
        else
            thrift_skip(&r, &s);
    }
    TRY(r.status);
    *bits = (pqt_byte_range){offset + thrift_position(&r), (uint64_t)bit_bytes};
    if (bit_bytes > 0 && bit_bytes % BLOCK_BYTES == 0 &&
        range_within(bits->offset, bits->size_bytes, reader->input.size_bytes))
        return PQT_OK;
    return error_set(error, PQT_CORRUPT, "bloom filter of %d bytes", (int)bit_bytes);
}

static bool block_has(const uint8_t *block, uint32_t key)
{
    for (int i = 0; i < BLOCK_WORDS; i++) {
        const uint32_t bit = (key * salts[i]) >> 27;
        if (!(load_u32le(block + 4 * i) >> bit & 1)) return false;
    }
    return true;
}

static pqt_status check_filter(const pqt_reader *reader, uint64_t offset, pqt_view plain,
                               bool *may_contain, pqt_error *error)
{
    pqt_byte_range bits;
    uint8_t block[BLOCK_BYTES];
    if (offset >= reader->input.size_bytes)
        return error_set(error, PQT_CORRUPT, "bloom filter behind the file's end");
    TRY(read_header(reader, offset, &bits, error));
    const uint64_t hash = hash_xxh64(plain.data, plain.size_bytes);
    const uint64_t number = ((hash >> 32) * (bits.size_bytes / BLOCK_BYTES)) >> 32;
    const pqt_byte_range range = {bits.offset + number * BLOCK_BYTES, BLOCK_BYTES};
    TRY(reader_read_bytes(reader, range, block, error));
    *may_contain = block_has(block, (uint32_t)hash);
    return PQT_OK;
}

pqt_status pqt_reader_bloom_check(const pqt_reader *reader, int32_t row_group,
                                  int32_t column, pqt_view plain, bool *may_contain,
                                  pqt_error *error)
{
    TRY(reader_check_chunk(reader, row_group, column, error));
    const pqt_column_chunk *chunk =
        &reader->metadata.row_groups[row_group].columns[column];
    if (chunk->is_encrypted || chunk->bloom_filter_offset < 0) {
        *may_contain = true;
        return PQT_OK;
    }
    return reader_error_at(reader, row_group, column,
                           check_filter(reader, (uint64_t)chunk->bloom_filter_offset,
                                        plain, may_contain, error),
                           error);
}
