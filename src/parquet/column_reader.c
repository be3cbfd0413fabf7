/* pqt_reader_read: the values of a range of rows, page after page. */
#include <string.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "parquet/bits.h"
#include "parquet/decoder.h"
#include "parquet/page_reader.h"

enum { VALUES_LIMIT_BYTES = 1 << 30 };

struct pqt_values_memory {
    const pqt_allocator *allocator;
    page_memory pages;
    decoder decoder;
    buffer slots;
    buffer validity;
    buffer definition_levels; /* uint16_t each */
    buffer repetition_levels;
    buffer dictionary; /* decoded values */
};

/* One call of pqt_reader_read. Slots are rows of a flat column, entries of a nested one.
 */
struct reading {
    struct pqt_values_memory *memory;
    const pqt_schema_node *node;
    page_reader pages;
    size_t slot_bytes;
    int64_t next_row;  /* row of the next page's first value; nested: rows begun */
    int64_t first_row; /* wanted */
    int64_t end_row;
    size_t slot_count;
    int64_t null_count;
    bool is_nested;
};

static pqt_status make_memory(const pqt_reader *reader, struct pqt_values_memory **out,
                              pqt_error *error)
{
    const pqt_allocator *allocator = reader->options.allocator;
    struct pqt_values_memory *memory = alloc_zeroed(allocator, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    memory->allocator = allocator;
    memory->pages.blocks.allocator = allocator;
    memory->slots.allocator = memory->validity.allocator = allocator;
    memory->definition_levels.allocator = memory->repetition_levels.allocator = allocator;
    memory->dictionary.allocator = memory->decoder.lengths.allocator = allocator;
    memory->decoder.prefix_lengths.allocator = allocator;
    memory->decoder.previous_bytes.allocator = allocator;
    memory->decoder.blocks = &memory->pages.blocks;
    *out = memory;
    return PQT_OK;
}

void pqt_values_free(pqt_values *values)
{
    struct pqt_values_memory *memory = values->memory;
    *values = (pqt_values){0};
    if (!memory) return;
    page_memory_free(&memory->pages);
    decoder_free(&memory->decoder);
    buffer_free(&memory->slots);
    buffer_free(&memory->validity);
    buffer_free(&memory->definition_levels);
    buffer_free(&memory->repetition_levels);
    buffer_free(&memory->dictionary);
    alloc_release(memory->allocator, memory);
}

/* --- Dictionary --- */

static pqt_status decode_dictionary(struct reading *r, pqt_error *error)
{
    decoder *d = &r->memory->decoder;
    const size_t count = r->pages.dictionary_count;
    const decoder_kind *kind;
    if (d->dictionary.values || !r->pages.dictionary.data) return PQT_OK;
    /* A value takes at least a byte in the page, but for booleans. */
    if (count > r->pages.dictionary.size_bytes * 8)
        return error_set(error, PQT_CORRUPT, "dictionary of %zu values in %zu bytes",
                         count, r->pages.dictionary.size_bytes);
    TRY(decoder_find(PQT_PLAIN, r->node->type, &kind, error));
    TRY(buffer_resize(&r->memory->dictionary, count * r->slot_bytes, error));
    TRY(buffer_reserve(&r->memory->dictionary, 1, error));
    TRY(kind->start(d, r->pages.dictionary, count, error));
    TRY(kind->decode(d, r->memory->dictionary.data, count, error));
    d->dictionary = (dictionary){count, r->memory->dictionary.data};
    return PQT_OK;
}

/* Begins the page's values; with codes there must be a dictionary. */
static pqt_status start_values(struct reading *r, const data_page *page, size_t count,
                               pqt_error *error)
{
    decoder *d = &r->memory->decoder;
    const pqt_encoding encoding = page->header.encoding;
    const bool coded = encoding == PQT_RLE_DICTIONARY || encoding == PQT_PLAIN_DICTIONARY;
    TRY(decoder_find(encoding, r->node->type, &d->kind, error));
    TRY(decode_dictionary(r, error));
    if (coded && !d->dictionary.values && count > 0)
        return error_set(error, PQT_CORRUPT, "a page of codes without a dictionary");
    d->count = count;
    return d->kind->start(d, page->values, count, error);
}

/* --- Levels --- */

static unsigned level_width(uint16_t max)
{
    return max ? 32 - (unsigned)__builtin_clz(max) : 0;
}

/* BIT_PACKED (deprecated): highest bit first. */
static void unpack_levels(pqt_view bytes, unsigned width, uint16_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned level = 0;
        for (size_t bit = i * width; bit < (i + 1) * width; bit++)
            level = level << 1 | ((unsigned)bytes.data[bit / 8] >> (7 - bit % 8) & 1u);
        out[i] = (uint16_t)level;
    }
}

static pqt_status decode_levels(struct reading *r, pqt_view bytes, pqt_encoding encoding,
                                uint16_t max, uint16_t *out, size_t count,
                                pqt_error *error)
{
    rle_decoder *rle = &r->memory->decoder.rle;
    if (max == 0) {
        memset(out, 0, count * sizeof *out);
        return PQT_OK;
    }
    if (encoding == PQT_BIT_PACKED) {
        unpack_levels(bytes, level_width(max), out, count);
        for (size_t i = 0; i < count; i++)
            if (out[i] > max) return error_set(error, PQT_CORRUPT, "level above %u", max);
        return PQT_OK;
    }
    rle_decoder_start(rle, bytes, level_width(max));
    if (rle_decode_levels(rle, max, out, count)) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "levels end early, or one is above %u (%zu values)", max, count);
}

/* Appends the page's levels behind those that are there. */
static pqt_status append_levels(struct reading *r, const data_page *page, size_t count,
                                pqt_error *error)
{
    buffer *definition = &r->memory->definition_levels;
    buffer *repetition = &r->memory->repetition_levels;
    const size_t at = r->slot_count;
    TRY(buffer_resize(definition, (at + count) * sizeof(uint16_t), error));
    TRY(decode_levels(r, page->definition_levels, page->header.definition_encoding,
                      r->node->max_definition_level,
                      (uint16_t *)(void *)definition->data + at, count, error));
    if (!r->is_nested) return PQT_OK;
    TRY(buffer_resize(repetition, (at + count) * sizeof(uint16_t), error));
    return decode_levels(r, page->repetition_levels, page->header.repetition_encoding,
                         r->node->max_repetition_level,
                         (uint16_t *)(void *)repetition->data + at, count, error);
}

/* --- Slots --- */

static pqt_status make_slots(struct reading *r, size_t more, pqt_error *error)
{
    const uint64_t wanted = ((uint64_t)r->slot_count + more) * r->slot_bytes;
    if (wanted > VALUES_LIMIT_BYTES)
        return error_set(error, PQT_LIMIT,
                         "values of more than %d bytes at once; read fewer rows",
                         VALUES_LIMIT_BYTES);
    return buffer_resize(&r->memory->slots, (size_t)wanted, error);
}

/* Values were decoded one behind the other; moves each to its slot, from the last on. */
#define DEFINE_SPREAD(name, type)                                                   \
    static void name(void *slots, const uint8_t *validity, size_t at, size_t count, \
                     size_t valid)                                                  \
    {                                                                               \
        type *values = slots;                                                       \
        for (size_t i = count; i-- > 0;) {                                          \
            if (bits_get(validity, at + i))                                         \
                values[i] = values[--valid];                                        \
            else                                                                    \
                memset(&values[i], 0, sizeof values[i]);                            \
        }                                                                           \
    }
DEFINE_SPREAD(spread_u8, uint8_t)
DEFINE_SPREAD(spread_u32, uint32_t)
DEFINE_SPREAD(spread_u64, uint64_t)
DEFINE_SPREAD(spread_view, pqt_view)

static void spread(struct reading *r, size_t at, size_t count, size_t valid)
{
    void *slots = r->memory->slots.data + at * r->slot_bytes;
    const uint8_t *validity = r->memory->validity.data;
    switch (r->slot_bytes) {
    case 1:
        spread_u8(slots, validity, at, count, valid);
        break;
    case 4:
        spread_u32(slots, validity, at, count, valid);
        break;
    case 8:
        spread_u64(slots, validity, at, count, valid);
        break;
    default:
        spread_view(slots, validity, at, count, valid);
    }
}

/* Decodes the values of `count` slots, `valid` of which are not null by the bitmap. */
static pqt_status fill_slots(struct reading *r, size_t count, size_t valid,
                             pqt_error *error)
{
    decoder *d = &r->memory->decoder;
    const size_t at = r->slot_count;
    TRY(make_slots(r, count, error));
    if (count == 0) return PQT_OK;
    TRY(d->kind->decode(d, r->memory->slots.data + at * r->slot_bytes, valid, error));
    if (valid < count) spread(r, at, count, valid);
    r->slot_count += count;
    r->null_count += (int64_t)(count - valid);
    return PQT_OK;
}

static pqt_status make_validity(struct reading *r, size_t bits, pqt_error *error)
{
    return buffer_resize(&r->memory->validity, bits / 8 + 9, error);
}

/* --- Flat columns --- */

/* Rows of the page that are wanted: [skip, skip + take). */
struct page_rows {
    size_t skip;
    size_t take;
};

static struct page_rows find_rows(const struct reading *r, size_t count)
{
    const int64_t begin = r->next_row, end = begin + (int64_t)count;
    const int64_t from = r->first_row > begin ? r->first_row : begin;
    const int64_t to = r->end_row < end ? r->end_row : end;
    if (to <= from) return (struct page_rows){0, 0};
    return (struct page_rows){(size_t)(from - begin), (size_t)(to - from)};
}

static pqt_status read_required_page(struct reading *r, const data_page *page,
                                     pqt_error *error)
{
    const size_t count = (size_t)page->header.value_count;
    const struct page_rows rows = find_rows(r, count);
    if (rows.take == 0) return PQT_OK;
    TRY(start_values(r, page, count, error));
    if (rows.skip > 0)
        TRY(r->memory->decoder.kind->skip(&r->memory->decoder, rows.skip, error));
    return fill_slots(r, rows.take, rows.take, error);
}

/* The validity of the page's values as bits from `at` on: levels of width 1 are bits. */
static pqt_status read_validity(struct reading *r, const data_page *page, size_t count,
                                uint8_t *bits, pqt_error *error)
{
    const uint16_t max = r->node->max_definition_level;
    if (max == 1 && page->header.definition_encoding == PQT_RLE) {
        rle_decoder_start(&r->memory->decoder.rle, page->definition_levels, 1);
        if (rle_decode_bits(&r->memory->decoder.rle, bits, count)) return PQT_OK;
        return error_set(error, PQT_CORRUPT, "definition levels end early (%zu values)",
                         count);
    }
    /* Behind the levels of the rows that were taken before. */
    buffer *levels = &r->memory->definition_levels;
    TRY(buffer_resize(levels, (r->slot_count + count) * sizeof(uint16_t), error));
    uint16_t *array = (uint16_t *)(void *)levels->data + r->slot_count;
    TRY(decode_levels(r, page->definition_levels, page->header.definition_encoding, max,
                      array, count, error));
    memset(bits, 0, (count + 7) / 8);
    for (size_t i = 0; i < count; i++)
        if (array[i] == max) bits_set(bits, i, 1);
    return PQT_OK;
}

static pqt_status read_optional_page(struct reading *r, const data_page *page,
                                     pqt_error *error)
{
    const size_t count = (size_t)page->header.value_count;
    const struct page_rows rows = find_rows(r, count);
    uint8_t *bits;
    if (rows.take == 0) return PQT_OK;
    TRY(block_pool_take(&r->memory->pages.blocks, count / 8 + 9, &bits, error));
    TRY(read_validity(r, page, count, bits, error));
    const size_t valid_in_page = bits_count(bits, 0, count);
    TRY(start_values(r, page, valid_in_page, error));
    TRY(make_validity(r, r->slot_count + rows.take, error));
    bits_copy(bits, rows.skip, r->memory->validity.data, r->slot_count, rows.take);
    if (r->node->max_definition_level > 1) {
        uint16_t *levels = (uint16_t *)(void *)r->memory->definition_levels.data;
        memmove(levels + r->slot_count, levels + r->slot_count + rows.skip,
                rows.take * sizeof *levels);
    }
    const size_t skipped = bits_count(bits, 0, rows.skip);
    if (skipped > 0)
        TRY(r->memory->decoder.kind->skip(&r->memory->decoder, skipped, error));
    return fill_slots(r, rows.take, bits_count(bits, rows.skip, rows.take), error);
}

/* --- Nested columns --- */

/* Entries of the page whose rows are wanted. A row may go on from the page before. */
static pqt_status find_entries(struct reading *r, const uint16_t *repetition,
                               size_t count, struct page_rows *out, pqt_error *error)
{
    size_t begin = count, end = count;
    for (size_t i = 0; i < count; i++) {
        if (repetition[i] == 0) r->next_row++;
        const int64_t row = r->next_row - 1;
        if (row < 0)
            return error_set(error, PQT_CORRUPT, "the first row begins in its middle");
        if (row >= r->first_row && begin == count) begin = i;
        if (row >= r->end_row) {
            end = i;
            for (size_t j = i + 1; j < count; j++) r->next_row += repetition[j] == 0;
            break;
        }
    }
    if (begin > end) begin = end;
    *out = (struct page_rows){begin, end - begin};
    return PQT_OK;
}

static size_t count_defined(const uint16_t *levels, size_t count, uint16_t max)
{
    size_t defined = 0;
    for (size_t i = 0; i < count; i++) defined += levels[i] == max;
    return defined;
}

static pqt_status read_nested_page(struct reading *r, const data_page *page,
                                   pqt_error *error)
{
    const size_t count = (size_t)page->header.value_count, at = r->slot_count;
    const uint16_t max = r->node->max_definition_level;
    struct page_rows wanted = {0, 0};
    TRY(make_slots(r, count, error));
    TRY(append_levels(r, page, count, error));
    uint16_t *definition = (uint16_t *)(void *)r->memory->definition_levels.data + at;
    uint16_t *repetition = (uint16_t *)(void *)r->memory->repetition_levels.data + at;
    TRY(find_entries(r, repetition, count, &wanted, error));
    TRY(start_values(r, page, count_defined(definition, count, max), error));
    const size_t skipped = count_defined(definition, wanted.skip, max);
    if (skipped > 0)
        TRY(r->memory->decoder.kind->skip(&r->memory->decoder, skipped, error));
    memmove(definition, definition + wanted.skip, wanted.take * sizeof *definition);
    memmove(repetition, repetition + wanted.skip, wanted.take * sizeof *repetition);
    TRY(make_validity(r, at + wanted.take, error));
    for (size_t i = 0; i < wanted.take; i++) {
        uint8_t *byte = &r->memory->validity.data[(at + i) / 8];
        const uint8_t bit = (uint8_t)(1u << (at + i) % 8);
        *byte = definition[i] == max ? (uint8_t)(*byte | bit) : (uint8_t)(*byte & ~bit);
    }
    return fill_slots(r, wanted.take, count_defined(definition, wanted.take, max), error);
}

/* --- The whole --- */

static pqt_status read_pages(struct reading *r, pqt_error *error)
{
    const bool optional = r->node->max_definition_level > 0;
    for (;;) {
        data_page page;
        bool more = false;
        if (!r->is_nested && r->next_row >= r->end_row) break;
        TRY(page_reader_next(&r->pages, &page, &more, error));
        if (!more) break;
        if (r->is_nested) {
            TRY(read_nested_page(r, &page, error));
            continue;
        }
        TRY(optional ? read_optional_page(r, &page, error)
                     : read_required_page(r, &page, error));
        r->next_row += page.header.value_count;
    }
    if (r->next_row >= r->end_row) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "the pages end at row %lld; expected %lld",
                     (long long)r->next_row, (long long)r->end_row);
}

static pqt_status start_reading(const pqt_reader *reader, const chunk_rows *rows,
                                struct pqt_values_memory *memory, struct reading *r,
                                pqt_error *error)
{
    *r = (struct reading){.memory = memory};
    TRY(page_reader_open(reader, rows, &memory->pages, &r->pages, error));
    r->node = r->pages.node;
    r->slot_bytes = decoder_slot_bytes(r->node->type);
    r->next_row = r->pages.first_row;
    r->first_row = rows->first_row;
    r->end_row = rows->first_row + rows->row_count;
    r->is_nested = r->node->max_repetition_level > 0;
    decoder *d = &memory->decoder;
    d->type = r->node->type;
    d->value_bytes = decoder_value_bytes(r->node->type, r->node->type_length);
    d->limit_bytes = reader->options.page_limit_bytes;
    d->dictionary = (dictionary){0};
    buffer_clear(&memory->slots);
    buffer_clear(&memory->validity);
    buffer_clear(&memory->definition_levels);
    buffer_clear(&memory->repetition_levels);
    /* So that a page without values has a place, too. */
    TRY(buffer_reserve(&memory->slots, 1, error));
    TRY(buffer_reserve(&memory->definition_levels, 1, error));
    TRY(buffer_reserve(&memory->repetition_levels, 1, error));
    return PQT_OK;
}

static void publish(const struct reading *r, int64_t row_count, pqt_values *out)
{
    struct pqt_values_memory *memory = r->memory;
    const void *slots = memory->slots.data;
    *out = (pqt_values){.type = r->node->type,
                        .row_count = row_count,
                        .slot_count = (int64_t)r->slot_count,
                        .null_count = r->null_count,
                        .validity = r->null_count ? memory->validity.data : NULL,
                        .memory = memory};
    if (r->is_nested || r->node->max_definition_level > 1)
        out->definition_levels =
            (const uint16_t *)(const void *)memory->definition_levels.data;
    if (r->is_nested)
        out->repetition_levels =
            (const uint16_t *)(const void *)memory->repetition_levels.data;
    switch (r->node->type) {
    case PQT_BOOLEAN:
        out->booleans = slots;
        break;
    case PQT_INT32:
        out->int32s = slots;
        break;
    case PQT_INT64:
        out->int64s = slots;
        break;
    case PQT_FLOAT:
        out->floats = slots;
        break;
    case PQT_DOUBLE:
        out->doubles = slots;
        break;
    default:
        out->bytes = slots;
    }
}

pqt_status pqt_reader_read(const pqt_reader *reader, int32_t row_group, int32_t column,
                           int64_t first_row, int64_t row_count, pqt_values *values,
                           pqt_error *error)
{
    const chunk_rows rows = {row_group, column, first_row, row_count};
    struct reading r;
    TRY(reader_check_chunk(reader, row_group, column, error));
    if (!values->memory) TRY(make_memory(reader, &values->memory, error));
    pqt_status status = start_reading(reader, &rows, values->memory, &r, error);
    if (status == PQT_OK && row_count > 0) status = read_pages(&r, error);
    if (status != PQT_OK)
        return reader_error_at(reader, row_group, column, status, error);
    publish(&r, row_count, values);
    return PQT_OK;
}

pqt_status pqt_reader_byte_ranges(const pqt_reader *reader, int32_t row_group,
                                  int32_t column, int64_t first_row, int64_t row_count,
                                  pqt_byte_range ranges[2], pqt_error *error)
{
    const chunk_rows rows = {row_group, column, first_row, row_count};
    int64_t page_row;
    return page_reader_ranges(reader, &rows, ranges, &page_row, error);
}

/* --- Runs --- */

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

static pqt_status append_codes(struct reading *r, size_t count, pqt_runs *runs,
                               pqt_error *error)
{
    decoder *d = &r->memory->decoder;
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

/* A page of a required column as runs; codes are not expanded. */
static pqt_status run_page(struct reading *r, const data_page *page, pqt_runs *runs,
                           pqt_error *error)
{
    const size_t count = (size_t)page->header.value_count;
    const struct page_rows rows = find_rows(r, count);
    decoder *d = &r->memory->decoder;
    if (rows.take == 0) return PQT_OK;
    TRY(start_values(r, page, count, error));
    if (rows.skip > 0) TRY(d->kind->skip(d, rows.skip, error));
    if (d->kind == &dictionary_decoder) return append_codes(r, rows.take, runs, error);
    r->slot_count = 0;
    TRY(fill_slots(r, rows.take, rows.take, error));
    const void *slots = r->memory->slots.data;
    for (size_t i = 0; i < rows.take; i++) {
        const int64_t value = r->node->type == PQT_INT64 ? ((const int64_t *)slots)[i]
                                                         : ((const int32_t *)slots)[i];
        TRY(append_run(runs, (pqt_run){value, 1, false}, error));
    }
    return PQT_OK;
}

static pqt_status run_pages(struct reading *r, pqt_runs *runs, pqt_error *error)
{
    while (r->next_row < r->end_row) {
        data_page page;
        bool more = false;
        TRY(page_reader_next(&r->pages, &page, &more, error));
        if (!more)
            return error_set(error, PQT_CORRUPT,
                             "the pages end at row %lld; expected %lld",
                             (long long)r->next_row, (long long)r->end_row);
        TRY(run_page(r, &page, runs, error));
        r->next_row += page.header.value_count;
    }
    return PQT_OK;
}

/* An optional column is read whole and then cut into runs. */
static pqt_status runs_of_values(const pqt_values *values, pqt_runs *runs,
                                 pqt_error *error)
{
    for (int64_t i = 0; i < values->slot_count; i++) {
        const bool is_null = values->validity && !bits_get(values->validity, (size_t)i);
        const int64_t value = values->int64s ? values->int64s[i] : values->int32s[i];
        TRY(append_run(runs, (pqt_run){is_null ? 0 : value, 1, is_null}, error));
    }
    return PQT_OK;
}

static pqt_status check_runs_column(const pqt_reader *reader, int32_t row_group,
                                    int32_t column, pqt_error *error)
{
    TRY(reader_check_chunk(reader, row_group, column, error));
    const pqt_schema_node *node = reader_node(reader, column);
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
    struct reading r;
    TRY(check_runs_column(reader, row_group, column, error));
    if (reader_node(reader, column)->max_definition_level > 0) {
        TRY(pqt_reader_read(reader, row_group, column, first_row, row_count, scratch,
                            error));
        return runs_of_values(scratch, runs, error);
    }
    if (!scratch->memory) TRY(make_memory(reader, &scratch->memory, error));
    pqt_status status = start_reading(reader, &rows, scratch->memory, &r, error);
    if (status == PQT_OK) status = run_pages(&r, runs, error);
    return reader_error_at(reader, row_group, column, status, error);
}

void pqt_runs_free(pqt_runs *runs)
{
    alloc_release(NULL, runs->runs);
    *runs = (pqt_runs){0};
}
