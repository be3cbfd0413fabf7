/*
 * RLE_DICTIONARY: values of a column chunk become codes, in the order of first sight. The
 * dictionary grows over the chunk's pages and is written before them at its end.
 */
#ifndef PARQUET_DICTIONARY_ENCODER_H
#define PARQUET_DICTIONARY_ENCODER_H

#include "base/buffer.h"
#include "pqt.h"

/* Arrays are kept from chunk to chunk. */
typedef struct dictionary_encoder {
    pqt_type type;
    size_t value_bytes; /* 0 for BYTE_ARRAY */
    buffer plain;       /* the dictionary page */
    size_t count;       /* entries */
    buffer offsets;     /* uint32_t an entry: where its bytes begin in `plain` */
    buffer sizes;       /* uint32_t an entry, of BYTE_ARRAY: its bytes */
    buffer hashes;      /* uint32_t an entry */
    buffer pages;       /* uint32_t an entry: the last page that has it */
    buffer slots;       /* uint32_t: entry + 1, or 0; by hash */
    size_t slot_mask;
    buffer codes; /* uint32_t a value of the page */
    buffer fresh; /* uint32_t: entries in the page, once each */
    uint32_t page;
} dictionary_encoder;

void dictionary_init(dictionary_encoder *d, pqt_type type, size_t value_bytes,
                     const pqt_allocator *allocator);
void dictionary_free(dictionary_encoder *d);

/* Adds values to the page, as encoder_kind.add has them. */
pqt_status dictionary_add(dictionary_encoder *d, const void *values, size_t count,
                          pqt_error *error);

/* The value of an entry: PLAIN without a length; valid until the next add. */
pqt_view dictionary_entry(const dictionary_encoder *d, uint32_t entry);

/*
 * Appends the page's bytes (width and codes). `is_compressed`: codes are made whole bytes
 * for the codec's sake.
 */
pqt_status dictionary_put_page(const dictionary_encoder *d, bool is_compressed,
                               buffer *out, pqt_error *error);

/* Begins the next page; its entries stay. */
void dictionary_end_page(dictionary_encoder *d);

/* Both. */
pqt_status dictionary_finish_page(dictionary_encoder *d, bool is_compressed, buffer *out,
                                  pqt_error *error);

/* Forgets all entries; a page must not be open. */
pqt_status dictionary_clear(dictionary_encoder *d, pqt_error *error);

#endif
