/* The rows of a row group that may fulfil the predicates, by what the file says of them.
 */
#include "base/checked.h"
#include "base/view.h"
#include "parquet/bloom_filter.h"
#include "parquet/prune.h"
#include "parquet/scan_state.h"

enum { DICTIONARY_LIMIT_BYTES = 1 << 20, INDEX_LIMIT_BYTES = 64 << 20 };

static const pqt_column_chunk *chunk_of(const pqt_scan *s, const scan_filter *f)
{
    return &s->reader->metadata.row_groups[s->row_group].columns[f->predicate.column];
}

/* What helps to pass over rows is not needed to read them: where it is damaged it is left
 * alone. */
static pqt_status forgive(pqt_status status)
{
    return status == PQT_CORRUPT || status == PQT_UNSUPPORTED || status == PQT_LIMIT
               ? PQT_OK
               : status;
}

/* --- Statistics --- */

static bool may_by_statistics(const pqt_scan *s)
{
    for (size_t i = 0; i < s->filter_count; i++) {
        const value_bounds bounds = prune_chunk_bounds(chunk_of(s, &s->filters[i]));
        if (!prune_by_bounds(&s->filters[i].predicate, &bounds)) return false;
    }
    return true;
}

/* --- Page index --- */

/* The index is in the file's metadata region; what a footer claims is checked first. */
static bool has_bytes(const pqt_scan *s, int64_t offset, int32_t size_bytes)
{
    return offset >= 0 && size_bytes > 0 && size_bytes <= INDEX_LIMIT_BYTES &&
           range_within((uint64_t)offset, (uint64_t)size_bytes,
                        s->reader->input.size_bytes);
}

static pqt_status want_bytes(pqt_scan *s, int64_t offset, int32_t size_bytes,
                             pqt_error *error)
{
    if (!has_bytes(s, offset, size_bytes)) return PQT_OK;
    return read_ahead_want(
        &s->ahead, (pqt_byte_range){(uint64_t)offset, (uint64_t)size_bytes}, error);
}

static pqt_status take_bytes(pqt_scan *s, int64_t offset, int32_t size_bytes,
                             pqt_view *out, pqt_error *error)
{
    *out = (pqt_view){0};
    if (!has_bytes(s, offset, size_bytes)) return PQT_OK;
    uint8_t *bytes = arena_alloc(&s->group_memory, (size_t)size_bytes, 1);
    if (!bytes) return error_no_memory(error, (size_t)size_bytes);
    const pqt_view ahead = read_ahead_find(&s->ahead, (uint64_t)offset);
    *out = (pqt_view){bytes, (size_t)size_bytes};
    if (ahead.size_bytes >= (size_t)size_bytes) {
        memcpy(bytes, ahead.data, (size_t)size_bytes);
        return PQT_OK;
    }
    const pqt_byte_range range = {(uint64_t)offset, (uint64_t)size_bytes};
    return pqt_reader_read_bytes(s->reader, range, bytes, error);
}

static pqt_status make_index(pqt_scan *s, scan_column *column, pqt_error *error)
{
    const pqt_column_chunk *chunk =
        &s->reader->metadata.row_groups[s->row_group].columns[column->column];
    page_index_bytes bytes = {{0}, {0}};
    if (column->index) return PQT_OK;
    TRY(take_bytes(s, chunk->offset_index_offset, chunk->offset_index_bytes,
                   &bytes.offset_index, error));
    if (column->is_compared)
        TRY(take_bytes(s, chunk->column_index_offset, chunk->column_index_bytes,
                       &bytes.column_index, error));
    if (!bytes.offset_index.data || chunk->is_hidden) return PQT_OK;
    pqt_page_index *index = arena_alloc(&s->group_memory, 1, sizeof *index);
    if (!index) return error_no_memory(error, sizeof *index);
    const pqt_status status = reader_make_page_index(
        s->reader, s->row_group, column->column, &bytes, &s->group_memory, index, error);
    if (status == PQT_OK) column->index = index;
    return reader_error_at(s->reader, s->row_group, column->column, forgive(status),
                           error);
}

/* The indexes that are not loaded in the reader, in one round. */
static pqt_status load_indexes(pqt_scan *s, pqt_error *error)
{
    const pqt_row_group *group = &s->reader->metadata.row_groups[s->row_group];
    for (size_t i = 0; i < s->column_count; i++) {
        scan_column *column = &s->columns[i];
        const pqt_column_chunk *chunk = &group->columns[column->column];
        column->index = pqt_reader_page_index(s->reader, s->row_group, column->column);
        if (column->index) continue;
        TRY(want_bytes(s, chunk->offset_index_offset, chunk->offset_index_bytes, error));
        if (column->is_compared)
            TRY(want_bytes(s, chunk->column_index_offset, chunk->column_index_bytes,
                           error));
    }
    TRY(read_ahead_fetch(&s->ahead, error));
    for (size_t i = 0; i < s->column_count; i++)
        TRY(make_index(s, &s->columns[i], error));
    return PQT_OK;
}

/* `spare` becomes the rows of pages that may hold what the predicate asks for. */
static pqt_status choose_pages(pqt_scan *s, const scan_filter *f, int64_t row_count,
                               pqt_error *error)
{
    const pqt_column_chunk *chunk = chunk_of(s, f);
    const pqt_page_index *index = s->columns[f->place].index;
    row_selection_clear(&s->spare);
    for (int32_t i = 0; i < index->page_count; i++) {
        const bool is_last = i + 1 == index->page_count;
        const row_range rows = {index->locations[i].first_row,
                                is_last ? row_count : index->locations[i + 1].first_row};
        const value_bounds bounds =
            prune_page_bounds(chunk, index, i, rows.end - rows.first);
        if (prune_by_bounds(&f->predicate, &bounds))
            TRY(row_selection_add(&s->spare, rows, error));
    }
    return PQT_OK;
}

static pqt_status prune_pages(pqt_scan *s, pqt_error *error)
{
    const int64_t row_count = s->reader->metadata.row_groups[s->row_group].row_count;
    for (size_t i = 0; i < s->filter_count && s->rows.row_count > 0; i++) {
        const pqt_page_index *index = s->columns[s->filters[i].place].index;
        if (!index || !index->has_column_index) continue;
        TRY(choose_pages(s, &s->filters[i], row_count, error));
        TRY(row_selection_intersect(&s->rows, &s->spare, &s->wide, error));
        const row_selection swapped = s->rows;
        s->rows = s->wide;
        s->wide = swapped;
    }
    return PQT_OK;
}

/* --- Bloom filters --- */

/* A decimal has one form only where its size is fixed: others cannot be looked up. */
static bool can_be_hashed(const predicate *p)
{
    if (p->comparison != PQT_EQUAL && p->comparison != PQT_IN) return false;
    if (p->order == VALUE_DECIMAL) return p->node->type == PQT_FIXED_LEN_BYTE_ARRAY;
    return p->order != VALUE_BOOLEAN;
}

/* A decimal in exactly `width` bytes; false where it does not fit. */
static bool fit_decimal(pqt_view in, size_t width, uint8_t *out)
{
    const uint8_t sign = in.data[0] & 0x80 ? 0xff : 0;
    const size_t extra = in.size_bytes > width ? in.size_bytes - width : 0;
    for (size_t i = 0; i < extra; i++)
        if (in.data[i] != sign) return false;
    if ((in.data[extra] ^ sign) & 0x80) return false;
    const size_t size_bytes = in.size_bytes - extra;
    memset(out, sign, width - size_bytes);
    memcpy(out + width - size_bytes, in.data + extra, size_bytes);
    return true;
}

/* A zero of either sign equals the other. */
static bool is_zero(const predicate *p, pqt_view value)
{
    static const uint8_t zeros[8] = {0};
    return value_order_has_nan(p->order) &&
           value_compare(p->order, value, view_of(zeros, value.size_bytes)) == 0;
}

/* The forms of one value; `out` has room for two. */
static pqt_status hashed_forms(pqt_scan *s, const predicate *p, pqt_view value,
                               bloom_values *out, pqt_view *forms, pqt_error *error)
{
    const size_t width =
        p->order == VALUE_DECIMAL ? (size_t)p->node->type_length : value.size_bytes;
    uint8_t *bytes = arena_alloc(&s->group_memory, width, 1);
    if (!bytes) return error_no_memory(error, width);
    if (p->order == VALUE_DECIMAL) {
        if (fit_decimal(value, width, bytes)) forms[out->count++] = view_of(bytes, width);
        return PQT_OK;
    }
    forms[out->count++] = value;
    if (!is_zero(p, value)) return PQT_OK;
    memcpy(bytes, value.data, width);
    bytes[width - 1] ^= 0x80;
    forms[out->count++] = view_of(bytes, width);
    return PQT_OK;
}

static pqt_status may_by_bloom(pqt_scan *s, const scan_filter *f, bool *may,
                               pqt_error *error)
{
    const predicate *p = &f->predicate;
    uint64_t bytes_read = 0;
    bloom_values values = {0};
    if (!can_be_hashed(p) || chunk_of(s, f)->bloom_filter_offset < 0) return PQT_OK;
    pqt_view *forms = arena_alloc(&s->group_memory, 2 * p->value_count, sizeof *forms);
    if (!forms) return error_no_memory(error, 2 * p->value_count * sizeof *forms);
    for (size_t i = 0; i < p->value_count; i++)
        TRY(hashed_forms(s, p, p->values[i], &values, forms, error));
    values.values = forms;
    const bloom_place place = {s->reader, s->row_group, p->column};
    pqt_status status = bloom_filter_check(&place, values, &bytes_read, may, error);
    s->counts.bytes_read += (int64_t)bytes_read;
    if (status != PQT_OK) *may = true;
    status = forgive(status);
    return reader_error_at(s->reader, s->row_group, p->column, status, error);
}

/* --- Dictionaries --- */

static bool has_small_dictionary(const pqt_column_chunk *chunk)
{
    return chunk->dictionary_page_offset >= 0 &&
           chunk->data_page_offset > chunk->dictionary_page_offset &&
           chunk->data_page_offset - chunk->dictionary_page_offset <=
               DICTIONARY_LIMIT_BYTES &&
           prune_is_coded(chunk);
}

static pqt_status may_by_dictionary(pqt_scan *s, scan_filter *f, bool *may,
                                    pqt_error *error)
{
    column_reader *reader = &s->columns[f->place].reader;
    if (predicate_is_of_nulls(&f->predicate) || !has_small_dictionary(chunk_of(s, f)))
        return PQT_OK;
    TRY(scan_open_column(s, &s->columns[f->place], error));
    TRY(reader_error_at(s->reader, s->row_group, f->predicate.column,
                        column_reader_load_dictionary(reader, error), error));
    if (!reader->decoder.dictionary.values) return PQT_OK;
    TRY(scan_match_dictionary(f, reader, error));
    *may = f->has_match;
    return PQT_OK;
}

/* --- The whole --- */

static void drop_rows(pqt_scan *s)
{
    row_selection_clear(&s->rows);
    s->counts.row_groups_pruned++;
}

static pqt_status prune_by_reading(pqt_scan *s, pqt_error *error)
{
    bool may = true;
    for (size_t i = 0; i < s->filter_count && may; i++)
        TRY(may_by_bloom(s, &s->filters[i], &may, error));
    for (size_t i = 0; i < s->filter_count && may; i++)
        TRY(may_by_dictionary(s, &s->filters[i], &may, error));
    if (!may) drop_rows(s);
    return PQT_OK;
}

/* Without predicates an index only helps to begin or end within a row group. */
static bool needs_index(const pqt_scan *s, int64_t row_count)
{
    return s->filter_count > 0 || s->rows.row_count < row_count;
}

pqt_status scan_prune_group(pqt_scan *s, pqt_error *error)
{
    const int64_t row_count = s->reader->metadata.row_groups[s->row_group].row_count;
    const int64_t in_range = s->rows.row_count;
    if (!s->no_pruning && !may_by_statistics(s)) drop_rows(s);
    if (s->no_pruning) return PQT_OK;
    if (s->rows.row_count > 0 && needs_index(s, row_count)) TRY(load_indexes(s, error));
    if (s->rows.row_count > 0) {
        TRY(prune_pages(s, error));
        if (s->rows.row_count == 0) s->counts.row_groups_pruned++;
    }
    if (s->rows.row_count > 0) TRY(prune_by_reading(s, error));
    s->counts.rows_pruned += in_range - s->rows.row_count;
    return PQT_OK;
}
