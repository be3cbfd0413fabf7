/*
 * Unpacking eight values at once with AVX2: each lane gets the four bytes that its value
 * begins in, shifts it to its lowest bit and masks it. Only where the processor has it,
 * and not with PQT_NO_SIMD: what is done without is the reference of what is done with.
 */
#ifndef PARQUET_BIT_LANES_H
#define PARQUET_BIT_LANES_H

#if defined(__x86_64__) && !defined(PQT_NO_SIMD)
#define PQT_HAS_AVX2

#include <immintrin.h>
#include <stdbool.h>

#include "pqt_base.h"

#define AVX2 __attribute__((target("avx2")))

enum {
    BIT_LANES_WIDEST = 25, /* bits of a value */
    BIT_LANES_LOAD = 16    /* bytes that are loaded from half a group on */
};

typedef struct bit_lanes {
    uint8_t bytes[32]; /* of the load, of each lane */
    uint32_t shifts[8];
} bit_lanes;

/* By width, 0 to BIT_LANES_WIDEST. */
extern const bit_lanes bit_lanes_of[];

static inline bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

/* How many of `groups` of eight values have all that is loaded for them in `in`. */
static inline size_t bit_lanes_room(pqt_view in, size_t groups, unsigned width)
{
    const size_t loaded = width / 2 + BIT_LANES_LOAD;
    if (width == 0 || width > BIT_LANES_WIDEST || in.size_bytes < loaded) return 0;
    const size_t room = (in.size_bytes - loaded) / width + 1;
    return room < groups ? room : groups;
}

/* The next group at `in`: `width` bytes. */
AVX2 static inline __m256i bit_lanes_unpack(const uint8_t *in, unsigned width)
{
    const bit_lanes *l = &bit_lanes_of[width];
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)l->bytes);
    const __m256i shifts = _mm256_loadu_si256((const __m256i *)(const void *)l->shifts);
    const __m256i mask = _mm256_set1_epi32((int)((1u << width) - 1));
    const __m128i low = _mm_loadu_si128((const __m128i *)(const void *)in);
    const __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(in + width / 2));
    const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    return _mm256_and_si256(_mm256_srlv_epi32(_mm256_shuffle_epi8(both, bytes), shifts),
                            mask);
}

#endif
#endif
