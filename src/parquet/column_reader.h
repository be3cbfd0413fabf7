/*
 * The values of chosen rows of one column chunk, read on and on: the dictionary, the open
 * page and its decoder are kept from call to call, pages without a chosen row are passed
 * over. Memory: the slots of a batch; the pages that its byte arrays show, decompressed;
 * a window of bytes; the dictionary.
 */
#ifndef PARQUET_COLUMN_READER_H
#define PARQUET_COLUMN_READER_H

#include "parquet/decoder.h"
#include "parquet/page_reader.h"

typedef struct column_reader {
    page_reader pages;
    decoder decoder;
    block_pool results; /* bytes that the decoder made */
    buffer dictionary;  /* decoded values */
    size_t slot_bytes;
    int64_t row_count; /* of the row group */
    bool is_nested;
    bool wants_codes;  /* values of a dictionary are left as codes */
    bool wants_levels; /* ... and nothing else: values are passed over */

    /* The open page. Slots are rows of a flat column, entries of a nested one. */
    data_page page;
    buffer page_validity;   /* a bit a slot */
    buffer page_definition; /* uint16_t a slot: where a level is more than a bit */
    buffer page_repetition;
    size_t page_slots;
    size_t page_at;         /* slots that were taken or passed over */
    size_t page_valid;      /* slots that are not null */
    int64_t page_rows_left; /* nested: rows that begin at page_at or behind */
    int64_t row; /* that is next: at page_at, or, nested, begins there or behind */
    size_t values_to_skip; /* before the next value */
    bool has_values;       /* the decoder is at the page's values */

    /* The batch. */
    buffer slots;
    buffer validity;
    buffer definition_levels;
    buffer repetition_levels;
    buffer codes;   /* uint32_t a slot; COLUMN_NO_CODE: the value is in its slot */
    buffer chosen;  /* a bit a slot, while the batch is made smaller */
    bool has_codes; /* some slots have a code and no value */
    bool has_slots; /* some have a value */
    size_t slot_count;
    int64_t null_count;
    int64_t batch_rows;
} column_reader;

enum { COLUMN_WINDOW_BYTES = 1 << 20 };
#define COLUMN_NO_CODE UINT32_MAX

/* Begins a chunk. `column` is all zero, or had a chunk open before, whose batch is gone.
 * The caller frees. */
pqt_status column_reader_open(column_reader *column, const chunk_source *source,
                              pqt_error *error);

/* Which rows may be read from now on, so that their pages are read in one piece; the
 * ranges must stay until others are wanted. */
void column_reader_want(column_reader *column, row_ranges rows);

/* Notes the bytes that reading these rows will ask for, as far as they can be told and as
 * they fit in *limit_bytes, which they lower. */
pqt_status column_reader_plan(const column_reader *column, row_ranges rows,
                              read_ahead *ahead, uint64_t *limit_bytes, pqt_error *error);

/* Reads the rows, which lie behind those that were read before, as one batch. The batch
 * before is gone. */
pqt_status column_reader_read(column_reader *column, row_ranges rows, pqt_error *error);

/* What was read; its memory is NULL. */
pqt_values column_reader_values(const column_reader *column);

/* Hands over the memory of the batch's slots, which the caller frees; what was read stays
 * as it is there. NULL where it is not the C library's, or was taken. */
void *column_reader_take_slots(column_reader *column);

/* The values that codes stand for, of the decoder's dictionary; none where the chunk
 * has no dictionary. */
pqt_status column_reader_load_dictionary(column_reader *column, pqt_error *error);

/*
 * For readers of codes: begins the batch; goes to the row's page, with *count of the rows
 * wanted in it and the decoder at their first value. Flat required columns only.
 */
void column_reader_begin(column_reader *column);
pqt_status column_reader_go_to(column_reader *column, row_range rows, size_t *count,
                               pqt_error *error);
/* Decodes the next `count` slots of the page into the batch. */
pqt_status column_reader_take(column_reader *column, size_t count, pqt_error *error);

void column_reader_free(column_reader *column);

#endif
