#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_bytes64(const void *data, size_t size_bytes)
{
    return XXH3_64bits(data, size_bytes);
}

uint64_t hash_xxh64(const void *data, size_t size_bytes)
{
    return XXH64(data, size_bytes, 0);
}

hash128 hash_bytes128(const void *data, size_t size_bytes)
{
    const XXH128_hash_t value = XXH3_128bits(data, size_bytes);
    return (hash128){value.low64, value.high64};
}

hash128 hash128_add(hash128 a, hash128 b)
{
    const uint64_t low = a.low + b.low;
    return (hash128){low, a.high + b.high + (low < a.low)};
}

hash128 hash128_subtract(hash128 a, hash128 b)
{
    return (hash128){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

void hash128_text(hash128 value, char text[HASH128_TEXT_BYTES])
{
    snprintf(text, HASH128_TEXT_BYTES, "%016" PRIx64 "%016" PRIx64, value.high, value.low);
}

int hash128_parse(const char *text, hash128 *out)
{
    if (strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32) return -1;
    hash128 value;
    if (sscanf(text, "%16" SCNx64 "%16" SCNx64, &value.high, &value.low) != 2) return -1;
    *out = value;
    return 0;
}
