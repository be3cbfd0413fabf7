#include "parquet/column_levels.h"

#include "parquet/bits.h"

static unsigned level_width(uint16_t max)
{
    return max ? 32 - (unsigned)__builtin_clz(max) : 0;
}

/* BIT_PACKED (deprecated): highest bit first. */
static void unpack_levels(pqt_view bytes, unsigned width, uint16_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned level = 0;
        for (size_t bit = i * width; bit < (i + 1) * width; bit++)
            level = level << 1 | ((unsigned)bytes.data[bit / 8] >> (7 - bit % 8) & 1u);
        out[i] = (uint16_t)level;
    }
}

static pqt_status decode_packed(coded_levels levels, uint16_t *out, size_t count,
                                pqt_error *error)
{
    unpack_levels(levels.bytes, level_width(levels.max), out, count);
    for (size_t i = 0; i < count; i++)
        if (out[i] > levels.max)
            return error_set(error, PQT_CORRUPT, "level above %u", levels.max);
    return PQT_OK;
}

pqt_status column_levels_decode(coded_levels levels, rle_decoder *scratch, uint16_t *out,
                                size_t count, pqt_error *error)
{
    if (levels.max == 0) {
        memset(out, 0, count * sizeof *out);
        return PQT_OK;
    }
    if (levels.encoding == PQT_BIT_PACKED)
        return decode_packed(levels, out, count, error);
    rle_decoder_start(scratch, levels.bytes, level_width(levels.max));
    if (rle_decode_levels(scratch, levels.max, out, count)) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "levels end early, or one is above %u (%zu values)", levels.max,
                     count);
}

/* Levels of width 1 are the bits themselves. */
static pqt_status decode_bits(coded_levels levels, rle_decoder *scratch, uint8_t *bits,
                              size_t count, pqt_error *error)
{
    rle_decoder_start(scratch, levels.bytes, 1);
    if (rle_decode_bits(scratch, bits, count)) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "definition levels end early (%zu values)",
                     count);
}

pqt_status column_levels_validity(coded_levels levels, rle_decoder *scratch,
                                  uint16_t *wide, uint8_t *bits, size_t count,
                                  pqt_error *error)
{
    if (!wide) return decode_bits(levels, scratch, bits, count, error);
    TRY(column_levels_decode(levels, scratch, wide, count, error));
    for (size_t at = 0; at < count; at += 8) {
        const size_t step = count - at < 8 ? count - at : 8;
        unsigned byte = 0;
        for (size_t i = 0; i < step; i++)
            byte |= (unsigned)(wide[at + i] == levels.max) << i;
        bits[at / 8] = (uint8_t)byte;
    }
    return PQT_OK;
}

size_t column_levels_count(const uint16_t *levels, size_t count, uint16_t level)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += levels[i] == level;
    return found;
}
