#include "parquet/decoder.h"

/* The implementations of an encoding; the first that can decode the type is taken. */
static const decoder_kind *const kinds[][3] = {
    [PQT_PLAIN] = {&plain_decoder, &plain_byte_array_decoder, &plain_boolean_decoder},
    [PQT_PLAIN_DICTIONARY] = {&dictionary_decoder},
    [PQT_RLE] = {&rle_boolean_decoder},
    [PQT_DELTA_BINARY_PACKED] = {&delta_binary_packed_decoder},
    [PQT_DELTA_LENGTH_BYTE_ARRAY] = {&delta_length_byte_array_decoder},
    [PQT_DELTA_BYTE_ARRAY] = {&delta_byte_array_decoder},
    [PQT_RLE_DICTIONARY] = {&dictionary_decoder},
    [PQT_BYTE_STREAM_SPLIT] = {&byte_stream_split_decoder},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

pqt_status decoder_find(pqt_encoding encoding, pqt_type type, const decoder_kind **out,
                        pqt_error *error)
{
    if ((unsigned)encoding >= KINDS || !kinds[encoding][0])
        return error_set(error, PQT_UNSUPPORTED, "values of encoding %d (%s)",
                         (int)encoding, pqt_encoding_name(encoding));
    for (int i = 0; i < 3 && kinds[encoding][i]; i++) {
        if (!(kinds[encoding][i]->types >> type & 1)) continue;
        *out = kinds[encoding][i];
        return PQT_OK;
    }
    return error_set(error, PQT_CORRUPT, "encoding %s cannot hold %s",
                     pqt_encoding_name(encoding), pqt_type_name(type));
}

void decoder_free(decoder *d)
{
    buffer_free(&d->lengths);
    buffer_free(&d->prefix_lengths);
    buffer_free(&d->previous_bytes);
}

size_t decoder_value_bytes(pqt_type type, int32_t type_length)
{
    static const size_t bytes[] = {[PQT_INT32] = 4,
                                   [PQT_INT64] = 8,
                                   [PQT_INT96] = 12,
                                   [PQT_FLOAT] = 4,
                                   [PQT_DOUBLE] = 8,
                                   [PQT_BYTE_ARRAY] = 0,
                                   [PQT_FIXED_LEN_BYTE_ARRAY] = 0};
    return type == PQT_FIXED_LEN_BYTE_ARRAY ? (size_t)type_length : bytes[type];
}
