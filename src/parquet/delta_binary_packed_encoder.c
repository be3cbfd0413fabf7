#include "parquet/delta_binary_packed_encoder.h"

#include "base/cursor.h"
#include "parquet/bit_pack.h"
#include "parquet/encoder.h"

enum { BLOCK = 256, MINIBLOCK = 64, MINIBLOCKS = BLOCK / MINIBLOCK };

/* Widest block: its smallest delta, the widths, and its values at 8 bytes. */
enum { BLOCK_BYTES_MOST = 10 + MINIBLOCKS + BLOCK * 8 };

typedef struct block {
    int64_t deltas[BLOCK]; /* those behind `count` equal `base` */
    size_t count;
    int64_t base;
    uint64_t mask; /* the type's bits */
    bool is_aligned;
} block;

static size_t put_varint(uint8_t *out, uint64_t value)
{
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) out[count++] = (uint8_t)(value | 0x80);
    out[count++] = (uint8_t)value;
    return count;
}

/* Subtraction that wraps at 64 bits. */
static inline int64_t subtract(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* Deltas of 32-bit values wrap at 32 bits: readers refuse wider ones. */
static void take_deltas(block *b, const int64_t *values, size_t count)
{
    b->count = count;
    if (b->mask == UINT64_MAX) {
        for (size_t i = 0; i < count; i++)
            b->deltas[i] = subtract(values[i + 1], values[i]);
    } else {
        for (size_t i = 0; i < count; i++)
            b->deltas[i] = (int32_t)subtract(values[i + 1], values[i]);
    }
}

static unsigned whole_bytes(unsigned bits)
{
    return (bits + 7) / 8 * 8;
}

/*
 * The base is the smallest delta; where a codec follows, the least number of as many
 * whole bytes, if all deltas fit above it, so that neighbouring blocks share their base.
 */
static void choose_base(block *b)
{
    int64_t least = b->deltas[0];
    int64_t most = b->deltas[0];
    for (size_t i = 1; i < b->count; i++) {
        if (b->deltas[i] < least) least = b->deltas[i];
        if (b->deltas[i] > most) most = b->deltas[i];
    }
    b->base = least;
    if (b->is_aligned && least != most) {
        const unsigned bits =
            whole_bytes(bit_width_u64((uint64_t)subtract(most, least) & b->mask));
        const int64_t half = bits < 64 ? INT64_C(1) << (bits - 1) : 0;
        if (half && least >= -half && most < half) b->base = -half;
    }
    for (size_t i = b->count; i < BLOCK; i++) b->deltas[i] = b->base;
}

/* Packs one miniblock at `out`; returns its width. */
static unsigned put_miniblock(const block *b, size_t from, uint8_t *out)
{
    uint64_t lifted[MINIBLOCK];
    uint64_t all = 0;
    for (size_t i = 0; i < MINIBLOCK; i++) {
        lifted[i] = (uint64_t)subtract(b->deltas[from + i], b->base) & b->mask;
        all |= lifted[i];
    }
    unsigned width = bit_width_u64(all);
    if (b->is_aligned) width = whole_bytes(width);
    bit_pack_u64(lifted, MINIBLOCK, width, out);
    return width;
}

static pqt_status put_block(block *b, buffer *out, pqt_error *error)
{
    TRY(buffer_reserve(out, BLOCK_BYTES_MOST, error));
    choose_base(b);
    uint8_t *at = out->data + out->size_bytes;
    at += put_varint(at, zigzag_encode(b->base));
    uint8_t *widths = at;
    memset(widths, 0, MINIBLOCKS);
    at += MINIBLOCKS;
    for (size_t m = 0; m * MINIBLOCK < b->count; m++) {
        const unsigned width = put_miniblock(b, m * MINIBLOCK, at);
        widths[m] = (uint8_t)width;
        at += (size_t)width * MINIBLOCK / 8;
    }
    out->size_bytes = (size_t)(at - out->data);
    return PQT_OK;
}

pqt_status delta_encode(const delta_values *input, buffer *out, pqt_error *error)
{
    const int64_t *values = input->values;
    const size_t count = input->count;
    TRY(buffer_append_varint(out, BLOCK, error));
    TRY(buffer_append_varint(out, MINIBLOCKS, error));
    TRY(buffer_append_varint(out, count, error));
    TRY(buffer_append_varint(out, zigzag_encode(count ? values[0] : 0), error));
    block b = {.mask = input->type_bits == 32 ? UINT32_MAX : UINT64_MAX,
               .is_aligned = input->layout == DELTA_ALIGNED};
    for (size_t at = 0; at + 1 < count; at += BLOCK) {
        const size_t left = count - 1 - at;
        take_deltas(&b, values + at, left < BLOCK ? left : BLOCK);
        TRY(put_block(&b, out, error));
    }
    return PQT_OK;
}

pqt_status delta_encode_lengths(const encoder *e, const buffer *lengths, buffer *out,
                                pqt_error *error)
{
    const delta_values input = {
        .values = (const int64_t *)(const void *)lengths->data,
        .count = e->count,
        .type_bits = 32,
        .layout = e->is_compressed ? DELTA_ALIGNED : DELTA_TIGHT,
    };
    return delta_encode(&input, out, error);
}

static pqt_status add_values(encoder *e, const void *values, size_t count,
                             pqt_error *error)
{
    e->count += count;
    if (e->type == PQT_INT64)
        return buffer_append(&e->lengths, values, count * sizeof(int64_t), error);
    TRY(buffer_reserve(&e->lengths, count * sizeof(int64_t), error));
    int64_t *wide = (int64_t *)(void *)(e->lengths.data + e->lengths.size_bytes);
    const int32_t *narrow = values;
    for (size_t i = 0; i < count; i++) wide[i] = narrow[i];
    e->lengths.size_bytes += count * sizeof(int64_t);
    return PQT_OK;
}

static pqt_status finish_page(encoder *e, buffer *out, pqt_error *error)
{
    const delta_values input = {
        .values = (const int64_t *)(const void *)e->lengths.data,
        .count = e->count,
        .type_bits = e->type == PQT_INT32 ? 32 : 64,
        .layout = e->is_compressed ? DELTA_ALIGNED : DELTA_TIGHT,
    };
    TRY(delta_encode(&input, out, error));
    buffer_clear(&e->lengths);
    e->count = 0;
    return PQT_OK;
}

const encoder_kind delta_binary_packed_encoder = {
    .encoding = PQT_DELTA_BINARY_PACKED,
    .types = 1u << PQT_INT32 | 1u << PQT_INT64,
    .add = add_values,
    .finish = finish_page,
};
