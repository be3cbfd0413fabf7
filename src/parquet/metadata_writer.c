#include "parquet/metadata_writer.h"

#include "base/cursor.h"
#include "parquet/schema.h"
#include "parquet/statistics.h"
#include "parquet/thrift_writer.h"

/* The version of the format's oldest readers that can read it; all readers know 1 and 2.
 */
enum { FORMAT_VERSION = 2 };

static void put_data_page(thrift_writer *w, const page_header *h)
{
    thrift_struct_begin(w, 5);
    thrift_i32(w, 1, h->value_count);
    thrift_i32(w, 2, (int32_t)h->encoding);
    thrift_i32(w, 3, PQT_RLE);
    thrift_i32(w, 4, PQT_RLE);
    thrift_struct_end(w);
}

static void put_dictionary_page(thrift_writer *w, const page_header *h)
{
    thrift_struct_begin(w, 7);
    thrift_i32(w, 1, h->value_count);
    thrift_i32(w, 2, PQT_PLAIN);
    thrift_struct_end(w);
}

static void put_data_page_v2(thrift_writer *w, const page_header *h)
{
    thrift_struct_begin(w, 8);
    thrift_i32(w, 1, h->value_count);
    thrift_i32(w, 2, h->null_count);
    thrift_i32(w, 3, h->row_count);
    thrift_i32(w, 4, (int32_t)h->encoding);
    thrift_i32(w, 5, h->definition_bytes);
    thrift_i32(w, 6, h->repetition_bytes);
    thrift_bool(w, 7, h->is_compressed);
    thrift_struct_end(w);
}

pqt_status metadata_put_page_header(const page_header *h, buffer *out, pqt_error *error)
{
    thrift_writer w = thrift_begin(out, error);
    thrift_i32(&w, 1, (int32_t)h->type);
    thrift_i32(&w, 2, h->uncompressed_bytes);
    thrift_i32(&w, 3, h->compressed_bytes);
    if (h->has_crc) thrift_i32(&w, 4, (int32_t)h->crc);
    if (h->type == PAGE_DATA)
        put_data_page(&w, h);
    else if (h->type == PAGE_DICTIONARY)
        put_dictionary_page(&w, h);
    else
        put_data_page_v2(&w, h);
    return thrift_end(&w);
}

pqt_status metadata_put_bloom_header(size_t filter_bytes, buffer *out, pqt_error *error)
{
    thrift_writer w = thrift_begin(out, error);
    thrift_i32(&w, 1, (int32_t)filter_bytes);
    /* Algorithm BLOCK, hash XXHASH, compression UNCOMPRESSED: each a union of one. */
    for (int16_t field = 2; field <= 4; field++) {
        thrift_struct_begin(&w, field);
        thrift_struct_begin(&w, 1);
        thrift_struct_end(&w);
        thrift_struct_end(&w);
    }
    return thrift_end(&w);
}

bool metadata_has_column_index(const chunk_info *chunk)
{
    for (size_t i = 0; i < chunk->page_count; i++)
        if (!chunk->pages[i].has_range && !chunk->pages[i].is_null_page) return false;
    return chunk->page_count > 0;
}

/* 1 where both limits never fall from page to page, 2 where they never rise, else 0. */
static int32_t boundary_order(const chunk_info *chunk, statistics_order order)
{
    bool never_falls = true;
    bool never_rises = true;
    const page_info *last = NULL;
    for (size_t i = 0; i < chunk->page_count; i++) {
        const page_info *page = &chunk->pages[i];
        if (page->is_null_page) continue;
        if (last) {
            const int min = statistics_compare(order, last->min, page->min);
            const int max = statistics_compare(order, last->max, page->max);
            never_falls = never_falls && min <= 0 && max <= 0;
            never_rises = never_rises && min >= 0 && max >= 0;
        }
        last = page;
    }
    return never_falls ? 1 : never_rises ? 2 : 0;
}

/* A list of what is told of every page. */
static void put_page_counts(thrift_writer *w, int16_t field, const chunk_info *chunk,
                            int64_t (*count_of)(const page_info *page))
{
    thrift_list(w, field, THRIFT_LIST_I64, chunk->page_count);
    for (size_t i = 0; i < chunk->page_count; i++)
        thrift_item_i64(w, count_of(&chunk->pages[i]));
}

static int64_t null_count_of(const page_info *page)
{
    return page->null_count;
}

static int64_t nan_count_of(const page_info *page)
{
    return page->nan_count;
}

static int64_t array_bytes_of(const page_info *page)
{
    return page->sizes.byte_array_bytes;
}

static const int64_t *repetition_of(const pqt_size_statistics *sizes)
{
    return sizes->repetition_histogram;
}

static const int64_t *definition_of(const pqt_size_statistics *sizes)
{
    return sizes->definition_histogram;
}

/* The pages' histograms one behind the other. */
static void put_page_histograms(
    thrift_writer *w, int16_t field, const chunk_info *chunk, size_t levels,
    const int64_t *(*histogram_of)(const pqt_size_statistics *))
{
    if (!histogram_of(&chunk->sizes)) return;
    thrift_list(w, field, THRIFT_LIST_I64, chunk->page_count * levels);
    for (size_t i = 0; i < chunk->page_count; i++)
        for (size_t k = 0; k < levels; k++)
            thrift_item_i64(w, histogram_of(&chunk->pages[i].sizes)[k]);
}

pqt_status metadata_put_column_index(const chunk_info *chunk, const pqt_schema_node *leaf,
                                     buffer *out, pqt_error *error)
{
    const size_t count = chunk->page_count;
    const page_info *pages = chunk->pages;
    const statistics_order order = statistics_order_of(leaf->type, &leaf->logical);
    thrift_writer w = thrift_begin(out, error);
    thrift_list(&w, 1, THRIFT_LIST_BOOL, count);
    for (size_t i = 0; i < count; i++) thrift_item_bool(&w, pages[i].is_null_page);
    thrift_list(&w, 2, THRIFT_LIST_BINARY, count);
    for (size_t i = 0; i < count; i++) thrift_item_binary(&w, pages[i].min);
    thrift_list(&w, 3, THRIFT_LIST_BINARY, count);
    for (size_t i = 0; i < count; i++) thrift_item_binary(&w, pages[i].max);
    thrift_i32(&w, 4, boundary_order(chunk, order));
    put_page_counts(&w, 5, chunk, null_count_of);
    put_page_histograms(&w, 6, chunk, leaf->max_repetition_level + 1u, repetition_of);
    put_page_histograms(&w, 7, chunk, leaf->max_definition_level + 1u, definition_of);
    if (statistics_order_is_real(order)) put_page_counts(&w, 8, chunk, nan_count_of);
    return thrift_end(&w);
}

pqt_status metadata_put_offset_index(const chunk_info *chunk, buffer *out,
                                     pqt_error *error)
{
    thrift_writer w = thrift_begin(out, error);
    thrift_list(&w, 1, THRIFT_LIST_STRUCT, chunk->page_count);
    for (size_t i = 0; i < chunk->page_count; i++) {
        const page_info *page = &chunk->pages[i];
        thrift_item_struct(&w);
        thrift_i64(&w, 1, page->offset);
        thrift_i32(&w, 2, page->compressed_bytes);
        thrift_i64(&w, 3, page->first_row);
        thrift_struct_end(&w);
    }
    if (chunk->sizes.byte_array_bytes >= 0) put_page_counts(&w, 2, chunk, array_bytes_of);
    return thrift_end(&w);
}

/* ConvertedType of the logical types that older readers know; -1: none. Of times, the
 * local ones have it too (LogicalTypes.md, forward compatibility). */
static int32_t converted_type(const pqt_logical_type *logical)
{
    switch (logical->kind) {
    case PQT_LOGICAL_STRING:
        return 0;
    case PQT_LOGICAL_MAP:
        return 1;
    case PQT_LOGICAL_LIST:
        return 3;
    case PQT_LOGICAL_ENUM:
        return 4;
    case PQT_LOGICAL_DECIMAL:
        return 5;
    case PQT_LOGICAL_DATE:
        return 6;
    case PQT_LOGICAL_TIME:
        return logical->unit == PQT_NANOS ? -1 : 7 + (int32_t)logical->unit;
    case PQT_LOGICAL_TIMESTAMP:
        return logical->unit == PQT_NANOS ? -1 : 9 + (int32_t)logical->unit;
    case PQT_LOGICAL_INTEGER:
        /* UINT_8 11, UINT_16, UINT_32, UINT_64, INT_8 15, ... */
        return (logical->is_signed ? 15 : 11) +
               __builtin_ctz((unsigned)logical->bit_width / 8);
    case PQT_LOGICAL_JSON:
        return 19;
    case PQT_LOGICAL_BSON:
        return 20;
    case PQT_LOGICAL_INTERVAL:
        return 21;
    default:
        return -1;
    }
}

/* The field of the LogicalType union; 0: none. */
static int16_t logical_field(pqt_logical kind)
{
    static const int16_t fields[] = {
        [PQT_LOGICAL_STRING] = 1,     [PQT_LOGICAL_MAP] = 2,
        [PQT_LOGICAL_LIST] = 3,       [PQT_LOGICAL_ENUM] = 4,
        [PQT_LOGICAL_DECIMAL] = 5,    [PQT_LOGICAL_DATE] = 6,
        [PQT_LOGICAL_TIME] = 7,       [PQT_LOGICAL_TIMESTAMP] = 8,
        [PQT_LOGICAL_INTEGER] = 10,   [PQT_LOGICAL_UNKNOWN] = 11,
        [PQT_LOGICAL_JSON] = 12,      [PQT_LOGICAL_BSON] = 13,
        [PQT_LOGICAL_UUID] = 14,      [PQT_LOGICAL_FLOAT16] = 15,
        [PQT_LOGICAL_VARIANT] = 16,   [PQT_LOGICAL_GEOMETRY] = 17,
        [PQT_LOGICAL_GEOGRAPHY] = 18, [PQT_LOGICAL_FILE] = 19,
    };
    return fields[kind];
}

static void put_time_fields(thrift_writer *w, const pqt_logical_type *logical)
{
    thrift_bool(w, 1, logical->is_utc);
    thrift_struct_begin(w, 2);
    thrift_struct_begin(w, (int16_t)(logical->unit + 1));
    thrift_struct_end(w);
    thrift_struct_end(w);
}

/* The fields of the union's struct. */
static void put_logical_fields(thrift_writer *w, const pqt_logical_type *logical)
{
    switch (logical->kind) {
    case PQT_LOGICAL_DECIMAL:
        thrift_i32(w, 1, logical->scale);
        thrift_i32(w, 2, logical->precision);
        break;
    case PQT_LOGICAL_TIME:
    case PQT_LOGICAL_TIMESTAMP:
        put_time_fields(w, logical);
        break;
    case PQT_LOGICAL_INTEGER:
        thrift_i8(w, 1, logical->bit_width);
        thrift_bool(w, 2, logical->is_signed);
        break;
    case PQT_LOGICAL_VARIANT:
        if (logical->specification_version)
            thrift_i8(w, 1, logical->specification_version);
        break;
    case PQT_LOGICAL_GEOMETRY:
    case PQT_LOGICAL_GEOGRAPHY:
        if (logical->crs) thrift_binary(w, 1, view_text(logical->crs));
        if (logical->edges) thrift_i32(w, 2, logical->edges);
        break;
    default:
        break;
    }
}

static void put_logical_type(thrift_writer *w, const pqt_logical_type *logical)
{
    const int16_t field = logical_field(logical->kind);
    if (field == 0) return;
    thrift_struct_begin(w, 10);
    thrift_struct_begin(w, field);
    put_logical_fields(w, logical);
    thrift_struct_end(w);
    thrift_struct_end(w);
}

static void put_node(thrift_writer *w, const pqt_schema_node *node)
{
    thrift_item_struct(w);
    if (!node->is_group) thrift_i32(w, 1, (int32_t)node->type);
    if (!node->is_group && node->type == PQT_FIXED_LEN_BYTE_ARRAY)
        thrift_i32(w, 2, node->type_length);
    if (node->parent >= 0) thrift_i32(w, 3, (int32_t)node->repetition);
    thrift_binary(w, 4, view_text(node->name));
    if (node->is_group) thrift_i32(w, 5, node->child_count);
    const int32_t converted = converted_type(&node->logical);
    if (converted >= 0) thrift_i32(w, 6, converted);
    if (node->logical.kind == PQT_LOGICAL_DECIMAL) {
        thrift_i32(w, 7, node->logical.scale);
        thrift_i32(w, 8, node->logical.precision);
    }
    if (node->field_id >= 0) thrift_i32(w, 9, node->field_id);
    put_logical_type(w, &node->logical);
    thrift_struct_end(w);
}

static void put_schema(thrift_writer *w, const pqt_schema *schema)
{
    thrift_list(w, 2, THRIFT_LIST_STRUCT, (size_t)schema->node_count);
    for (int32_t i = 0; i < schema->node_count; i++) put_node(w, &schema->nodes[i]);
}

static void put_statistics(thrift_writer *w, const pqt_statistics *s)
{
    thrift_struct_begin(w, 12);
    thrift_i64(w, 3, s->null_count);
    if (s->max_value.data) thrift_binary(w, 5, s->max_value);
    if (s->min_value.data) thrift_binary(w, 6, s->min_value);
    if (s->max_value.data) thrift_bool(w, 7, s->max_is_exact);
    if (s->min_value.data) thrift_bool(w, 8, s->min_is_exact);
    if (s->nan_count >= 0) thrift_i64(w, 9, s->nan_count);
    thrift_struct_end(w);
}

static void put_histogram(thrift_writer *w, int16_t field, const int64_t *histogram,
                          size_t levels)
{
    if (!histogram) return;
    thrift_list(w, field, THRIFT_LIST_I64, levels);
    for (size_t i = 0; i < levels; i++) thrift_item_i64(w, histogram[i]);
}

static void put_size_statistics(thrift_writer *w, const pqt_schema_node *leaf,
                                const pqt_size_statistics *sizes)
{
    if (sizes->byte_array_bytes < 0 && !sizes->repetition_histogram &&
        !sizes->definition_histogram)
        return;
    thrift_struct_begin(w, 16);
    if (sizes->byte_array_bytes >= 0) thrift_i64(w, 1, sizes->byte_array_bytes);
    put_histogram(w, 2, sizes->repetition_histogram, leaf->max_repetition_level + 1u);
    put_histogram(w, 3, sizes->definition_histogram, leaf->max_definition_level + 1u);
    thrift_struct_end(w);
}

/* The encodings used, each once, and how many pages of each kind there are. */
typedef struct chunk_encodings {
    pqt_encoding_stats stats[3];
    size_t stats_count;
    pqt_encoding all[4];
    size_t all_count;
} chunk_encodings;

static void add_encoding(chunk_encodings *e, pqt_encoding encoding)
{
    for (size_t i = 0; i < e->all_count; i++)
        if (e->all[i] == encoding) return;
    e->all[e->all_count++] = encoding;
}

static void add_pages(chunk_encodings *e, int32_t page_type, pqt_encoding encoding,
                      int32_t count)
{
    if (count == 0) return;
    add_encoding(e, encoding);
    e->stats[e->stats_count++] = (pqt_encoding_stats){page_type, encoding, count};
}

static chunk_encodings find_encodings(const file_info *file, const pqt_schema_node *leaf,
                                      const chunk_info *chunk)
{
    const int32_t data = file->options->page_v2 ? PAGE_DATA_V2 : PAGE_DATA;
    chunk_encodings e = {0};
    add_pages(&e, PAGE_DICTIONARY, PQT_PLAIN, chunk->dictionary_page_offset >= 0);
    add_pages(&e, data, PQT_RLE_DICTIONARY, chunk->dictionary_coded_pages);
    add_pages(&e, data, chunk->encoding, chunk->other_pages);
    if (leaf->max_definition_level || leaf->max_repetition_level)
        add_encoding(&e, PQT_RLE);
    return e;
}

/* The names from below the root down to the leaf. */
static void put_path(thrift_writer *w, int16_t field, const pqt_schema *schema,
                     int32_t column)
{
    int32_t nodes[SCHEMA_DEPTH_LIMIT];
    size_t depth = 0;
    for (int32_t node = schema->column_nodes[column]; node > 0;
         node = schema->nodes[node].parent)
        nodes[depth++] = node;
    thrift_list(w, field, THRIFT_LIST_BINARY, depth);
    while (depth > 0)
        thrift_item_binary(w, view_text(schema->nodes[nodes[--depth]].name));
}

static void put_encoding_stats(thrift_writer *w, const chunk_encodings *e)
{
    thrift_list(w, 13, THRIFT_LIST_STRUCT, e->stats_count);
    for (size_t i = 0; i < e->stats_count; i++) {
        thrift_item_struct(w);
        thrift_i32(w, 1, e->stats[i].page_type);
        thrift_i32(w, 2, (int32_t)e->stats[i].encoding);
        thrift_i32(w, 3, e->stats[i].count);
        thrift_struct_end(w);
    }
}

/* A chunk of the file. */
typedef struct chunk_place {
    size_t row_group;
    int32_t column;
} chunk_place;

static const chunk_info *chunk_at(const file_info *file, const chunk_place *place)
{
    return &file->row_groups[place->row_group].chunks[place->column];
}

/* What a plaintext footer must not tell of an encrypted column: what its values are. */
typedef enum chunk_detail { WHOLE, REDACTED } chunk_detail;

/* The fields of ColumnMetaData. */
static void put_chunk_metadata(thrift_writer *w, const file_info *file, int32_t c,
                               const chunk_info *chunk, chunk_detail detail)
{
    const pqt_schema *schema = file->schema;
    const pqt_schema_node *leaf = &schema->nodes[schema->column_nodes[c]];
    const pqt_column_options *column = &file->columns[c];
    const chunk_encodings e = find_encodings(file, leaf, chunk);
    thrift_i32(w, 1, (int32_t)leaf->type);
    thrift_list(w, 2, THRIFT_LIST_I32, e.all_count);
    for (size_t i = 0; i < e.all_count; i++) thrift_item_i64(w, (int64_t)e.all[i]);
    put_path(w, 3, schema, c);
    thrift_i32(w, 4, (int32_t)column->codec);
    thrift_i64(w, 5, chunk->value_count);
    thrift_i64(w, 6, chunk->uncompressed_bytes);
    thrift_i64(w, 7, chunk->compressed_bytes);
    thrift_i64(w, 9, chunk->data_page_offset);
    if (chunk->dictionary_page_offset >= 0)
        thrift_i64(w, 11, chunk->dictionary_page_offset);
    if (detail == WHOLE) {
        put_statistics(w, &chunk->statistics);
        put_encoding_stats(w, &e);
    }
    if (chunk->bloom_filter_offset >= 0) {
        thrift_i64(w, 14, chunk->bloom_filter_offset);
        thrift_i32(w, 15, chunk->bloom_filter_bytes);
    }
    if (detail == WHOLE) put_size_statistics(w, leaf, &chunk->sizes);
}

/* ColumnCryptoMetaData. */
static void put_column_key(thrift_writer *w, const file_info *file, int32_t c)
{
    const encryption_key *own = file_encryption_own_key(file->encryption, c);
    thrift_struct_begin(w, 8);
    thrift_struct_begin(w, own ? 2 : 1);
    if (own) put_path(w, 1, file->schema, c);
    if (own && own->metadata.data) thrift_binary(w, 2, own->metadata);
    thrift_struct_end(w);
    thrift_struct_end(w);
}

/* The whole ColumnMetaData as a module. */
static pqt_status seal_metadata(const file_info *file, const chunk_place *place,
                                buffer *plain, buffer *sealed, pqt_error *error)
{
    crypto_chunk keys;
    thrift_writer w = thrift_begin(plain, error);
    put_chunk_metadata(&w, file, place->column, chunk_at(file, place), WHOLE);
    TRY(thrift_end(&w));
    TRY(file_encryption_chunk(file->encryption, place->row_group, place->column, &keys,
                              error));
    const crypto_seal seal = crypto_chunk_seal(&keys, CRYPTO_COLUMN_METADATA, 0);
    return crypto_module_append(&file->encryption->context, &seal, buffer_view(plain),
                                sealed, error);
}

static void put_sealed_metadata(thrift_writer *w, const file_info *file,
                                const chunk_place *place)
{
    buffer plain = {.allocator = file->options->allocator};
    buffer sealed = {.allocator = file->options->allocator};
    if (w->status == PQT_OK)
        w->status = seal_metadata(file, place, &plain, &sealed, w->error);
    thrift_binary(w, 9, buffer_view(&sealed));
    buffer_free(&plain);
    buffer_free(&sealed);
}

static void put_chunk(thrift_writer *w, const file_info *file, const chunk_place *place)
{
    const file_encryption *encryption = file->encryption;
    const chunk_info *chunk = chunk_at(file, place);
    const int32_t c = place->column;
    const bool is_sealed = file_encryption_hides_metadata(encryption, c);
    thrift_item_struct(w);
    /* Deprecated and required: 0, as the format asks for where nothing is there. */
    thrift_i64(w, 2, 0);
    if (!is_sealed || encryption->has_plaintext_footer) {
        thrift_struct_begin(w, 3);
        put_chunk_metadata(w, file, c, chunk, is_sealed ? REDACTED : WHOLE);
        thrift_struct_end(w);
    }
    if (chunk->offset_index_offset >= 0) {
        thrift_i64(w, 4, chunk->offset_index_offset);
        thrift_i32(w, 5, chunk->offset_index_bytes);
    }
    if (chunk->column_index_offset >= 0) {
        thrift_i64(w, 6, chunk->column_index_offset);
        thrift_i32(w, 7, chunk->column_index_bytes);
    }
    if (encryption && encryption->columns[c]) put_column_key(w, file, c);
    if (is_sealed) put_sealed_metadata(w, file, place);
    thrift_struct_end(w);
}

static void put_sorting(thrift_writer *w, const pqt_writer_options *options)
{
    if (options->sorting_count == 0) return;
    thrift_list(w, 4, THRIFT_LIST_STRUCT, (size_t)options->sorting_count);
    for (int32_t i = 0; i < options->sorting_count; i++) {
        thrift_item_struct(w);
        thrift_i32(w, 1, options->sorting[i].column);
        thrift_bool(w, 2, options->sorting[i].descending);
        thrift_bool(w, 3, options->sorting[i].nulls_first);
        thrift_struct_end(w);
    }
}

static void put_row_group(thrift_writer *w, const file_info *file, size_t ordinal)
{
    const row_group_info *group = &file->row_groups[ordinal];
    int64_t uncompressed = 0;
    int64_t compressed = 0;
    thrift_item_struct(w);
    thrift_list(w, 1, THRIFT_LIST_STRUCT, (size_t)file->schema->column_count);
    for (int32_t c = 0; c < file->schema->column_count; c++) {
        put_chunk(w, file, &(chunk_place){ordinal, c});
        uncompressed += group->chunks[c].uncompressed_bytes;
        compressed += group->chunks[c].compressed_bytes;
    }
    thrift_i64(w, 2, uncompressed);
    thrift_i64(w, 3, group->row_count);
    put_sorting(w, file->options);
    thrift_i64(w, 5, group->file_offset);
    thrift_i64(w, 6, compressed);
    if (ordinal <= INT16_MAX) thrift_i16(w, 7, (int16_t)ordinal);
    thrift_struct_end(w);
}

static void put_key_values(thrift_writer *w, const pqt_writer_options *options)
{
    if (options->key_value_count == 0) return;
    thrift_list(w, 5, THRIFT_LIST_STRUCT, (size_t)options->key_value_count);
    for (int32_t i = 0; i < options->key_value_count; i++) {
        thrift_item_struct(w);
        thrift_binary(w, 1, options->key_values[i].key);
        if (options->key_values[i].value.data)
            thrift_binary(w, 2, options->key_values[i].value);
        thrift_struct_end(w);
    }
}

/* ColumnOrder of every column, without which min and max are not to be used: TYPE_ORDER
 * 1, IEEE_754_TOTAL_ORDER 2. */
static void put_column_orders(thrift_writer *w, const file_info *file)
{
    const pqt_schema *schema = file->schema;
    thrift_list(w, 7, THRIFT_LIST_STRUCT, (size_t)schema->column_count);
    for (int32_t c = 0; c < schema->column_count; c++) {
        const pqt_schema_node *leaf = &schema->nodes[schema->column_nodes[c]];
        const bool is_real =
            statistics_order_is_real(statistics_order_of(leaf->type, &leaf->logical));
        thrift_item_struct(w);
        thrift_struct_begin(w, is_real && file->options->ieee_total_order ? 2 : 1);
        thrift_struct_end(w);
        thrift_struct_end(w);
    }
}

/* Of a file whose footer is plain, and signed. */
static void put_encryption(thrift_writer *w, const file_encryption *encryption)
{
    const pqt_view key_metadata = encryption->keys[0].metadata;
    crypto_algorithm_put(w, 8, &encryption->algorithm);
    if (key_metadata.data) thrift_binary(w, 9, key_metadata);
}

pqt_status metadata_put_footer(const file_info *file, buffer *out, pqt_error *error)
{
    thrift_writer w = thrift_begin(out, error);
    thrift_i32(&w, 1, FORMAT_VERSION);
    put_schema(&w, file->schema);
    thrift_i64(&w, 3, file->row_count);
    thrift_list(&w, 4, THRIFT_LIST_STRUCT, file->row_group_count);
    for (size_t i = 0; i < file->row_group_count; i++) put_row_group(&w, file, i);
    put_key_values(&w, file->options);
    thrift_binary(&w, 6, view_text(file->options->created_by));
    put_column_orders(&w, file);
    if (file->encryption && file->encryption->has_plaintext_footer)
        put_encryption(&w, file->encryption);
    return thrift_end(&w);
}
