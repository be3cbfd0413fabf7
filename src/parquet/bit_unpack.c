#include "parquet/bit_unpack.h"

#include <string.h>

#include "parquet/bit_lanes.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "values are loaded as the machine has them: little endian only"
#endif

/* A kernel loads 8 bytes at any byte of its groups, and one more for wide values. */
enum { SLACK_BYTES = 9, GROUP = 8 };

#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t load(const uint8_t *in)
{
    uint64_t value;
    memcpy(&value, in, sizeof value);
    return value;
}

/* Value `i` of a group; with a constant width the compiler leaves a load, shift and mask.
 */
INLINE uint64_t extract(const uint8_t *in, unsigned i, unsigned width)
{
    const unsigned bit = i * width;
    const unsigned shift = bit % 8;
    uint64_t value = load(in + bit / 8) >> shift;
    if (shift + width > 64) value |= (uint64_t)in[bit / 8 + 8] << (64 - shift);
    return width == 64 ? value : value & ((UINT64_C(1) << width) - 1);
}

#define WIDTHS_TO_25(X)                                                              \
    X(0)                                                                             \
    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) \
        X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25)
#define WIDTHS_TO_32(X) WIDTHS_TO_25(X) X(26) X(27) X(28) X(29) X(30) X(31) X(32)
#define WIDTHS_TO_64(X)                                                                 \
    WIDTHS_TO_32(X)                                                                     \
    X(33)                                                                               \
    X(34) X(35) X(36) X(37) X(38) X(39) X(40) X(41) X(42) X(43) X(44) X(45) X(46) X(47) \
        X(48) X(49) X(50) X(51) X(52) X(53) X(54) X(55) X(56) X(57) X(58) X(59) X(60)   \
            X(61) X(62) X(63) X(64)

/* One kernel a width, so that the shifts are constants. */
#define DEFINE_KERNEL(width, type, bits)                                               \
    static void unpack_u##bits##_##width(const uint8_t *in, size_t groups, type *out)  \
    {                                                                                  \
        for (; groups > 0; groups--, in += width, out += GROUP)                        \
            for (unsigned i = 0; i < GROUP; i++) out[i] = (type)extract(in, i, width); \
    }
#define DEFINE_U32(width) DEFINE_KERNEL(width, uint32_t, 32)
#define DEFINE_U64(width) DEFINE_KERNEL(width, uint64_t, 64)
WIDTHS_TO_32(DEFINE_U32)
WIDTHS_TO_64(DEFINE_U64)

typedef void (*kernel_u32)(const uint8_t *in, size_t groups, uint32_t *out);
typedef void (*kernel_u64)(const uint8_t *in, size_t groups, uint64_t *out);
#define NAME_U32(width) unpack_u32_##width,
#define NAME_U64(width) unpack_u64_##width,
static const kernel_u32 kernels_u32[] = {WIDTHS_TO_32(NAME_U32)};
static const kernel_u64 kernels_u64[] = {WIDTHS_TO_64(NAME_U64)};

/* How many of `groups` a kernel may unpack in place. */
static size_t direct_groups(pqt_view in, size_t groups, unsigned width)
{
    if (width == 0) return in.size_bytes >= SLACK_BYTES ? groups : 0;
    if (in.size_bytes < SLACK_BYTES) return 0;
    const size_t room = (in.size_bytes - SLACK_BYTES) / width;
    return room < groups ? room : groups;
}

/* The bytes of one group near the end, with slack behind them. */
static void copy_group(pqt_view in, size_t group, unsigned width, uint8_t *out)
{
    memset(out, 0, 64 + SLACK_BYTES);
    const size_t at = group * width;
    if (at >= in.size_bytes) return;
    const size_t left = in.size_bytes - at;
    memcpy(out, in.data + at, left < width ? left : width);
}

void bit_unpack_u32_scalar(pqt_view in, size_t count, unsigned width, uint32_t *out)
{
    const size_t groups = count / GROUP;
    const size_t direct = direct_groups(in, groups, width);
    kernels_u32[width](in.data, direct, out);
    for (size_t group = direct; group < groups; group++) {
        uint8_t padded[64 + SLACK_BYTES];
        copy_group(in, group, width, padded);
        kernels_u32[width](padded, 1, out + group * GROUP);
    }
}

#if defined(PQT_HAS_AVX2)
/* Four values are `width` / 2 bytes, and for an odd width four bits more. */
#define BIT(width, lane) ((lane) % 4 * (width) + (lane) / 4 * ((width) % 2 * 4))
#define BYTE(width, lane)                                                     \
    BIT(width, lane) / 8, BIT(width, lane) / 8 + 1, BIT(width, lane) / 8 + 2, \
        BIT(width, lane) / 8 + 3
#define SHIFT(width, lane) BIT(width, lane) % 8
#define EACH_LANE(X, width)                                                       \
    X(width, 0), X(width, 1), X(width, 2), X(width, 3), X(width, 4), X(width, 5), \
        X(width, 6), X(width, 7)
#define LANES(width) {{EACH_LANE(BYTE, width)}, {EACH_LANE(SHIFT, width)}},
const bit_lanes bit_lanes_of[] = {WIDTHS_TO_25(LANES)};

AVX2 static void unpack_avx2(const uint8_t *in, size_t groups, unsigned width,
                             uint32_t *out)
{
    for (; groups > 0; groups--, in += width, out += GROUP)
        _mm256_storeu_si256((__m256i *)(void *)out, bit_lanes_unpack(in, width));
}

void bit_unpack_u32(pqt_view in, size_t count, unsigned width, uint32_t *out)
{
    const size_t groups = has_avx2() ? bit_lanes_room(in, count / GROUP, width) : 0;
    if (groups > 0) {
        unpack_avx2(in.data, groups, width, out);
        in = (pqt_view){in.data + groups * width, in.size_bytes - groups * width};
    }
    if (count > groups * GROUP)
        bit_unpack_u32_scalar(in, count - groups * GROUP, width, out + groups * GROUP);
}
#else
void bit_unpack_u32(pqt_view in, size_t count, unsigned width, uint32_t *out)
{
    bit_unpack_u32_scalar(in, count, width, out);
}
#endif

void bit_unpack_u64(pqt_view in, size_t count, unsigned width, uint64_t *out)
{
    const size_t groups = count / GROUP;
    const size_t direct = direct_groups(in, groups, width);
    kernels_u64[width](in.data, direct, out);
    for (size_t group = direct; group < groups; group++) {
        uint8_t padded[64 + SLACK_BYTES];
        copy_group(in, group, width, padded);
        kernels_u64[width](padded, 1, out + group * GROUP);
    }
}
