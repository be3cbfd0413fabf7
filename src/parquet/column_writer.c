#include "parquet/column_writer.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "parquet/column_choice.h"
#include "parquet/schema.h"
#include "parquet/values.h"

static bool is_views(pqt_type type)
{
    return type == PQT_BYTE_ARRAY || type == PQT_FIXED_LEN_BYTE_ARRAY;
}

static void init_statistics(column_writer *c)
{
    const pqt_allocator *a = c->options->allocator;
    const statistics_order order = statistics_order_of(c->leaf->type, &c->leaf->logical);
    statistics_init(&c->page_statistics, order, a);
    statistics_init(&c->chunk_statistics, order, a);
    statistics_init(&c->file_statistics, order, a);
}

/* The encoding of what no dictionary codes, until another is chosen. */
static pqt_encoding first_encoding(const pqt_column_options *column)
{
    if (column->encoding == PQT_ENCODING_CHOSEN) return PQT_PLAIN;
    return column->encoding == PQT_RLE_DICTIONARY ? column->fallback : column->encoding;
}

/* A histogram of no levels, where one says more than the number of nulls. */
static pqt_status make_histogram(column_writer *c, const level_writer *levels,
                                 uint16_t least_level, int64_t **out, pqt_error *error)
{
    *out = NULL;
    if (c->options->no_size_statistics || levels->max_level < least_level) return PQT_OK;
    *out = arena_alloc(&c->kept, levels->max_level + 1u, sizeof **out);
    return *out ? PQT_OK : error_no_memory(error, sizeof **out);
}

static pqt_status start_sizes(column_writer *c, pqt_error *error)
{
    int64_t *repetition = NULL;
    int64_t *definition = NULL;
    TRY(make_histogram(c, &c->repetition, 1, &repetition, error));
    TRY(make_histogram(c, &c->definition, 2, &definition, error));
    const bool has_arrays =
        c->leaf->type == PQT_BYTE_ARRAY && !c->options->no_size_statistics;
    c->info.sizes = (pqt_size_statistics){.byte_array_bytes = has_arrays ? 0 : -1,
                                          .repetition_histogram = repetition,
                                          .definition_histogram = definition};
    return PQT_OK;
}

static pqt_status start_chunk(column_writer *c, pqt_error *error)
{
    c->is_coded = c->column->encoding == PQT_RLE_DICTIONARY;
    c->is_sampling = c->column->encoding == PQT_ENCODING_CHOSEN;
    c->is_giving_up = c->is_ending = false;
    c->dictionary_before = (dictionary_mark){0};
    c->values.kind = encoder_find(first_encoding(c->column), c->leaf->type);
    c->chunk_rows = 0;
    c->chunk_entries = 0;
    c->page_capacity = 0;
    c->info = (chunk_info){.encoding = c->values.kind->encoding,
                           .dictionary_page_offset = -1,
                           .bloom_filter_offset = -1,
                           .column_index_offset = -1,
                           .offset_index_offset = -1};
    TRY(start_sizes(c, error));
    buffer_clear(&c->chunk);
    buffer_clear(&c->dictionary_page);
    statistics_clear(&c->chunk_statistics);
    if (c->is_coded || c->is_sampling) TRY(dictionary_clear(&c->dictionary, error));
    if (!c->column->bloom_filter) return PQT_OK;
    /* Of a repeated column more values a row may come; too large is made smaller. */
    const int64_t rows = c->options->row_group_rows;
    const bool is_repeated = c->leaf->max_repetition_level > 0 && rows < INT64_MAX / 4;
    return bloom_filter_start(&c->bloom, is_repeated ? 4 * rows : rows, error);
}

pqt_status column_writer_init(column_writer *c, const column_plan *plan, pqt_error *error)
{
    const pqt_schema_node *leaf =
        &plan->schema->nodes[plan->schema->column_nodes[plan->column]];
    const pqt_column_options *column = plan->options;
    const pqt_allocator *a = plan->writer->allocator;
    *c = (column_writer){
        .schema = plan->schema,
        .leaf = leaf,
        .column = column,
        .options = plan->writer,
        .format = {.codec = {column->codec, column->level},
                   .has_crc = !plan->writer->no_checksums},
        .encryption = plan->encryption,
        .is_text = logical_is_text(leaf->logical.kind),
        .repetition = {leaf->max_repetition_level, {.allocator = a}},
        .definition = {leaf->max_definition_level, {.allocator = a}},
        .chunk.allocator = a,
        .dictionary_page.allocator = a,
        .bloom.bits.allocator = a,
        .kept.allocator = a,
    };
    encoder_init(&c->values, encoder_find(first_encoding(column), leaf->type), leaf->type,
                 leaf->type_length, a);
    c->values.is_compressed = column->codec != PQT_UNCOMPRESSED;
    dictionary_init(&c->dictionary, leaf->type, c->values.value_bytes, a);
    init_statistics(c);
    return start_chunk(c, error);
}

void column_writer_free(column_writer *c)
{
    encoder_free(&c->values);
    dictionary_free(&c->dictionary);
    buffer_free(&c->repetition.levels);
    buffer_free(&c->definition.levels);
    statistics_free(&c->page_statistics);
    statistics_free(&c->chunk_statistics);
    statistics_free(&c->file_statistics);
    bloom_filter_free(&c->bloom);
    buffer_free(&c->chunk);
    buffer_free(&c->dictionary_page);
    arena_free(&c->kept);
}

pqt_status column_writer_begin(column_writer *c, const pqt_column_values *values,
                               int64_t row_count, pqt_error *error)
{
    return column_input_begin(c->schema, c->leaf->column, values, row_count, &c->input,
                              error);
}

/*
 * The rows that are added at once: those that still fit in the page, at least one if it
 * is empty. Byte arrays for a dictionary are few bytes in the page, but may be many in
 * the dictionary: no more at once than a page of them.
 */
static input_piece next_piece(const column_writer *c, int64_t row_count)
{
    const int64_t row_limit = c->column->long_pages ? INT32_MAX : c->options->page_rows;
    const size_t limit = c->options->page_limit_bytes;
    int64_t rows_left = row_limit - c->page_rows;
    if (c->is_sampling) {
        const int64_t sample_left =
            (int64_t)(column_sample_count(c->options) - c->values.count);
        if (rows_left > sample_left) rows_left = sample_left;
    }
    const input_limits limits = {
        .rows = row_count < rows_left ? row_count : rows_left,
        .page_bytes = limit - c->page_bytes,
        .value_bytes = c->is_coded ? sizeof(uint32_t) : c->values.value_bytes,
        .array_bytes = limit,
    };
    const input_piece fit = column_input_fit(&c->input, &limits);
    return fit.rows == 0 && c->page_rows == 0 ? column_input_row(&c->input) : fit;
}

static size_t view_bytes(const pqt_view *views, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += views[i].size_bytes;
    return bytes;
}

static pqt_status check_sizes(const column_writer *c, const pqt_view *views, size_t count,
                              pqt_error *error)
{
    if (c->leaf->type == PQT_BYTE_ARRAY) {
        size_t all = 0;
        for (size_t i = 0; i < count; i++) all |= views[i].size_bytes;
        if (all <= INT32_MAX) return PQT_OK;
        return error_set(error, PQT_LIMIT, "a value of 2 GiB or more");
    }
    for (size_t i = 0; i < count; i++)
        if (views[i].size_bytes != c->values.value_bytes)
            return error_set(error, PQT_INVALID, "a value of %zu bytes: the type has %zu",
                             views[i].size_bytes, c->values.value_bytes);
    return PQT_OK;
}

static void add_to_bloom(column_writer *c, const void *values, size_t count)
{
    if (!c->column->bloom_filter) return;
    const pqt_view *views = values;
    const uint8_t *bytes = values;
    const size_t width = c->values.value_bytes;
    for (size_t i = 0; i < count; i++) {
        const bool is_view = is_views(c->leaf->type);
        const pqt_view value = is_view ? views[i] : view_of(bytes + i * width, width);
        bloom_filter_add(&c->bloom, value);
    }
}

/* Values of a dictionary are looked at when the page ends, once each; those of a sample
 * when the encoding is chosen. */
pqt_status column_writer_store(column_writer *c, const void *values, size_t count,
                               pqt_error *error)
{
    if (count == 0) return PQT_OK;
    if (c->is_coded) {
        c->page_bytes += count * sizeof(uint32_t);
        return dictionary_add(&c->dictionary, values, count, error);
    }
    const size_t lengths = count * sizeof(uint32_t);
    c->page_bytes += c->leaf->type == PQT_BYTE_ARRAY ? view_bytes(values, count) + lengths
                                                     : count * c->values.value_bytes;
    if (!c->is_sampling) {
        add_to_bloom(c, values, count);
        TRY(statistics_add(&c->page_statistics, values, count, error));
    }
    return c->values.kind->add(&c->values, values, count, error);
}

/* Values without nulls that are new in the page. */
static pqt_status add_dense(column_writer *c, const void *values, size_t count,
                            pqt_error *error)
{
    if (count > 0 && c->leaf->logical.kind == PQT_LOGICAL_UNKNOWN)
        return error_set(error, PQT_INVALID, "UNKNOWN has nulls only, but a value came");
    if (is_views(c->leaf->type)) TRY(check_sizes(c, values, count, error));
    if (c->leaf->type == PQT_BYTE_ARRAY)
        c->page_array_bytes += (int64_t)view_bytes(values, count);
    if (statistics_order_is_real(c->page_statistics.order))
        c->page_statistics.nan_count +=
            (int64_t)statistics_count_nan(c->page_statistics.order, values, count);
    return column_writer_store(c, values, count, error);
}

size_t column_level_bytes(const column_writer *c, int64_t entries)
{
    return c->repetition.max_level ? (size_t)entries * INPUT_LEVEL_BYTES : 0;
}

/* Adds rows that fit in the open page. */
static pqt_status add_piece(column_writer *c, const input_piece *piece,
                            page_scratch *scratch, pqt_error *error)
{
    dense_values dense;
    TRY(column_input_levels(&c->input, piece, &c->repetition, &c->definition, error));
    TRY(column_input_take(&c->input, piece, &scratch->dense, &dense, error));
    c->page_rows += piece->rows;
    c->page_entries += piece->slots;
    c->page_bytes += column_level_bytes(c, piece->slots);
    c->page_statistics.null_count += piece->slots - (int64_t)dense.count;
    TRY(add_dense(c, dense.values, dense.count, error));
    if (!c->is_sampling || c->values.count < column_sample_count(c->options))
        return PQT_OK;
    return column_choose_encoding(c, scratch, error);
}

static bool is_dictionary_full(const column_writer *c)
{
    return c->is_coded &&
           c->dictionary.plain.size_bytes > c->options->dictionary_limit_bytes;
}

static bool is_page_full(const column_writer *c)
{
    return (!c->column->long_pages && c->page_rows >= c->options->page_rows) ||
           c->page_bytes >= c->options->page_limit_bytes || is_dictionary_full(c);
}

pqt_status column_writer_add(column_writer *c, int64_t row_count, page_scratch *scratch,
                             pqt_error *error)
{
    while (row_count > 0) {
        const input_piece piece = next_piece(c, row_count);
        if (piece.rows > 0) TRY(add_piece(c, &piece, scratch, error));
        row_count -= piece.rows;
        if (piece.rows == 0 || is_page_full(c))
            TRY(column_writer_end_page(c, scratch, error));
    }
    return PQT_OK;
}

/* Takes the values that the page has of the dictionary into its statistics. */
static pqt_status add_coded_statistics(column_writer *c, page_scratch *scratch,
                                       pqt_error *error)
{
    const dictionary_encoder *d = &c->dictionary;
    const uint32_t *fresh = (const uint32_t *)(const void *)d->fresh.data;
    const size_t count = d->fresh.size_bytes / sizeof *fresh;
    const size_t width = values_slot_bytes(c->leaf->type);
    TRY(buffer_resize(&scratch->dense, count * width, error));
    for (size_t i = 0; i < count; i++) {
        const pqt_view value = dictionary_entry(d, fresh[i]);
        const void *from = is_views(c->leaf->type) ? (const void *)&value : value.data;
        memcpy(scratch->dense.data + i * width, from, width);
    }
    return statistics_add(&c->page_statistics, scratch->dense.data, count, error);
}

/* Levels of a v1 page have their length before them, those of a v2 page in the header;
 * these are not compressed. */
static pqt_status put_levels(column_writer *c, page_header *header, buffer *out,
                             pqt_error *error)
{
    const bool is_v1 = header->type == PAGE_DATA;
    const level_format format = {is_v1, is_v1 && c->values.is_compressed};
    const size_t start = out->size_bytes;
    TRY(level_writer_finish(&c->repetition, format, out, error));
    const size_t middle = out->size_bytes;
    TRY(level_writer_finish(&c->definition, format, out, error));
    if (is_v1) return PQT_OK;
    header->repetition_bytes = (int32_t)(middle - start);
    header->definition_bytes = (int32_t)(out->size_bytes - middle);
    return PQT_OK;
}

static pqt_status keep_view(arena *a, pqt_view view, pqt_view *out, pqt_error *error)
{
    *out = arena_copy(a, view);
    if (!out->data) return error_no_memory(error, view.size_bytes);
    return PQT_OK;
}

/* Smallest and largest value, cut, in the memory that lives as long as the file. */
static pqt_status keep_bounds(column_writer *c, const statistics *s, buffer *scratch,
                              pqt_statistics *out, pqt_error *error)
{
    /* Readers take limits of a fixed width for values of that width. */
    const bool may_cut = c->leaf->type == PQT_BYTE_ARRAY;
    const statistics_cut cut = {may_cut ? c->options->statistics_limit_bytes : 0,
                                c->is_text, c->options->ieee_total_order};
    *out = (pqt_statistics){
        .null_count = s->null_count,
        .distinct_count = -1,
        .nan_count = statistics_order_is_real(s->order) ? s->nan_count : -1};
    if (!statistics_has_bounds(s, cut.is_total)) return PQT_OK;
    statistics_bound bound;
    statistics_min(s, cut, &bound);
    out->min_is_exact = bound.is_exact;
    TRY(keep_view(&c->kept, bound.value, &out->min_value, error));
    TRY(statistics_max(s, cut, scratch, &bound, error));
    out->max_is_exact = bound.is_exact;
    return keep_view(&c->kept, bound.value, &out->max_value, error);
}

static void add_histogram(const int64_t *from, size_t levels, const int64_t *to)
{
    int64_t *sum = (int64_t *)to; /* in this column's arena */
    for (size_t i = 0; from && i < levels; i++) sum[i] += from[i];
}

/* Measures the open page, whose levels are still there, and adds it to the chunk. */
static pqt_status measure_page(column_writer *c, pqt_size_statistics *out,
                               pqt_error *error)
{
    int64_t *repetition = NULL;
    int64_t *definition = NULL;
    TRY(make_histogram(c, &c->repetition, 1, &repetition, error));
    TRY(make_histogram(c, &c->definition, 2, &definition, error));
    if (repetition) level_writer_count(&c->repetition, repetition);
    if (definition) level_writer_count(&c->definition, definition);
    pqt_size_statistics *chunk = &c->info.sizes;
    add_histogram(repetition, c->repetition.max_level + 1u, chunk->repetition_histogram);
    add_histogram(definition, c->definition.max_level + 1u, chunk->definition_histogram);
    if (chunk->byte_array_bytes >= 0) chunk->byte_array_bytes += c->page_array_bytes;
    *out = (pqt_size_statistics){.byte_array_bytes = c->page_array_bytes,
                                 .repetition_histogram = repetition,
                                 .definition_histogram = definition};
    return PQT_OK;
}

/* Remembers a page that begins at `offset` of the chunk. */
static pqt_status remember_page(column_writer *c, size_t offset,
                                const pqt_size_statistics *sizes, buffer *scratch,
                                pqt_error *error)
{
    const statistics *s = &c->page_statistics;
    pqt_statistics bounds;
    TRY(keep_bounds(c, s, scratch, &bounds, error));
    if (c->info.page_count == c->page_capacity) {
        const size_t capacity = c->page_capacity ? 2 * c->page_capacity : 64;
        page_info *pages = arena_alloc(&c->kept, capacity, sizeof *pages);
        if (!pages) return error_no_memory(error, capacity * sizeof *pages);
        if (c->page_capacity)
            memcpy(pages, c->info.pages, c->page_capacity * sizeof *pages);
        c->info.pages = pages;
        c->page_capacity = capacity;
    }
    c->info.pages[c->info.page_count++] = (page_info){
        .offset = (int64_t)offset,
        .compressed_bytes = (int32_t)(c->chunk.size_bytes - offset),
        .first_row = c->chunk_rows,
        .null_count = s->null_count,
        .nan_count = s->nan_count,
        .sizes = *sizes,
        .is_null_page = s->null_count == c->page_entries,
        .has_range = statistics_has_bounds(s, c->options->ieee_total_order),
        .min = bounds.min_value,
        .max = bounds.max_value,
    };
    return PQT_OK;
}

/* Encodes the open page into `raw` and writes it to the chunk. */
static pqt_status write_page(column_writer *c, page_scratch *scratch, pqt_error *error)
{
    page_header header = {
        .type = c->options->page_v2 ? PAGE_DATA_V2 : PAGE_DATA,
        .value_count = (int32_t)c->page_entries,
        .row_count = (int32_t)c->page_rows,
        .null_count = (int32_t)c->page_statistics.null_count,
        .encoding = c->is_coded ? PQT_RLE_DICTIONARY : c->values.kind->encoding,
    };
    buffer *raw = &scratch->raw;
    if (c->page_entries > INT32_MAX)
        return error_set(error, PQT_LIMIT, "a page of %lld entries: at most 2^31 - 1",
                         (long long)c->page_entries);
    buffer_clear(raw);
    TRY(put_levels(c, &header, raw, error));
    if (c->is_coded)
        TRY(dictionary_finish_page(&c->dictionary, c->values.is_compressed, raw, error));
    else
        TRY(c->values.kind->finish(&c->values, raw, error));
    const size_t before = c->chunk.size_bytes;
    c->format.page = c->info.page_count;
    TRY(file_encryption_chunk(c->encryption, c->row_group, c->leaf->column,
                              &c->format.keys, error));
    TRY(page_write(&c->format, &header, scratch, &c->chunk, error));
    c->info.uncompressed_bytes += (int64_t)(c->chunk.size_bytes - before) -
                                  header.compressed_bytes + header.uncompressed_bytes;
    return PQT_OK;
}

pqt_status column_writer_end_page(column_writer *c, page_scratch *scratch,
                                  pqt_error *error)
{
    if (c->page_rows == 0) return PQT_OK;
    if (c->is_sampling) TRY(column_choose_encoding(c, scratch, error));
    if (c->is_coded) TRY(column_judge_dictionary(c, scratch, error));
    const size_t offset = c->chunk.size_bytes;
    pqt_size_statistics sizes;
    if (c->is_coded) TRY(add_coded_statistics(c, scratch, error));
    TRY(measure_page(c, &sizes, error));
    TRY(write_page(c, scratch, error));
    TRY(remember_page(c, offset, &sizes, &scratch->raised, error));
    TRY(statistics_merge(&c->chunk_statistics, &c->page_statistics, error));
    statistics_clear(&c->page_statistics);
    if (c->is_coded)
        c->info.dictionary_coded_pages++;
    else
        c->info.other_pages++;
    if (c->is_giving_up || is_dictionary_full(c)) c->is_coded = false;
    c->chunk_rows += c->page_rows;
    c->chunk_entries += c->page_entries;
    c->page_rows = 0;
    c->page_entries = 0;
    c->page_bytes = 0;
    c->page_array_bytes = 0;
    return PQT_OK;
}

static pqt_status write_dictionary_page(column_writer *c, page_scratch *scratch,
                                        pqt_error *error)
{
    const dictionary_encoder *d = &c->dictionary;
    page_header header = {
        .type = PAGE_DICTIONARY, .value_count = (int32_t)d->count, .encoding = PQT_PLAIN};
    buffer_clear(&scratch->raw);
    TRY(buffer_append(&scratch->raw, d->plain.data, d->plain.size_bytes, error));
    c->format.page = 0;
    TRY(page_write(&c->format, &header, scratch, &c->dictionary_page, error));
    c->info.uncompressed_bytes += (int64_t)c->dictionary_page.size_bytes -
                                  header.compressed_bytes + header.uncompressed_bytes;
    for (uint32_t i = 0; c->column->bloom_filter && i < d->count; i++)
        bloom_filter_add(&c->bloom, dictionary_entry(d, i));
    return PQT_OK;
}

pqt_status column_writer_end_chunk(column_writer *c, page_scratch *scratch,
                                   pqt_error *error)
{
    c->is_ending = true;
    TRY(column_writer_end_page(c, scratch, error));
    if (c->info.dictionary_coded_pages > 0) TRY(write_dictionary_page(c, scratch, error));
    if (c->column->bloom_filter) bloom_filter_fold(&c->bloom);
    c->info.value_count = c->chunk_entries;
    c->info.compressed_bytes =
        (int64_t)(c->dictionary_page.size_bytes + c->chunk.size_bytes);
    TRY(keep_bounds(c, &c->chunk_statistics, &scratch->raised, &c->info.statistics,
                    error));
    return statistics_merge(&c->file_statistics, &c->chunk_statistics, error);
}

pqt_status column_writer_write_chunk(column_writer *c, const pqt_output *output,
                                     int64_t *offset, chunk_info *out, pqt_error *error)
{
    const pqt_view dictionary = buffer_view(&c->dictionary_page);
    const pqt_view pages = buffer_view(&c->chunk);
    if (dictionary.size_bytes > 0) {
        TRY(output->write(output->self, dictionary.data, dictionary.size_bytes, error));
        c->info.dictionary_page_offset = *offset;
        *offset += (int64_t)dictionary.size_bytes;
    }
    TRY(output->write(output->self, pages.data, pages.size_bytes, error));
    c->info.data_page_offset = *offset;
    for (size_t i = 0; i < c->info.page_count; i++) c->info.pages[i].offset += *offset;
    *offset += (int64_t)pages.size_bytes;
    *out = c->info;
    return PQT_OK;
}

/* Header and bitset as modules. The pages are written, and their memory is free. */
static pqt_status put_encrypted_bloom(column_writer *c, buffer *out, pqt_error *error)
{
    buffer *header = &c->chunk;
    const pqt_view bits = buffer_view(&c->bloom.bits);
    const crypto_seal header_seal =
        crypto_chunk_seal(&c->format.keys, CRYPTO_BLOOM_FILTER_HEADER, 0);
    const crypto_seal bits_seal =
        crypto_chunk_seal(&c->format.keys, CRYPTO_BLOOM_FILTER_BITSET, 0);
    crypto_context *context = &c->encryption->context;
    buffer_clear(header);
    TRY(metadata_put_bloom_header(bits.size_bytes, header, error));
    TRY(crypto_module_append(context, &header_seal, buffer_view(header), out, error));
    return crypto_module_append(context, &bits_seal, bits, out, error);
}

static pqt_status put_bloom(column_writer *c, buffer *out, pqt_error *error)
{
    const pqt_view bits = buffer_view(&c->bloom.bits);
    if (c->format.keys.key) return put_encrypted_bloom(c, out, error);
    TRY(metadata_put_bloom_header(bits.size_bytes, out, error));
    return buffer_append(out, bits.data, bits.size_bytes, error);
}

pqt_status column_writer_write_bloom(column_writer *c, const pqt_output *output,
                                     int64_t *offset, chunk_info *info, pqt_error *error)
{
    /* The dictionary page is written and no longer needed. */
    buffer *bytes = &c->dictionary_page;
    c->row_group++;
    if (!c->column->bloom_filter) return start_chunk(c, error);
    buffer_clear(bytes);
    TRY(put_bloom(c, bytes, error));
    TRY(output->write(output->self, bytes->data, bytes->size_bytes, error));
    info->bloom_filter_offset = *offset;
    info->bloom_filter_bytes = (int32_t)bytes->size_bytes;
    *offset += info->bloom_filter_bytes;
    return start_chunk(c, error);
}

pqt_status column_writer_file_statistics(column_writer *c, pqt_statistics *out,
                                         pqt_error *error)
{
    return keep_bounds(c, &c->file_statistics, &c->definition.levels, out, error);
}
