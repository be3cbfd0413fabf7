#include "base/error.h"
#include "base/utf8.h"
#include "base/view.h"
#include "cli/output.h"

static pqt_status append_escaped(buffer *out, uint8_t byte, pqt_error *error)
{
    switch (byte) {
    case '"':
        return buffer_append_text(out, "\\\"", error);
    case '\\':
        return buffer_append_text(out, "\\\\", error);
    case '\n':
        return buffer_append_text(out, "\\n", error);
    case '\r':
        return buffer_append_text(out, "\\r", error);
    case '\t':
        return buffer_append_text(out, "\\t", error);
    default:
        break;
    }
    if (byte >= 0x20 && byte != 0x7f) return buffer_append_u8(out, byte, error);
    return buffer_printf(out, error, "\\u%04x", byte);
}

pqt_status json_append_text(buffer *out, pqt_view text, pqt_error *error)
{
    size_t bad = text.size_bytes;
    if (utf8_is_valid(text, &bad)) bad = text.size_bytes;
    TRY(buffer_append_u8(out, '"', error));
    for (size_t i = 0; i < text.size_bytes; i++) {
        if (i < bad) {
            TRY(append_escaped(out, text.data[i], error));
            continue;
        }
        TRY(buffer_append_text(out, "\\ufffd", error));
        const size_t start = i + 1;
        const bool valid =
            utf8_is_valid(view_of(text.data + start, text.size_bytes - start), &bad);
        bad = valid ? text.size_bytes : start + bad;
    }
    return buffer_append_u8(out, '"', error);
}

static pqt_status append_cell(const pqa_column *column, int64_t row, buffer *out,
                              pqt_error *error)
{
    if (cell_is_null(column, row)) return buffer_append_text(out, "null", error);
    if (column->kind == PQA_TEXT) return json_append_text(out, column->texts[row], error);
    if (column->kind != PQA_DATE) return cell_append_plain(column, row, out, error);
    TRY(buffer_append_u8(out, '"', error));
    TRY(cell_append_plain(column, row, out, error));
    return buffer_append_u8(out, '"', error);
}

static pqt_status append_object(const pqa_table *table, int64_t row, buffer *out,
                                pqt_error *error)
{
    for (int32_t i = 0; i < table->column_count; i++) {
        TRY(buffer_append_text(out, i > 0 ? ", " : "{", error));
        TRY(json_append_text(out, view_text(table->columns[i].name), error));
        TRY(buffer_append_text(out, ": ", error));
        TRY(append_cell(&table->columns[i], row, out, error));
    }
    return buffer_append_u8(out, '}', error);
}

static pqt_status write_objects(const pqa_table *table, bool lines, buffer *out,
                                pqt_error *error)
{
    if (!lines) TRY(buffer_append_u8(out, '[', error));
    for (int64_t row = 0; row < table->row_count; row++) {
        if (!lines) TRY(buffer_append_text(out, row > 0 ? ",\n " : "\n ", error));
        TRY(append_object(table, row, out, error));
        if (lines) TRY(buffer_append_u8(out, '\n', error));
        TRY(output_write(buffer_view(out), error));
        buffer_clear(out);
    }
    if (!lines) TRY(buffer_append_text(out, table->row_count ? "\n]\n" : "]\n", error));
    return output_write(buffer_view(out), error);
}

pqt_status output_json(const pqa_table *table, bool lines, pqt_error *error)
{
    buffer out = {0};
    const pqt_status status = write_objects(table, lines, &out, error);
    buffer_free(&out);
    return status;
}
