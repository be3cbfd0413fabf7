/*
 * The pages of one column chunk: headers and bodies taken from the file's bytes, bodies
 * decompressed, and levels split from values.
 */
#ifndef PARQUET_PAGE_READER_H
#define PARQUET_PAGE_READER_H

#include "parquet/codec.h"
#include "parquet/page_decryption.h"
#include "parquet/page_header.h"
#include "parquet/page_window.h"
#include "parquet/row_selection.h"

/* Which chunk is read, and by what means. */
typedef struct chunk_source {
    const pqt_reader *reader;
    int32_t row_group;
    int32_t column;
    const pqt_page_index *index; /* NULL: pages are found one after the other */
    const read_ahead *ahead;     /* NULL: nothing is fetched before */
    size_t window_bytes;         /* read at once, where a page is not larger */
} chunk_source;

typedef struct page_reader {
    const pqt_reader *reader;
    const pqt_column_chunk *chunk;
    const pqt_schema_node *node;
    const pqt_page_index *index;
    codec_context codecs; /* these three are kept from chunk to chunk */
    block_pool blocks;
    page_decryption_memory decryption;
    crypto_chunk keys; /* key NULL: the chunk is not encrypted */
    page_window window;
    row_ranges wanted;   /* with an index: windows reach over pages that hold them */
    uint64_t at;         /* in the file, of the next page */
    uint64_t end;        /* behind the chunk */
    uint64_t wanted_end; /* with an index: behind the next pages that are wanted */
    int32_t page;        /* number of the next data page */
    int64_t values_left; /* of the chunk, that pages not yet seen may have */
    page_header header;  /* of the next data page, where header_bytes is not 0 */
    size_t header_bytes;
    uint8_t *body;       /* block of the page that was taken last; NULL: none */
    uint8_t *plain;      /* block of it decrypted, unless that is the body; NULL: none */
    pqt_view dictionary; /* decompressed; data NULL: none yet */
    size_t dictionary_count;
    bool sought_dictionary;
} page_reader;

/* A data page. Valid until the next page is taken, or longer where it is shown. */
typedef struct data_page {
    page_header header;
    int32_t number;
    pqt_view repetition_levels; /* RLE or BIT_PACKED; data NULL: all 0 */
    pqt_view definition_levels;
    pqt_view values;
    bool values_in_window; /* else in a block of their own */
} data_page;

/* Begins with the first page. `pages` is all zero, or was open before. */
pqt_status page_reader_open(page_reader *pages, const chunk_source *source,
                            pqt_error *error);

/* Notes the bytes of pages not yet taken that hold the rows, until *limit_bytes is used
 * up; `share` (0 to 1) is the part of the chunk from the next page on that is wanted, for
 * where there is no index. */
pqt_status page_reader_plan(const page_reader *pages, row_ranges rows, double share,
                            read_ahead *ahead, uint64_t *limit_bytes, pqt_error *error);

/* The header of the next data page, or NULL behind the last. */
pqt_status page_reader_peek(page_reader *pages, const page_header **out,
                            pqt_error *error);

/* The page that was peeked at. */
pqt_status page_reader_take(page_reader *pages, data_page *out, pqt_error *error);

/* Passes it over. */
void page_reader_pass(page_reader *pages);

/* With an index: goes on with this page. */
void page_reader_seek(page_reader *pages, int32_t page);

/* Makes the dictionary page known, where there is one before the data pages. */
pqt_status page_reader_need_dictionary(page_reader *pages, pqt_error *error);

/* Keeps the values of the page that was taken last until the pool's showing ends. */
void page_reader_show(page_reader *pages, const data_page *page);

void page_reader_free(page_reader *pages);

/* The page of the index that holds the row. */
int32_t page_reader_find(const pqt_page_index *index, int64_t row);

/* The rows behind the page: the first of the next one. */
int64_t page_reader_page_end(const page_reader *pages, int32_t page, int64_t row_count);

/* The bytes of the chunk's pages, more than its metadata say where older writers counted
 * wrong. */
pqt_byte_range page_reader_chunk_range(const pqt_reader *reader,
                                       const pqt_column_chunk *chunk);

#endif
