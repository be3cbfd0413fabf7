/* DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes (Encodings.md). */
#include "parquet/decoder.h"

pqt_status delta_decode_lengths(decoder *d, pqt_view bytes, buffer *lengths,
                                pqt_view *rest, uint64_t *sum, pqt_error *error)
{
    TRY(delta_decoder_start(&d->delta, bytes, error));
    if (d->delta.total != d->count)
        return error_set(error, PQT_CORRUPT, "delta: %llu lengths for %zu values",
                         (unsigned long long)d->delta.total, d->count);
    if (d->count > d->limit_bytes / sizeof(int32_t))
        return error_set(error, PQT_LIMIT, "delta: lengths of %zu values", d->count);
    TRY(buffer_resize(lengths, d->count * sizeof(int32_t), error));
    int32_t *array = (int32_t *)(void *)lengths->data;
    TRY(delta_decode_i32(&d->delta, array, d->count, error));
    int32_t signs = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < d->count; i++) {
        signs |= array[i];
        total += (uint32_t)array[i];
    }
    if (signs < 0) return error_set(error, PQT_CORRUPT, "delta: negative length");
    *rest = delta_rest(&d->delta);
    *sum = total;
    return PQT_OK;
}

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    d->count = count;
    d->at = 0;
    d->in = (cursor){0};
    if (count == 0) return PQT_OK;
    pqt_view rest = {0};
    uint64_t sum = 0;
    TRY(delta_decode_lengths(d, bytes, &d->lengths, &rest, &sum, error));
    if (sum > rest.size_bytes)
        return error_set(error, PQT_CORRUPT,
                         "delta length: values of %llu bytes, %zu are left",
                         (unsigned long long)sum, rest.size_bytes);
    d->in = cursor_of(rest);
    return PQT_OK;
}

/* That the bytes suffice was seen at the start. */
static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    (void)error;
    if (count == 0) return PQT_OK; /* there may be no lengths */
    const int32_t *lengths = (const int32_t *)(const void *)d->lengths.data + d->at;
    const uint8_t *at = d->in.at;
    pqt_view *views = out;
    for (size_t i = 0; i < count; i++) {
        views[i] = (pqt_view){at, (size_t)lengths[i]};
        at += lengths[i];
    }
    d->in.at = at;
    d->at += count;
    return PQT_OK;
}

static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    (void)error;
    const int32_t *lengths = (const int32_t *)(const void *)d->lengths.data + d->at;
    for (size_t i = 0; i < count; i++) d->in.at += lengths[i];
    d->at += count;
    return PQT_OK;
}

const decoder_kind delta_length_byte_array_decoder = {
    .types = 1u << PQT_BYTE_ARRAY,
    .start = start,
    .decode = decode,
    .skip = skip,
    .shows_page = true,
};
