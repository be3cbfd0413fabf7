#include "parquet/delta_binary_packed_decoder.h"

#include "parquet/bit_lanes.h"
#include "parquet/bit_unpack.h"
#include "parquet/decoder.h"

pqt_status delta_decoder_start(delta_decoder *d, pqt_view bytes, pqt_error *error)
{
    cursor in = cursor_of(bytes);
    uint64_t block_values;
    uint64_t miniblocks;
    uint64_t total;
    uint64_t first;
    if (!cursor_varint(&in, &block_values) || !cursor_varint(&in, &miniblocks) ||
        !cursor_varint(&in, &total) || !cursor_varint(&in, &first))
        return error_set(error, PQT_CORRUPT, "delta: no header");
    if (block_values == 0 || block_values > UINT32_MAX || miniblocks == 0 ||
        block_values % miniblocks != 0 || block_values / miniblocks % 32 != 0)
        return error_set(
            error, PQT_CORRUPT, "delta: blocks of %llu values in %llu miniblocks",
            (unsigned long long)block_values, (unsigned long long)miniblocks);
    if (total > INT32_MAX)
        return error_set(error, PQT_CORRUPT, "delta: %llu values in a page",
                         (unsigned long long)total);
    d->in = in;
    d->total = total;
    d->left = total;
    d->first_is_due = total > 0;
    d->last = (uint64_t)zigzag_decode(first);
    d->miniblock_count = (size_t)miniblocks;
    d->miniblock_values = (size_t)(block_values / miniblocks);
    d->widths = (pqt_view){0};
    d->packed_left = 0;
    d->ahead_at = 0;
    d->ahead_count = 0;
    return PQT_OK;
}

static pqt_status start_block(delta_decoder *d, pqt_error *error)
{
    uint64_t min_delta;
    if (!cursor_varint(&d->in, &min_delta) ||
        !cursor_bytes(&d->in, d->miniblock_count, &d->widths))
        return error_set(error, PQT_CORRUPT,
                         "delta: ends before a block, %llu values left",
                         (unsigned long long)d->left);
    d->min_delta = (uint64_t)zigzag_decode(min_delta);
    return PQT_OK;
}

/* The last miniblock may be cut behind its last value. */
static pqt_status start_miniblock(delta_decoder *d, pqt_error *error)
{
    if (d->widths.size_bytes == 0) TRY(start_block(d, error));
    d->width = d->widths.data[0];
    d->widths.data++;
    d->widths.size_bytes--;
    if (d->width > 64)
        return error_set(error, PQT_CORRUPT, "delta: values of %u bits", d->width);
    const size_t used =
        d->left < d->miniblock_values ? (size_t)d->left : d->miniblock_values;
    const size_t needed = (used * d->width + 7) / 8;
    const size_t whole = d->miniblock_values / 8 * d->width;
    const size_t left = cursor_left(&d->in);
    if (needed > left)
        return error_set(error, PQT_CORRUPT,
                         "delta: miniblock of %zu bytes, %zu are left", needed, left);
    d->packed = (pqt_view){d->in.at, left};
    cursor_skip(&d->in, whole < left ? whole : left);
    d->packed_left = d->miniblock_values;
    return PQT_OK;
}

/* --- Deltas added up: `count` values, a multiple of DELTA_AHEAD, of the begun miniblock
 */

/* One body for both types. Equal deltas have no bits. */
#define DEFINE_SUM(name, type)                                                    \
    static void name(delta_decoder *d, type *out, size_t count)                   \
    {                                                                             \
        const uint64_t min_delta = d->min_delta;                                  \
        uint64_t last = d->last;                                                  \
        pqt_view in = d->packed;                                                  \
        for (size_t at = 0; at < count; at += DELTA_AHEAD, out += DELTA_AHEAD) {  \
            uint64_t deltas[DELTA_AHEAD];                                         \
            bit_unpack_u64(in, DELTA_AHEAD, d->width, deltas);                    \
            in = behind(in, DELTA_AHEAD / 8 * (size_t)d->width);                  \
            for (size_t i = 0; i < DELTA_AHEAD; i++) {                            \
                last += min_delta + deltas[i];                                    \
                out[i] = (type)last;                                              \
            }                                                                     \
        }                                                                         \
        d->last = last;                                                           \
    }                                                                             \
    static void name##_equal(delta_decoder *d, type *out, size_t count)           \
    {                                                                             \
        uint64_t steps[8], last = d->last;                                        \
        for (size_t i = 0; i < 8; i++) steps[i] = d->min_delta * (i + 1);         \
        for (size_t at = 0; at < count; at += 8, last += steps[7])                \
            for (size_t i = 0; i < 8; i++) out[at + i] = (type)(last + steps[i]); \
        d->last = last;                                                           \
    }

static pqt_view behind(pqt_view in, size_t size_bytes)
{
    if (size_bytes > in.size_bytes) size_bytes = in.size_bytes;
    if (size_bytes == 0) return in;
    return (pqt_view){in.data + size_bytes, in.size_bytes - size_bytes};
}

DEFINE_SUM(sum_i32, int32_t)
DEFINE_SUM(sum_i64, int64_t)

#if defined(PQT_HAS_AVX2)

/* Sums of the lanes up to each one, in 32 bits. */
AVX2 static inline __m256i prefix_sums_32(__m256i lanes)
{
    lanes = _mm256_add_epi32(lanes, _mm256_slli_si256(lanes, 4));
    lanes = _mm256_add_epi32(lanes, _mm256_slli_si256(lanes, 8));
    const __m256i low_half = _mm256_permute2x128_si256(lanes, lanes, 0x08);
    return _mm256_add_epi32(lanes, _mm256_shuffle_epi32(low_half, 0xff));
}

AVX2 static inline __m256i prefix_sums_64(__m256i lanes)
{
    lanes = _mm256_add_epi64(lanes, _mm256_slli_si256(lanes, 8));
    const __m256i low_half = _mm256_permute2x128_si256(lanes, lanes, 0x08);
    return _mm256_add_epi64(lanes, _mm256_unpackhi_epi64(low_half, low_half));
}

AVX2 static inline void store(void *out, __m256i lanes)
{
    _mm256_storeu_si256(out, lanes);
}

AVX2 static void sum_i32_avx2(delta_decoder *d, int32_t *out, size_t count)
{
    const __m256i min_delta = _mm256_set1_epi32((int32_t)d->min_delta);
    const __m256i highest = _mm256_set1_epi32(7);
    const uint8_t *in = d->packed.data;
    __m256i last = _mm256_set1_epi32((int32_t)d->last);
    for (size_t at = 0; at < count; at += 8, in += d->width) {
        const __m256i deltas = bit_lanes_unpack(in, d->width);
        const __m256i sums = prefix_sums_32(_mm256_add_epi32(deltas, min_delta));
        store(out + at, _mm256_add_epi32(sums, last));
        last = _mm256_add_epi32(last, _mm256_permutevar8x32_epi32(sums, highest));
    }
    d->last = (uint64_t)_mm256_extract_epi32(last, 0);
}

AVX2 static void sum_i64_avx2(delta_decoder *d, int64_t *out, size_t count)
{
    const __m256i min_delta = _mm256_set1_epi64x((int64_t)d->min_delta);
    const uint8_t *in = d->packed.data;
    __m256i last = _mm256_set1_epi64x((int64_t)d->last);
    for (size_t at = 0; at < count; at += 8, in += d->width) {
        const __m256i deltas = bit_lanes_unpack(in, d->width);
        const __m256i low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(deltas));
        const __m256i high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(deltas, 1));
        const __m256i low_sums = prefix_sums_64(_mm256_add_epi64(low, min_delta));
        const __m256i high_sums = prefix_sums_64(_mm256_add_epi64(high, min_delta));
        const __m256i middle =
            _mm256_add_epi64(last, _mm256_permute4x64_epi64(low_sums, 0xff));
        store(out + at, _mm256_add_epi64(low_sums, last));
        store(out + at + 4, _mm256_add_epi64(high_sums, middle));
        last = _mm256_add_epi64(middle, _mm256_permute4x64_epi64(high_sums, 0xff));
    }
    d->last = (uint64_t)_mm256_extract_epi64(last, 0);
}

static bool can_use_avx2(const delta_decoder *d, size_t count)
{
    return has_avx2() && bit_lanes_room(d->packed, count / 8, d->width) == count / 8;
}
#else
static bool can_use_avx2(const delta_decoder *d, size_t count)
{
    (void)d;
    (void)count;
    return false;
}
#define sum_i32_avx2 sum_i32
#define sum_i64_avx2 sum_i64
#endif

/* The next values of a miniblock, *count of them where there are as many; a multiple of
 * DELTA_AHEAD. One body a type. */
#define DEFINE_UNPACK(name, type, sum)                                                   \
    static pqt_status name(delta_decoder *d, type *out, size_t *count, pqt_error *error) \
    {                                                                                    \
        if (d->packed_left == 0) TRY(start_miniblock(d, error));                         \
        if (*count > d->packed_left) *count = d->packed_left;                            \
        if (d->width == 0)                                                               \
            sum##_equal(d, out, *count);                                                 \
        else if (can_use_avx2(d, *count))                                                \
            sum##_avx2(d, out, *count);                                                  \
        else                                                                             \
            sum(d, out, *count);                                                         \
        d->packed = behind(d->packed, *count / 8 * (size_t)d->width);                    \
        d->packed_left -= *count;                                                        \
        return PQT_OK;                                                                   \
    }
DEFINE_UNPACK(unpack_i32, int32_t, sum_i32)
DEFINE_UNPACK(unpack_i64, int64_t, sum_i64)

/* --- Giving out */

static pqt_status check_left(const delta_decoder *d, size_t count, pqt_error *error)
{
    if (count <= d->left) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "delta: %zu values expected, %llu are left",
                     count, (unsigned long long)d->left);
}

/* The first value, and those that were unpacked before; one body for both widths. */
#define DEFINE_TAKE(name, type)                                        \
    static size_t name(delta_decoder *d, type *out, size_t count)      \
    {                                                                  \
        size_t taken = 0;                                              \
        if (count > 0 && d->first_is_due) {                            \
            out[taken++] = (type)d->last;                              \
            d->first_is_due = false;                                   \
        }                                                              \
        for (; taken < count && d->ahead_at < d->ahead_count; taken++) \
            out[taken] = (type)d->ahead[d->ahead_at++];                \
        return taken;                                                  \
    }
DEFINE_TAKE(take_i32, int32_t)
DEFINE_TAKE(take_i64, int64_t)

static pqt_status fill_ahead(delta_decoder *d, pqt_error *error)
{
    size_t count = DELTA_AHEAD;
    TRY(unpack_i64(d, d->ahead, &count, error));
    d->ahead_at = 0;
    d->ahead_count = count;
    return PQT_OK;
}

/* One body for both widths. */
#define DEFINE_DECODE(name, type, take, unpack)                                  \
    pqt_status name(delta_decoder *d, type *out, size_t count, pqt_error *error) \
    {                                                                            \
        TRY(check_left(d, count, error));                                        \
        size_t at = take(d, out, count);                                         \
        d->left -= at;                                                           \
        while (count - at >= DELTA_AHEAD) {                                      \
            size_t step = (count - at) / DELTA_AHEAD * DELTA_AHEAD;              \
            TRY(unpack(d, out + at, &step, error));                              \
            d->left -= step;                                                     \
            at += step;                                                          \
        }                                                                        \
        if (at == count) return PQT_OK;                                          \
        TRY(fill_ahead(d, error));                                               \
        d->left -= take(d, out + at, count - at);                                \
        return PQT_OK;                                                           \
    }
DEFINE_DECODE(delta_decode_i32, int32_t, take_i32, unpack_i32)
DEFINE_DECODE(delta_decode_i64, int64_t, take_i64, unpack_i64)

pqt_status delta_skip(delta_decoder *d, size_t count, pqt_error *error)
{
    while (count > 0) {
        int64_t ignored[256];
        const size_t step = count < 256 ? count : 256;
        TRY(delta_decode_i64(d, ignored, step, error));
        count -= step;
    }
    return PQT_OK;
}

pqt_view delta_rest(const delta_decoder *d)
{
    return (pqt_view){d->in.at, cursor_left(&d->in)};
}

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    d->delta.left = 0;
    d->delta.first_is_due = false;
    return count == 0 ? PQT_OK : delta_decoder_start(&d->delta, bytes, error);
}

static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    return d->type == PQT_INT32 ? delta_decode_i32(&d->delta, out, count, error)
                                : delta_decode_i64(&d->delta, out, count, error);
}

static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    return delta_skip(&d->delta, count, error);
}

const decoder_kind delta_binary_packed_decoder = {
    .types = 1u << PQT_INT32 | 1u << PQT_INT64,
    .start = start,
    .decode = decode,
    .skip = skip,
};
