#include "cli/row_table.h"

#include "base/error.h"
#include "base/text.h"
#include "base/text_table.h"
#include "base/view.h"
#include "cli/output.h"

enum { ROWS_AT_ONCE = 1000 };

struct row_printing {
    const pqt_schema *schema;
    const row_choice *choice;
    bool as_csv;
    int64_t left;
    text_table table; /* or, of CSV, its text only */
    buffer cell, out;
    arena memory;
};

static const pqt_schema_node *node_of(const struct row_printing *p, int32_t i)
{
    return &p->schema->nodes[p->schema->column_nodes[p->choice->columns[i]]];
}

static pqt_status check_flat(const struct row_printing *p, pqt_error *error)
{
    for (int32_t i = 0; i < p->choice->column_count; i++)
        if (node_of(p, i)->max_repetition_level > 0)
            return error_set(error, PQT_INVALID,
                             "column %s is in a list, which has no form in %s; choose "
                             "others with --columns, or --format ndjson",
                             node_of(p, i)->name, p->as_csv ? "csv" : "a table");
    return PQT_OK;
}

/* --- Cells --- */

static pqt_status append_cell(void *self, const char *text, size_t size_bytes,
                              pqt_error *error)
{
    return buffer_append(self, text, size_bytes, error);
}

static bool is_valid(const pqt_values *values, int64_t row)
{
    return !values->validity || (values->validity[row / 8] >> (row % 8) & 1);
}

static pqt_status end_csv_cell(struct row_printing *p, int32_t i, bool is_null,
                               pqt_error *error)
{
    const bool is_last = i + 1 == p->choice->column_count;
    if (!is_null && p->cell.size_bytes == 0)
        TRY(buffer_append_text(&p->out, "\"\"", error)); /* a null is nothing at all */
    else
        TRY(text_append_csv(&p->out, buffer_view(&p->cell), error));
    return buffer_append_u8(&p->out, is_last ? '\n' : ',', error);
}

static pqt_status end_table_cell(struct row_printing *p, bool is_null, pqt_error *error)
{
    if (is_null) return text_table_cell(&p->table, "-", error);
    TRY(text_append_printable(&p->table.text, buffer_view(&p->cell), error));
    return text_table_end_cell(&p->table, error);
}

static pqt_status put_cell(struct row_printing *p, int32_t i, bool is_null,
                           pqt_error *error)
{
    return p->as_csv ? end_csv_cell(p, i, is_null, error)
                     : end_table_cell(p, is_null, error);
}

static pqt_status put_headings(struct row_printing *p, pqt_error *error)
{
    for (int32_t i = 0; i < p->choice->column_count; i++) {
        const char *path = schema_path_of(
            p->schema, p->schema->column_nodes[p->choice->columns[i]], &p->memory);
        if (!path) return error_no_memory(error, sizeof *path);
        buffer_clear(&p->cell);
        TRY(buffer_append_text(&p->cell, path, error));
        TRY(put_cell(p, i, false, error));
    }
    return PQT_OK;
}

static pqt_status put_row(struct row_printing *p, const pqt_batch *batch, int64_t row,
                          pqt_error *error)
{
    const pqt_text_output to_cell = {append_cell, &p->cell};
    for (int32_t i = 0; i < batch->column_count; i++) {
        const pqt_values *const values = &batch->columns[i];
        const bool is_null = !is_valid(values, row);
        buffer_clear(&p->cell);
        if (!is_null)
            TRY(pqt_print_value(node_of(p, i), values, row, false, &to_cell, error));
        TRY(put_cell(p, i, is_null, error));
    }
    return PQT_OK;
}

/* --- Rows --- */

static pqt_status flush(struct row_printing *p, pqt_error *error)
{
    if (!p->as_csv) {
        TRY(text_table_print(&p->table, 0, &p->out, error));
        text_table_clear(&p->table);
    }
    if (p->out.size_bytes == 0) return PQT_OK;
    TRY(output_write(buffer_view(&p->out), error));
    buffer_clear(&p->out);
    return PQT_OK;
}

static pqt_status put_batch(struct row_printing *p, const pqt_batch *batch,
                            pqt_error *error)
{
    for (int64_t row = 0; row < batch->row_count && p->left > 0; row++, p->left--) {
        TRY(put_row(p, batch, row, error));
        if (row % ROWS_AT_ONCE == ROWS_AT_ONCE - 1) TRY(flush(p, error));
    }
    return flush(p, error);
}

static pqt_status print_scan(struct row_printing *p, pqt_scan *scan, pqt_error *error)
{
    const pqt_batch *batch = NULL;
    TRY(put_headings(p, error));
    while (p->left > 0) {
        TRY(pqt_scan_next(scan, &batch, error));
        if (!batch) break;
        TRY(put_batch(p, batch, error));
    }
    return flush(p, error);
}

/* Numbers stand at the right; what only begins as one (dates, texts) at the left. */
static bool is_number(const pqt_schema_node *node)
{
    const pqt_logical kind = node->logical.kind;
    const bool is_plain = kind == PQT_LOGICAL_NONE || kind == PQT_LOGICAL_INTEGER;
    if (kind == PQT_LOGICAL_DECIMAL || kind == PQT_LOGICAL_FLOAT16) return true;
    return is_plain && (node->type == PQT_INT32 || node->type == PQT_INT64 ||
                        node->type == PQT_FLOAT || node->type == PQT_DOUBLE);
}

static pqt_status start_table(struct row_printing *p, pqt_error *error)
{
    const size_t count = (size_t)p->choice->column_count;
    bool *const is_right = arena_alloc(&p->memory, count + 1, sizeof *is_right);
    size_t *const widths = arena_alloc(&p->memory, count + 1, sizeof *widths);
    if (!is_right || !widths) return error_no_memory(error, count);
    for (size_t i = 0; i < count; i++) is_right[i] = is_number(node_of(p, (int32_t)i));
    p->table = (text_table){
        .column_count = (int32_t)count, .is_right = is_right, .widths = widths};
    return PQT_OK;
}

pqt_status row_table_print(const pqt_reader *reader, const row_choice *choice,
                           int64_t limit, int format, pqt_error *error)
{
    struct row_printing p = {.schema = &pqt_reader_metadata(reader)->schema,
                             .choice = choice,
                             .as_csv = format == FORMAT_CSV,
                             .left = limit > 0 ? limit : INT64_MAX};
    const pqt_scan_options options = {
        .columns = choice->columns,
        .column_count = choice->column_count,
        .predicates = choice->predicates,
        .predicate_count = choice->predicate_count,
        .batch_rows = limit > 0 && limit < ROWS_AT_ONCE ? limit : 0};
    pqt_scan *scan = NULL;
    pqt_status status = check_flat(&p, error);
    if (status == PQT_OK) status = start_table(&p, error);
    if (status == PQT_OK) status = pqt_scan_open(reader, &options, &scan, error);
    if (status == PQT_OK) status = print_scan(&p, scan, error);
    pqt_scan_close(scan);
    text_table_free(&p.table);
    buffer_free(&p.cell);
    buffer_free(&p.out);
    arena_free(&p.memory);
    return status;
}
