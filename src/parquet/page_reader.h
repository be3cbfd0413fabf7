/*
 * The pages of a range of rows of one column chunk: read in one piece, then one after the
 * other decompressed, with their levels split from their values.
 */
#ifndef PARQUET_PAGE_READER_H
#define PARQUET_PAGE_READER_H

#include "parquet/block_pool.h"
#include "parquet/codec.h"
#include "parquet/page_header.h"
#include "parquet/reader.h"

/* Bytes and codec contexts, kept from read to read. */
typedef struct page_memory {
    codec_context codecs;
    block_pool blocks;
} page_memory;

typedef struct page_reader {
    const pqt_reader *reader;
    const pqt_column_chunk *chunk;
    const pqt_schema_node *node;
    page_memory *memory;
    pqt_view bytes;       /* of the data pages */
    uint64_t offset;      /* of `bytes` in the file */
    size_t at;            /* in `bytes`, of the next page */
    int64_t first_row;    /* of the first page */
    int64_t values_left;  /* of the chunk, that pages not yet read may have */
    pqt_view dictionary;  /* decompressed; data NULL: there is none */
    size_t dictionary_count;
} page_reader;

/* A data page. Everything shows the page memory. */
typedef struct data_page {
    page_header header;
    pqt_view repetition_levels; /* RLE or BIT_PACKED; data NULL: all 0 */
    pqt_view definition_levels;
    pqt_view values;
} data_page;

/* Which rows of which chunk. */
typedef struct chunk_rows {
    int32_t row_group;
    int32_t column;
    int64_t first_row;
    int64_t row_count;
} chunk_rows;

/* Ranges of the dictionary page (0 bytes: none) and of the data pages that hold the rows;
 * *first_row is that of the first of these pages. */
pqt_status page_reader_ranges(const pqt_reader *reader, const chunk_rows *rows,
                              pqt_byte_range ranges[2], int64_t *first_row,
                              pqt_error *error);

/* Reads the bytes and the dictionary. Resets the memory's blocks. */
pqt_status page_reader_open(const pqt_reader *reader, const chunk_rows *rows,
                            page_memory *memory, page_reader *out, pqt_error *error);

/* The next data page; false at the end of the range. */
pqt_status page_reader_next(page_reader *pages, data_page *out, bool *more,
                            pqt_error *error);

void page_memory_free(page_memory *memory);

#endif
