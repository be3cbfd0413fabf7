#include "base/cursor.h"
#include "parquet/encoder.h"
#include "parquet/rle_encoder.h"

/* Booleans are kept as the codes that the hybrid takes, in `bytes`. */
static pqt_status add_values(encoder *e, const void *values, size_t count,
                             pqt_error *error)
{
    const uint8_t *booleans = values;
    TRY(buffer_reserve(&e->bytes, count * sizeof(uint32_t), error));
    uint32_t *codes = (uint32_t *)(void *)(e->bytes.data + e->bytes.size_bytes);
    for (size_t i = 0; i < count; i++) codes[i] = booleans[i] != 0;
    e->bytes.size_bytes += count * sizeof(uint32_t);
    e->count += count;
    return PQT_OK;
}

/* As a value encoding the hybrid has its length before it. */
static pqt_status finish_page(encoder *e, buffer *out, pqt_error *error)
{
    const size_t start = out->size_bytes;
    TRY(buffer_resize(out, start + 4, error));
    const rle_values values = {(const uint32_t *)(const void *)e->bytes.data, e->count, 1,
                               e->is_compressed};
    TRY(rle_encode(&values, out, error));
    store_u32le(out->data + start, (uint32_t)(out->size_bytes - start - 4));
    buffer_clear(&e->bytes);
    e->count = 0;
    return PQT_OK;
}

const encoder_kind rle_boolean_encoder = {
    .encoding = PQT_RLE,
    .types = 1u << PQT_BOOLEAN,
    .add = add_values,
    .finish = finish_page,
};
