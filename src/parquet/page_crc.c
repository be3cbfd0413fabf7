#include "parquet/page_crc.h"

#include <zlib.h>

#include "parquet/bit_lanes.h"

static uint32_t crc_zlib(uint32_t crc, pqt_view bytes)
{
    if (bytes.size_bytes == 0) return crc;
    return (uint32_t)crc32_z(crc, bytes.data, bytes.size_bytes);
}

#if defined(PQT_HAS_AVX2)

#define PCLMUL __attribute__((target("pclmul,sse4.1")))

/*
 * By carry-less multiplication: Gopal et al., "Fast CRC Computation for Generic
 * Polynomials Using PCLMULQDQ Instruction" (2009), for reflected bits. 128 bits are
 * folded over the next ones by the remainders of x^(distance) that stand for their two
 * halves.
 */
enum { LEAST_BYTES = 64 };

PCLMUL static inline __m128i load_16(const uint8_t *in)
{
    return _mm_loadu_si128((const __m128i *)(const void *)in);
}

PCLMUL static inline __m128i fold(__m128i value, __m128i by, __m128i next)
{
    const __m128i low = _mm_clmulepi64_si128(value, by, 0x00);
    const __m128i high = _mm_clmulepi64_si128(value, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* 128 bits to the 32 of the checksum: two folds, then Barrett's reduction. */
PCLMUL static uint32_t reduce(__m128i value)
{
    const __m128i by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const __m128i by_64 = _mm_set_epi64x(0, 0x163cd6124);
    const __m128i polynomial = _mm_set_epi64x(0x1f7011641, 0x1db710641);
    const __m128i low_32 = _mm_set_epi32(0, -1, 0, -1);
    value = _mm_xor_si128(_mm_srli_si128(value, 8),
                          _mm_clmulepi64_si128(value, by_128, 0x10));
    value =
        _mm_xor_si128(_mm_srli_si128(value, 4),
                      _mm_clmulepi64_si128(_mm_and_si128(value, low_32), by_64, 0x00));
    __m128i quotient =
        _mm_clmulepi64_si128(_mm_and_si128(value, low_32), polynomial, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_32), polynomial, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(value, quotient), 1);
}

/* At least LEAST_BYTES, in whole pieces of 16. */
PCLMUL static uint32_t crc_folded(pqt_view bytes)
{
    const __m128i by_512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const uint8_t *at = bytes.data, *end = at + bytes.size_bytes;
    __m128i values[4];
    for (int i = 0; i < 4; i++) values[i] = load_16(at + 16 * i);
    values[0] = _mm_xor_si128(values[0], _mm_cvtsi32_si128(-1));
    for (at += 64; end - at >= 64; at += 64)
        for (int i = 0; i < 4; i++)
            values[i] = fold(values[i], by_512, load_16(at + 16 * i));
    for (int i = 1; i < 4; i++) values[0] = fold(values[0], by_128, values[i]);
    for (; at < end; at += 16) values[0] = fold(values[0], by_128, load_16(at));
    return ~reduce(values[0]);
}

uint32_t page_crc(pqt_view bytes)
{
    const size_t folded = bytes.size_bytes / 16 * 16;
    if (folded < LEAST_BYTES || !__builtin_cpu_supports("pclmul") ||
        !__builtin_cpu_supports("sse4.1"))
        return crc_zlib(0, bytes);
    const uint32_t crc = crc_folded((pqt_view){bytes.data, folded});
    return crc_zlib(crc, (pqt_view){bytes.data + folded, bytes.size_bytes - folded});
}
#else
uint32_t page_crc(pqt_view bytes)
{
    return crc_zlib(0, bytes);
}
#endif
