/*
 * The thrift structs that a writer writes: page headers, page indexes, the footer
 * (parquet.thrift), from what it remembers of the pages.
 */
#ifndef PARQUET_METADATA_WRITER_H
#define PARQUET_METADATA_WRITER_H

#include "base/buffer.h"
#include "parquet/file_encryption.h"
#include "pqt.h"

enum page_type { PAGE_DATA = 0, PAGE_INDEX = 1, PAGE_DICTIONARY = 2, PAGE_DATA_V2 = 3 };

/* A page as its header tells it. */
typedef struct page_header {
    enum page_type type;
    int32_t uncompressed_bytes;
    int32_t compressed_bytes;
    bool has_crc;
    uint32_t crc;
    int32_t value_count;      /* nulls included */
    int32_t null_count;       /* v2 */
    int32_t row_count;        /* v2 */
    int32_t definition_bytes; /* v2 */
    int32_t repetition_bytes; /* v2 */
    bool is_compressed;       /* v2 */
    pqt_encoding encoding;
} page_header;

pqt_status metadata_put_page_header(const page_header *header, buffer *out,
                                    pqt_error *error);

/* A data page as the page index tells it. */
typedef struct page_info {
    int64_t offset;           /* in the file */
    int32_t compressed_bytes; /* with its header */
    int64_t first_row;
    int64_t null_count;
    int64_t nan_count;
    pqt_size_statistics sizes; /* -1, NULL: not written */
    bool is_null_page;
    bool has_range; /* min and max are there */
    pqt_view min;
    pqt_view max;
} page_info;

/* What is remembered of a finished column chunk. */
typedef struct chunk_info {
    page_info *pages;
    size_t page_count;
    pqt_encoding encoding; /* of the pages that no dictionary codes */
    int64_t value_count;   /* nulls included */
    int64_t uncompressed_bytes;
    int64_t compressed_bytes;
    int64_t data_page_offset;
    int64_t dictionary_page_offset; /* -1: none */
    int64_t bloom_filter_offset;    /* -1: none */
    int32_t bloom_filter_bytes;
    int32_t dictionary_coded_pages;
    int32_t other_pages;
    pqt_statistics statistics;
    pqt_size_statistics sizes;   /* -1, NULL: not written */
    int64_t column_index_offset; /* -1: none */
    int32_t column_index_bytes;
    int64_t offset_index_offset; /* -1: none */
    int32_t offset_index_bytes;
} chunk_info;

typedef struct row_group_info {
    int64_t row_count;
    int64_t file_offset;
    chunk_info *chunks; /* one a column */
} row_group_info;

/* Whether there is a ColumnIndex to write: every page has its limits, or only nulls. */
bool metadata_has_column_index(const chunk_info *chunk);
pqt_status metadata_put_column_index(const chunk_info *chunk, const pqt_schema_node *leaf,
                                     buffer *out, pqt_error *error);
pqt_status metadata_put_offset_index(const chunk_info *chunk, buffer *out,
                                     pqt_error *error);

/* The whole file. */
typedef struct file_info {
    const pqt_schema *schema;
    const pqt_column_options *columns;
    const pqt_writer_options *options;
    const row_group_info *row_groups;
    size_t row_group_count;
    int64_t row_count;
    file_encryption *encryption; /* NULL: none */
} file_info;

pqt_status metadata_put_footer(const file_info *file, buffer *out, pqt_error *error);

/* BloomFilterHeader of a split block filter of xxh64. */
pqt_status metadata_put_bloom_header(size_t filter_bytes, buffer *out, pqt_error *error);

#endif
