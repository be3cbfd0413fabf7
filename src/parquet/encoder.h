/*
 * A page's values, encoded. Values without nulls are added in any number of pieces; then
 * the page's bytes are taken, and the next page begins. Buffers are kept from page to
 * page. One implementation an encoding, found by encoder_find.
 */
#ifndef PARQUET_ENCODER_H
#define PARQUET_ENCODER_H

#include "base/buffer.h"
#include "pqt.h"

typedef struct encoder encoder;

/* Arrays of uint8_t (BOOLEAN), int32_t, int64_t, float, double or pqt_view. */
typedef struct encoder_kind {
    pqt_encoding encoding;
    uint32_t types; /* bit 1 << pqt_type set: can encode it */
    /* The values' bytes are copied. */
    pqt_status (*add)(encoder *e, const void *values, size_t count, pqt_error *error);
    /* Appends the page's bytes to `out`; the encoder is empty then. */
    pqt_status (*finish)(encoder *e, buffer *out, pqt_error *error);
} encoder_kind;

struct encoder {
    const encoder_kind *kind;
    pqt_type type;
    size_t value_bytes; /* of a fixed-width value, 0 for BYTE_ARRAY */
    bool is_compressed; /* a codec follows */
    size_t count;       /* values in the page */
    buffer bytes;       /* what is encoded of them already */
    buffer lengths;     /* int64_t each: lengths, or the values of DELTA_BINARY_PACKED */
    buffer prefix_lengths; /* int64_t each */
    buffer previous;       /* the last value, where the encoding looks back */
};

/* NULL where there is no such encoder, or not for the type. RLE_DICTIONARY is none: see
 * dictionary_encoder.h. */
const encoder_kind *encoder_find(pqt_encoding encoding, pqt_type type);

void encoder_init(encoder *e, const encoder_kind *kind, pqt_type type,
                  int32_t type_length, const pqt_allocator *allocator);
void encoder_free(encoder *e);

/* Bytes of a fixed-width value; 0 for BYTE_ARRAY; 1 for BOOLEAN (in memory). */
size_t encoder_value_bytes(pqt_type type, int32_t type_length);

/* Appends lengths, int64_t each, of the page's values as DELTA_BINARY_PACKED of INT32. */
pqt_status delta_encode_lengths(const encoder *e, const buffer *lengths, buffer *out,
                                pqt_error *error);

extern const encoder_kind plain_encoder;
extern const encoder_kind rle_boolean_encoder;
extern const encoder_kind delta_binary_packed_encoder;
extern const encoder_kind delta_length_byte_array_encoder;
extern const encoder_kind delta_byte_array_encoder;
extern const encoder_kind byte_stream_split_encoder;

#endif
