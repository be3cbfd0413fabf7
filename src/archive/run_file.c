#include "archive/run_file.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

enum {
    ROW_GROUP_ROWS = 4096,
    ROW_GROUP_TEXT_BYTES = 1 << 20,
    SEGMENT_GROUPS = 64,
    ORIGIN_COLUMN = COLUMN_COUNT,
    RUN_COLUMNS
};

static const char *const run_name = "a sorted run";

/* A Parquet file in the run: its footer says what is in a part of the rows only, so that
 * what is in memory does not grow with the run. */
struct segment {
    uint64_t offset;
    uint64_t size_bytes;
};

struct segments {
    struct segment *all;
    size_t count;
    size_t capacity;
};

struct run_writer {
    pqt_writer *writer;    /* of the last segment; NULL: none has been begun */
    int group_count;       /* in it */
    const char *directory; /* the caller's */
    int descriptor;
    uint64_t size_bytes;
    struct segments segments;
};

struct run_reader {
    int descriptor;
    struct segments segments;
    size_t next_segment;
    struct segment segment; /* that is read */
    pqt_reader *reader;
    file_rows rows;
    pqt_values origins;
    int32_t group; /* that is loaded */
    int64_t at;
};

static pqt_status write_bytes(void *self, const uint8_t *data, size_t size_bytes,
                              pqt_error *error)
{
    run_writer *writer = self;
    const temporary_folder folder = {writer->directory, true};
    TRY(file_write_temporary(writer->descriptor, data, size_bytes, &folder, error));
    writer->size_bytes += size_bytes;
    return PQT_OK;
}

static void fill_columns(pqt_codec codec, pqt_schema_node nodes[1 + RUN_COLUMNS],
                         pqt_column_options columns[RUN_COLUMNS])
{
    nodes[0] = (pqt_schema_node){.is_group = true, .child_count = RUN_COLUMNS};
    nodes[1 + ORIGIN_COLUMN] = (pqt_schema_node){.name = "origin", .type = PQT_INT32};
    for (int i = 0; i < RUN_COLUMNS; i++)
        columns[i] = (pqt_column_options){.codec = codec};
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const char *type = archive_columns[i].type;
        pqt_schema_node *node = &nodes[1 + i];
        *node = (pqt_schema_node){.name = archive_columns[i].name, .type = PQT_INT32};
        if (archive_columns[i].nullable) node->repetition = PQT_OPTIONAL;
        if (strcmp(type, "long") == 0) node->type = PQT_INT64;
        if (strcmp(type, "string") != 0) continue;
        node->type = PQT_BYTE_ARRAY;
        columns[i].encoding = PQT_DELTA_BYTE_ARRAY;
    }
}

/* LZ4 keeps no state between pages, which counts when many runs are open. */
static pqt_status create_writer(run_writer *writer, pqt_error *error)
{
    static const pqt_codec codecs[] = {PQT_LZ4_RAW, PQT_SNAPPY, PQT_UNCOMPRESSED};
    const pqt_output output = {write_bytes, writer};
    const pqt_writer_options options = {.row_group_rows = ROW_GROUP_ROWS,
                                        .page_rows = ROW_GROUP_ROWS,
                                        .no_page_index = true};
    pqt_status status = PQT_UNSUPPORTED;
    for (size_t i = 0; i < 3 && status == PQT_UNSUPPORTED; i++) {
        pqt_schema_node nodes[1 + RUN_COLUMNS];
        pqt_column_options columns[RUN_COLUMNS];
        fill_columns(codecs[i], nodes, columns);
        const pqt_schema schema = {.nodes = nodes, .node_count = 1 + RUN_COLUMNS};
        status = pqt_writer_create(&output, &schema, columns, &options, &writer->writer,
                                   error);
    }
    return status;
}

static pqt_status begin_segment(run_writer *writer, pqt_error *error)
{
    struct segments *segments = &writer->segments;
    void *array = segments->all;
    if (alloc_grow(NULL, &array, &segments->capacity, segments->count + 1,
                   sizeof *segments->all) != 0)
        return error_no_memory(error, (segments->count + 1) * sizeof *segments->all);
    segments->all = array;
    segments->all[segments->count++] = (struct segment){writer->size_bytes, 0};
    writer->group_count = 0;
    return create_writer(writer, error);
}

static pqt_status end_segment(run_writer *writer, pqt_error *error)
{
    if (!writer->writer) return PQT_OK;
    struct segment *last = &writer->segments.all[writer->segments.count - 1];
    const pqt_status status = pqt_writer_finish(writer->writer, NULL, error);
    last->size_bytes = writer->size_bytes - last->offset;
    pqt_writer_free(writer->writer);
    writer->writer = NULL;
    return status;
}

pqt_status run_writer_create(const char *directory, run_writer **out, pqt_error *error)
{
    run_writer *writer = alloc_zeroed(NULL, 1, sizeof *writer);
    if (!writer) return error_no_memory(error, sizeof *writer);
    writer->descriptor = -1;
    writer->directory = directory;
    const pqt_status status = file_open_temporary(directory, &writer->descriptor, error);
    if (status == PQT_OK)
        *out = writer;
    else
        run_writer_free(writer);
    return status;
}

pqt_status run_batch_create(row_batch **out, pqt_error *error)
{
    TRY(row_batch_create(ROW_GROUP_ROWS, out, error));
    (*out)->text_limit_bytes = ROW_GROUP_TEXT_BYTES;
    return PQT_OK;
}

static pqt_status write_group(run_writer *writer, const row_batch *batch,
                              const int32_t *origins, pqt_error *error)
{
    pqt_column_values columns[RUN_COLUMNS];
    row_batch_columns(batch, columns);
    columns[ORIGIN_COLUMN] = (pqt_column_values){.values = origins};
    if (!writer->writer) TRY(begin_segment(writer, error));
    TRY(pqt_writer_append(writer->writer, columns, (int64_t)batch->count, error));
    TRY(pqt_writer_end_row_group(writer->writer, error));
    return ++writer->group_count < SEGMENT_GROUPS ? PQT_OK : end_segment(writer, error);
}

/* A batch is a row group. */
pqt_status run_writer_append(run_writer *writer, const row_batch *batch, pqt_error *error)
{
    int32_t *origins = alloc_zeroed(NULL, batch->count, sizeof *origins);
    if (!origins) return error_no_memory(error, batch->count * sizeof *origins);
    for (size_t i = 0; i < batch->count; i++) origins[i] = batch->origins[i];
    const pqt_status status = write_group(writer, batch, origins, error);
    alloc_release(NULL, origins);
    return status;
}

void run_writer_free(run_writer *writer)
{
    if (!writer) return;
    pqt_writer_free(writer->writer);
    if (writer->descriptor >= 0) close(writer->descriptor);
    alloc_release(NULL, writer->segments.all);
    alloc_release(NULL, writer);
}

/* --- Reading --- */

static pqt_status read_bytes(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                             pqt_error *error)
{
    const run_reader *reader = self;
    return file_read_at(reader->descriptor, reader->segment.offset + offset, out,
                        size_bytes, run_name, error);
}

static pqt_status open_segment(run_reader *reader, struct segment segment,
                               pqt_error *error)
{
    file_rows_free(&reader->rows);
    pqt_values_free(&reader->origins);
    pqt_reader_close(reader->reader);
    reader->reader = NULL;
    reader->segment = segment;
    reader->group = -1;
    const pqt_input input = {.read = read_bytes,
                             .self = reader,
                             .size_bytes = segment.size_bytes,
                             .name = run_name};
    TRY(pqt_reader_open(&input, NULL, &reader->reader, error));
    return file_rows_open(reader->reader, run_name, &reader->rows, error);
}

/* Whether the open segment has no more row groups. */
static bool segment_ends(const run_reader *reader)
{
    return !reader->reader ||
           reader->group + 1 >= pqt_reader_metadata(reader->reader)->row_group_count;
}

/* Loads the next group of rows; past the last the reader is at its end. */
static pqt_status load_group(run_reader *reader, pqt_error *error)
{
    reader->at = 0;
    reader->rows.count = 0;
    while (segment_ends(reader)) {
        if (reader->next_segment == reader->segments.count) return PQT_OK;
        TRY(open_segment(reader, reader->segments.all[reader->next_segment++], error));
    }
    TRY(file_rows_load(&reader->rows, ++reader->group, error));
    return pqt_reader_read(reader->reader, reader->group, ORIGIN_COLUMN, 0,
                           reader->rows.count, &reader->origins, error);
}

pqt_status run_reader_start(run_reader *reader, pqt_error *error)
{
    return load_group(reader, error);
}

pqt_status run_writer_finish(run_writer *writer, run_reader **out, pqt_error *error)
{
    pqt_status status = end_segment(writer, error);
    run_reader *reader = alloc_zeroed(NULL, 1, sizeof *reader);
    if (!reader && status == PQT_OK) status = error_no_memory(error, sizeof *reader);
    if (reader) {
        reader->descriptor = writer->descriptor;
        reader->segments = writer->segments;
        writer->descriptor = -1;
        writer->segments = (struct segments){0};
    }
    run_writer_free(writer);
    if (status == PQT_OK)
        *out = reader;
    else
        run_reader_free(reader);
    return status;
}

bool run_reader_row(const run_reader *reader, archive_row *out, row_origin *origin)
{
    if (reader->at >= reader->rows.count) return false;
    file_rows_get(&reader->rows, reader->at, out);
    *origin = (row_origin)reader->origins.int32s[reader->at];
    return true;
}

pqt_status run_reader_advance(run_reader *reader, pqt_error *error)
{
    if (++reader->at < reader->rows.count) return PQT_OK;
    return load_group(reader, error);
}

void run_reader_free(run_reader *reader)
{
    if (!reader) return;
    file_rows_free(&reader->rows);
    pqt_values_free(&reader->origins);
    pqt_reader_close(reader->reader);
    if (reader->descriptor >= 0) close(reader->descriptor);
    alloc_release(NULL, reader->segments.all);
    alloc_release(NULL, reader);
}
