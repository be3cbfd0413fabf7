#include "parquet/encoder.h"

static pqt_status add_values(encoder *e, const void *values, size_t count,
                             pqt_error *error)
{
    e->count += count;
    if (e->type != PQT_FIXED_LEN_BYTE_ARRAY)
        return buffer_append(&e->bytes, values, count * e->value_bytes, error);
    const pqt_view *views = values;
    for (size_t i = 0; i < count; i++)
        TRY(buffer_append(&e->bytes, views[i].data, e->value_bytes, error));
    return PQT_OK;
}

/* Byte k of every value, then byte k + 1 of every value, ... */
static pqt_status finish_page(encoder *e, buffer *out, pqt_error *error)
{
    TRY(buffer_reserve(out, e->bytes.size_bytes, error));
    uint8_t *at = out->data + out->size_bytes;
    for (size_t k = 0; k < e->value_bytes; k++)
        for (size_t i = 0; i < e->count; i++)
            *at++ = e->bytes.data[i * e->value_bytes + k];
    out->size_bytes += e->bytes.size_bytes;
    buffer_clear(&e->bytes);
    e->count = 0;
    return PQT_OK;
}

const encoder_kind byte_stream_split_encoder = {
    .encoding = PQT_BYTE_STREAM_SPLIT,
    .types = 1u << PQT_INT32 | 1u << PQT_INT64 | 1u << PQT_FLOAT | 1u << PQT_DOUBLE |
             1u << PQT_FIXED_LEN_BYTE_ARRAY,
    .add = add_values,
    .finish = finish_page,
};
