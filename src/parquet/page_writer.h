/* Puts a page together: levels and values, compressed, with a header before them. */
#ifndef PARQUET_PAGE_WRITER_H
#define PARQUET_PAGE_WRITER_H

#include "parquet/codec.h"
#include "parquet/crypto_chunk.h"
#include "parquet/dictionary_encoder.h"
#include "parquet/encoder.h"
#include "parquet/metadata_writer.h"

/* Memory of one thread, shared by the columns it works on. */
typedef struct page_scratch {
    buffer raw; /* a page before compression */
    buffer compressed;
    buffer raised; /* see statistics_max */
    buffer dense;  /* values without nulls */
    encoder trial; /* see encoding_choice.h */
    dictionary_encoder trial_dictionary;
    buffer header; /* of an encrypted page, and its body */
    buffer sealed;
    codec_context codec;
    crypto_context crypto;
} page_scratch;

void page_scratch_init(page_scratch *scratch, const pqt_allocator *allocator);
void page_scratch_free(page_scratch *scratch);

/* How pages of a column are written. */
typedef struct page_format {
    codec_setting codec;
    bool has_crc;
    crypto_chunk keys; /* key NULL: not encrypted */
    size_t page;       /* ordinal of the data page in its chunk, for encryption */
} page_format;

/*
 * Appends the page whose bytes before compression are in scratch->raw to `out`: header
 * and body. Of `header` type, counts and encoding are the caller's, and for v2
 * `repetition_bytes` and `definition_bytes`, the levels' parts at the front of raw, which
 * stay uncompressed; the sizes and the CRC, which are those of the encrypted body where
 * there is a key, are filled in here. LIMIT for more encrypted pages than have ordinals.
 */
pqt_status page_write(const page_format *format, page_header *header,
                      page_scratch *scratch, buffer *out, pqt_error *error);

#endif
