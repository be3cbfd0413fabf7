#include <stdlib.h>

#include "base/alloc.h"
#include "parquet/column_compact.h"
#include "parquet/scan_state.h"

enum { DEFAULT_BATCH_ROWS = 65536 };

/* --- Opening --- */

/* The column's entry, once it has one. */
static scan_column *add_column(pqt_scan *s, int32_t column)
{
    if (s->places[column] == 0) {
        s->columns[s->column_count++].column = column;
        s->places[column] = s->column_count;
    }
    return &s->columns[s->places[column] - 1];
}

static pqt_status make_filter(pqt_scan *s, const pqt_predicate *in, pqt_error *error)
{
    scan_filter *f = &s->filters[s->filter_count];
    TRY(predicate_make(&s->reader->metadata.schema, in, &s->memory, &f->predicate,
                       error));
    s->filter_count++;
    scan_column *column = add_column(s, in->column);
    column->is_compared = true;
    f->place = (size_t)(column - s->columns);
    f->matches.allocator = s->allocator;
    return PQT_OK;
}

static int compare_places(const void *left, const void *right)
{
    const scan_filter *a = left, *b = right;
    return (a->place > b->place) - (a->place < b->place);
}

static pqt_status make_filters(pqt_scan *s, const pqt_scan_options *options,
                               pqt_error *error)
{
    const size_t count = (size_t)options->predicate_count;
    s->filters = arena_alloc(&s->memory, count, sizeof *s->filters);
    if (!s->filters) return error_no_memory(error, count * sizeof *s->filters);
    for (size_t i = 0; i < count; i++)
        TRY(make_filter(s, &options->predicates[i], error));
    if (count > 0) qsort(s->filters, count, sizeof *s->filters, compare_places);
    s->compared_count = s->column_count;
    return PQT_OK;
}

static pqt_status choose_columns(pqt_scan *s, const pqt_scan_options *options,
                                 pqt_error *error)
{
    const int32_t all = s->reader->metadata.schema.column_count;
    const int32_t count = options->columns ? options->column_count : all;
    s->given = arena_alloc(&s->memory, (size_t)count, sizeof *s->given);
    s->values = arena_alloc(&s->memory, (size_t)count, sizeof *s->values);
    if (!s->given || !s->values)
        return error_no_memory(error, (size_t)count * sizeof *s->values);
    for (int32_t i = 0; i < count; i++) {
        const int32_t number = options->columns ? options->columns[i] : i;
        if (number < 0 || number >= all)
            return error_set(error, PQT_INVALID, "there is no column %d, but %d",
                             (int)number, (int)all);
        scan_column *column = add_column(s, number);
        column->is_given = true;
        s->given[i] = (size_t)(column - s->columns);
    }
    s->batch.columns = s->values;
    s->batch.column_count = count;
    return PQT_OK;
}

static pqt_status make_columns(pqt_scan *s, const pqt_scan_options *options,
                               pqt_error *error)
{
    const size_t all = (size_t)s->reader->metadata.schema.column_count;
    const size_t wanted =
        (size_t)options->column_count + (size_t)options->predicate_count;
    const size_t most = options->columns && wanted < all ? wanted : all;
    s->columns = arena_alloc(&s->memory, most, sizeof *s->columns);
    s->places = arena_alloc(&s->memory, all, sizeof *s->places);
    if (!s->columns || !s->places)
        return error_no_memory(error, most * sizeof *s->columns);
    TRY(make_filters(s, options, error));
    TRY(choose_columns(s, options, error));
    for (size_t i = 0; i < s->compared_count; i++) {
        column_reader *reader = &s->columns[i].reader;
        reader->wants_codes = true;
        reader->wants_levels = !s->columns[i].is_given;
    }
    for (size_t i = 0; i < s->filter_count; i++)
        if (!predicate_is_of_nulls(&s->filters[i].predicate))
            s->columns[s->filters[i].place].reader.wants_levels = false;
    return PQT_OK;
}

static pqt_status check_options(const pqt_scan_options *options, pqt_error *error)
{
    if (options->first_row < 0 || options->row_count < 0 || options->batch_rows < 0 ||
        options->threads < 0 || options->column_count < 0 ||
        options->predicate_count < 0 ||
        (options->predicate_count > 0 && !options->predicates))
        return error_set(error, PQT_INVALID,
                         "a number in the scan's options is negative");
    return PQT_OK;
}

static void set_rows(pqt_scan *s, const pqt_scan_options *options)
{
    const int64_t all = s->reader->metadata.row_count;
    s->first_row = options->first_row;
    s->end_row = all;
    if (options->row_count > 0 && options->first_row < all &&
        options->row_count < all - options->first_row)
        s->end_row = options->first_row + options->row_count;
    s->batch_rows = options->batch_rows ? options->batch_rows : DEFAULT_BATCH_ROWS;
    s->no_pruning = options->no_pruning;
    s->row_group = -1;
}

static pqt_status make_scan(pqt_scan *s, const pqt_scan_options *options,
                            pqt_error *error)
{
    TRY(check_options(options, error));
    TRY(make_columns(s, options, error));
    set_rows(s, options);
    if (options->threads > 1) TRY(thread_pool_create(options->threads, &s->pool, error));
    return PQT_OK;
}

pqt_status pqt_scan_open(const pqt_reader *reader, const pqt_scan_options *options,
                         pqt_scan **out, pqt_error *error)
{
    static const pqt_scan_options defaults = {0};
    const pqt_allocator *allocator = reader->options.allocator;
    pqt_scan *s = alloc_zeroed(allocator, 1, sizeof *s);
    if (!s) return error_no_memory(error, sizeof *s);
    s->reader = s->ahead.reader = s->ahead_left.reader = reader;
    s->allocator = allocator;
    s->memory.allocator = s->group_memory.allocator = allocator;
    s->rows.allocator = s->chosen.allocator = allocator;
    s->spare.allocator = s->wide.allocator = s->bits.allocator = allocator;
    const pqt_status status = make_scan(s, options ? options : &defaults, error);
    if (status != PQT_OK) {
        error_prefix(error, "%s", reader->input.name);
        pqt_scan_close(s);
        return status;
    }
    *out = s;
    return PQT_OK;
}

void pqt_scan_close(pqt_scan *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->column_count; i++)
        column_reader_free(&s->columns[i].reader);
    for (size_t i = 0; i < s->filter_count; i++) buffer_free(&s->filters[i].matches);
    thread_pool_free(s->pool);
    read_ahead_free(&s->ahead);
    read_ahead_free(&s->ahead_left);
    row_selection_free(&s->rows);
    row_selection_free(&s->chosen);
    row_selection_free(&s->spare);
    row_selection_free(&s->wide);
    buffer_free(&s->bits);
    arena_free(&s->group_memory);
    arena_free(&s->memory);
    alloc_release(s->allocator, s);
}

/* --- Batches --- */

/* The next rows of the row group that may be in a batch. */
static pqt_status choose_rows(pqt_scan *s, pqt_error *error)
{
    row_selection_clear(&s->chosen);
    while (s->range < s->rows.count && s->chosen.row_count < s->batch_rows) {
        const int64_t end = s->rows.ranges[s->range].end;
        const int64_t room = s->batch_rows - s->chosen.row_count;
        const int64_t count = end - s->next_row < room ? end - s->next_row : room;
        TRY(row_selection_add(&s->chosen, (row_range){s->next_row, s->next_row + count},
                              error));
        s->next_row += count;
        if (s->next_row < end) break;
        if (++s->range < s->rows.count) s->next_row = s->rows.ranges[s->range].first;
    }
    return PQT_OK;
}

/* A column that was compared has its rows already; another is read now. */
static pqt_status read_column(void *self, size_t index, int worker, pqt_error *error)
{
    pqt_scan *s = self;
    scan_column *column = &s->columns[index];
    (void)worker;
    if (column->is_compared) {
        if (column->is_given) column_fill_codes(&column->reader);
        return PQT_OK;
    }
    TRY(scan_read_column(s, column, row_selection_ranges(&s->wide), error));
    return column_compact(&column->reader, s->bits.data, (size_t)s->chosen.row_count,
                          error);
}

static void publish(pqt_scan *s)
{
    for (int32_t i = 0; i < s->batch.column_count; i++)
        s->values[i] = column_reader_values(&s->columns[s->given[i]].reader);
    s->batch.row_count = s->chosen.row_count;
    s->counts.rows_given += s->chosen.row_count;
}

/* The next rows; none where the predicates leave none. */
static pqt_status read_batch(pqt_scan *s, pqt_error *error)
{
    TRY(choose_rows(s, error));
    const int64_t decoded = s->chosen.row_count;
    TRY(scan_fetch_coming(s, error));
    if (s->filter_count > 0) TRY(scan_filter_rows(s, error));
    s->counts.rows_filtered += decoded - s->chosen.row_count;
    if (s->chosen.row_count == 0) return PQT_OK;
    TRY(scan_widen(s, error));
    TRY(scan_fetch_left(s, s->compared_count, s->column_count, error));
    return thread_pool_run(s->pool, s->column_count, read_column, s, error);
}

static pqt_status next_batch(pqt_scan *s, const pqt_batch **out, pqt_error *error)
{
    *out = NULL;
    do {
        bool more = true;
        if (s->range >= s->rows.count) TRY(scan_next_group(s, &more, error));
        if (!more) return PQT_OK;
        TRY(read_batch(s, error));
    } while (s->chosen.row_count == 0);
    publish(s);
    *out = &s->batch;
    return PQT_OK;
}

pqt_status pqt_scan_next(pqt_scan *s, const pqt_batch **out, pqt_error *error)
{
    const pqt_batch *batch = NULL;
    if (s->status == PQT_OK) s->status = next_batch(s, &batch, &s->error);
    if (s->status == PQT_OK)
        *out = batch;
    else if (error)
        *error = s->error;
    return s->status;
}

pqt_scan_counts pqt_scan_count(const pqt_scan *s)
{
    pqt_scan_counts counts = s->counts;
    counts.bytes_read += (int64_t)(s->ahead.bytes_read + s->ahead_left.bytes_read);
    for (size_t i = 0; i < s->column_count; i++)
        counts.bytes_read += (int64_t)s->columns[i].reader.pages.window.bytes_read;
    return counts;
}

void *scan_take_slots(pqt_scan *s, int32_t number)
{
    return column_reader_take_slots(&s->columns[s->given[number]].reader);
}
