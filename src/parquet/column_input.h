/*
 * What a caller appends to a column, taken in pieces of whole rows: checked against the
 * column's levels first, then each piece's values without the slots of nulls.
 */
#ifndef PARQUET_COLUMN_INPUT_H
#define PARQUET_COLUMN_INPUT_H

#include "base/buffer.h"
#include "parquet/level_writer.h"
#include "pqt.h"

typedef struct column_input {
    const pqt_schema_node *leaf;
    const pqt_column_values *values;
    int64_t slot_count;
    int64_t slot;  /* the next */
    int64_t value; /* where its value is, if it has one */
} column_input;

/*
 * Begins with the first of `row_count` rows. INVALID where nulls or levels are not what
 * the column can have, or do not make so many rows. All but `out` must outlive the input.
 */
pqt_status column_input_begin(const pqt_schema *schema, int32_t column,
                              const pqt_column_values *values, int64_t row_count,
                              column_input *out, pqt_error *error);

/* What a piece may take, at most. */
typedef struct input_limits {
    int64_t rows;
    size_t page_bytes;  /* left in the page, of values and, where they repeat, levels */
    size_t value_bytes; /* that a value takes there; 0: as a BYTE_ARRAY in PLAIN */
    size_t array_bytes; /* a piece ends where BYTE_ARRAYs take more in PLAIN, whatever
                           they take in the page */
} input_limits;

/* Rows from the next on. */
typedef struct input_piece {
    int64_t rows;
    int64_t slots;
} input_piece;

/* Bytes that an entry's levels count for in a page, where there are repetition levels. */
enum { INPUT_LEVEL_BYTES = 2 };

/* The rows that fit; maybe none, but at least one where all take the same. */
input_piece column_input_fit(const column_input *in, const input_limits *limits);

/* The next row, whatever it takes. */
input_piece column_input_row(const column_input *in);

/* Adds a piece's levels. */
pqt_status column_input_levels(const column_input *in, const input_piece *piece,
                               level_writer *repetition, level_writer *definition,
                               pqt_error *error);

/* Values as encoder_kind.add has them; they may be in `scratch`. */
typedef struct dense_values {
    const void *values;
    size_t count;
} dense_values;

/* Takes a piece's values, and goes on behind it. */
pqt_status column_input_take(column_input *in, const input_piece *piece, buffer *scratch,
                             dense_values *out, pqt_error *error);

#endif
