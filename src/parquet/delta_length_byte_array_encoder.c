#include "parquet/encoder.h"

static pqt_status add_values(encoder *e, const void *values, size_t count,
                             pqt_error *error)
{
    const pqt_view *views = values;
    TRY(buffer_reserve(&e->lengths, count * sizeof(int64_t), error));
    int64_t *lengths = (int64_t *)(void *)(e->lengths.data + e->lengths.size_bytes);
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        lengths[i] = (int64_t)views[i].size_bytes;
        total += views[i].size_bytes;
    }
    TRY(buffer_reserve(&e->bytes, total, error));
    uint8_t *at = e->bytes.data + e->bytes.size_bytes;
    for (size_t i = 0; i < count; i++) {
        if (views[i].size_bytes) memcpy(at, views[i].data, views[i].size_bytes);
        at += views[i].size_bytes;
    }
    e->lengths.size_bytes += count * sizeof(int64_t);
    e->bytes.size_bytes += total;
    e->count += count;
    return PQT_OK;
}

static pqt_status finish_page(encoder *e, buffer *out, pqt_error *error)
{
    TRY(delta_encode_lengths(e, &e->lengths, out, error));
    TRY(buffer_append(out, e->bytes.data, e->bytes.size_bytes, error));
    buffer_clear(&e->lengths);
    buffer_clear(&e->bytes);
    e->count = 0;
    return PQT_OK;
}

const encoder_kind delta_length_byte_array_encoder = {
    .encoding = PQT_DELTA_LENGTH_BYTE_ARRAY,
    .types = 1u << PQT_BYTE_ARRAY,
    .add = add_values,
    .finish = finish_page,
};
