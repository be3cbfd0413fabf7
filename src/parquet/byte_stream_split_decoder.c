/* BYTE_STREAM_SPLIT: byte k of all values, for each k (Encodings.md). */
#include "base/checked.h"
#include "parquet/decoder.h"

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    size_t needed;
    if (!checked_multiply(count, d->value_bytes, &needed) || needed != bytes.size_bytes)
        return error_set(error, PQT_CORRUPT,
                         "byte stream split: %zu bytes for %zu values of %zu bytes",
                         bytes.size_bytes, count, d->value_bytes);
    d->in = cursor_of(bytes);
    d->count = count;
    d->at = 0;
    return PQT_OK;
}

/* Puts the next `count` values' bytes together at `out`. */
static void gather(const decoder *d, uint8_t *out, size_t count)
{
    for (size_t k = 0; k < d->value_bytes; k++) {
        const uint8_t *stream = d->in.at + k * d->count + d->at;
        for (size_t i = 0; i < count; i++) out[i * d->value_bytes + k] = stream[i];
    }
}

static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    uint8_t *bytes = out;
    const bool views = d->type == PQT_FIXED_LEN_BYTE_ARRAY;
    if (views)
        TRY(block_pool_take(d->blocks, count * d->value_bytes, &bytes, error));
    gather(d, bytes, count);
    for (size_t i = 0; views && i < count; i++)
        ((pqt_view *)out)[i] = (pqt_view){bytes + i * d->value_bytes, d->value_bytes};
    d->at += count;
    return PQT_OK;
}

static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    (void)error;
    d->at += count;
    return PQT_OK;
}

const decoder_kind byte_stream_split_decoder = {
    .types = 1u << PQT_INT32 | 1u << PQT_INT64 | 1u << PQT_FLOAT | 1u << PQT_DOUBLE |
             1u << PQT_FIXED_LEN_BYTE_ARRAY,
    .start = start,
    .decode = decode,
    .skip = skip,
};
