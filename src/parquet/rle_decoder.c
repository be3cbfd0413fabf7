#include "parquet/rle_decoder.h"

#include "parquet/bit_unpack.h"
#include "parquet/bits.h"

void rle_decoder_start(rle_decoder *d, pqt_view bytes, unsigned width)
{
    d->in = cursor_of(bytes);
    d->width = width;
    d->run_left = 0;
    d->packed_left = 0;
    d->ahead_at = 0;
    d->ahead_count = 0;
}

/* A bit-packed run: (groups << 1 | 1), then groups * width bytes. */
static bool start_packed(rle_decoder *d, uint64_t groups)
{
    if (groups > UINT64_MAX / 64) return false;
    const size_t left = cursor_left(&d->in);
    const uint64_t wanted = groups * d->width;
    const size_t size_bytes = wanted < left ? (size_t)wanted : left;
    d->packed = (pqt_view){d->in.at, left}; /* what is behind the run does no harm */
    cursor_skip(&d->in, size_bytes);
    d->packed_left = d->width ? (uint64_t)size_bytes * 8 / d->width : groups * 8;
    if (d->packed_left > groups * 8) d->packed_left = groups * 8;
    return true;
}

/* A repeated run: (count << 1), then the value in whole bytes. */
static bool start_repeated(rle_decoder *d, uint64_t count)
{
    pqt_view bytes;
    if (!cursor_bytes(&d->in, (d->width + 7) / 8, &bytes)) return false;
    d->run_value = 0;
    for (size_t i = 0; i < bytes.size_bytes; i++)
        d->run_value |= (uint32_t)bytes.data[i] << (8 * i);
    d->run_left = count;
    return true;
}

/* Makes the next values available; false at the end. */
static bool start_run(rle_decoder *d)
{
    while (d->run_left == 0 && d->packed_left == 0) {
        uint64_t head;
        if (!cursor_varint(&d->in, &head)) return false;
        if (!(head & 1 ? start_packed(d, head >> 1) : start_repeated(d, head >> 1)))
            return false;
    }
    return true;
}

static void unpack_ahead(rle_decoder *d)
{
    const size_t count = d->packed_left < RLE_AHEAD ? (size_t)d->packed_left : RLE_AHEAD;
    const size_t rounded = (count + 7) / 8 * 8;
    bit_unpack_u32(d->packed, rounded, d->width, d->ahead);
    const size_t used = rounded / 8 * d->width;
    const size_t step = used < d->packed.size_bytes ? used : d->packed.size_bytes;
    if (step) d->packed = (pqt_view){d->packed.data + step, d->packed.size_bytes - step};
    d->packed_left -= count;
    d->ahead_at = 0;
    d->ahead_count = count;
}

bool rle_next(rle_decoder *d, size_t wanted, rle_piece *piece)
{
    if (d->ahead_at == d->ahead_count) {
        if (!start_run(d)) return false;
        if (d->run_left == 0) unpack_ahead(d);
    }
    if (d->ahead_at < d->ahead_count) {
        const size_t left = d->ahead_count - d->ahead_at;
        *piece = (rle_piece){.count = left < wanted ? left : wanted,
                             .values = d->ahead + d->ahead_at};
        d->ahead_at += piece->count;
        return true;
    }
    *piece = (rle_piece){.count = d->run_left < wanted ? (size_t)d->run_left : wanted,
                         .value = d->run_value};
    d->run_left -= piece->count;
    return true;
}

bool rle_skip(rle_decoder *d, size_t count)
{
    while (count > 0) {
        rle_piece piece;
        if (!rle_next(d, count, &piece)) return false;
        count -= piece.count;
    }
    return true;
}

static bool copy_levels(const rle_piece *piece, uint16_t max, uint16_t *out)
{
    uint32_t highest = piece->values ? 0 : piece->value;
    for (size_t i = 0; i < piece->count; i++) {
        const uint32_t level = piece->values ? piece->values[i] : piece->value;
        if (level > highest) highest = level;
        out[i] = (uint16_t)level;
    }
    return highest <= max;
}

bool rle_decode_levels(rle_decoder *d, uint16_t max, uint16_t *out, size_t count)
{
    while (count > 0) {
        rle_piece piece;
        if (!rle_next(d, count, &piece) || !copy_levels(&piece, max, out)) return false;
        out += piece.count;
        count -= piece.count;
    }
    return true;
}

/* Packed bits are bits, of which the next one is the first of its byte. Returns how many
 * were copied; fewer than 8 are left to rle_next, which keeps what is left of the byte.
 */
static size_t copy_packed_bits(rle_decoder *d, uint8_t *bits, size_t at, size_t count)
{
    size_t taken = d->packed_left < count ? (size_t)d->packed_left : count;
    if (taken < d->packed_left) taken -= taken % 8;
    bits_copy(d->packed.data, 0, bits, at, taken);
    const size_t step = (taken + 7) / 8;
    if (step) d->packed = (pqt_view){d->packed.data + step, d->packed.size_bytes - step};
    d->packed_left -= taken;
    return taken;
}

static bool copy_bits(const rle_piece *piece, uint8_t *bits, size_t at)
{
    if (!piece->values && piece->value == 1) bits_set(bits, at, piece->count);
    for (size_t i = 0; piece->values && i < piece->count; i++)
        bits[(at + i) / 8] |= (uint8_t)(piece->values[i] << (at + i) % 8);
    return piece->values || piece->value <= 1;
}

bool rle_decode_bits(rle_decoder *d, uint8_t *bits, size_t count)
{
    memset(bits, 0, (count + 7) / 8);
    size_t at = 0;
    while (at < count) {
        if (d->ahead_at == d->ahead_count) {
            if (!start_run(d)) return false;
            const size_t taken =
                d->run_left == 0 ? copy_packed_bits(d, bits, at, count - at) : 0;
            at += taken;
            if (taken > 0) continue;
        }
        rle_piece piece;
        if (!rle_next(d, count - at, &piece) || !copy_bits(&piece, bits, at))
            return false;
        at += piece.count;
    }
    return true;
}
