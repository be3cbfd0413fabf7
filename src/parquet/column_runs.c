/* pqt_reader_read_runs: integers as runs, without expanding what was stored as runs. */
#include "base/alloc.h"
#include "parquet/bits.h"
#include "parquet/reader_read.h"

static pqt_status append_run(pqt_runs *runs, pqt_run run, pqt_error *error)
{
    pqt_run *last = runs->count ? &runs->runs[runs->count - 1] : NULL;
    if (last && last->value == run.value && last->is_null == run.is_null) {
        last->row_count += run.row_count;
        return PQT_OK;
    }
    void *array = runs->runs;
    if (alloc_grow(NULL, &array, &runs->capacity, runs->count + 1, sizeof run) != 0)
        return error_no_memory(error, (runs->count + 1) * sizeof run);
    runs->runs = array;
    runs->runs[runs->count++] = run;
    return PQT_OK;
}

static int64_t dictionary_number(const decoder *d, uint32_t code)
{
    if (d->type == PQT_INT64) return ((const int64_t *)d->dictionary.values)[code];
    return ((const int32_t *)d->dictionary.values)[code];
}

static pqt_status append_piece(const decoder *d, const rle_piece *piece, pqt_runs *runs,
                               pqt_error *error)
{
    const size_t steps = piece->values ? piece->count : 1;
    for (size_t i = 0; i < steps; i++) {
        const uint32_t code = piece->values ? piece->values[i] : piece->value;
        if (code >= d->dictionary.count)
            return error_set(error, PQT_CORRUPT,
                             "dictionary: code %u, but it has %zu values", code,
                             d->dictionary.count);
        const int64_t rows = piece->values ? 1 : (int64_t)piece->count;
        TRY(append_run(runs, (pqt_run){dictionary_number(d, code), rows, false}, error));
    }
    return PQT_OK;
}

static pqt_status append_codes(column_reader *c, size_t count, pqt_runs *runs,
                               pqt_error *error)
{
    decoder *d = &c->decoder;
    c->page_at += count;
    while (count > 0) {
        rle_piece piece;
        if (!rle_next(&d->rle, count, &piece))
            return error_set(error, PQT_CORRUPT, "dictionary: codes end %zu values early",
                             count);
        TRY(append_piece(d, &piece, runs, error));
        count -= piece.count;
    }
    return PQT_OK;
}

static pqt_status append_values(const pqt_values *values, pqt_runs *runs,
                                pqt_error *error)
{
    for (int64_t i = 0; i < values->slot_count; i++) {
        const bool is_null = values->validity && !bits_get(values->validity, (size_t)i);
        const int64_t value = values->int64s ? values->int64s[i] : values->int32s[i];
        TRY(append_run(runs, (pqt_run){is_null ? 0 : value, 1, is_null}, error));
    }
    return PQT_OK;
}

/* Rows of one page of a required column; codes are not expanded. */
static pqt_status append_page(column_reader *c, row_range *rows, pqt_runs *runs,
                              pqt_error *error)
{
    size_t count;
    TRY(column_reader_go_to(c, *rows, &count, error));
    rows->first += (int64_t)count;
    if (c->decoder.kind == &dictionary_decoder)
        return append_codes(c, count, runs, error);
    column_reader_begin(c);
    TRY(column_reader_take(c, count, error));
    const pqt_values values = column_reader_values(c);
    return append_values(&values, runs, error);
}

static pqt_status read_required(const pqt_reader *reader, const chunk_rows *rows,
                                column_reader *column, pqt_runs *runs, pqt_error *error)
{
    row_range range = {rows->first_row, rows->first_row + rows->row_count};
    const row_range whole = range;
    TRY(reader_read_open(reader, rows, column, error));
    column_reader_want(column, (row_ranges){&whole, 1});
    pqt_status status = PQT_OK;
    while (status == PQT_OK && range.first < range.end)
        status = append_page(column, &range, runs, error);
    column_reader_want(column, (row_ranges){0});
    return status;
}

static pqt_status check_column(const pqt_reader *reader, const chunk_rows *rows,
                               pqt_error *error)
{
    TRY(reader_read_check(reader, rows, error));
    const pqt_schema_node *node = reader_node(reader, rows->column);
    if (node->max_repetition_level == 0 &&
        (node->type == PQT_INT32 || node->type == PQT_INT64))
        return PQT_OK;
    return error_set(error, PQT_INVALID, "%s: column %s is not a flat column of integers",
                     reader->input.name, node->name);
}

pqt_status pqt_reader_read_runs(const pqt_reader *reader, int32_t row_group,
                                int32_t column, int64_t first_row, int64_t row_count,
                                pqt_values *scratch, pqt_runs *runs, pqt_error *error)
{
    const chunk_rows rows = {row_group, column, first_row, row_count};
    TRY(check_column(reader, &rows, error));
    if (reader_node(reader, column)->max_definition_level > 0) {
        TRY(pqt_reader_read(reader, row_group, column, first_row, row_count, scratch,
                            error));
        return append_values(scratch, runs, error);
    }
    TRY(reader_read_memory(reader, scratch, error));
    return reader_error_at(
        reader, row_group, column,
        read_required(reader, &rows, &scratch->memory->column, runs, error), error);
}

void pqt_runs_free(pqt_runs *runs)
{
    alloc_release(NULL, runs->runs);
    *runs = (pqt_runs){0};
}
