#include "parquet/bloom_filter_writer.h"

#include "base/cursor.h"
#include "base/hash.h"

enum { BLOCK_BYTES = 32, WORDS = 8, BITS_PER_VALUE = 11, FILTER_BYTES_MOST = 1 << 27 };

pqt_status bloom_filter_start(bloom_filter *f, int64_t value_count, pqt_error *error)
{
    size_t size_bytes = BLOCK_BYTES;
    const int64_t count =
        value_count < FILTER_BYTES_MOST ? value_count : FILTER_BYTES_MOST;
    while (size_bytes < FILTER_BYTES_MOST &&
           (int64_t)size_bytes * 8 < count * BITS_PER_VALUE)
        size_bytes *= 2;
    TRY(buffer_resize(&f->bits, size_bytes, error));
    memset(f->bits.data, 0, size_bytes);
    return PQT_OK;
}

void bloom_filter_free(bloom_filter *f)
{
    buffer_free(&f->bits);
}

void bloom_filter_add(bloom_filter *f, pqt_view plain)
{
    static const uint32_t salts[WORDS] = {0x47b6137bu, 0x44974d91u, 0x8824ad5bu,
                                          0xa2b7289du, 0x705495c7u, 0x2df1424bu,
                                          0x9efc4947u, 0x5c6bfb31u};
    const uint64_t hash = hash_xxh64(plain.data, plain.size_bytes);
    const uint64_t blocks = f->bits.size_bytes / BLOCK_BYTES;
    uint8_t *block = f->bits.data + ((hash >> 32) * blocks >> 32) * BLOCK_BYTES;
    for (size_t i = 0; i < WORDS; i++) {
        const unsigned bit = (uint32_t)((uint32_t)hash * salts[i]) >> 27;
        store_u32le(block + 4 * i, load_u32le(block + 4 * i) | 1u << bit);
    }
}

/* The share of absent values that pass is (bits set / bits) ^ 8, at most 1 % up to 56 %
 * of the bits; two blocks that become one have a bit clear where both had. */
static bool may_halve(const bloom_filter *f)
{
    size_t set = 0;
    for (size_t i = 0; i < f->bits.size_bytes; i += 8)
        set += (size_t)__builtin_popcountll(load_u64le(f->bits.data + i));
    const double clear = 1.0 - (double)set / ((double)f->bits.size_bytes * 8.0);
    return 1.0 - clear * clear <= 0.56;
}

/* A value's block is the high part of its hash scaled to the number of blocks: with half
 * as many it is half its number. */
void bloom_filter_fold(bloom_filter *f)
{
    while (f->bits.size_bytes > BLOCK_BYTES && may_halve(f)) {
        const size_t half = f->bits.size_bytes / 2;
        for (size_t i = 0; i < half; i += BLOCK_BYTES)
            for (size_t k = 0; k < BLOCK_BYTES; k++)
                f->bits.data[i + k] =
                    f->bits.data[2 * i + k] | f->bits.data[2 * i + BLOCK_BYTES + k];
        f->bits.size_bytes = half;
    }
}
