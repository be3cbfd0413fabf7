/* Cells in aligned columns, for people to read. */
#ifndef BASE_TEXT_TABLE_H
#define BASE_TEXT_TABLE_H

#include <stdbool.h>

#include "base/buffer.h"

/*
 * Rows that wait to be printed together. The caller sets the first two and `widths`, all
 * zero before the first print, and frees with text_table_free.
 */
typedef struct text_table {
    int32_t column_count;
    const bool *is_right; /* a column's numbers stand at its right end */
    size_t *widths;       /* grow with what is printed, and last over text_table_clear */
    buffer text;          /* the cells, one behind the other: append here */
    buffer ends;          /* size_t: where each ends */
} text_table;

/* What was appended to `text` since the last call is the next cell. NOMEM. */
pqt_status text_table_end_cell(text_table *t, pqt_error *error);
/* A cell of its own. */
pqt_status text_table_cell(text_table *t, const char *text, pqt_error *error);

/* Appends a line a row, each after `indent` spaces, columns two spaces apart. */
pqt_status text_table_print(text_table *t, size_t indent, buffer *out, pqt_error *error);

/* Forgets the rows. */
void text_table_clear(text_table *t);
void text_table_free(text_table *t);

#endif
