#include "archive/file_writer.h"

#include <unistd.h>

#include "archive/file_check.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/view.h"
#include "table/project_directory.h"

enum {
    ROW_GROUP_ROWS = 131072, /* small dictionaries of version slugs, bounded checking */
    ROW_GROUP_TEXT_BYTES = 24 << 20,
    PAGE_ROWS = 65536, /* batches end the pages */
    PAGE_LIMIT_BYTES = 8 << 20,
    DICTIONARY_LIMIT_BYTES = 1 << 20,
    WRITE_BUFFER_BYTES = 1 << 20
};

struct file_writer {
    pqt_writer *writer;
    temporary_folder folder;
    int descriptor;
    uint64_t size_bytes;
    sha256 hash;
    buffer pending; /* not written yet; all of the file where that is in memory */
    directory_writer directory;
    bool has_directory;
    size_t group_text_bytes; /* of the row group being written, before encoding */
    int64_t group_rows;
};

static const char *const written_name = "the file being written";

static pqt_status flush(file_writer *writer, pqt_error *error)
{
    const buffer *b = &writer->pending;
    TRY(sha256_add(&writer->hash, b->data, b->size_bytes, error));
    if (writer->descriptor < 0) return PQT_OK;
    TRY(file_write_temporary(writer->descriptor, b->data, b->size_bytes, &writer->folder,
                             error));
    buffer_clear(&writer->pending);
    return PQT_OK;
}

static pqt_status write_bytes(void *self, const uint8_t *data, size_t size_bytes,
                              pqt_error *error)
{
    file_writer *writer = self;
    TRY(buffer_append(&writer->pending, data, size_bytes, error));
    writer->size_bytes += size_bytes;
    if (writer->descriptor < 0 || writer->pending.size_bytes < WRITE_BUFFER_BYTES)
        return PQT_OK;
    return flush(writer, error);
}

/* How each column is written: measured on a day of page views (docs/design.md). */
static const pqt_column_options profile[COLUMN_COUNT] = {
    [COLUMN_ID] = {.encoding = PQT_DELTA_BINARY_PACKED},
    [COLUMN_PROJECT_ID] = {.encoding = PQT_RLE_DICTIONARY,
                           .codec = PQT_ZSTD,
                           .level = 3,
                           .long_pages = true},
    [COLUMN_PROJECT_SLUG] = {.encoding = PQT_RLE_DICTIONARY,
                             .codec = PQT_ZSTD,
                             .level = 3,
                             .bloom_filter = true,
                             .long_pages = true},
    [COLUMN_VERSION_ID] = {.encoding = PQT_DELTA_BINARY_PACKED,
                           .codec = PQT_ZSTD,
                           .level = 1},
    [COLUMN_VERSION_SLUG] = {.encoding = PQT_RLE_DICTIONARY,
                             .fallback = PQT_DELTA_BYTE_ARRAY,
                             .codec = PQT_ZSTD,
                             .level = 3},
    [COLUMN_PATH] = {.encoding = PQT_DELTA_BYTE_ARRAY, .codec = PQT_ZSTD, .level = 3},
    [COLUMN_FULL_PATH] = {.encoding = PQT_DELTA_LENGTH_BYTE_ARRAY,
                          .codec = PQT_ZSTD,
                          .level = 3},
    [COLUMN_VIEW_COUNT] = {.encoding = PQT_RLE_DICTIONARY,
                           .fallback = PQT_DELTA_BINARY_PACKED,
                           .codec = PQT_ZSTD,
                           .level = 1},
    [COLUMN_DATE] = {.encoding = PQT_RLE_DICTIONARY,
                     .codec = PQT_ZSTD,
                     .level = 3,
                     .long_pages = true},
    [COLUMN_STATUS] = {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .level = 3},
};

/* The columns' types; names, and whether they may be null, are the archive's. */
static const pqt_schema_node types[COLUMN_COUNT] = {
    [COLUMN_ID] = {.type = PQT_INT64},
    [COLUMN_PROJECT_ID] = {.type = PQT_INT32},
    [COLUMN_PROJECT_SLUG] = {.type = PQT_BYTE_ARRAY,
                             .logical = {.kind = PQT_LOGICAL_STRING}},
    [COLUMN_VERSION_ID] = {.type = PQT_INT32},
    [COLUMN_VERSION_SLUG] = {.type = PQT_BYTE_ARRAY,
                             .logical = {.kind = PQT_LOGICAL_STRING}},
    [COLUMN_PATH] = {.type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}},
    [COLUMN_FULL_PATH] = {.type = PQT_BYTE_ARRAY,
                          .logical = {.kind = PQT_LOGICAL_STRING}},
    [COLUMN_VIEW_COUNT] = {.type = PQT_INT32},
    [COLUMN_DATE] = {.type = PQT_INT32, .logical = {.kind = PQT_LOGICAL_DATE}},
    [COLUMN_STATUS] = {.type = PQT_INT32,
                       .logical = {.kind = PQT_LOGICAL_INTEGER,
                                   .bit_width = 16,
                                   .is_signed = true}},
};

static bool is_delta(pqt_encoding encoding)
{
    return encoding == PQT_DELTA_BINARY_PACKED || encoding == PQT_DELTA_BYTE_ARRAY ||
           encoding == PQT_DELTA_LENGTH_BYTE_ARRAY;
}

static void fill_nodes(pqt_schema_node nodes[1 + COLUMN_COUNT])
{
    nodes[0] = (pqt_schema_node){.is_group = true, .child_count = COLUMN_COUNT};
    for (int i = 0; i < COLUMN_COUNT; i++) {
        nodes[1 + i] = types[i];
        nodes[1 + i].name = archive_columns[i].name;
        if (archive_columns[i].nullable) nodes[1 + i].repetition = PQT_OPTIONAL;
    }
}

static void fill_columns(const file_writer_options *options,
                         pqt_column_options columns[COLUMN_COUNT])
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        columns[i] = profile[i];
        if (options->compression_level && columns[i].codec == PQT_ZSTD)
            columns[i].level = options->compression_level;
        columns[i].bloom_filter = columns[i].bloom_filter && !options->of_one_project;
        if (!options->portable) continue;
        if (is_delta(columns[i].fallback)) columns[i].fallback = PQT_PLAIN;
        if (!is_delta(columns[i].encoding)) continue;
        columns[i].encoding = PQT_PLAIN;
        columns[i].codec = PQT_ZSTD;
    }
}

static pqt_status start_writer(file_writer *writer, const file_writer_options *options,
                               pqt_error *error)
{
    static const pqt_sorting_column sorting[] = {
        {COLUMN_PROJECT_SLUG, false, true}, {COLUMN_PATH, false, true},
        {COLUMN_VERSION_SLUG, false, true}, {COLUMN_STATUS, false, true},
        {COLUMN_DATE, false, true},         {COLUMN_ID, false, true},
    };
    pqt_column_options columns[COLUMN_COUNT];
    pqt_schema_node nodes[1 + COLUMN_COUNT];
    fill_columns(options, columns);
    fill_nodes(nodes);
    const pqt_schema schema = {.nodes = nodes, .node_count = 1 + COLUMN_COUNT};
    const pqt_output output = {write_bytes, writer};
    const pqt_writer_options writer_options = {
        .row_group_rows = ROW_GROUP_ROWS,
        .page_rows = PAGE_ROWS,
        .page_limit_bytes = PAGE_LIMIT_BYTES,
        .dictionary_limit_bytes = DICTIONARY_LIMIT_BYTES,
        .sorting = sorting,
        .sorting_count = sizeof sorting / sizeof *sorting,
        .no_size_statistics = true, /* no reader of the archive asks for them */
        .threads = options->threads,
    };
    return pqt_writer_create(&output, &schema, columns, &writer_options, &writer->writer,
                             error);
}

pqt_status file_writer_create(const file_writer_options *options, file_writer **out,
                              pqt_error *error)
{
    file_writer *writer = alloc_zeroed(NULL, 1, sizeof *writer);
    if (!writer) return error_no_memory(error, sizeof *writer);
    writer->descriptor = -1;
    writer->has_directory = !options->of_one_project;
    const char *directory = options->temporary_directory;
    writer->folder = (temporary_folder){directory, !options->is_in_store};
    pqt_status status =
        directory ? file_open_temporary(directory, &writer->descriptor, error) : PQT_OK;
    if (status == PQT_OK) status = sha256_start(&writer->hash, error);
    if (status == PQT_OK) status = start_writer(writer, options, error);
    if (status == PQT_OK)
        *out = writer;
    else
        file_writer_free(writer);
    return status;
}

/* Neighbours of a project share their slug's bytes. */
static pqt_status note_projects(file_writer *writer, const row_batch *batch,
                                pqt_error *error)
{
    for (size_t first = 0, i = 1; first < batch->count; i++) {
        if (i < batch->count && batch->project_ids[i] == batch->project_ids[first] &&
            batch->project_slugs[i].data == batch->project_slugs[first].data &&
            batch->project_slugs[i].size_bytes == batch->project_slugs[first].size_bytes)
            continue;
        const directory_run rows = {batch->project_ids[first],
                                    batch->project_slugs[first], (int64_t)(i - first)};
        TRY(directory_writer_add(&writer->directory, &rows, error));
        first = i;
    }
    return PQT_OK;
}

pqt_status file_writer_append(file_writer *writer, const row_batch *batch,
                              pqt_error *error)
{
    pqt_column_values columns[COLUMN_COUNT];
    if (writer->has_directory) TRY(note_projects(writer, batch, error));
    row_batch_columns(batch, columns);
    TRY(pqt_writer_append(writer->writer, columns, (int64_t)batch->count, error));
    TRY(pqt_writer_end_page(writer->writer, error));
    const size_t text_bytes = row_batch_text_bytes(batch);
    writer->group_text_bytes += text_bytes;
    writer->group_rows += (int64_t)batch->count;
    if (writer->group_rows >= ROW_GROUP_ROWS) { /* the next one has begun */
        writer->group_rows -= ROW_GROUP_ROWS;
        writer->group_text_bytes = text_bytes;
    }
    if (writer->group_text_bytes < ROW_GROUP_TEXT_BYTES) return PQT_OK;
    writer->group_text_bytes = 0;
    writer->group_rows = 0;
    return pqt_writer_end_row_group(writer->writer, error);
}

static pqt_status write_directory(file_writer *writer, pqt_error *error)
{
    buffer bytes = {0};
    pqt_status status = directory_writer_finish(&writer->directory, &bytes, error);
    if (status == PQT_OK && bytes.size_bytes > 0)
        status = pqt_writer_add_block(writer->writer, view_text(PROJECT_DIRECTORY_KEY),
                                      buffer_view(&bytes), error);
    buffer_free(&bytes);
    return status;
}

pqt_status file_writer_finish(file_writer *writer, written_file *out, pqt_error *error)
{
    pqt_written written;
    if (writer->has_directory) TRY(write_directory(writer, error));
    TRY(pqt_writer_finish(writer->writer, &written, error));
    TRY(flush(writer, error));
    written_file file = {.descriptor = writer->descriptor,
                         .bytes = buffer_view(&writer->pending), /* empty in a file */
                         .size_bytes = writer->size_bytes,
                         .tail_bytes = written.tail_bytes,
                         .column_statistics = written.column_statistics};
    TRY(sha256_end(&writer->hash, file.sha256, error));
    *out = file;
    return PQT_OK;
}

static pqt_status read_written(void *self, uint64_t offset, uint8_t *out,
                               size_t size_bytes, pqt_error *error)
{
    const file_writer *writer = self;
    const buffer *kept = &writer->pending;
    if (writer->descriptor >= 0)
        return file_read_at(writer->descriptor, offset, out, size_bytes, written_name,
                            error);
    if (offset > kept->size_bytes || size_bytes > kept->size_bytes - offset)
        return error_set(error, PQT_IO, "%s ends before byte %llu", written_name,
                         (unsigned long long)offset + size_bytes);
    memcpy(out, kept->data + offset, size_bytes);
    return PQT_OK;
}

pqt_status file_writer_check(file_writer *writer, const archive_sum *expected,
                             thread_pool *pool, pqt_error *error)
{
    const pqt_input input = {.read = read_written,
                             .self = writer,
                             .size_bytes = writer->size_bytes,
                             .name = written_name};
    pqt_reader *reader = NULL;
    file_content content;
    TRY(pqt_reader_open(&input, NULL, &reader, error));
    pqt_status status = file_check(reader, written_name, true, pool, &content, error);
    if (status == PQT_OK)
        status = archive_sum_compare(expected, &content.sum, written_name, error);
    pqt_reader_close(reader);
    return status;
}

void file_writer_free(file_writer *writer)
{
    if (!writer) return;
    pqt_writer_free(writer->writer);
    sha256_free(&writer->hash);
    buffer_free(&writer->pending);
    directory_writer_free(&writer->directory);
    if (writer->descriptor >= 0) close(writer->descriptor);
    alloc_release(NULL, writer);
}
