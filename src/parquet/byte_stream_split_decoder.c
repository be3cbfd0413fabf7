/* BYTE_STREAM_SPLIT: byte k of all values, for each k (Encodings.md). */
#include "base/checked.h"
#include "parquet/decoder.h"

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    size_t needed;
    if (!checked_multiply(count, d->value_bytes, &needed) || needed != bytes.size_bytes)
        return error_set(error, PQT_CORRUPT,
                         "byte stream split: %zu bytes for %zu values of %zu bytes",
                         bytes.size_bytes, count, d->value_bytes);
    d->in = cursor_of(bytes);
    d->count = count;
    d->at = 0;
    return PQT_OK;
}

/* `count` values whose bytes are `stride` apart, put together at `out`. */
static void gather(const uint8_t *in, size_t stride, size_t value_bytes, uint8_t *out,
                   size_t count)
{
    for (size_t k = 0; k < value_bytes; k++)
        for (size_t i = 0; i < count; i++) out[i * value_bytes + k] = in[k * stride + i];
}

#if defined(__has_builtin) && !defined(PQT_NO_SIMD)
#if __has_builtin(__builtin_shufflevector)
#define HAS_SHUFFLES
#endif
#endif

#ifdef HAS_SHUFFLES
typedef uint8_t bytes_16 __attribute__((vector_size(16)));

#define INLINE static inline __attribute__((always_inline))

INLINE bytes_16 interleave_low(bytes_16 a, bytes_16 b)
{
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22,
                                   7, 23);
}

INLINE bytes_16 interleave_high(bytes_16 a, bytes_16 b)
{
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14,
                                   30, 15, 31);
}

/*
 * Sixteen values at a time. Each round interleaves the streams of the lower half with
 * those of the upper half, until a value's bytes are together; 2 to the power of `rounds`
 * bytes a value. Returns how many values were done.
 */
INLINE size_t interleave(const uint8_t *in, size_t stride, unsigned rounds, uint8_t *out,
                         size_t count)
{
    const size_t width = (size_t)1 << rounds;
    size_t done = 0;
    for (; count - done >= 16; done += 16) {
        bytes_16 streams[16], next[16];
        for (size_t k = 0; k < width; k++)
            memcpy(&streams[k], in + k * stride + done, 16);
        for (unsigned round = 0; round < rounds; round++) {
            for (size_t k = 0; k < width / 2; k++) {
                next[2 * k] = interleave_low(streams[k], streams[k + width / 2]);
                next[2 * k + 1] = interleave_high(streams[k], streams[k + width / 2]);
            }
            memcpy(streams, next, sizeof streams);
        }
        memcpy(out + done * width, streams, 16 * width);
    }
    return done;
}

static size_t gather_fast(const uint8_t *in, size_t stride, size_t value_bytes,
                          uint8_t *out, size_t count)
{
    if (value_bytes == 2) return interleave(in, stride, 1, out, count);
    if (value_bytes == 4) return interleave(in, stride, 2, out, count);
    if (value_bytes == 8) return interleave(in, stride, 3, out, count);
    if (value_bytes == 16) return interleave(in, stride, 4, out, count);
    return 0;
}
#else
static size_t gather_fast(const uint8_t *in, size_t stride, size_t value_bytes,
                          uint8_t *out, size_t count)
{
    (void)in;
    (void)stride;
    (void)value_bytes;
    (void)out;
    (void)count;
    return 0;
}
#endif

static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    uint8_t *bytes = out;
    const bool views = d->type == PQT_FIXED_LEN_BYTE_ARRAY;
    if (views) TRY(block_pool_take(d->blocks, count * d->value_bytes, &bytes, error));
    const uint8_t *in = d->in.at + d->at;
    const size_t done = gather_fast(in, d->count, d->value_bytes, bytes, count);
    gather(in + done, d->count, d->value_bytes, bytes + done * d->value_bytes,
           count - done);
    for (size_t i = 0; views && i < count; i++)
        ((pqt_view *)out)[i] = (pqt_view){bytes + i * d->value_bytes, d->value_bytes};
    d->at += count;
    return PQT_OK;
}

static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    (void)error;
    d->at += count;
    return PQT_OK;
}

const decoder_kind byte_stream_split_decoder = {
    .types = 1u << PQT_INT32 | 1u << PQT_INT64 | 1u << PQT_FLOAT | 1u << PQT_DOUBLE |
             1u << PQT_FIXED_LEN_BYTE_ARRAY,
    .start = start,
    .decode = decode,
    .skip = skip,
};
