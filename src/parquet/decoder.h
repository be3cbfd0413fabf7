/*
 * The values of one page, decoded. Nulls are not among them. One implementation an
 * encoding, found by decoder_find; its state lives in a decoder that is reused from page
 * to page.
 */
#ifndef PARQUET_DECODER_H
#define PARQUET_DECODER_H

#include "base/buffer.h"
#include "parquet/block_pool.h"
#include "parquet/delta_binary_packed_decoder.h"
#include "parquet/rle_decoder.h"
#include "pqt.h"

typedef struct decoder decoder;

/* Values are uint8_t (BOOLEAN), int32_t, int64_t, float, double, and pqt_view for all
 * others. */
typedef struct decoder_kind {
    uint32_t types; /* bit 1 << pqt_type set: can decode it */
    /* Begins a page of `count` values; `bytes` stay valid until its last value. */
    pqt_status (*start)(decoder *d, pqt_view bytes, size_t count, pqt_error *error);
    /* The next values; at least one, and never more than are left in the page. */
    pqt_status (*decode)(decoder *d, void *out, size_t count, pqt_error *error);
    pqt_status (*skip)(decoder *d, size_t count, pqt_error *error);
    /* Called before the bytes in d->blocks go, in the middle of a page; may be NULL. */
    pqt_status (*settle)(decoder *d, pqt_error *error);
    bool shows_page; /* byte arrays are views of the page's bytes */
} decoder_kind;

/* What codes stand for. */
typedef struct dictionary {
    size_t count;
    const void *values;
} dictionary;

struct decoder {
    const decoder_kind *kind;
    pqt_type type;
    size_t value_bytes; /* of a fixed-width value in the page; 0 for BYTE_ARRAY */
    size_t limit_bytes; /* of what the values of a page may be made into */
    block_pool *blocks; /* bytes that views show */
    dictionary dictionary;
    size_t count; /* values in the page */
    size_t at;    /* given out or skipped */
    cursor in;
    rle_decoder rle;
    delta_decoder delta;
    buffer lengths;        /* int32_t each: of byte arrays, or of suffixes */
    buffer prefix_lengths; /* int32_t each */
    pqt_view previous;     /* the last value, where the encoding looks back */
    buffer previous_bytes; /* ... when it was skipped */
};

/* UNSUPPORTED for an unknown encoding, CORRUPT where it cannot have that type. */
pqt_status decoder_find(pqt_encoding encoding, pqt_type type, const decoder_kind **out,
                        pqt_error *error);

void decoder_free(decoder *d);

/* Bytes of a fixed-width value in PLAIN; 0 for BYTE_ARRAY and BOOLEAN. */
size_t decoder_value_bytes(pqt_type type, int32_t type_length);

extern const decoder_kind plain_decoder;
extern const decoder_kind plain_byte_array_decoder;
extern const decoder_kind plain_boolean_decoder;
extern const decoder_kind rle_boolean_decoder;
extern const decoder_kind dictionary_decoder;
extern const decoder_kind delta_binary_packed_decoder;
extern const decoder_kind delta_length_byte_array_decoder;
extern const decoder_kind delta_byte_array_decoder;
extern const decoder_kind byte_stream_split_decoder;

/* The next codes of a page of dictionary_decoder, checked against the dictionary. */
pqt_status dictionary_decode_codes(decoder *d, uint32_t *out, size_t count,
                                   pqt_error *error);

/* The lengths of DELTA_LENGTH_BYTE_ARRAY into d->lengths; `count` of them, none negative.
 * *rest is the bytes behind them and *sum what the lengths add up to. */
pqt_status delta_decode_lengths(decoder *d, pqt_view bytes, buffer *lengths,
                                pqt_view *rest, uint64_t *sum, pqt_error *error);

#endif
