#include "base/error.h"
#include "base/view.h"
#include "cli/output.h"

pqt_status csv_append_text(buffer *out, pqt_view text, pqt_error *error)
{
    bool plain = true;
    for (size_t i = 0; i < text.size_bytes && plain; i++) {
        const uint8_t byte = text.data[i];
        plain = byte != '"' && byte != ',' && byte != '\n' && byte != '\r';
    }
    if (plain) return buffer_append(out, text.data, text.size_bytes, error);
    TRY(buffer_append_u8(out, '"', error));
    for (size_t i = 0; i < text.size_bytes; i++) {
        if (text.data[i] == '"') TRY(buffer_append_u8(out, '"', error));
        TRY(buffer_append_u8(out, text.data[i], error));
    }
    return buffer_append_u8(out, '"', error);
}

static pqt_status append_cell(const pqa_column *column, int64_t row, buffer *out,
                              pqt_error *error)
{
    if (column->kind != PQA_TEXT || cell_is_null(column, row))
        return cell_append_plain(column, row, out, error);
    return csv_append_text(out, column->texts[row], error);
}

static pqt_status append_headings(const pqa_table *table, const char *const *headings,
                                  buffer *out, pqt_error *error)
{
    for (int32_t i = 0; i < table->column_count; i++) {
        const char *const heading = headings ? headings[i] : table->columns[i].name;
        if (i > 0) TRY(buffer_append_u8(out, ',', error));
        TRY(csv_append_text(out, view_text(heading), error));
    }
    return buffer_append_u8(out, '\n', error);
}

static pqt_status write_rows(const pqa_table *table, buffer *line, pqt_error *error)
{
    for (int64_t row = 0; row < table->row_count; row++) {
        buffer_clear(line);
        for (int32_t i = 0; i < table->column_count; i++) {
            if (i > 0) TRY(buffer_append_u8(line, ',', error));
            TRY(append_cell(&table->columns[i], row, line, error));
        }
        TRY(buffer_append_u8(line, '\n', error));
        TRY(output_write(buffer_view(line), error));
    }
    return PQT_OK;
}

pqt_status output_csv(const pqa_table *table, const char *const *headings,
                      pqt_error *error)
{
    buffer line = {0};
    pqt_status status = append_headings(table, headings, &line, error);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    if (status == PQT_OK) status = write_rows(table, &line, error);
    buffer_free(&line);
    return status;
}
