#include "base/cursor.h"
#include "parquet/encoder.h"

/* BYTE_ARRAY: a length of 4 bytes before each value. */
static pqt_status add_byte_arrays(encoder *e, const pqt_view *values, size_t count,
                                  pqt_error *error)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) total += 4 + values[i].size_bytes;
    TRY(buffer_reserve(&e->bytes, total, error));
    uint8_t *at = e->bytes.data + e->bytes.size_bytes;
    for (size_t i = 0; i < count; i++) {
        store_u32le(at, (uint32_t)values[i].size_bytes);
        if (values[i].size_bytes) memcpy(at + 4, values[i].data, values[i].size_bytes);
        at += 4 + values[i].size_bytes;
    }
    e->bytes.size_bytes += total;
    return PQT_OK;
}

static pqt_status add_fixed(encoder *e, const pqt_view *values, size_t count,
                            pqt_error *error)
{
    TRY(buffer_reserve(&e->bytes, count * e->value_bytes, error));
    for (size_t i = 0; i < count; i++) {
        memcpy(e->bytes.data + e->bytes.size_bytes, values[i].data, e->value_bytes);
        e->bytes.size_bytes += e->value_bytes;
    }
    return PQT_OK;
}

/* A bit each, lowest first. */
static pqt_status add_booleans(encoder *e, const uint8_t *values, size_t count,
                               pqt_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const size_t bit = (e->count + i) % 8;
        if (bit == 0) TRY(buffer_append_u8(&e->bytes, 0, error));
        if (values[i]) e->bytes.data[e->bytes.size_bytes - 1] |= (uint8_t)(1u << bit);
    }
    return PQT_OK;
}

static pqt_status add_values(encoder *e, const void *values, size_t count,
                             pqt_error *error)
{
    if (e->type == PQT_BYTE_ARRAY)
        TRY(add_byte_arrays(e, values, count, error));
    else if (e->type == PQT_FIXED_LEN_BYTE_ARRAY)
        TRY(add_fixed(e, values, count, error));
    else if (e->type == PQT_BOOLEAN)
        TRY(add_booleans(e, values, count, error));
    else
        TRY(buffer_append(&e->bytes, values, count * e->value_bytes, error));
    e->count += count;
    return PQT_OK;
}

static pqt_status finish_page(encoder *e, buffer *out, pqt_error *error)
{
    TRY(buffer_append(out, e->bytes.data, e->bytes.size_bytes, error));
    buffer_clear(&e->bytes);
    e->count = 0;
    return PQT_OK;
}

const encoder_kind plain_encoder = {
    .encoding = PQT_PLAIN,
    .types = 1u << PQT_BOOLEAN | 1u << PQT_INT32 | 1u << PQT_INT64 | 1u << PQT_FLOAT |
             1u << PQT_DOUBLE | 1u << PQT_BYTE_ARRAY | 1u << PQT_FIXED_LEN_BYTE_ARRAY,
    .add = add_values,
    .finish = finish_page,
};
