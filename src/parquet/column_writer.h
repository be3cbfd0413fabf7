/*
 * One column of the file being written: values gather in a page, pages in the chunk of
 * the row group, which stays in memory until the row group ends.
 */
#ifndef PARQUET_COLUMN_WRITER_H
#define PARQUET_COLUMN_WRITER_H

#include "base/arena.h"
#include "parquet/bloom_filter_writer.h"
#include "parquet/column_input.h"
#include "parquet/dictionary_encoder.h"
#include "parquet/encoder.h"
#include "parquet/file_encryption.h"
#include "parquet/page_writer.h"
#include "parquet/statistics.h"

/* What a dictionary was before the open page. */
typedef struct dictionary_mark {
    size_t entries;
    size_t plain_bytes;
    size_t growth; /* entries that the page before brought */
} dictionary_mark;

typedef struct column_writer {
    const pqt_schema *schema;
    const pqt_schema_node *leaf;
    const pqt_column_options *column;
    const pqt_writer_options *options;
    column_input input; /* what is being appended */
    page_format format;
    bool is_text;
    encoder values; /* the encoding, or the dictionary's fallback */
    dictionary_encoder dictionary;
    bool is_coded;     /* the open page goes by the dictionary */
    bool is_sampling;  /* the encoding is not chosen yet: values gather in PLAIN */
    bool is_giving_up; /* the open page is the last that goes by the dictionary */
    bool is_ending;    /* the open page is the chunk's last */
    dictionary_mark dictionary_before;
    level_writer repetition; /* of the page */
    level_writer definition;
    int64_t page_rows;
    int64_t page_entries; /* values and nulls */
    size_t page_bytes;    /* of the page's values and repeated levels, before encoding */
    int64_t page_array_bytes; /* of BYTE_ARRAY values, without their lengths */
    statistics page_statistics;
    statistics chunk_statistics;
    statistics file_statistics;
    bloom_filter bloom;
    int64_t chunk_rows;
    int64_t chunk_entries;
    buffer chunk;                /* the row group's data pages */
    buffer dictionary_page;      /* made when the chunk ends */
    chunk_info info;             /* of the row group; offsets count from chunk's start */
    size_t page_capacity;        /* of info.pages */
    file_encryption *encryption; /* NULL: none */
    size_t row_group;            /* the chunk's */
    arena kept;                  /* what lives until the file ends */
} column_writer;

/* What a column is written by. */
typedef struct column_plan {
    const pqt_schema *schema;
    int32_t column;
    const pqt_column_options *options;
    const pqt_writer_options *writer;
    file_encryption *encryption; /* NULL: none */
} column_plan;

/* What the plan points at was checked, and must outlive it; all zero may be freed. */
pqt_status column_writer_init(column_writer *c, const column_plan *plan,
                              pqt_error *error);
void column_writer_free(column_writer *c);

/* Checks the values of `row_count` rows, of which column_writer_add then adds so many
 * at a time; they must stay until all are added. */
pqt_status column_writer_begin(column_writer *c, const pqt_column_values *values,
                               int64_t row_count, pqt_error *error);

/* Adds the next rows; pages that get full are ended. */
pqt_status column_writer_add(column_writer *c, int64_t row_count, page_scratch *scratch,
                             pqt_error *error);

/* Adds values without nulls to the open page, in the encoding that it has. */
pqt_status column_writer_store(column_writer *c, const void *values, size_t count,
                               pqt_error *error);

/* Bytes that so many entries' levels count for in a page. */
size_t column_level_bytes(const column_writer *c, int64_t entries);

/* Ends the open page, if any. */
pqt_status column_writer_end_page(column_writer *c, page_scratch *scratch,
                                  pqt_error *error);

/* Ends the chunk: last page, dictionary page, statistics. */
pqt_status column_writer_end_chunk(column_writer *c, page_scratch *scratch,
                                   pqt_error *error);

/*
 * Writes the ended chunk to `output` at `*offset`, which it moves on, and hands over what
 * is remembered of it, with offsets in the file.
 */
pqt_status column_writer_write_chunk(column_writer *c, const pqt_output *output,
                                     int64_t *offset, chunk_info *out, pqt_error *error);

/* Writes the ended chunk's bloom filter, if it has one, likewise; then the next row group
 * may begin. */
pqt_status column_writer_write_bloom(column_writer *c, const pqt_output *output,
                                     int64_t *offset, chunk_info *info, pqt_error *error);

/* The whole file's statistics; the bytes live in the column writer. */
pqt_status column_writer_file_statistics(column_writer *c, pqt_statistics *out,
                                         pqt_error *error);

#endif
