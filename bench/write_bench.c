/*
 * Writes a file's rows from memory, one thread, zstd 3, so many times:
 *   write_bench RUNS FILE OUT
 * Columns of numbers and names are dictionaries, ids and paths DELTA encoded. Prints the
 * median of the processor's milliseconds and the size: [ms, bytes].
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pqt.h"

enum { MOST_RUNS = 1000, MOST_COLUMNS = 64 };

/* A file's values: those of row group g and column c at values[g * column_count + c]. */
typedef struct table {
    pqt_reader *reader;
    const pqt_file_metadata *file;
    pqt_values *values;
} table;

static pqt_status load(table *t, const char *path, pqt_error *error)
{
    pqt_status status = pqt_reader_open_file(path, NULL, &t->reader, error);
    if (status != PQT_OK) return status;
    t->file = pqt_reader_metadata(t->reader);
    const int32_t columns = t->file->schema.column_count;
    if (columns > MOST_COLUMNS) return PQT_LIMIT;
    t->values =
        calloc((size_t)t->file->row_group_count * (size_t)columns, sizeof *t->values);
    if (!t->values) return PQT_NOMEM;
    for (int32_t i = 0; status == PQT_OK && i < t->file->row_group_count * columns; i++) {
        const int32_t g = i / columns;
        status = pqt_reader_read(t->reader, g, i % columns, 0,
                                 t->file->row_groups[g].row_count, &t->values[i], error);
    }
    return status;
}

static pqt_column_options choose_options(const char *name)
{
    pqt_column_options options = {
        .encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD, .level = 3};
    if (strcmp(name, "id") == 0) options.encoding = PQT_DELTA_BINARY_PACKED;
    if (strstr(name, "path")) options.encoding = PQT_DELTA_BYTE_ARRAY;
    return options;
}

static const void *values_of(const pqt_values *v)
{
    if (v->int32s) return v->int32s;
    if (v->int64s) return v->int64s;
    return v->bytes;
}

static pqt_status append_row_groups(const table *t, pqt_writer *writer, pqt_error *error)
{
    const int32_t columns = t->file->schema.column_count;
    pqt_status status = PQT_OK;
    for (int32_t g = 0; status == PQT_OK && g < t->file->row_group_count; g++) {
        pqt_column_values values[MOST_COLUMNS];
        for (int32_t c = 0; c < columns; c++) {
            const pqt_values *from = &t->values[g * columns + c];
            values[c] = (pqt_column_values){.values = values_of(from),
                                            .validity = from->validity};
        }
        status =
            pqt_writer_append(writer, values, t->file->row_groups[g].row_count, error);
    }
    return status;
}

static pqt_status write_to_file(void *self, const uint8_t *data, size_t size_bytes,
                                pqt_error *error)
{
    (void)error;
    return fwrite(data, 1, size_bytes, self) == size_bytes ? PQT_OK : PQT_IO;
}

static pqt_status write_table(const table *t, const char *path, uint64_t *file_bytes,
                              pqt_error *error)
{
    FILE *file = fopen(path, "wb");
    if (!file) return PQT_IO;
    pqt_column_options columns[MOST_COLUMNS];
    const pqt_schema *schema = &t->file->schema;
    for (int32_t c = 0; c < schema->column_count; c++)
        columns[c] = choose_options(schema->nodes[schema->column_nodes[c]].name);
    const pqt_output output = {write_to_file, file};
    pqt_writer *writer = NULL;
    pqt_written written = {0};
    pqt_status status = pqt_writer_create(&output, schema, columns, NULL, &writer, error);
    if (status == PQT_OK) status = append_row_groups(t, writer, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, &written, error);
    pqt_writer_free(writer);
    *file_bytes = written.file_bytes;
    return fclose(file) == 0 ? status : PQT_IO;
}

static double processor_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(int argument_count, char **arguments)
{
    const long runs = argument_count == 4 ? strtol(arguments[1], NULL, 10) : 0;
    if (runs < 1 || runs > MOST_RUNS)
        return fprintf(stderr, "write_bench RUNS FILE OUT\n"), 2;
    double times_ms[MOST_RUNS];
    uint64_t file_bytes = 0;
    pqt_error error = {0};
    table t = {0};
    pqt_status status = load(&t, arguments[2], &error);
    for (long run = 0; status == PQT_OK && run < runs; run++) {
        const double started_ms = processor_ms();
        status = write_table(&t, arguments[3], &file_bytes, &error);
        times_ms[run] = processor_ms() - started_ms;
    }
    if (status != PQT_OK)
        return fprintf(stderr, "%s: %s\n", pqt_status_text(status), error.message), 1;
    qsort(times_ms, (size_t)runs, sizeof *times_ms, compare_doubles);
    printf("[%.2f, %" PRIu64 "]\n", times_ms[runs / 2], file_bytes);
    for (int32_t i = 0; i < t.file->row_group_count * t.file->schema.column_count; i++)
        pqt_values_free(&t.values[i]);
    free(t.values);
    pqt_reader_close(t.reader);
    return 0;
}
