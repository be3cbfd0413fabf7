/* The row groups of a scan: which rows of each are decoded. */
#include "parquet/scan_state.h"

enum {
    LEAST_WINDOW_BYTES = 64 << 10,
    ALL_WINDOWS_BYTES = 32 << 20,
    GAP_ROWS = 32 /* decoding as many for nothing is cheaper than starting again */
};

/* Windows of many columns share what few would have. */
static size_t window_bytes(const pqt_scan *s)
{
    const size_t share = ALL_WINDOWS_BYTES / (s->column_count ? s->column_count : 1);
    if (share > COLUMN_WINDOW_BYTES) return COLUMN_WINDOW_BYTES;
    return share < LEAST_WINDOW_BYTES ? LEAST_WINDOW_BYTES : share;
}

/* The first column that is compared is read for all rows; without predicates, all are. */
static bool reads_all(const pqt_scan *s, const scan_column *column)
{
    return s->filter_count == 0 || column == s->columns;
}

pqt_status scan_open_column(pqt_scan *s, scan_column *column, pqt_error *error)
{
    const chunk_source source = {
        .reader = s->reader,
        .row_group = s->row_group,
        .column = column->column,
        .index = column->index,
        .ahead = reads_all(s, column) ? &s->ahead : &s->ahead_left,
        .window_bytes = window_bytes(s)};
    if (column->is_open) return PQT_OK;
    column->is_open = true;
    const pqt_status status = column_reader_open(&column->reader, &source, error);
    return reader_error_at(s->reader, s->row_group, column->column, status, error);
}

pqt_status scan_read_column(pqt_scan *s, scan_column *column, row_ranges rows,
                            pqt_error *error)
{
    column_reader *reader = &column->reader;
    TRY(scan_open_column(s, column, error));
    column_reader_want(reader,
                       reads_all(s, column) ? row_selection_ranges(&s->rows) : rows);
    return reader_error_at(s->reader, s->row_group, column->column,
                           column_reader_read(reader, rows, error), error);
}

pqt_status scan_widen(pqt_scan *s, pqt_error *error)
{
    TRY(row_selection_widen(&s->chosen, GAP_ROWS, &s->wide, error));
    if (s->wide.row_count == s->chosen.row_count) return PQT_OK;
    const size_t bytes = (size_t)s->wide.row_count / 8 + 1;
    TRY(buffer_resize(&s->bits, bytes, error));
    memset(s->bits.data, 0, bytes);
    row_selection_mark(&s->chosen, &s->wide, s->bits.data);
    return PQT_OK;
}

/* Rows of the row group that lie in the scan's range. */
static row_range find_rows(const pqt_scan *s, int64_t row_count)
{
    const int64_t first = s->first_row - s->group_first;
    const int64_t end = s->end_row - s->group_first;
    return (row_range){first > 0 ? first : 0, end < row_count ? end : row_count};
}

static void close_columns(pqt_scan *s)
{
    arena_free(&s->group_memory);
    s->ahead_end = 0;
    for (size_t i = 0; i < s->column_count; i++) {
        s->columns[i].is_open = false;
        s->columns[i].index = NULL;
    }
    for (size_t i = 0; i < s->filter_count; i++) s->filters[i].has_matches = false;
}

/* The rows of the row group that are decoded. */
static pqt_status plan_group(pqt_scan *s, pqt_error *error)
{
    const pqt_row_group *group = &s->reader->metadata.row_groups[s->row_group];
    const row_range rows = find_rows(s, group->row_count);
    row_selection_clear(&s->rows);
    TRY(row_selection_add(&s->rows, rows, error));
    return rows.first < rows.end ? scan_prune_group(s, error) : PQT_OK;
}

pqt_status scan_next_group(pqt_scan *s, bool *more, pqt_error *error)
{
    const pqt_file_metadata *m = &s->reader->metadata;
    row_selection_clear(&s->rows);
    s->range = 0;
    while (s->rows.count == 0 && s->row_group < m->row_group_count) {
        close_columns(s);
        if (s->row_group >= 0) s->group_first += m->row_groups[s->row_group].row_count;
        if (++s->row_group < m->row_group_count) TRY(plan_group(s, error));
    }
    *more = s->rows.count > 0;
    if (*more) s->next_row = s->rows.ranges[0].first;
    return PQT_OK;
}
