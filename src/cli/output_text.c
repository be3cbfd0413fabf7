#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/view.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "base/text.h"

enum { GAP = 2, SHORTEST_CUT = 12 };

static bool is_left_aligned(const pqa_column *column)
{
    return column->kind == PQA_TEXT || column->kind == PQA_DATE;
}

static pqt_status append_heading(const char *name, buffer *out, pqt_error *error)
{
    for (; *name; name++)
        TRY(buffer_append_u8(out, (uint8_t)(*name == '_' ? ' ' : *name), error));
    return PQT_OK;
}

static pqt_status measure_column(const pqa_column *column, int64_t row_count,
                                 buffer *scratch, size_t *width, pqt_error *error)
{
    *width = strlen(column->name);
    for (int64_t row = 0; row < row_count; row++) {
        buffer_clear(scratch);
        TRY(cell_append_readable(column, row, scratch, error));
        const size_t cell = text_width(buffer_view(scratch));
        if (cell > *width) *width = cell;
    }
    return PQT_OK;
}

/* Takes from the widest column of text what does not fit on the terminal. */
static void fit_to_terminal(const pqa_table *table, size_t *widths)
{
    if (!terminal_is_smart(stdout)) return;
    const size_t room = (size_t)terminal_width(stdout);
    size_t total = 0;
    int32_t widest = -1;
    for (int32_t i = 0; i < table->column_count; i++) {
        total += widths[i] + (i > 0 ? GAP : 0);
        if (table->columns[i].kind == PQA_TEXT &&
            (widest < 0 || widths[i] > widths[widest]))
            widest = i;
    }
    if (widest < 0 || total <= room) return;
    const size_t excess = total - room;
    const bool enough = widths[widest] > excess + SHORTEST_CUT;
    widths[widest] = enough ? widths[widest] - excess : SHORTEST_CUT;
}

static pqt_status append_spaces(buffer *out, size_t count, pqt_error *error)
{
    for (; count > 0; count--) TRY(buffer_append_u8(out, ' ', error));
    return PQT_OK;
}

/* A cell's text in its column; what is too long is cut. */
typedef struct placed_cell {
    pqt_view text;
    size_t width;
    bool left;
    bool is_last;
} placed_cell;

static pqt_status append_placed(buffer *line, const placed_cell *cell, pqt_error *error)
{
    const bool utf8 = terminal_is_utf8();
    const char *const mark = utf8 ? "\xe2\x80\xa6" : "...";
    const size_t mark_width = utf8 ? 1 : 3;
    const size_t wanted = text_width(cell->text);
    pqt_view shown = cell->text;
    size_t width = wanted;
    if (wanted > cell->width) {
        shown.size_bytes = text_fitting_bytes(cell->text, cell->width - mark_width);
        width = text_width(shown) + mark_width;
    }
    const size_t padding = cell->width > width ? cell->width - width : 0;
    if (!cell->left) TRY(append_spaces(line, padding, error));
    TRY(buffer_append(line, shown.data, shown.size_bytes, error));
    if (wanted > cell->width) TRY(buffer_append_text(line, mark, error));
    return cell->left && !cell->is_last ? append_spaces(line, padding, error) : PQT_OK;
}

/* Row -1 is the heading. */
static pqt_status append_line(const pqa_table *table, int64_t row, const size_t *widths,
                              buffer lines[2], pqt_error *error)
{
    buffer *const line = &lines[0], *const scratch = &lines[1];
    buffer_clear(line);
    for (int32_t i = 0; i < table->column_count; i++) {
        const pqa_column *const column = &table->columns[i];
        buffer_clear(scratch);
        if (row < 0)
            TRY(append_heading(column->name, scratch, error));
        else
            TRY(cell_append_readable(column, row, scratch, error));
        if (i > 0) TRY(append_spaces(line, GAP, error));
        const placed_cell cell = {.text = buffer_view(scratch),
                                  .width = widths[i],
                                  .left = is_left_aligned(column),
                                  .is_last = i + 1 == table->column_count};
        TRY(append_placed(line, &cell, error));
    }
    return PQT_OK;
}

static pqt_status write_lines(const pqa_table *table, const size_t *widths,
                              buffer lines[2], pqt_error *error)
{
    const bool bold = terminal_has_colour(stdout);
    for (int64_t row = -1; row < table->row_count; row++) {
        TRY(append_line(table, row, widths, lines, error));
        if (row < 0 && bold) TRY(output_write(view_text("\033[1m"), error));
        TRY(output_write(buffer_view(&lines[0]), error));
        if (row < 0 && bold) TRY(output_write(view_text("\033[0m"), error));
        TRY(output_write(view_text("\n"), error));
    }
    return PQT_OK;
}

pqt_status output_text(const pqa_table *table, pqt_error *error)
{
    if (table->row_count == 0) return PQT_OK;
    buffer lines[2] = {{0}, {0}};
    pqt_status status = PQT_OK;
    size_t *const widths =
        alloc_zeroed(NULL, (size_t)table->column_count, sizeof *widths);
    if (!widths) return error_no_memory(error, (size_t)table->column_count);
    for (int32_t i = 0; i < table->column_count && status == PQT_OK; i++)
        status = measure_column(&table->columns[i], table->row_count, &lines[0],
                                &widths[i], error);
    if (status != PQT_OK) goto done;
    fit_to_terminal(table, widths);
    status = write_lines(table, widths, lines, error);
done:
    alloc_release(NULL, widths);
    buffer_free(&lines[0]);
    buffer_free(&lines[1]);
    return status;
}

static pqt_status append_record(const pqa_table *table, int64_t row, buffer *out,
                                pqt_error *error)
{
    size_t width = 0;
    for (int32_t i = 0; i < table->column_count; i++)
        if (!cell_is_null(&table->columns[i], row) &&
            strlen(table->columns[i].name) > width)
            width = strlen(table->columns[i].name);
    for (int32_t i = 0; i < table->column_count; i++) {
        const pqa_column *const column = &table->columns[i];
        if (cell_is_null(column, row)) continue;
        TRY(append_heading(column->name, out, error));
        TRY(append_spaces(out, width - strlen(column->name) + GAP, error));
        TRY(cell_append_readable(column, row, out, error));
        TRY(buffer_append_u8(out, '\n', error));
    }
    return PQT_OK;
}

pqt_status output_record(const pqa_table *table, int64_t row, pqt_error *error)
{
    buffer out = {0};
    pqt_status status = append_record(table, row, &out, error);
    if (status == PQT_OK) status = output_write(buffer_view(&out), error);
    buffer_free(&out);
    return status;
}
