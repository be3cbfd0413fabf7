/* RLE_DICTIONARY and PLAIN_DICTIONARY: a bit width in a byte, then codes as the hybrid.
 */
#include "parquet/decoder.h"
#include "parquet/values.h"

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    if (count > 0 && bytes.size_bytes == 0)
        return error_set(error, PQT_CORRUPT, "dictionary: no codes for %zu values",
                         count);
    /* Without values there need be no width, and it does not matter. */
    const unsigned width = count > 0 ? bytes.data[0] : 0;
    if (width > 32)
        return error_set(error, PQT_CORRUPT, "dictionary: codes of %u bits", width);
    const size_t head = bytes.size_bytes ? 1 : 0;
    rle_decoder_start(&d->rle, (pqt_view){bytes.data + head, bytes.size_bytes - head},
                      width);
    return PQT_OK;
}

static pqt_status report_end(size_t left, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "dictionary: codes end %zu values early", left);
}

static pqt_status report_code(const decoder *d, const rle_piece *piece, pqt_error *error)
{
    uint32_t highest = piece->value;
    for (size_t i = 0; piece->values && i < piece->count; i++)
        if (piece->values[i] > highest) highest = piece->values[i];
    return error_set(error, PQT_CORRUPT, "dictionary: code %u, but it has %zu values",
                     highest, d->dictionary.count);
}

/* All codes of the piece are in the dictionary: neither they nor what is left behind them
 * have the highest bit, as a dictionary has less than 2^31 values. */
static pqt_status check_codes(const decoder *d, const rle_piece *piece, pqt_error *error)
{
    const uint32_t last = (uint32_t)d->dictionary.count - 1;
    uint32_t bits = d->dictionary.count ? 0 : UINT32_MAX;
    if (!piece->values) bits |= piece->value | (last - piece->value);
    for (size_t i = 0; piece->values && i < piece->count; i++)
        bits |= piece->values[i] | (last - piece->values[i]);
    return bits >> 31 ? report_code(d, piece, error) : PQT_OK;
}

/* One body a slot width: runs are one lookup and a fill. */
#define DEFINE_EXPAND(name, type)                                          \
    static void name(const rle_piece *piece, const void *table, void *out) \
    {                                                                      \
        const type *values = table;                                        \
        type *slots = out;                                                 \
        if (piece->values) {                                               \
            for (size_t i = 0; i < piece->count; i++)                      \
                slots[i] = values[piece->values[i]];                       \
        } else {                                                           \
            const type value = values[piece->value];                       \
            for (size_t i = 0; i < piece->count; i++) slots[i] = value;    \
        }                                                                  \
    }
DEFINE_EXPAND(expand_u8, uint8_t)
DEFINE_EXPAND(expand_u32, uint32_t)
DEFINE_EXPAND(expand_u64, uint64_t)
DEFINE_EXPAND(expand_view, pqt_view)

typedef void (*expand_function)(const rle_piece *piece, const void *dictionary,
                                void *out);

static expand_function find_expand(size_t slot_bytes)
{
    switch (slot_bytes) {
    case 1:
        return expand_u8;
    case 4:
        return expand_u32;
    case 8:
        return expand_u64;
    default:
        return expand_view;
    }
}

static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    const size_t slot_bytes = values_slot_bytes(d->type);
    const expand_function expand = find_expand(slot_bytes);
    uint8_t *slots = out;
    while (count > 0) {
        rle_piece piece;
        if (!rle_next(&d->rle, count, &piece)) return report_end(count, error);
        TRY(check_codes(d, &piece, error));
        expand(&piece, d->dictionary.values, slots);
        slots += piece.count * slot_bytes;
        count -= piece.count;
    }
    return PQT_OK;
}

pqt_status dictionary_decode_codes(decoder *d, uint32_t *out, size_t count,
                                   pqt_error *error)
{
    while (count > 0) {
        rle_piece piece;
        if (!rle_next(&d->rle, count, &piece)) return report_end(count, error);
        TRY(check_codes(d, &piece, error));
        if (piece.values) memcpy(out, piece.values, piece.count * sizeof *out);
        for (size_t i = 0; !piece.values && i < piece.count; i++) out[i] = piece.value;
        out += piece.count;
        count -= piece.count;
    }
    return PQT_OK;
}

static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    return rle_skip(&d->rle, count) ? PQT_OK : report_end(count, error);
}

const decoder_kind dictionary_decoder = {
    .types = 0xff,
    .start = start,
    .decode = decode,
    .skip = skip,
};
