#include "parquet/column_reader.h"

#include "base/alloc.h"
#include "parquet/bits.h"
#include "parquet/column_levels.h"
#include "parquet/column_slots.h"
#include "parquet/values.h"

static uint16_t *levels_in(const buffer *b)
{
    return (uint16_t *)(void *)b->data;
}

static bool has_wide_levels(const column_reader *c)
{
    return c->is_nested || c->pages.node->max_definition_level > 1;
}

/* --- Dictionary --- */

static pqt_status decode_dictionary(column_reader *c, pqt_error *error)
{
    decoder *d = &c->decoder;
    const pqt_view bytes = c->pages.dictionary;
    const size_t count = c->pages.dictionary_count;
    const decoder_kind *kind;
    /* A value takes at least a byte in the page, but for booleans. */
    if (count > bytes.size_bytes * 8)
        return error_set(error, PQT_CORRUPT, "dictionary of %zu values in %zu bytes",
                         count, bytes.size_bytes);
    TRY(decoder_find(PQT_PLAIN, c->pages.node->type, &kind, error));
    TRY(buffer_resize(&c->dictionary, count * c->slot_bytes, error));
    TRY(buffer_reserve(&c->dictionary, 1, error));
    TRY(kind->start(d, bytes, count, error));
    TRY(kind->decode(d, c->dictionary.data, count, error));
    d->dictionary = (dictionary){count, c->dictionary.data};
    return PQT_OK;
}

pqt_status column_reader_load_dictionary(column_reader *c, pqt_error *error)
{
    if (c->decoder.dictionary.values) return PQT_OK;
    TRY(page_reader_need_dictionary(&c->pages, error));
    return c->pages.dictionary.data ? decode_dictionary(c, error) : PQT_OK;
}

/* --- Pages --- */

/* Begins the page's values; with codes there must be a dictionary. */
static pqt_status start_values(column_reader *c, pqt_error *error)
{
    decoder *d = &c->decoder;
    const size_t count = c->page_valid;
    TRY(decoder_find(c->page.header.encoding, d->type, &d->kind, error));
    if (d->kind == &dictionary_decoder) {
        TRY(column_reader_load_dictionary(c, error));
        if (!d->dictionary.values)
            return error_set(error, PQT_CORRUPT, "a page of codes without a dictionary");
    }
    d->count = count;
    TRY(d->kind->start(d, c->page.values, count, error));
    c->has_values = true;
    return PQT_OK;
}

/* The decoder at the value of the slot that is next. */
static pqt_status go_to_value(column_reader *c, pqt_error *error)
{
    const size_t skipped = c->values_to_skip;
    if (!c->has_values) TRY(start_values(c, error));
    c->values_to_skip = 0;
    return skipped ? c->decoder.kind->skip(&c->decoder, skipped, error) : PQT_OK;
}

static pqt_status read_definitions(column_reader *c, size_t count, pqt_error *error)
{
    const coded_levels levels = {c->page.definition_levels,
                                 c->page.header.definition_encoding,
                                 c->pages.node->max_definition_level};
    c->page_valid = count;
    if (levels.max == 0) return PQT_OK;
    const bool is_wide = has_wide_levels(c) || levels.encoding != PQT_RLE;
    TRY(buffer_resize(&c->page_validity, count / 8 + 9, error));
    if (is_wide)
        TRY(buffer_resize(&c->page_definition, (count + 1) * sizeof(uint16_t), error));
    TRY(column_levels_validity(levels, &c->decoder.rle,
                               is_wide ? levels_in(&c->page_definition) : NULL,
                               c->page_validity.data, count, error));
    c->page_valid = bits_count(c->page_validity.data, 0, count);
    return PQT_OK;
}

static pqt_status read_repetitions(column_reader *c, size_t count, pqt_error *error)
{
    const coded_levels levels = {c->page.repetition_levels,
                                 c->page.header.repetition_encoding,
                                 c->pages.node->max_repetition_level};
    if (!c->is_nested) return PQT_OK;
    TRY(buffer_resize(&c->page_repetition, (count + 1) * sizeof(uint16_t), error));
    TRY(column_levels_decode(levels, &c->decoder.rle, levels_in(&c->page_repetition),
                             count, error));
    c->page_rows_left =
        (int64_t)column_levels_count(levels_in(&c->page_repetition), count, 0);
    return PQT_OK;
}

/* Runs may stand for levels by the billion. */
static pqt_status check_levels_fit(const column_reader *c, size_t count, pqt_error *error)
{
    const size_t limit_bytes = c->decoder.limit_bytes;
    const bool is_wide =
        has_wide_levels(c) || c->page.header.definition_encoding != PQT_RLE;
    const size_t most = is_wide ? limit_bytes / sizeof(uint16_t) : limit_bytes * 8;
    if (count <= most || c->pages.node->max_definition_level == 0) return PQT_OK;
    return error_set(error, PQT_LIMIT, "levels of %zu values in a page", count);
}

/* Opens the page that was peeked at. */
static pqt_status open_page(column_reader *c, pqt_error *error)
{
    c->page_slots = c->page_at = 0;
    c->has_values = false;
    c->values_to_skip = 0;
    TRY(page_reader_take(&c->pages, &c->page, error));
    const size_t count = (size_t)c->page.header.value_count;
    TRY(check_levels_fit(c, count, error));
    TRY(read_definitions(c, count, error));
    TRY(read_repetitions(c, count, error));
    c->page_slots = count;
    return PQT_OK;
}

static pqt_status report_rows(const column_reader *c, int32_t page, int64_t found,
                              pqt_error *error)
{
    const int64_t first = c->pages.index->locations[page].first_row;
    const int64_t rows = page_reader_page_end(&c->pages, page, c->row_count) - first;
    if (found == rows) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "page %d has %lld rows; the page index says %lld", (int)page,
                     (long long)found, (long long)rows);
}

static pqt_status report_end(const column_reader *c, int64_t expected, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "the pages end at row %lld; expected %lld",
                     (long long)c->row, (long long)expected);
}

/* With an index: goes on with the page of the row, unless that is behind. */
static void seek_row(column_reader *c, int64_t row)
{
    if (!c->pages.index || row >= c->row_count) return;
    const int32_t page = page_reader_find(c->pages.index, row);
    if (page < c->pages.page) return;
    page_reader_seek(&c->pages, page);
    c->row = c->pages.index->locations[page].first_row;
}

/* --- Slots --- */

static pqt_status append_levels(buffer *to, const buffer *from, size_t at, size_t count,
                                pqt_error *error)
{
    return buffer_append(to, levels_in(from) + at, count * sizeof(uint16_t), error);
}

static pqt_status append_validity(column_reader *c, size_t count, pqt_error *error)
{
    TRY(buffer_resize(&c->validity, (c->slot_count + count) / 8 + 9, error));
    if (c->page_valid == c->page_slots)
        bits_set(c->validity.data, c->slot_count, count);
    else
        bits_copy(c->page_validity.data, c->page_at, c->validity.data, c->slot_count,
                  count);
    return PQT_OK;
}

static size_t count_valid(const column_reader *c, size_t count)
{
    if (c->page_valid == c->page_slots) return count;
    if (c->page_valid == 0) return 0;
    return bits_count(c->page_validity.data, c->page_at, count);
}

static void pass_slots(column_reader *c, size_t count)
{
    c->values_to_skip += count_valid(c, count);
    c->page_at += count;
}

pqt_status column_reader_take(column_reader *c, size_t count, pqt_error *error)
{
    const size_t valid = count_valid(c, count);
    if (count == 0) return PQT_OK;
    if (c->pages.node->max_definition_level > 0) TRY(append_validity(c, count, error));
    if (has_wide_levels(c))
        TRY(append_levels(&c->definition_levels, &c->page_definition, c->page_at, count,
                          error));
    if (c->is_nested)
        TRY(append_levels(&c->repetition_levels, &c->page_repetition, c->page_at, count,
                          error));
    if (c->wants_levels) {
        c->values_to_skip += valid;
    } else {
        if (valid > 0) TRY(go_to_value(c, error));
        TRY(column_slots_fill(c, count, valid, error));
    }
    c->page_at += count;
    c->slot_count += count;
    c->null_count += (int64_t)(count - valid);
    return PQT_OK;
}

/* --- Flat columns --- */

/* Opens the page that holds the row; those before it are passed over. */
static pqt_status open_page_of(column_reader *c, int64_t row, pqt_error *error)
{
    c->row += (int64_t)(c->page_slots - c->page_at);
    c->page_at = c->page_slots;
    seek_row(c, row);
    for (;;) {
        const page_header *header;
        TRY(page_reader_peek(&c->pages, &header, error));
        if (!header) return report_end(c, row + 1, error);
        if (c->pages.index)
            TRY(report_rows(c, c->pages.page, header->value_count, error));
        if (row < c->row + header->value_count) return open_page(c, error);
        c->row += header->value_count;
        page_reader_pass(&c->pages);
    }
}

pqt_status column_reader_go_to(column_reader *c, row_range rows, size_t *count,
                               pqt_error *error)
{
    if (rows.first >= c->row + (int64_t)(c->page_slots - c->page_at))
        TRY(open_page_of(c, rows.first, error));
    pass_slots(c, (size_t)(rows.first - c->row));
    const int64_t left = (int64_t)(c->page_slots - c->page_at);
    const int64_t wanted = rows.end - rows.first;
    *count = (size_t)(wanted < left ? wanted : left);
    c->row = rows.first + (int64_t)*count;
    return c->pages.node->max_definition_level == 0 ? go_to_value(c, error) : PQT_OK;
}

static pqt_status read_flat(column_reader *c, row_range rows, pqt_error *error)
{
    while (rows.first < rows.end) {
        size_t count;
        TRY(column_reader_go_to(c, rows, &count, error));
        TRY(column_reader_take(c, count, error));
        rows.first += (int64_t)count;
    }
    return PQT_OK;
}

/* --- Nested columns --- */

static pqt_status check_first_entry(const column_reader *c, pqt_error *error)
{
    const bool begins = c->page_slots == 0 || levels_in(&c->page_repetition)[0] == 0;
    if (c->pages.index) TRY(report_rows(c, c->page.number, c->page_rows_left, error));
    if (begins || (c->row > 0 && !c->pages.index)) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "the first row begins in its middle");
}

/*
 * The next page that has entries before the row `target`, or may have: without an index a
 * page of version 1 may go on with the row of the page before. False where there is none.
 */
static pqt_status open_next_page(column_reader *c, int64_t target, bool is_taking,
                                 bool *more, pqt_error *error)
{
    *more = false;
    if (c->pages.index && c->row >= target) return PQT_OK;
    if (!is_taking) seek_row(c, target);
    for (;;) {
        const page_header *header;
        TRY(page_reader_peek(&c->pages, &header, error));
        if (!header) return PQT_OK;
        const bool begins_row = header->type == PAGE_DATA_V2;
        if (begins_row && c->row >= target) return PQT_OK;
        if (!begins_row || is_taking || c->row + header->row_count > target) break;
        if (c->pages.index) TRY(report_rows(c, c->pages.page, header->row_count, error));
        c->row += header->row_count;
        page_reader_pass(&c->pages);
    }
    TRY(open_page(c, error));
    TRY(check_first_entry(c, error));
    *more = true;
    return PQT_OK;
}

/* Slots of the page from page_at on that come before the row `target`; `row` and
 * page_rows_left count on over them. */
static size_t count_entries(column_reader *c, int64_t target)
{
    const uint16_t *repetition = levels_in(&c->page_repetition);
    if (target - c->row >= c->page_rows_left) {
        /* The entries behind the last of these rows belong to it. */
        c->row += c->page_rows_left;
        c->page_rows_left = 0;
        return c->page_slots - c->page_at;
    }
    size_t at = c->page_at;
    for (int64_t left = target - c->row;; at++) {
        if (repetition[at] != 0) continue;
        if (left-- == 0) break;
    }
    c->page_rows_left -= target - c->row;
    c->row = target;
    return at - c->page_at;
}

/* To where the row begins; what is before it is taken, or passed over. */
static pqt_status advance(column_reader *c, int64_t target, bool is_taking,
                          pqt_error *error)
{
    for (;;) {
        bool more;
        const size_t count = count_entries(c, target);
        if (is_taking)
            TRY(column_reader_take(c, count, error));
        else
            pass_slots(c, count);
        if (c->page_at < c->page_slots) return PQT_OK;
        TRY(open_next_page(c, target, is_taking, &more, error));
        if (!more) break;
    }
    return c->row >= target ? PQT_OK : report_end(c, target, error);
}

/* Behind the row group's last row there must be none. */
static pqt_status check_last_row(column_reader *c, pqt_error *error)
{
    const page_header *header = NULL;
    if (c->page_at == c->page_slots) TRY(page_reader_peek(&c->pages, &header, error));
    if (c->page_at == c->page_slots && (!header || header->value_count == 0))
        return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "the pages have more rows than the row group's %lld",
                     (long long)c->row_count);
}

static pqt_status read_nested(column_reader *c, row_range rows, pqt_error *error)
{
    TRY(advance(c, rows.first, false, error));
    TRY(advance(c, rows.end, true, error));
    return rows.end == c->row_count ? check_last_row(c, error) : PQT_OK;
}

/* --- The whole --- */

static void set_allocator(column_reader *c, const pqt_allocator *allocator)
{
    c->results.allocator = allocator;
    c->dictionary.allocator = allocator;
    c->page_validity.allocator = allocator;
    c->page_definition.allocator = c->page_repetition.allocator = allocator;
    c->slots.allocator = c->validity.allocator = allocator;
    c->codes.allocator = c->chosen.allocator = allocator;
    c->definition_levels.allocator = c->repetition_levels.allocator = allocator;
    c->decoder.lengths.allocator = c->decoder.prefix_lengths.allocator = allocator;
    c->decoder.previous_bytes.allocator = allocator;
}

pqt_status column_reader_open(column_reader *c, const chunk_source *source,
                              pqt_error *error)
{
    const pqt_reader *reader = source->reader;
    TRY(page_reader_open(&c->pages, source, error));
    const pqt_schema_node *node = c->pages.node;
    set_allocator(c, reader->options.allocator);
    c->slot_bytes = values_slot_bytes(node->type);
    c->row_count = reader->metadata.row_groups[source->row_group].row_count;
    c->is_nested = node->max_repetition_level > 0;
    c->row = 0;
    c->page_slots = c->page_at = 0;
    c->page_rows_left = 0;
    c->has_values = false;
    decoder *d = &c->decoder;
    d->type = node->type;
    d->value_bytes = decoder_value_bytes(node->type, node->type_length);
    d->limit_bytes = reader->options.page_limit_bytes;
    d->dictionary = (dictionary){0};
    d->blocks = &c->results;
    column_reader_begin(c);
    return PQT_OK;
}

void column_reader_want(column_reader *c, row_ranges rows)
{
    c->pages.wanted = rows;
    c->pages.wanted_end = 0;
}

pqt_status column_reader_plan(const column_reader *c, row_ranges rows, read_ahead *ahead,
                              uint64_t *limit_bytes, pqt_error *error)
{
    const int64_t in_page =
        c->is_nested ? c->page_rows_left : (int64_t)(c->page_slots - c->page_at);
    const int64_t next = c->row + in_page; /* row of the next page */
    const int64_t end = rows.count ? rows.ranges[rows.count - 1].end : 0;
    if (end <= next) return PQT_OK;
    const double share = (double)(end - next) / (double)(c->row_count - next);
    return page_reader_plan(&c->pages, rows, share, ahead, limit_bytes, error);
}

void column_reader_begin(column_reader *c)
{
    block_pool_end_showing(&c->pages.blocks);
    block_pool_reset(&c->results);
    buffer_clear(&c->slots);
    buffer_clear(&c->validity);
    buffer_clear(&c->definition_levels);
    buffer_clear(&c->repetition_levels);
    buffer_clear(&c->codes);
    c->has_codes = c->has_slots = false;
    c->slot_count = 0;
    c->null_count = 0;
    c->batch_rows = 0;
}

/* So that a batch without slots has a place, too. */
static pqt_status reserve(column_reader *c, row_ranges rows, pqt_error *error)
{
    TRY(column_slots_reserve(c, rows, error));
    TRY(buffer_reserve(&c->definition_levels, 1, error));
    return buffer_reserve(&c->repetition_levels, 1, error);
}

pqt_status column_reader_read(column_reader *c, row_ranges rows, pqt_error *error)
{
    if (c->has_values && c->decoder.kind->settle)
        TRY(c->decoder.kind->settle(&c->decoder, error));
    column_reader_begin(c);
    TRY(reserve(c, rows, error));
    for (size_t i = 0; i < rows.count; i++) {
        const row_range range = rows.ranges[i];
        if (range.first >= range.end) continue;
        TRY(c->is_nested ? read_nested(c, range, error) : read_flat(c, range, error));
        c->batch_rows += range.end - range.first;
    }
    return PQT_OK;
}

pqt_values column_reader_values(const column_reader *c)
{
    const void *slots = c->slots.data;
    const pqt_type type = c->pages.node->type;
    pqt_values out = {.type = type,
                      .row_count = c->batch_rows,
                      .slot_count = (int64_t)c->slot_count,
                      .null_count = c->null_count,
                      .validity = c->null_count ? c->validity.data : NULL};
    if (has_wide_levels(c)) out.definition_levels = levels_in(&c->definition_levels);
    if (c->is_nested) out.repetition_levels = levels_in(&c->repetition_levels);
    switch (type) {
    case PQT_BOOLEAN:
        out.booleans = slots;
        break;
    case PQT_INT32:
        out.int32s = slots;
        break;
    case PQT_INT64:
        out.int64s = slots;
        break;
    case PQT_FLOAT:
        out.floats = slots;
        break;
    case PQT_DOUBLE:
        out.doubles = slots;
        break;
    default:
        out.bytes = slots;
    }
    return out;
}

void *column_reader_take_slots(column_reader *c)
{
    if (c->slots.allocator) return NULL;
    void *slots = c->slots.data;
    c->slots = (buffer){0};
    return slots;
}

void column_reader_free(column_reader *c)
{
    page_reader_free(&c->pages);
    decoder_free(&c->decoder);
    block_pool_free(&c->results);
    buffer_free(&c->dictionary);
    buffer_free(&c->page_validity);
    buffer_free(&c->page_definition);
    buffer_free(&c->page_repetition);
    buffer_free(&c->slots);
    buffer_free(&c->validity);
    buffer_free(&c->definition_levels);
    buffer_free(&c->repetition_levels);
    buffer_free(&c->codes);
    buffer_free(&c->chosen);
}
