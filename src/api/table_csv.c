/* A table of results as CSV. */
#include <inttypes.h>

#include "base/buffer.h"
#include "base/date.h"
#include "base/text.h"
#include "pqa.h"

static pqt_status append_cell(const pqa_column *column, int64_t row, buffer *out,
                              pqt_error *error)
{
    if (column->valid && !column->valid[row]) return PQT_OK;
    if (column->kind == PQA_TEXT) return text_append_csv(out, column->texts[row], error);
    if (column->kind != PQA_DATE)
        return buffer_printf(out, error, "%" PRId64, column->int64s[row]);
    char text[DATE_TEXT_BYTES];
    date_text((int32_t)column->int64s[row], text);
    return buffer_append_text(out, text, error);
}

static pqt_status append_headings(const pqa_table *table, const char *const *headings,
                                  buffer *out, pqt_error *error)
{
    for (int32_t i = 0; i < table->column_count; i++) {
        const char *const heading = headings ? headings[i] : table->columns[i].name;
        if (i > 0) TRY(buffer_append_u8(out, ',', error));
        TRY(text_append_csv(out, view_text(heading), error));
    }
    return buffer_append_u8(out, '\n', error);
}

static pqt_status append_row(const pqa_table *table, int64_t row, buffer *out,
                             pqt_error *error)
{
    for (int32_t i = 0; i < table->column_count; i++) {
        if (i > 0) TRY(buffer_append_u8(out, ',', error));
        TRY(append_cell(&table->columns[i], row, out, error));
    }
    return buffer_append_u8(out, '\n', error);
}

static pqt_status write_lines(const pqa_table *table, const char *const *headings,
                              const pqa_text_output *output, buffer *line,
                              pqt_error *error)
{
    TRY(append_headings(table, headings, line, error));
    TRY(output->write(output->self, (const char *)line->data, line->size_bytes, error));
    for (int64_t row = 0; row < table->row_count; row++) {
        buffer_clear(line);
        TRY(append_row(table, row, line, error));
        TRY(output->write(output->self, (const char *)line->data, line->size_bytes,
                          error));
    }
    return PQT_OK;
}

pqt_status pqa_table_write_csv(const pqa_table *table, const char *const *headings,
                               const pqa_text_output *output, pqt_error *error)
{
    buffer line = {0};
    const pqt_status status = write_lines(table, headings, output, &line, error);
    buffer_free(&line);
    return status;
}
