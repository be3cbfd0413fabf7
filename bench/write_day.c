/*
 * Writes a day's sorted rows from memory as the archive does, and shows what each column
 * costs:
 *   write_day FILE OUT [FULL_PATH_LEVEL]
 * FILE: a Parquet file of the day. Prints the size of every column, and the wall and
 * processor seconds of writing with one and with two threads, appending 16,384 rows at a
 * time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "pqt.h"

enum { COLUMNS = 10, APPEND_ROWS = 16384 };

/* The archive's columns in the file's order, encoded as its default profile does. */
static const pqt_column_options profile[COLUMNS] = {
    {.encoding = PQT_DELTA_BINARY_PACKED},
    {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .level = 3, .long_pages = true},
    {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .level = 3, .long_pages = true},
    {.encoding = PQT_DELTA_BINARY_PACKED, .codec = PQT_ZSTD, .level = 1},
    {.encoding = PQT_RLE_DICTIONARY,
     .fallback = PQT_DELTA_BYTE_ARRAY,
     .codec = PQT_ZSTD,
     .level = 3},
    {.encoding = PQT_DELTA_BYTE_ARRAY, .codec = PQT_ZSTD, .level = 3},
    {.encoding = PQT_DELTA_LENGTH_BYTE_ARRAY, .codec = PQT_ZSTD, .level = 3},
    {.encoding = PQT_RLE_DICTIONARY,
     .fallback = PQT_DELTA_BINARY_PACKED,
     .codec = PQT_ZSTD,
     .level = 1},
    {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .level = 3, .long_pages = true},
    {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .level = 3},
};

static const char *const names[COLUMNS] = {
    "id",   "project_id", "project_slug", "version_id", "version_slug",
    "path", "full_path",  "view_count",   "date",       "status"};

/* A file's rows: those of row group g and column c at values[g][c]. */
typedef struct day {
    pqt_reader *reader;
    const pqt_file_metadata *file;
    pqt_values (*values)[COLUMNS];
    pqt_schema_node nodes[1 + COLUMNS];
    pqt_column_options columns[COLUMNS];
} day;

static pqt_status describe_columns(day *d, pqt_error *error)
{
    const pqt_schema *schema = &d->file->schema;
    d->nodes[0] = (pqt_schema_node){.is_group = true, .child_count = COLUMNS};
    for (int32_t c = 0; c < COLUMNS; c++) {
        const int32_t at = pqt_schema_find(schema, names[c]);
        if (at != c) {
            snprintf(error->message, sizeof error->message, "column %d is not '%s'",
                     (int)c, names[c]);
            return PQT_INVALID;
        }
        const pqt_schema_node *node = &schema->nodes[schema->column_nodes[c]];
        const bool is_optional = strncmp(node->name, "version", 7) == 0 ||
                                 strcmp(node->name, "full_path") == 0;
        d->columns[c] = profile[c];
        d->nodes[1 + c] = *node;
        d->nodes[1 + c].repetition = is_optional ? PQT_OPTIONAL : PQT_REQUIRED;
    }
    return PQT_OK;
}

static pqt_status load_day(day *d, const char *path, pqt_error *error)
{
    pqt_status status = pqt_reader_open_file(path, NULL, &d->reader, error);
    if (status != PQT_OK) return status;
    d->file = pqt_reader_metadata(d->reader);
    status = describe_columns(d, error);
    if (status != PQT_OK) return status;
    d->values = calloc((size_t)d->file->row_group_count, sizeof *d->values);
    if (!d->values) return PQT_NOMEM;
    for (int32_t g = 0; g < d->file->row_group_count; g++)
        for (int32_t c = 0; status == PQT_OK && c < COLUMNS; c++)
            status = pqt_reader_read(d->reader, g, c, 0, d->file->row_groups[g].row_count,
                                     &d->values[g][c], error);
    return status;
}

static void free_day(day *d)
{
    for (int32_t g = 0; d->values && g < d->file->row_group_count; g++)
        for (int32_t c = 0; c < COLUMNS; c++) pqt_values_free(&d->values[g][c]);
    free(d->values);
    pqt_reader_close(d->reader);
}

/* Rows from `first` of a row group: a multiple of 8, so that validity begins with a byte.
 */
static pqt_column_values slice(const pqt_values *v, int64_t first)
{
    const void *values = NULL;
    if (v->int32s) values = v->int32s + first;
    if (v->int64s) values = v->int64s + first;
    if (v->bytes) values = v->bytes + first;
    return (pqt_column_values){.values = values,
                               .validity = v->validity ? v->validity + first / 8 : NULL};
}

static pqt_status append_day(const day *d, pqt_writer *writer, pqt_error *error)
{
    for (int32_t g = 0; g < d->file->row_group_count; g++) {
        const int64_t rows = d->file->row_groups[g].row_count;
        for (int64_t first = 0; first < rows; first += APPEND_ROWS) {
            pqt_column_values values[COLUMNS];
            const int64_t count = rows - first < APPEND_ROWS ? rows - first : APPEND_ROWS;
            for (int32_t c = 0; c < COLUMNS; c++)
                values[c] = slice(&d->values[g][c], first);
            const pqt_status status = pqt_writer_append(writer, values, count, error);
            if (status != PQT_OK) return status;
        }
    }
    return PQT_OK;
}

static pqt_status write_to_file(void *self, const uint8_t *data, size_t size_bytes,
                                pqt_error *error)
{
    (void)error;
    return fwrite(data, 1, size_bytes, self) == size_bytes ? PQT_OK : PQT_IO;
}

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static pqt_status write_day(const day *d, const char *path, int threads, pqt_error *error)
{
    FILE *file = fopen(path, "wb");
    if (!file) return PQT_IO;
    const int64_t started_us = clock_monotonic_us();
    const double started = processor_seconds();
    const pqt_output output = {write_to_file, file};
    const pqt_writer_options options = {.page_rows = APPEND_ROWS,
                                        .page_limit_bytes = 8 << 20,
                                        .no_size_statistics = true,
                                        .threads = threads};
    const pqt_schema schema = {.nodes = d->nodes, .node_count = 1 + COLUMNS};
    pqt_writer *writer = NULL;
    pqt_written written = {0};
    pqt_status status =
        pqt_writer_create(&output, &schema, d->columns, &options, &writer, error);
    if (status == PQT_OK) status = append_day(d, writer, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, &written, error);
    pqt_writer_free(writer);
    if (fclose(file) != 0) return PQT_IO;
    printf("threads %d  %.2f MB  tail %" PRIu64 " bytes  wall %.3f s  processor %.3f s\n",
           threads, (double)written.file_bytes / 1e6, written.tail_bytes,
           (double)(clock_monotonic_us() - started_us) / 1e6,
           processor_seconds() - started);
    return status;
}

static pqt_status print_columns(const char *path, pqt_error *error)
{
    pqt_reader *reader = NULL;
    const pqt_status status = pqt_reader_open_file(path, NULL, &reader, error);
    if (status != PQT_OK) return status;
    const pqt_file_metadata *file = pqt_reader_metadata(reader);
    for (int32_t c = 0; c < COLUMNS; c++) {
        int64_t compressed = 0, uncompressed = 0;
        for (int32_t g = 0; g < file->row_group_count; g++) {
            compressed += file->row_groups[g].columns[c].compressed_bytes;
            uncompressed += file->row_groups[g].columns[c].uncompressed_bytes;
        }
        printf("%-14s %-24s %10.2f MB of %8.2f\n", names[c],
               pqt_encoding_name(profile[c].encoding), (double)compressed / 1e6,
               (double)uncompressed / 1e6);
    }
    pqt_reader_close(reader);
    return PQT_OK;
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 3 || argument_count > 4)
        return fprintf(stderr, "write_day FILE OUT [FULL_PATH_LEVEL]\n"), 2;
    pqt_error error = {0};
    day d = {0};
    pqt_status status = load_day(&d, arguments[1], &error);
    if (argument_count == 4) d.columns[6].level = (int32_t)strtol(arguments[3], NULL, 10);
    for (int threads = 1; status == PQT_OK && threads <= 2; threads++)
        status = write_day(&d, arguments[2], threads, &error);
    if (status == PQT_OK) status = print_columns(arguments[2], &error);
    free_day(&d);
    if (status == PQT_OK) return 0;
    fprintf(stderr, "%s: %s\n", pqt_status_text(status), error.message);
    return 1;
}
