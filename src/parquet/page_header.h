/* PageHeader (parquet.thrift). */
#ifndef PARQUET_PAGE_HEADER_H
#define PARQUET_PAGE_HEADER_H

#include <stdbool.h>

#include "base/error.h"
#include "pqt.h"

typedef enum page_type {
    PAGE_DATA = 0,
    PAGE_INDEX = 1,
    PAGE_DICTIONARY = 2,
    PAGE_DATA_V2 = 3
} page_type;

typedef struct page_header {
    int32_t type; /* page_type, or a number that is not known */
    uint32_t uncompressed_bytes;
    uint32_t compressed_bytes;
    bool has_crc;
    uint32_t crc;
    int32_t value_count;
    pqt_encoding encoding;
    /* DATA_PAGE: how levels are encoded. */
    pqt_encoding definition_encoding;
    pqt_encoding repetition_encoding;
    /* DATA_PAGE_V2 */
    int32_t null_count;
    int32_t row_count;
    uint32_t definition_bytes;
    uint32_t repetition_bytes;
    bool is_compressed;
} page_header;

/* Reads a header at the start of `bytes`; *header_bytes is its length. Counts and sizes
 * are not negative, and levels fit the page. */
pqt_status page_header_read(pqt_view bytes, page_header *out, size_t *header_bytes,
                            pqt_error *error);

#endif
