/* pqt_reader_read: one range of rows of a column chunk at a time, on column_reader. */
#include "parquet/reader_read.h"

#include "base/alloc.h"

enum { FAR_WINDOW_BYTES = 16 << 20 }; /* where each read is a round trip */

pqt_status reader_read_memory(const pqt_reader *reader, pqt_values *values,
                              pqt_error *error)
{
    const pqt_allocator *allocator = reader->options.allocator;
    if (values->memory && values->memory->allocator == allocator) return PQT_OK;
    pqt_values_free(values);
    struct pqt_values_memory *memory = alloc_zeroed(allocator, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    memory->allocator = allocator;
    values->memory = memory;
    return PQT_OK;
}

void pqt_values_free(pqt_values *values)
{
    struct pqt_values_memory *memory = values->memory;
    *values = (pqt_values){0};
    if (!memory) return;
    column_reader_free(&memory->column);
    alloc_release(memory->allocator, memory);
}

pqt_status reader_read_check(const pqt_reader *reader, const chunk_rows *rows,
                             pqt_error *error)
{
    TRY(reader_check_chunk(reader, rows->row_group, rows->column, error));
    const int64_t count = reader->metadata.row_groups[rows->row_group].row_count;
    if (rows->first_row >= 0 && rows->row_count >= 0 &&
        rows->first_row <= count - rows->row_count)
        return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "%s: row group %d has %lld rows; asked for %lld from row %lld",
                     reader->input.name, (int)rows->row_group, (long long)count,
                     (long long)rows->row_count, (long long)rows->first_row);
}

pqt_status reader_read_open(const pqt_reader *reader, const chunk_rows *rows,
                            column_reader *column, pqt_error *error)
{
    const chunk_source source = {
        .reader = reader,
        .row_group = rows->row_group,
        .column = rows->column,
        .index = pqt_reader_page_index(reader, rows->row_group, rows->column),
        .window_bytes = reader->is_near ? COLUMN_WINDOW_BYTES : FAR_WINDOW_BYTES};
    return column_reader_open(column, &source, error);
}

static pqt_status read_rows(const pqt_reader *reader, const chunk_rows *rows,
                            column_reader *column, pqt_error *error)
{
    const row_range range = {rows->first_row, rows->first_row + rows->row_count};
    const row_ranges ranges = {&range, 1};
    TRY(reader_read_open(reader, rows, column, error));
    column_reader_want(column, ranges);
    const pqt_status status = column_reader_read(column, ranges, error);
    column_reader_want(column, (row_ranges){0});
    return status;
}

pqt_status pqt_reader_read(const pqt_reader *reader, int32_t row_group, int32_t column,
                           int64_t first_row, int64_t row_count, pqt_values *values,
                           pqt_error *error)
{
    const chunk_rows rows = {row_group, column, first_row, row_count};
    TRY(reader_read_check(reader, &rows, error));
    TRY(reader_read_memory(reader, values, error));
    struct pqt_values_memory *memory = values->memory;
    TRY(reader_error_at(reader, row_group, column,
                        read_rows(reader, &rows, &memory->column, error), error));
    *values = column_reader_values(&memory->column);
    values->memory = memory;
    return PQT_OK;
}

/* --- Announcing --- */

static void ranges_by_index(const pqt_page_index *index, const pqt_column_chunk *chunk,
                            const chunk_rows *rows, pqt_byte_range ranges[2])
{
    const pqt_page_location *first =
        &index->locations[page_reader_find(index, rows->first_row)];
    const pqt_page_location *last =
        &index->locations[page_reader_find(index, rows->first_row + rows->row_count - 1)];
    const uint64_t begin = (uint64_t)first->offset;
    const uint64_t end = (uint64_t)last->offset + (uint64_t)last->compressed_bytes;
    const uint64_t start = metadata_chunk_range(chunk).offset;
    ranges[0] = (pqt_byte_range){start, (uint64_t)index->locations[0].offset - start};
    ranges[1] = (pqt_byte_range){begin, end - begin};
}

pqt_status pqt_reader_byte_ranges(const pqt_reader *reader, int32_t row_group,
                                  int32_t column, int64_t first_row, int64_t row_count,
                                  pqt_byte_range ranges[2], pqt_error *error)
{
    const chunk_rows rows = {row_group, column, first_row, row_count};
    TRY(reader_read_check(reader, &rows, error));
    const pqt_column_chunk *chunk =
        &reader->metadata.row_groups[row_group].columns[column];
    const pqt_page_index *index = pqt_reader_page_index(reader, row_group, column);
    ranges[0] = ranges[1] = (pqt_byte_range){0};
    crypto_chunk keys;
    TRY(reader_error_at(reader, row_group, column,
                        file_decryption_chunk(&reader->decryption, &reader->metadata,
                                              row_group, column, &keys, error),
                        error));
    if (row_count == 0) return PQT_OK;
    if (index && index->page_count > 0)
        ranges_by_index(index, chunk, &rows, ranges);
    else
        ranges[1] = page_reader_chunk_range(reader, chunk);
    return PQT_OK;
}
