#include "parquet/delta_binary_packed_decoder.h"

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
    cursor_bytes(&d->in, whole < left ? whole : left, &d->packed);
    d->packed_left = d->miniblock_values;
    return PQT_OK;
}

static pqt_status unpack_ahead(delta_decoder *d, pqt_error *error)
{
    if (d->packed_left == 0) TRY(start_miniblock(d, error));
    bit_unpack_u64(d->packed, DELTA_AHEAD, d->width, d->ahead);
    const size_t used = DELTA_AHEAD / 8 * (size_t)d->width;
    const size_t step = used < d->packed.size_bytes ? used : d->packed.size_bytes;
    if (step) d->packed = (pqt_view){d->packed.data + step, d->packed.size_bytes - step};
    d->packed_left -= DELTA_AHEAD;
    d->ahead_at = 0;
    d->ahead_count = DELTA_AHEAD;
    return PQT_OK;
}

static pqt_status check_left(const delta_decoder *d, size_t count, pqt_error *error)
{
    if (count <= d->left) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "delta: %zu values expected, %llu are left",
                     count, (unsigned long long)d->left);
}

/* Deltas that are unpacked and wanted; unpacks more when there are none. */
static pqt_status next_deltas(delta_decoder *d, size_t wanted, size_t *count,
                              pqt_error *error)
{
    if (d->ahead_at == d->ahead_count) TRY(unpack_ahead(d, error));
    const size_t ready = d->ahead_count - d->ahead_at;
    *count = ready < wanted ? ready : wanted;
    return PQT_OK;
}

/* One body for both widths. */
#define DEFINE_DECODE(name, type)                                                \
    pqt_status name(delta_decoder *d, type *out, size_t count, pqt_error *error) \
    {                                                                            \
        TRY(check_left(d, count, error));                                        \
        if (count > 0 && d->first_is_due) {                                      \
            *out++ = (type)d->last;                                              \
            d->first_is_due = false;                                             \
            d->left--;                                                           \
            count--;                                                             \
        }                                                                        \
        while (count > 0) {                                                      \
            size_t ready;                                                        \
            TRY(next_deltas(d, count, &ready, error));                           \
            const uint64_t *deltas = d->ahead + d->ahead_at;                     \
            uint64_t last = d->last;                                             \
            for (size_t i = 0; i < ready; i++) {                                 \
                last += d->min_delta + deltas[i];                                \
                out[i] = (type)last;                                             \
            }                                                                    \
            d->last = last;                                                      \
            d->ahead_at += ready;                                                \
            d->left -= ready;                                                    \
            out += ready;                                                        \
            count -= ready;                                                      \
        }                                                                        \
        return PQT_OK;                                                           \
    }
DEFINE_DECODE(delta_decode_i32, int32_t)
DEFINE_DECODE(delta_decode_i64, int64_t)

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
