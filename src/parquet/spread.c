#include "parquet/spread.h"

#include <string.h>

#include "parquet/bit_lanes.h"
#include "parquet/bits.h"

/* The eight bits from any position. */
static unsigned byte_at(const uint8_t *bits, size_t at)
{
    const unsigned low = bits[at / 8], high = bits[at / 8 + 1];
    return (low | high << 8) >> at % 8 & 0xff;
}

/* From the last slot on, so that no value is lost: eight at once where none is null,
 * otherwise without a branch on what is. Nulls before the first value are left to the
 * caller, who gets the number of slots that were not looked at. */
#define DEFINE_SPREAD(name, type)                                               \
    static size_t name(const spreading *s, size_t count, size_t valid)          \
    {                                                                           \
        static const type none;                                                 \
        type *values = s->slots;                                                \
        while (valid > 0 && valid < count) {                                    \
            const size_t step = count < 8 ? count : 8;                          \
            count -= step;                                                      \
            if (step == 8 && byte_at(s->validity, s->at + count) == 0xff) {     \
                valid -= 8;                                                     \
                memmove(values + count, values + valid, 8 * sizeof(type));      \
                continue;                                                       \
            }                                                                   \
            for (size_t i = step; i-- > 0;) {                                   \
                const bool is_valid = bits_get(s->validity, s->at + count + i); \
                const type *from = is_valid ? &values[valid - 1] : &none;       \
                values[count + i] = *from;                                      \
                valid -= is_valid;                                              \
            }                                                                   \
        }                                                                       \
        return valid == 0 ? count : 0;                                          \
    }
DEFINE_SPREAD(spread_1, uint8_t)
DEFINE_SPREAD(spread_4, uint32_t)
DEFINE_SPREAD(spread_8, uint64_t)
DEFINE_SPREAD(spread_16, pqt_view)

static void spread_first(const spreading *s, size_t count, size_t valid)
{
    size_t nulls = 0;
    if (s->slot_bytes == 1) nulls = spread_1(s, count, valid);
    if (s->slot_bytes == 4) nulls = spread_4(s, count, valid);
    if (s->slot_bytes == 8) nulls = spread_8(s, count, valid);
    if (s->slot_bytes == sizeof(pqt_view)) nulls = spread_16(s, count, valid);
    memset(s->slots, 0, nulls * s->slot_bytes);
}

void spread_values_scalar(const spreading *s)
{
    spread_first(s, s->count, s->valid);
}

#if defined(PQT_HAS_AVX2)

/* For each byte of validity and each of its slots: how many of the slots before it are
 * not null, which is where its value is among theirs. */
#define HAS(bits, slot) ((bits) >> (slot)&1)
#define RANKS(bits)                                                                    \
    {                                                                                  \
        0, HAS(bits, 0), HAS(bits, 0) + HAS(bits, 1),                                  \
            HAS(bits, 0) + HAS(bits, 1) + HAS(bits, 2),                                \
            HAS(bits, 0) + HAS(bits, 1) + HAS(bits, 2) + HAS(bits, 3),                 \
            HAS(bits, 0) + HAS(bits, 1) + HAS(bits, 2) + HAS(bits, 3) + HAS(bits, 4),  \
            HAS(bits, 0) + HAS(bits, 1) + HAS(bits, 2) + HAS(bits, 3) + HAS(bits, 4) + \
                HAS(bits, 5),                                                          \
            HAS(bits, 0) + HAS(bits, 1) + HAS(bits, 2) + HAS(bits, 3) + HAS(bits, 4) + \
                HAS(bits, 5) + HAS(bits, 6)                                            \
    }
#define RANKS_4(bits) RANKS(bits), RANKS(bits + 1), RANKS(bits + 2), RANKS(bits + 3)
#define RANKS_16(bits) \
    RANKS_4(bits), RANKS_4(bits + 4), RANKS_4(bits + 8), RANKS_4(bits + 12)
#define RANKS_64(bits) \
    RANKS_16(bits), RANKS_16(bits + 16), RANKS_16(bits + 32), RANKS_16(bits + 48)
static const uint8_t ranks[256][8] = {RANKS_64(0), RANKS_64(64), RANKS_64(128),
                                      RANKS_64(192)};

static size_t ones(unsigned bits)
{
    return ranks[bits & 0xff][7] + (bits >> 7 & 1);
}

/* Eight values of 4 bytes to eight slots. */
AVX2 static inline void spread_group_4(const uint32_t *values, unsigned bits,
                                       uint32_t *slots)
{
    const __m256i each = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m128i rank = _mm_loadl_epi64((const __m128i *)(const void *)ranks[bits]);
    const __m256i in = _mm256_loadu_si256((const __m256i *)(const void *)values);
    const __m256i out = _mm256_permutevar8x32_epi32(in, _mm256_cvtepu8_epi32(rank));
    const __m256i set = _mm256_and_si256(_mm256_set1_epi32((int)bits), each);
    _mm256_storeu_si256((__m256i *)(void *)slots,
                        _mm256_and_si256(out, _mm256_cmpeq_epi32(set, each)));
}

/* Four values of 8 bytes to four slots, each moved as two lanes. */
AVX2 static inline void spread_group_8(const uint64_t *values, unsigned bits,
                                       uint64_t *slots)
{
    const __m256i each = _mm256_setr_epi64x(1, 2, 4, 8);
    uint32_t rank;
    memcpy(&rank, ranks[bits], sizeof rank);
    const __m256i wide = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128((int)rank));
    const __m256i low = _mm256_add_epi64(wide, wide);
    const __m256i lanes =
        _mm256_add_epi64(_mm256_or_si256(low, _mm256_slli_epi64(low, 32)),
                         _mm256_set1_epi64x(INT64_C(1) << 32));
    const __m256i in = _mm256_loadu_si256((const __m256i *)(const void *)values);
    const __m256i out = _mm256_permutevar8x32_epi32(in, lanes);
    const __m256i set = _mm256_and_si256(_mm256_set1_epi64x(bits), each);
    _mm256_storeu_si256((__m256i *)(void *)slots,
                        _mm256_and_si256(out, _mm256_cmpeq_epi64(set, each)));
}

/* Groups of eight slots from the last on; what a group loads lies before its end, as no
 * value is behind its slot. */
AVX2 static void spread_groups_4(const spreading *s, size_t count, size_t valid)
{
    uint32_t *slots = s->slots;
    for (size_t i = count; i > 0 && valid < i; i -= 8) {
        const unsigned bits = byte_at(s->validity, s->at + i - 8);
        valid -= ones(bits);
        spread_group_4(slots + valid, bits, slots + i - 8);
    }
}

AVX2 static void spread_groups_8(const spreading *s, size_t count, size_t valid)
{
    uint64_t *slots = s->slots;
    for (size_t i = count; i > 0 && valid < i; i -= 8) {
        const unsigned bits = byte_at(s->validity, s->at + i - 8);
        valid -= ones(bits);
        spread_group_8(slots + valid + ones(bits & 15), bits >> 4, slots + i - 4);
        spread_group_8(slots + valid, bits & 15, slots + i - 8);
    }
}

/* Slots that make no whole group are the last ones and are done first. */
void spread_values(const spreading *s)
{
    const size_t rest = s->count % 8, whole = s->count - rest;
    if ((s->slot_bytes != 4 && s->slot_bytes != 8) || !has_avx2()) {
        spread_values_scalar(s);
        return;
    }
    const size_t last = bits_count(s->validity, s->at + whole, rest);
    const spreading end = {.slots = (uint8_t *)s->slots + whole * s->slot_bytes,
                           .slot_bytes = s->slot_bytes,
                           .count = rest,
                           .valid = last,
                           .validity = s->validity,
                           .at = s->at + whole};
    memmove(end.slots, (uint8_t *)s->slots + (s->valid - last) * s->slot_bytes,
            last * s->slot_bytes);
    spread_values_scalar(&end);
    if (s->slot_bytes == 4)
        spread_groups_4(s, whole, s->valid - last);
    else
        spread_groups_8(s, whole, s->valid - last);
}
#else
void spread_values(const spreading *s)
{
    spread_values_scalar(s);
}
#endif
