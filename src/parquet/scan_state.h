/* What a scan is made of, for the files that are the scan. */
#ifndef PARQUET_SCAN_STATE_H
#define PARQUET_SCAN_STATE_H

#include "base/thread_pool.h"
#include "parquet/column_reader.h"
#include "parquet/predicate.h"

/* A column that is given out, or compared, or both. */
typedef struct scan_column {
    int32_t column;
    bool is_given;
    bool is_compared;
    bool is_open; /* in the row group at hand */
    column_reader reader;
    const pqt_page_index *index; /* of the chunk at hand; NULL: none, or not needed */
} scan_column;

/* A predicate with what it says of a chunk's dictionary. */
typedef struct scan_filter {
    predicate predicate;
    size_t place;     /* of its column */
    buffer matches;   /* a byte a value of the dictionary */
    bool has_matches; /* for the chunk at hand */
    bool has_match;   /* one of them is 1 */
} scan_filter;

struct pqt_scan {
    const pqt_reader *reader;
    const pqt_allocator *allocator;
    arena memory;
    scan_column *columns; /* each once: those compared first, then those only given */
    size_t column_count;
    size_t compared_count;
    size_t *places; /* by number of column: its place in `columns` and 1; 0: none */
    scan_filter *filters; /* in the order of their columns */
    size_t filter_count;
    size_t *given; /* places of what is given, in the caller's order */
    pqt_values *values;
    pqt_batch batch;
    int64_t first_row; /* of the file */
    int64_t end_row;
    int64_t batch_rows;
    bool no_pruning;
    thread_pool *pool;
    read_ahead ahead;      /* for what is read of all rows */
    read_ahead ahead_left; /* for what is read of those that predicates left */

    /* The row group at hand. */
    int32_t row_group;   /* -1 before the first */
    int64_t group_first; /* row of the file */
    arena group_memory;
    row_selection rows; /* to be decoded */
    size_t range;       /* of `rows`, that is next */
    int64_t next_row;   /* in it */
    int64_t ahead_end;  /* row that `ahead` reaches to */

    /* The batch. */
    row_selection chosen; /* rows that are in the batch, or may be */
    row_selection spare;
    row_selection wide; /* that are decoded for it */
    buffer bits;        /* of rows of `chosen`, or of `wide` */

    pqt_scan_counts counts; /* bytes_read: of bloom filters only */
    pqt_status status;      /* of the first failure */
    pqt_error error;
};

/* Goes to the next row group that has rows to decode; *more is false behind the last. */
pqt_status scan_next_group(pqt_scan *scan, bool *more, pqt_error *error);

/* Takes out of `rows` what cannot fulfil the predicates, and finds the columns' page
 * indexes. */
pqt_status scan_prune_group(pqt_scan *scan, pqt_error *error);

/* Opens the column's chunk of the row group, unless it is open. */
pqt_status scan_open_column(pqt_scan *scan, scan_column *column, pqt_error *error);

/* What the predicate says of each value of the chunk's dictionary, which is loaded. */
pqt_status scan_match_dictionary(scan_filter *filter, const column_reader *column,
                                 pqt_error *error);

/* Reads rows of one column as its batch. */
pqt_status scan_read_column(pqt_scan *scan, scan_column *column, row_ranges rows,
                            pqt_error *error);

/* Makes `wide` of `chosen`: with what lies in gaps that cost more to pass over; `bits`
 * are those of `chosen` among it where they are not the same. */
pqt_status scan_widen(pqt_scan *scan, pqt_error *error);

/* Fetches what the columns that are read first need for `chosen` and rows behind it,
 * unless that is at hand or the input is near. */
pqt_status scan_fetch_coming(pqt_scan *scan, pqt_error *error);

/* Fetches what columns [first, end), which are read last, need for `wide`. */
pqt_status scan_fetch_left(pqt_scan *scan, size_t first, size_t end, pqt_error *error);

/* Narrows `chosen` to the rows that fulfil all predicates; columns that are compared
 * have these rows as their batch then. */
pqt_status scan_filter_rows(pqt_scan *scan, pqt_error *error);

/* column_reader_take_slots of a column of the batch, by its number there. */
void *scan_take_slots(pqt_scan *scan, int32_t number);

#endif
