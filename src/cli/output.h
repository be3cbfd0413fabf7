/* Tables of results on stdout, in the format that was asked for. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buffer.h"
#include "cli/options.h"

/* Writes all of it to stdout; IO with the reason where it cannot. */
pqt_status output_write(pqt_view text, pqt_error *error);
/* What is still held back; also finds the error that only shows at the end. */
pqt_status output_flush(pqt_error *error);

/* One value as programs read it: plain digits, 2026-01-15; nothing for a null. */
pqt_status cell_append_plain(const pqa_column *column, int64_t row, buffer *out,
                             pqt_error *error);
/* One value as people read it: 1,234, 57.9 MB; "-" for a null. */
pqt_status cell_append_readable(const pqa_column *column, int64_t row, buffer *out,
                                pqt_error *error);
static inline bool cell_is_null(const pqa_column *column, int64_t row)
{
    return column->valid && !column->valid[row];
}

/* RFC 4180 with LF: quotes only where a value needs them. `headings` NULL: the names. */
pqt_status output_csv(const pqa_table *table, const char *const *headings,
                      pqt_error *error);
/* One array, or with `lines` an object a line; keys are the columns' names. */
pqt_status output_json(const pqa_table *table, bool lines, pqt_error *error);
/* Aligned columns; long text is cut on a terminal only. */
pqt_status output_text(const pqa_table *table, pqt_error *error);
/* A row of the table as lines of name and value. */
pqt_status output_record(const pqa_table *table, int64_t row, pqt_error *error);
/* A row a day with a bar as long as its views; table of a date and a number. */
pqt_status output_chart(const pqa_table *table, pqt_error *error);

/* In that format; then the table's note, on stderr. */
pqt_status output_table(const pqa_table *table, int format, pqt_error *error);
void output_note(const pqa_table *table);

/* Appends a JSON string in quotes; bytes that are no UTF-8 become U+FFFD. */
pqt_status json_append_text(buffer *out, pqt_view text, pqt_error *error);

#endif
