/* DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes (Encodings.md). */
#include "parquet/decoder.h"

pqt_status delta_decode_lengths(decoder *d, pqt_view bytes, buffer *lengths,
                                pqt_view *rest, pqt_error *error)
{
    TRY(delta_decoder_start(&d->delta, bytes, error));
    if (d->delta.total != d->count)
        return error_set(error, PQT_CORRUPT, "delta: %llu lengths for %zu values",
                         (unsigned long long)d->delta.total, d->count);
    TRY(buffer_resize(lengths, d->count * sizeof(int32_t), error));
    int32_t *array = (int32_t *)(void *)lengths->data;
    TRY(delta_decode_i32(&d->delta, array, d->count, error));
    int32_t signs = 0;
    for (size_t i = 0; i < d->count; i++) signs |= array[i];
    if (signs < 0) return error_set(error, PQT_CORRUPT, "delta: negative length");
    *rest = delta_rest(&d->delta);
    return PQT_OK;
}

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    d->count = count;
    d->at = 0;
    d->in = (cursor){0};
    if (count == 0) return PQT_OK;
    pqt_view rest;
    TRY(delta_decode_lengths(d, bytes, &d->lengths, &rest, error));
    d->in = cursor_of(rest);
    return PQT_OK;
}

static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    const int32_t *lengths = (const int32_t *)(const void *)d->lengths.data;
    pqt_view *views = out;
    for (size_t i = 0; i < count; i++, d->at++) {
        if (!cursor_bytes(&d->in, (size_t)lengths[d->at], &views[i]))
            return error_set(error, PQT_CORRUPT,
                             "delta length: value %zu has %d bytes, %zu are left", d->at,
                             (int)lengths[d->at], cursor_left(&d->in));
    }
    return PQT_OK;
}

static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    for (; count > 0; count--) {
        pqt_view ignored;
        TRY(decode(d, &ignored, 1, error));
    }
    return PQT_OK;
}

const decoder_kind delta_length_byte_array_decoder = {
    .types = 1u << PQT_BYTE_ARRAY,
    .start = start,
    .decode = decode,
    .skip = skip,
    .shows_page = true,
};
