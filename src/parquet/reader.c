#include "parquet/reader.h"

#include <string.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/cursor.h"
#include "parquet/metadata.h"
#include "parquet/page_index.h"
#include "parquet/schema.h"

enum {
    MAGIC_BYTES = 4,
    ENDING_BYTES = 8, /* the footer's length and the magic */
    DEFAULT_TAIL_BYTES = 64 << 10,
    DEFAULT_LIMIT_BYTES = 256 << 20,
    DEFAULT_GAP_BYTES = 16 << 10,
    INDEX_REGION_LIMIT_BYTES = 64 << 20
};

bool reader_has_bytes(const pqt_reader *reader, uint64_t offset)
{
    return reader->tail.data && offset >= reader->tail_offset;
}

static pqt_status check_range(const pqt_reader *reader, pqt_byte_range range,
                              pqt_error *error)
{
    if (range_within(range.offset, range.size_bytes, reader->input.size_bytes))
        return PQT_OK;
    return error_set(error, PQT_CORRUPT, "bytes %llu to %llu are behind the file's end",
                     (unsigned long long)range.offset,
                     (unsigned long long)(range.offset + range.size_bytes));
}

pqt_status pqt_reader_read_bytes(const pqt_reader *reader, pqt_byte_range range,
                                 uint8_t *out, pqt_error *error)
{
    TRY(check_range(reader, range, error));
    if (range.size_bytes == 0) return PQT_OK;
    if (reader_has_bytes(reader, range.offset)) {
        memcpy(out, reader->tail.data + (range.offset - reader->tail_offset),
               (size_t)range.size_bytes);
        return PQT_OK;
    }
    return reader->input.read(reader->input.self, range.offset, out,
                              (size_t)range.size_bytes, error);
}

pqt_status reader_read_many(const pqt_reader *reader, const pqt_byte_range *ranges,
                            size_t count, uint8_t *const *outs, pqt_error *error)
{
    if (!reader->input.read_many || count < 2) {
        for (size_t i = 0; i < count; i++)
            TRY(pqt_reader_read_bytes(reader, ranges[i], outs[i], error));
        return PQT_OK;
    }
    for (size_t i = 0; i < count; i++) TRY(check_range(reader, ranges[i], error));
    return reader->input.read_many(reader->input.self, ranges, count, outs, error);
}

const pqt_schema_node *reader_node(const pqt_reader *reader, int32_t column)
{
    const pqt_schema *schema = &reader->metadata.schema;
    return &schema->nodes[schema->column_nodes[column]];
}

pqt_status reader_error_at(const pqt_reader *reader, int32_t row_group, int32_t column,
                           pqt_status status, pqt_error *error)
{
    char path[128];
    if (status == PQT_OK) return status;
    schema_path(&reader->metadata.schema, column, path, sizeof path);
    error_prefix(error, "%s: row group %d, column %s", reader->input.name, (int)row_group,
                 path);
    return status;
}

pqt_status reader_check_chunk(const pqt_reader *reader, int32_t row_group, int32_t column,
                              pqt_error *error)
{
    if (row_group < 0 || row_group >= reader->metadata.row_group_count || column < 0 ||
        column >= reader->metadata.schema.column_count)
        return error_set(error, PQT_INVALID,
                         "%s: there is no row group %d with column %d",
                         reader->input.name, (int)row_group, (int)column);
    return PQT_OK;
}

/* --- Opening --- */

static pqt_status read_tail(pqt_reader *reader, uint64_t size_bytes, pqt_error *error)
{
    if (size_bytes > reader->input.size_bytes) size_bytes = reader->input.size_bytes;
    TRY(buffer_resize(&reader->tail, (size_t)size_bytes, error));
    reader->tail_offset = reader->input.size_bytes - size_bytes;
    const pqt_status status =
        reader->input.read(reader->input.self, reader->tail_offset, reader->tail.data,
                           (size_t)size_bytes, error);
    if (status != PQT_OK) buffer_free(&reader->tail);
    return status;
}

/* PARE instead of PAR1: the footer is encrypted. */
static pqt_status check_ending(pqt_reader *reader, uint32_t *footer_bytes,
                               pqt_error *error)
{
    const uint8_t *ending = reader->tail.data + reader->tail.size_bytes - ENDING_BYTES;
    const uint64_t room = reader->input.size_bytes - ENDING_BYTES - MAGIC_BYTES;
    reader->metadata.has_encrypted_footer = memcmp(ending + 4, "PARE", MAGIC_BYTES) == 0;
    if (!reader->metadata.has_encrypted_footer &&
        memcmp(ending + 4, "PAR1", MAGIC_BYTES) != 0)
        return error_set(error, PQT_CORRUPT,
                         "not a Parquet file: it does not end with PAR1");
    *footer_bytes = load_u32le(ending);
    if (*footer_bytes == 0 || *footer_bytes > room)
        return error_set(error, PQT_CORRUPT,
                         "a footer of %u bytes in a file of %llu bytes", *footer_bytes,
                         (unsigned long long)reader->input.size_bytes);
    if (*footer_bytes > reader->options.footer_limit_bytes)
        return error_set(error, PQT_LIMIT, "a footer of %u bytes; at most %zu are read",
                         *footer_bytes, reader->options.footer_limit_bytes);
    return PQT_OK;
}

/* Of `bytes`, which end before the length and the magic. */
static pqt_status parse_footer(pqt_reader *reader, pqt_view bytes, pqt_error *error)
{
    file_decryption *d = &reader->decryption;
    pqt_file_metadata *m = &reader->metadata;
    const bool is_encrypted = m->has_encrypted_footer;
    pqt_view plain = bytes;
    if (is_encrypted) TRY(file_decryption_footer(d, bytes, &plain, error));
    TRY(metadata_read(plain, &reader->memory, m, &d->footer, error));
    m->footer_bytes = (uint32_t)bytes.size_bytes;
    m->has_encrypted_footer = is_encrypted;
    TRY(file_decryption_columns(d, bytes, m, error));
    return metadata_check(m, reader->input.size_bytes - ENDING_BYTES - bytes.size_bytes,
                          error);
}

static pqt_status read_footer(pqt_reader *reader, pqt_error *error)
{
    uint32_t footer_bytes = 0;
    if (reader->input.size_bytes < 2 * MAGIC_BYTES + 4)
        return error_set(error, PQT_CORRUPT, "not a Parquet file: it has %llu bytes",
                         (unsigned long long)reader->input.size_bytes);
    TRY(read_tail(reader, reader->options.tail_bytes, error));
    TRY(check_ending(reader, &footer_bytes, error));
    if (footer_bytes + (uint64_t)ENDING_BYTES > reader->tail.size_bytes)
        TRY(read_tail(reader, footer_bytes + (uint64_t)ENDING_BYTES, error));
    const uint8_t *footer =
        reader->tail.data + reader->tail.size_bytes - ENDING_BYTES - footer_bytes;
    return parse_footer(reader, (pqt_view){footer, footer_bytes}, error);
}

static pqt_status make_index_table(pqt_reader *reader, pqt_error *error)
{
    const size_t count = (size_t)reader->metadata.row_group_count *
                         (size_t)reader->metadata.schema.column_count;
    reader->page_indexes =
        arena_alloc(&reader->memory, count, sizeof *reader->page_indexes);
    return reader->page_indexes ? PQT_OK : error_no_memory(error, count * sizeof(void *));
}

static void fill_defaults(pqt_reader_options *options)
{
    if (options->tail_bytes < ENDING_BYTES) options->tail_bytes = DEFAULT_TAIL_BYTES;
    if (options->footer_limit_bytes == 0)
        options->footer_limit_bytes = DEFAULT_LIMIT_BYTES;
    if (options->page_limit_bytes == 0) options->page_limit_bytes = DEFAULT_LIMIT_BYTES;
    if (options->gap_bytes == 0) options->gap_bytes = DEFAULT_GAP_BYTES;
}

static void release_input(const pqt_input *input)
{
    if (input->release) input->release(input->self);
}

pqt_status pqt_reader_open(const pqt_input *input, const pqt_reader_options *options,
                           pqt_reader **out, pqt_error *error)
{
    const pqt_allocator *allocator = options ? options->allocator : NULL;
    pqt_reader *reader = alloc_zeroed(allocator, 1, sizeof *reader);
    if (!reader) {
        release_input(input);
        return error_no_memory(error, sizeof *reader);
    }
    reader->input = *input;
    if (!reader->input.name) reader->input.name = "file";
    if (options) reader->options = *options;
    fill_defaults(&reader->options);
    reader->decryption = (file_decryption){.source = reader->options.decryption,
                                           .memory = &reader->memory,
                                           .allocator = allocator};
    reader->memory.allocator = reader->tail.allocator = allocator;
    pqt_status status = read_footer(reader, error);
    if (status == PQT_OK) status = make_index_table(reader, error);
    reader->options.decryption = NULL;
    file_decryption_end_opening(&reader->decryption);
    if (status == PQT_OK) {
        *out = reader;
        return PQT_OK;
    }
    error_prefix(error, "%s", reader->input.name);
    pqt_reader_close(reader);
    return status;
}

void pqt_reader_close(pqt_reader *reader)
{
    if (!reader) return;
    const pqt_allocator *allocator = reader->options.allocator;
    release_input(&reader->input);
    buffer_free(&reader->tail);
    file_decryption_free(&reader->decryption);
    arena_free(&reader->memory);
    alloc_release(allocator, reader);
}

const pqt_file_metadata *pqt_reader_metadata(const pqt_reader *reader)
{
    return &reader->metadata;
}

/* --- Page indexes --- */

static size_t index_place(const pqt_reader *reader, int32_t row_group, int32_t column)
{
    return (size_t)row_group * (size_t)reader->metadata.schema.column_count +
           (size_t)column;
}

const pqt_page_index *pqt_reader_page_index(const pqt_reader *reader, int32_t row_group,
                                            int32_t column)
{
    if (reader_check_chunk(reader, row_group, column, NULL) != PQT_OK) return NULL;
    return reader->page_indexes[index_place(reader, row_group, column)];
}

/* Bytes that hold all the indexes wanted: they stand together at the file's end. */
struct index_region {
    uint64_t begin;
    uint64_t end;
    const uint8_t *bytes;
};

static pqt_status widen_region(const pqt_reader *reader, struct index_region *region,
                               int64_t offset, int32_t size_bytes, pqt_error *error)
{
    if (offset < 0) return PQT_OK;
    if (size_bytes <= 0 ||
        !range_within((uint64_t)offset, (uint64_t)size_bytes, reader->input.size_bytes))
        return error_set(error, PQT_CORRUPT,
                         "page index at byte %lld, %d bytes long, is not in the file",
                         (long long)offset, (int)size_bytes);
    if ((uint64_t)offset < region->begin) region->begin = (uint64_t)offset;
    if ((uint64_t)offset + (uint64_t)size_bytes > region->end)
        region->end = (uint64_t)offset + (uint64_t)size_bytes;
    return PQT_OK;
}

static pqt_view region_view(const struct index_region *region, int64_t offset,
                            int32_t size_bytes)
{
    if (offset < 0) return (pqt_view){0};
    return (pqt_view){region->bytes + ((uint64_t)offset - region->begin),
                      (size_t)size_bytes};
}

static pqt_status find_region(const pqt_reader *reader, const int32_t *columns,
                              int32_t count, struct index_region *region,
                              pqt_error *error)
{
    *region = (struct index_region){.begin = UINT64_MAX};
    for (int32_t g = 0; g < reader->metadata.row_group_count; g++)
        for (int32_t i = 0; i < count; i++) {
            const int32_t column = columns ? columns[i] : i;
            TRY(reader_check_chunk(reader, g, column, error));
            const pqt_column_chunk *chunk =
                &reader->metadata.row_groups[g].columns[column];
            if (chunk->is_hidden) continue;
            TRY(widen_region(reader, region, chunk->offset_index_offset,
                             chunk->offset_index_bytes, error));
            TRY(widen_region(reader, region, chunk->column_index_offset,
                             chunk->column_index_bytes, error));
        }
    return PQT_OK;
}

static pqt_status read_region(pqt_reader *reader, struct index_region *region,
                              pqt_error *error)
{
    const uint64_t size = region->end - region->begin;
    if (size > INDEX_REGION_LIMIT_BYTES)
        return error_set(error, PQT_LIMIT,
                         "page indexes lie %llu bytes apart; at most %d are read",
                         (unsigned long long)size, INDEX_REGION_LIMIT_BYTES);
    if (region->begin >= reader->tail_offset) {
        region->bytes = reader->tail.data + (region->begin - reader->tail_offset);
        return PQT_OK;
    }
    uint8_t *bytes = arena_alloc(&reader->memory, (size_t)size, 1);
    if (!bytes) return error_no_memory(error, (size_t)size);
    region->bytes = bytes;
    return pqt_reader_read_bytes(reader, (pqt_byte_range){region->begin, size}, bytes,
                                 error);
}

/* Replaces an index that is encrypted by its plain bytes. */
static pqt_status open_index(const crypto_chunk *keys, crypto_module_type type,
                             pqt_view *index, arena *memory, pqt_error *error)
{
    if (!keys->key || !index->data) return PQT_OK;
    crypto_context context = {0};
    const crypto_seal seal = crypto_chunk_seal(keys, type, 0);
    const pqt_status status =
        crypto_module_take(&context, &seal, *index, memory, index, error);
    crypto_context_free(&context);
    return status;
}

pqt_status reader_make_page_index(const pqt_reader *reader, int32_t row_group,
                                  int32_t column, const page_index_bytes *bytes,
                                  arena *memory, pqt_page_index *out, pqt_error *error)
{
    const pqt_row_group *group = &reader->metadata.row_groups[row_group];
    page_index_bytes plain = *bytes;
    crypto_chunk keys;
    TRY(file_decryption_chunk(&reader->decryption, &reader->metadata, row_group, column,
                              &keys, error));
    TRY(open_index(&keys, CRYPTO_OFFSET_INDEX, &plain.offset_index, memory, error));
    TRY(open_index(&keys, CRYPTO_COLUMN_INDEX, &plain.column_index, memory, error));
    return page_index_read(plain.offset_index, plain.column_index,
                           &group->columns[column], group->row_count, memory, out, error);
}

static pqt_status load_one(pqt_reader *reader, const struct index_region *region,
                           int32_t row_group, int32_t column, pqt_error *error)
{
    const pqt_column_chunk *chunk =
        &reader->metadata.row_groups[row_group].columns[column];
    pqt_page_index **place =
        &reader->page_indexes[index_place(reader, row_group, column)];
    if (*place || chunk->is_hidden || chunk->offset_index_offset < 0) return PQT_OK;
    pqt_page_index *index = arena_alloc(&reader->memory, 1, sizeof *index);
    if (!index) return error_no_memory(error, sizeof *index);
    const page_index_bytes bytes = {
        region_view(region, chunk->offset_index_offset, chunk->offset_index_bytes),
        region_view(region, chunk->column_index_offset, chunk->column_index_bytes)};
    TRY(reader_make_page_index(reader, row_group, column, &bytes, &reader->memory, index,
                               error));
    *place = index;
    return PQT_OK;
}

pqt_status pqt_reader_load_page_indexes(pqt_reader *reader, const int32_t *columns,
                                        int32_t column_count, pqt_error *error)
{
    const int32_t count = columns ? column_count : reader->metadata.schema.column_count;
    struct index_region region;
    TRY(find_region(reader, columns, count, &region, error));
    if (region.end == 0) return PQT_OK;
    TRY(read_region(reader, &region, error));
    for (int32_t g = 0; g < reader->metadata.row_group_count; g++)
        for (int32_t i = 0; i < count; i++) {
            const int32_t column = columns ? columns[i] : i;
            TRY(reader_error_at(reader, g, column,
                                load_one(reader, &region, g, column, error), error));
        }
    return PQT_OK;
}
