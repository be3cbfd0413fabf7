#include "parquet/writer.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "parquet/column_check.h"
#include "parquet/column_writer.h"
#include "parquet/schema.h"
#include "parquet/writer_schema.h"

static const pqt_view plain_magic = {(const uint8_t *)"PAR1", 4};
static const pqt_view encrypted_magic = {(const uint8_t *)"PARE", 4};

struct pqt_writer {
    pqt_output output;
    pqt_writer_options options;
    arena memory; /* copies of names, options, metadata */
    pqt_schema schema;
    pqt_column_options *columns;
    column_writer *writers;
    int32_t column_count;
    int32_t *heaviest_first; /* columns by the bytes that they took so far */
    int64_t *column_bytes;
    thread_pool *pool;
    page_scratch *scratch; /* one a thread */
    int scratch_count;
    file_encryption *encryption; /* NULL: none */
    pqt_view magic;
    row_group_info *row_groups;
    size_t row_group_count;
    size_t row_group_capacity;
    int64_t group_rows;
    int64_t row_count;
    int64_t offset;      /* bytes written */
    int64_t block_bytes; /* of the blocks behind the last row group */
    bool has_failed;
    void *attached;
    void (*release_attached)(void *attached);
};

static const pqt_writer_options defaults = {
    .created_by = "pqt version 0.1.0",
    .row_group_rows = 1048576,
    .row_group_bytes = (size_t)64 << 20,
    .page_rows = 20000,
    .page_limit_bytes = 1 << 20,
    .dictionary_limit_bytes = 1 << 20,
    .statistics_limit_bytes = 64,
    .threads = 1,
};

pqt_column_options pqt_column_defaults(void)
{
    const bool has_zstd = codec_check(PQT_ZSTD, NULL) == PQT_OK;
    const bool has_snappy = codec_check(PQT_SNAPPY, NULL) == PQT_OK;
    return (pqt_column_options){.encoding = PQT_ENCODING_CHOSEN,
                                .codec = has_zstd     ? PQT_ZSTD
                                         : has_snappy ? PQT_SNAPPY
                                                      : PQT_UNCOMPRESSED};
}

static void fill_defaults(pqt_writer_options *o)
{
    if (!o->created_by) o->created_by = defaults.created_by;
    if (o->row_group_rows == 0) o->row_group_rows = defaults.row_group_rows;
    if (o->row_group_bytes == 0) o->row_group_bytes = defaults.row_group_bytes;
    if (o->page_rows == 0) o->page_rows = defaults.page_rows;
    if (o->page_limit_bytes == 0) o->page_limit_bytes = defaults.page_limit_bytes;
    if (o->dictionary_limit_bytes == 0)
        o->dictionary_limit_bytes = defaults.dictionary_limit_bytes;
    if (o->statistics_limit_bytes == 0)
        o->statistics_limit_bytes = defaults.statistics_limit_bytes;
    if (o->threads == 0) o->threads = defaults.threads;
}

static pqt_status check_options(const pqt_writer_options *o, int32_t column_count,
                                pqt_error *error)
{
    if (o->row_group_rows < 1 || o->page_rows < 1)
        return error_set(error, PQT_INVALID,
                         "row_group_rows and page_rows must be positive");
    if (o->page_rows > INT32_MAX || o->page_limit_bytes > INT32_MAX)
        return error_set(error, PQT_INVALID,
                         "pages hold at most 2^31 - 1 rows and bytes");
    if (o->dictionary_limit_bytes > INT32_MAX)
        return error_set(error, PQT_INVALID, "dictionary_limit_bytes: at most 2^31 - 1");
    for (int32_t i = 0; i < o->sorting_count; i++)
        if (o->sorting[i].column < 0 || o->sorting[i].column >= column_count)
            return error_set(error, PQT_INVALID,
                             "sorting column %d: there are %d columns",
                             (int)o->sorting[i].column, (int)column_count);
    return PQT_OK;
}

/* Copies of what the caller's options point at. */
static pqt_status copy_text(pqt_writer *w, const char *text, const char **out,
                            pqt_error *error)
{
    *out = arena_text(&w->memory, view_text(text));
    if (!*out) return error_no_memory(error, strlen(text));
    return PQT_OK;
}

static void name_column(const pqt_writer *w, int32_t column, pqt_error *error)
{
    char path[128];
    schema_path(&w->schema, column, path, sizeof path);
    error_prefix(error, "column '%s'", path);
}

static pqt_status copy_columns(pqt_writer *w, const pqt_schema *schema,
                               const pqt_column_options *columns, pqt_error *error)
{
    TRY(writer_schema_copy(schema, &w->memory, &w->schema, error));
    const int32_t count = w->schema.column_count;
    w->columns = arena_alloc(&w->memory, (size_t)count, sizeof *w->columns);
    if (!w->columns) return error_no_memory(error, (size_t)count * sizeof *w->columns);
    w->column_count = count;
    for (int32_t i = 0; i < count; i++) {
        const pqt_schema_node *leaf = &w->schema.nodes[w->schema.column_nodes[i]];
        w->columns[i] = columns ? columns[i] : pqt_column_defaults();
        const pqt_status status = column_check_options(leaf, &w->columns[i], error);
        if (status == PQT_OK) continue;
        name_column(w, i, error);
        return status;
    }
    return PQT_OK;
}

static pqt_status copy_key_values(pqt_writer *w, pqt_error *error)
{
    const size_t count = (size_t)w->options.key_value_count;
    const pqt_key_value *from = w->options.key_values;
    pqt_key_value *to = arena_alloc(&w->memory, count, sizeof *to);
    if (!to) return error_no_memory(error, count * sizeof *to);
    for (size_t i = 0; i < count; i++) {
        to[i].key = arena_copy(&w->memory, from[i].key);
        if (from[i].value.data) to[i].value = arena_copy(&w->memory, from[i].value);
        if (!to[i].key.data || (from[i].value.data && !to[i].value.data))
            return error_no_memory(error,
                                   from[i].key.size_bytes + from[i].value.size_bytes);
    }
    w->options.key_values = to;
    return PQT_OK;
}

static pqt_status copy_options(pqt_writer *w, const pqt_writer_options *options,
                               pqt_error *error)
{
    if (options) w->options = *options;
    fill_defaults(&w->options);
    TRY(check_options(&w->options, w->column_count, error));
    TRY(copy_text(w, w->options.created_by, &w->options.created_by, error));
    TRY(copy_key_values(w, error));
    const size_t count = (size_t)w->options.sorting_count;
    pqt_sorting_column *sorting = arena_alloc(&w->memory, count, sizeof *sorting);
    if (!sorting) return error_no_memory(error, count * sizeof *sorting);
    if (count) memcpy(sorting, w->options.sorting, count * sizeof *sorting);
    w->options.sorting = sorting;
    return PQT_OK;
}

static pqt_status init_encryption(pqt_writer *w, pqt_error *error)
{
    const pqt_encryption *options = w->options.encryption;
    w->magic = options && !options->plaintext_footer ? encrypted_magic : plain_magic;
    w->options.encryption = NULL;
    if (!options) return PQT_OK;
    w->encryption = arena_alloc(&w->memory, 1, sizeof *w->encryption);
    if (!w->encryption) return error_no_memory(error, sizeof *w->encryption);
    return file_encryption_init(w->encryption, options, &w->schema, w->options.allocator,
                                error);
}

static pqt_status init_columns(pqt_writer *w, pqt_error *error)
{
    const size_t count = (size_t)w->column_count;
    w->writers = arena_alloc(&w->memory, count, sizeof *w->writers);
    w->heaviest_first = arena_alloc(&w->memory, count, sizeof *w->heaviest_first);
    w->column_bytes = arena_alloc(&w->memory, count, sizeof *w->column_bytes);
    if (!w->writers || !w->heaviest_first || !w->column_bytes)
        return error_no_memory(error, count * sizeof *w->writers);
    for (int32_t i = 0; i < w->column_count; i++) {
        w->heaviest_first[i] = i;
        const column_plan plan = {&w->schema, i, &w->columns[i], &w->options,
                                  w->encryption};
        TRY(column_writer_init(&w->writers[i], &plan, error));
    }
    return PQT_OK;
}

static pqt_status init_threads(pqt_writer *w, pqt_error *error)
{
    if (w->options.threads > 1)
        TRY(thread_pool_create(w->options.threads, &w->pool, error));
    const size_t count = (size_t)thread_pool_size(w->pool);
    w->scratch = arena_alloc(&w->memory, count, sizeof *w->scratch);
    if (!w->scratch) return error_no_memory(error, count * sizeof *w->scratch);
    w->scratch_count = (int)count;
    for (size_t i = 0; i < count; i++)
        page_scratch_init(&w->scratch[i], w->options.allocator);
    return PQT_OK;
}

static pqt_status write_bytes(pqt_writer *w, pqt_view bytes, pqt_error *error)
{
    TRY(w->output.write(w->output.self, bytes.data, bytes.size_bytes, error));
    w->offset += (int64_t)bytes.size_bytes;
    return PQT_OK;
}

pqt_status pqt_writer_create(const pqt_output *output, const pqt_schema *schema,
                             const pqt_column_options *columns,
                             const pqt_writer_options *options, pqt_writer **out,
                             pqt_error *error)
{
    const pqt_allocator *allocator = options ? options->allocator : NULL;
    pqt_writer *w = alloc_zeroed(allocator, 1, sizeof *w);
    if (!w) return error_no_memory(error, sizeof *w);
    w->output = *output;
    w->options.allocator = allocator;
    w->memory.allocator = allocator;
    pqt_status status = copy_columns(w, schema, columns, error);
    if (status == PQT_OK) status = copy_options(w, options, error);
    if (status == PQT_OK) status = init_encryption(w, error);
    if (status == PQT_OK) status = init_columns(w, error);
    if (status == PQT_OK) status = init_threads(w, error);
    if (status == PQT_OK) status = write_bytes(w, w->magic, error);
    if (status == PQT_OK)
        *out = w;
    else
        pqt_writer_free(w);
    return status;
}

const pqt_schema *pqt_writer_schema(const pqt_writer *w)
{
    return &w->schema;
}

void pqt_writer_free(pqt_writer *w)
{
    if (!w) return;
    if (w->attached) w->release_attached(w->attached);
    thread_pool_free(w->pool);
    for (int i = 0; i < w->scratch_count; i++) page_scratch_free(&w->scratch[i]);
    for (int32_t i = 0; w->writers && i < w->column_count; i++)
        column_writer_free(&w->writers[i]);
    if (w->encryption) file_encryption_free(w->encryption);
    arena_free(&w->memory);
    alloc_release(w->options.allocator, w);
}

void writer_attach(pqt_writer *w, void *attached, void (*release)(void *attached))
{
    w->attached = attached;
    w->release_attached = release;
}

void *writer_attached(const pqt_writer *w)
{
    return w->attached;
}

void writer_fail(pqt_writer *w)
{
    w->has_failed = true;
}

thread_pool *writer_threads(const pqt_writer *w)
{
    return w->pool;
}

/* Work on every column, the heaviest first, so that threads end together. */
typedef struct column_work {
    pqt_writer *writer;
    int64_t row_count; /* to be added */
    pqt_status (*end)(column_writer *c, page_scratch *scratch, pqt_error *error);
} column_work;

static pqt_status run_column(void *self, size_t index, int worker, pqt_error *error)
{
    const column_work *work = self;
    pqt_writer *w = work->writer;
    const int32_t at = w->heaviest_first[index];
    column_writer *c = &w->writers[at];
    page_scratch *scratch = &w->scratch[worker];
    const pqt_status status = work->end
                                  ? work->end(c, scratch, error)
                                  : column_writer_add(c, work->row_count, scratch, error);
    if (status != PQT_OK) name_column(w, at, error);
    return status;
}

static pqt_status run_columns(pqt_writer *w, column_work *work, pqt_error *error)
{
    work->writer = w;
    const pqt_status status =
        thread_pool_run(w->pool, (size_t)w->column_count, run_column, work, error);
    w->has_failed = w->has_failed || status != PQT_OK;
    return status;
}

/* Insertion sort: there are few columns, and they are nearly in order. */
static void order_by_weight(pqt_writer *w, const chunk_info *chunks)
{
    for (int32_t i = 0; i < w->column_count; i++)
        w->column_bytes[i] += chunks[i].uncompressed_bytes;
    for (int32_t i = 1; i < w->column_count; i++) {
        const int32_t column = w->heaviest_first[i];
        int32_t at = i;
        for (; at > 0 &&
               w->column_bytes[w->heaviest_first[at - 1]] < w->column_bytes[column];
             at--)
            w->heaviest_first[at] = w->heaviest_first[at - 1];
        w->heaviest_first[at] = column;
    }
}

static pqt_status add_row_group(pqt_writer *w, row_group_info **out, pqt_error *error)
{
    if (w->row_group_count == w->row_group_capacity) {
        const size_t capacity = w->row_group_capacity ? 2 * w->row_group_capacity : 16;
        row_group_info *grown = arena_alloc(&w->memory, capacity, sizeof *grown);
        if (!grown) return error_no_memory(error, capacity * sizeof *grown);
        if (w->row_group_count)
            memcpy(grown, w->row_groups, w->row_group_count * sizeof *grown);
        w->row_groups = grown;
        w->row_group_capacity = capacity;
    }
    row_group_info *group = &w->row_groups[w->row_group_count];
    *group = (row_group_info){.row_count = w->group_rows, .file_offset = w->offset};
    group->chunks =
        arena_alloc(&w->memory, (size_t)w->column_count, sizeof *group->chunks);
    if (!group->chunks) return error_no_memory(error, sizeof *group->chunks);
    *out = group;
    return PQT_OK;
}

/* Header and body of each page; indexes, metadata and bloom filter of the chunk. */
static pqt_status count_modules(pqt_writer *w, pqt_error *error)
{
    enum { CHUNK_MODULES = 7 };
    for (int32_t i = 0; w->encryption && i < w->column_count; i++) {
        const uint64_t modules = 2 * w->writers[i].info.page_count + CHUNK_MODULES;
        TRY(file_encryption_count(w->encryption, i, modules, error));
    }
    return PQT_OK;
}

static pqt_status write_row_group(pqt_writer *w, pqt_error *error)
{
    row_group_info *group = NULL;
    TRY(count_modules(w, error));
    TRY(add_row_group(w, &group, error));
    for (int32_t i = 0; i < w->column_count; i++)
        TRY(column_writer_write_chunk(&w->writers[i], &w->output, &w->offset,
                                      &group->chunks[i], error));
    for (int32_t i = 0; i < w->column_count; i++)
        TRY(column_writer_write_bloom(&w->writers[i], &w->output, &w->offset,
                                      &group->chunks[i], error));
    order_by_weight(w, group->chunks);
    w->row_group_count++;
    w->block_bytes = 0;
    w->row_count += w->group_rows;
    w->group_rows = 0;
    return PQT_OK;
}

static pqt_status check_usable(const pqt_writer *w, pqt_error *error)
{
    if (!w->has_failed) return PQT_OK;
    return error_set(error, PQT_INVALID, "this writer has failed: only free it");
}

static pqt_status end_row_group(pqt_writer *w, pqt_error *error)
{
    if (w->group_rows == 0) return PQT_OK;
    column_work work = {.end = column_writer_end_chunk};
    TRY(run_columns(w, &work, error));
    const pqt_status status = write_row_group(w, error);
    w->has_failed = status != PQT_OK;
    return status;
}

static size_t row_group_bytes(const pqt_writer *w)
{
    size_t bytes = 0;
    for (int32_t i = 0; i < w->column_count; i++) bytes += w->writers[i].chunk.size_bytes;
    return bytes;
}

/* Checks what all columns were given before any of it is taken. */
static pqt_status begin_columns(pqt_writer *w, const pqt_column_values *columns,
                                int64_t row_count, pqt_error *error)
{
    for (int32_t i = 0; i < w->column_count; i++) {
        const pqt_status status =
            column_writer_begin(&w->writers[i], &columns[i], row_count, error);
        if (status == PQT_OK) continue;
        name_column(w, i, error);
        w->has_failed = true;
        return status;
    }
    return PQT_OK;
}

pqt_status pqt_writer_append(pqt_writer *w, const pqt_column_values *columns,
                             int64_t row_count, pqt_error *error)
{
    TRY(check_usable(w, error));
    if (row_count < 0) return error_set(error, PQT_INVALID, "a negative number of rows");
    TRY(begin_columns(w, columns, row_count, error));
    for (int64_t first = 0; first < row_count;) {
        /* In steps of a page, so that the row group's bytes are seen in time. */
        int64_t count = row_count - first;
        if (count > w->options.page_rows) count = w->options.page_rows;
        const int64_t left = w->options.row_group_rows - w->group_rows;
        if (count > left) count = left;
        column_work work = {.row_count = count};
        TRY(run_columns(w, &work, error));
        first += count;
        w->group_rows += count;
        if (w->group_rows == w->options.row_group_rows ||
            row_group_bytes(w) >= w->options.row_group_bytes)
            TRY(end_row_group(w, error));
    }
    return PQT_OK;
}

static pqt_status end_short_page(column_writer *c, page_scratch *scratch,
                                 pqt_error *error)
{
    return c->column->long_pages ? PQT_OK : column_writer_end_page(c, scratch, error);
}

pqt_status pqt_writer_end_page(pqt_writer *w, pqt_error *error)
{
    TRY(check_usable(w, error));
    column_work work = {.end = end_short_page};
    return run_columns(w, &work, error);
}

pqt_status pqt_writer_end_row_group(pqt_writer *w, pqt_error *error)
{
    TRY(check_usable(w, error));
    return end_row_group(w, error);
}

/* --- Blocks of the caller's --- */

static pqt_status add_key_value(pqt_writer *w, pqt_view key, pqt_view value,
                                pqt_error *error)
{
    const size_t count = (size_t)w->options.key_value_count;
    pqt_key_value *all = arena_alloc(&w->memory, count + 1, sizeof *all);
    if (!all) return error_no_memory(error, (count + 1) * sizeof *all);
    if (count) memcpy(all, w->options.key_values, count * sizeof *all);
    all[count] =
        (pqt_key_value){arena_copy(&w->memory, key), arena_copy(&w->memory, value)};
    if (!all[count].key.data || !all[count].value.data)
        return error_no_memory(error, key.size_bytes + value.size_bytes);
    w->options.key_values = all;
    w->options.key_value_count++;
    return PQT_OK;
}

pqt_status pqt_writer_add_block(pqt_writer *w, pqt_view key, pqt_view bytes,
                                pqt_error *error)
{
    char place[48];
    TRY(check_usable(w, error));
    if (w->encryption)
        return error_set(error, PQT_INVALID, "a block in an encrypted file");
    TRY(end_row_group(w, error));
    snprintf(place, sizeof place, "%lld %zu", (long long)w->offset, bytes.size_bytes);
    pqt_status status = add_key_value(w, key, view_text(place), error);
    if (status == PQT_OK) status = write_bytes(w, bytes, error);
    if (status == PQT_OK) w->block_bytes += (int64_t)bytes.size_bytes;
    w->has_failed = status != PQT_OK;
    return status;
}

/* --- The end of the file --- */

static const pqt_schema_node *leaf_of(const pqt_writer *w, int32_t column)
{
    return &w->schema.nodes[w->schema.column_nodes[column]];
}

/* Encrypts what an index of a chunk has put behind `start`. */
static pqt_status seal_index(pqt_writer *w, const crypto_chunk *keys,
                             crypto_module_type type, buffer *tail, size_t start,
                             pqt_error *error)
{
    if (!keys->key) return PQT_OK;
    const crypto_seal seal = crypto_chunk_seal(keys, type, 0);
    buffer plain = {.allocator = tail->allocator};
    pqt_status status =
        buffer_append(&plain, tail->data + start, tail->size_bytes - start, error);
    tail->size_bytes = start;
    if (status == PQT_OK)
        status = crypto_module_append(&w->encryption->context, &seal, buffer_view(&plain),
                                      tail, error);
    buffer_free(&plain);
    return status;
}

static pqt_status put_column_indexes(pqt_writer *w, buffer *tail, pqt_error *error)
{
    for (size_t g = 0; g < w->row_group_count; g++) {
        for (int32_t c = 0; c < w->column_count; c++) {
            chunk_info *chunk = &w->row_groups[g].chunks[c];
            const size_t start = tail->size_bytes;
            crypto_chunk keys;
            if (!metadata_has_column_index(chunk)) continue;
            TRY(metadata_put_column_index(chunk, leaf_of(w, c), tail, error));
            TRY(file_encryption_chunk(w->encryption, g, c, &keys, error));
            TRY(seal_index(w, &keys, CRYPTO_COLUMN_INDEX, tail, start, error));
            chunk->column_index_offset = w->offset + (int64_t)start;
            chunk->column_index_bytes = (int32_t)(tail->size_bytes - start);
        }
    }
    return PQT_OK;
}

static pqt_status put_offset_indexes(pqt_writer *w, buffer *tail, pqt_error *error)
{
    for (size_t g = 0; g < w->row_group_count; g++) {
        for (int32_t c = 0; c < w->column_count; c++) {
            chunk_info *chunk = &w->row_groups[g].chunks[c];
            const size_t start = tail->size_bytes;
            crypto_chunk keys;
            TRY(metadata_put_offset_index(chunk, tail, error));
            TRY(file_encryption_chunk(w->encryption, g, c, &keys, error));
            TRY(seal_index(w, &keys, CRYPTO_OFFSET_INDEX, tail, start, error));
            chunk->offset_index_offset = w->offset + (int64_t)start;
            chunk->offset_index_bytes = (int32_t)(tail->size_bytes - start);
        }
    }
    return PQT_OK;
}

/* Page indexes, footer, its length and the magic: one piece at the file's end. */
static pqt_status put_tail(pqt_writer *w, buffer *tail, pqt_error *error)
{
    if (!w->options.no_page_index) {
        TRY(put_column_indexes(w, tail, error));
        TRY(put_offset_indexes(w, tail, error));
    }
    const size_t footer = tail->size_bytes;
    const file_info file = {.schema = &w->schema,
                            .columns = w->columns,
                            .options = &w->options,
                            .row_groups = w->row_groups,
                            .row_group_count = w->row_group_count,
                            .row_count = w->row_count,
                            .encryption = w->encryption};
    TRY(metadata_put_footer(&file, tail, error));
    if (w->encryption)
        TRY(file_encryption_end_footer(w->encryption, tail, footer, error));
    const size_t footer_bytes = tail->size_bytes - footer;
    if (footer_bytes > INT32_MAX)
        return error_set(error, PQT_LIMIT, "the footer has %zu bytes: at most 2 GiB",
                         footer_bytes);
    uint8_t length[4];
    store_u32le(length, (uint32_t)footer_bytes);
    TRY(buffer_append(tail, length, sizeof length, error));
    return buffer_append(tail, w->magic.data, w->magic.size_bytes, error);
}

static pqt_status fill_written(pqt_writer *w, size_t end_bytes, pqt_written *out,
                               pqt_error *error)
{
    const size_t count = (size_t)w->column_count;
    pqt_statistics *all = arena_alloc(&w->memory, count, sizeof *all);
    if (!all) return error_no_memory(error, count * sizeof *all);
    for (size_t i = 0; i < count; i++)
        TRY(column_writer_file_statistics(&w->writers[i], &all[i], error));
    *out = (pqt_written){.row_count = w->row_count,
                         .file_bytes = (uint64_t)w->offset,
                         .tail_bytes = (uint64_t)w->block_bytes + end_bytes,
                         .column_statistics = all};
    return PQT_OK;
}

pqt_status pqt_writer_finish(pqt_writer *w, pqt_written *written, pqt_error *error)
{
    TRY(check_usable(w, error));
    TRY(end_row_group(w, error));
    buffer tail = {.allocator = w->options.allocator};
    pqt_status status = put_tail(w, &tail, error);
    const size_t end_bytes = tail.size_bytes;
    if (status == PQT_OK) status = write_bytes(w, buffer_view(&tail), error);
    buffer_free(&tail);
    w->has_failed = true;
    if (status == PQT_OK && written) status = fill_written(w, end_bytes, written, error);
    return status;
}
