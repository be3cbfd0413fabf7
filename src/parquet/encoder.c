#include "parquet/encoder.h"

static const encoder_kind *const kinds[] = {
    &plain_encoder,
    &rle_boolean_encoder,
    &delta_binary_packed_encoder,
    &delta_length_byte_array_encoder,
    &delta_byte_array_encoder,
    &byte_stream_split_encoder,
};

const encoder_kind *encoder_find(pqt_encoding encoding, pqt_type type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i]->encoding == encoding && kinds[i]->types >> type & 1)
            return kinds[i];
    return NULL;
}

size_t encoder_value_bytes(pqt_type type, int32_t type_length)
{
    switch (type) {
    case PQT_BOOLEAN:
        return 1;
    case PQT_INT32:
    case PQT_FLOAT:
        return 4;
    case PQT_INT64:
    case PQT_DOUBLE:
        return 8;
    case PQT_FIXED_LEN_BYTE_ARRAY:
        return (size_t)type_length;
    default:
        return 0;
    }
}

void encoder_init(encoder *e, const encoder_kind *kind, pqt_type type,
                  int32_t type_length, const pqt_allocator *allocator)
{
    *e = (encoder){.kind = kind,
                   .type = type,
                   .value_bytes = encoder_value_bytes(type, type_length),
                   .bytes.allocator = allocator,
                   .lengths.allocator = allocator,
                   .prefix_lengths.allocator = allocator,
                   .previous.allocator = allocator};
}

void encoder_free(encoder *e)
{
    buffer_free(&e->bytes);
    buffer_free(&e->lengths);
    buffer_free(&e->prefix_lengths);
    buffer_free(&e->previous);
}
