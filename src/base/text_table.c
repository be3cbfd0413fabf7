#include "base/text_table.h"

#include "base/text.h"

enum { GAP = 2 };

pqt_status text_table_end_cell(text_table *t, pqt_error *error)
{
    const size_t end = t->text.size_bytes;
    return buffer_append(&t->ends, &end, sizeof end, error);
}

pqt_status text_table_cell(text_table *t, const char *text, pqt_error *error)
{
    TRY(buffer_append_text(&t->text, text, error));
    return text_table_end_cell(t, error);
}

static size_t count_cells(const text_table *t)
{
    return t->ends.size_bytes / sizeof(size_t);
}

static pqt_view find_cell(const text_table *t, size_t i)
{
    size_t bounds[2] = {0, 0};
    const size_t first = i > 0 ? i - 1 : 0, count = i > 0 ? 2 : 1;
    memcpy(bounds + 2 - count, t->ends.data + first * sizeof *bounds,
           count * sizeof *bounds);
    return view_of(t->text.data + bounds[0], bounds[1] - bounds[0]);
}

static pqt_status append_spaces(size_t count, buffer *out, pqt_error *error)
{
    for (; count > 0; count--) TRY(buffer_append_u8(out, ' ', error));
    return PQT_OK;
}

/* A line has no spaces at its end. */
static pqt_status end_line(buffer *out, pqt_error *error)
{
    while (out->size_bytes && out->data[out->size_bytes - 1] == ' ') out->size_bytes--;
    return buffer_append_u8(out, '\n', error);
}

static pqt_status print_cell(const text_table *t, size_t i, buffer *out, pqt_error *error)
{
    const size_t column = i % (size_t)t->column_count;
    const bool is_last = column + 1 == (size_t)t->column_count;
    const pqt_view cell = find_cell(t, i);
    const size_t width = text_width(cell);
    const size_t padding = t->widths[column] > width ? t->widths[column] - width : 0;
    if (t->is_right[column]) TRY(append_spaces(padding, out, error));
    if (cell.size_bytes) TRY(buffer_append(out, cell.data, cell.size_bytes, error));
    if (is_last) return end_line(out, error);
    return append_spaces(GAP + (t->is_right[column] ? 0 : padding), out, error);
}

pqt_status text_table_print(text_table *t, size_t indent, buffer *out, pqt_error *error)
{
    const size_t cells = count_cells(t), columns = (size_t)t->column_count;
    for (size_t i = 0; i < cells; i++) {
        const size_t width = text_width(find_cell(t, i));
        if (width > t->widths[i % columns]) t->widths[i % columns] = width;
    }
    for (size_t i = 0; i < cells; i++) {
        if (i % columns == 0) TRY(append_spaces(indent, out, error));
        TRY(print_cell(t, i, out, error));
    }
    return PQT_OK;
}

void text_table_clear(text_table *t)
{
    buffer_clear(&t->text);
    buffer_clear(&t->ends);
}

void text_table_free(text_table *t)
{
    buffer_free(&t->text);
    buffer_free(&t->ends);
}
