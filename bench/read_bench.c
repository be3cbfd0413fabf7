/*
 * Reads files whole, one thread, as told line by line on standard input:
 *   KIND FILE
 * and answers each with the processor's milliseconds that it took. KIND: `stream`, all
 * batches of the Arrow stream, held until the last; `views`, the same with string views;
 * `batches`, each released before the next; `trusting`, as stream without checksums;
 * `values`, whole row groups of pqt_values. Files are mapped into memory, as pyarrow maps
 * them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pqt.h"
#include "pqt_arrow.h"

enum { MOST_BATCHES = 100000 };

typedef struct kind {
    const char *name;
    bool values;
    bool views;
    bool releases;
    bool skips_checksums;
} kind;

static const kind kinds[] = {
    {.name = "stream"},
    {.name = "views", .views = true},
    {.name = "batches", .releases = true},
    {.name = "trusting", .skips_checksums = true},
    {.name = "values", .values = true},
};

static pqt_status read_row_group(const pqt_reader *reader, int32_t row_group,
                                 pqt_values *columns, pqt_error *error)
{
    const pqt_file_metadata *file = pqt_reader_metadata(reader);
    const int64_t row_count = file->row_groups[row_group].row_count;
    for (int32_t c = 0; c < file->schema.column_count; c++) {
        const pqt_status status =
            pqt_reader_read(reader, row_group, c, 0, row_count, &columns[c], error);
        if (status != PQT_OK) return status;
    }
    return PQT_OK;
}

/* All values of a row group are in memory at once. */
static pqt_status read_values(const pqt_reader *reader, pqt_error *error)
{
    const pqt_file_metadata *file = pqt_reader_metadata(reader);
    pqt_values *columns = calloc((size_t)file->schema.column_count, sizeof *columns);
    pqt_status status = columns ? PQT_OK : PQT_NOMEM;
    for (int32_t g = 0; status == PQT_OK && g < file->row_group_count; g++)
        status = read_row_group(reader, g, columns, error);
    for (int32_t c = 0; columns && c < file->schema.column_count; c++)
        pqt_values_free(&columns[c]);
    free(columns);
    return status;
}

static pqt_status report_stream(struct ArrowArrayStream *stream, pqt_error *error)
{
    snprintf(error->message, sizeof error->message, "%s", stream->get_last_error(stream));
    return PQT_IO;
}

static pqt_status read_stream(const pqt_reader *reader, const kind *k, pqt_error *error)
{
    static struct ArrowArray held[MOST_BATCHES];
    size_t count = 0;
    struct ArrowArrayStream stream;
    const pqt_arrow_options options = {.string_views = k->views};
    pqt_status status = pqt_arrow_stream(reader, &options, &stream, error);
    if (status != PQT_OK) return status;
    for (;;) {
        if (count == MOST_BATCHES) status = PQT_LIMIT;
        if (status == PQT_OK && stream.get_next(&stream, &held[count]) != 0)
            status = report_stream(&stream, error);
        if (status != PQT_OK || !held[count].release) break;
        if (k->releases)
            held[count].release(&held[count]);
        else
            count++;
    }
    for (size_t i = 0; i < count; i++) held[i].release(&held[i]);
    stream.release(&stream);
    return status;
}

static pqt_status read_memory(const kind *k, pqt_view bytes, pqt_error *error)
{
    pqt_reader *reader = NULL;
    const pqt_reader_options options = {.skip_checksums = k->skips_checksums};
    pqt_status status = pqt_reader_open_memory(bytes, &options, &reader, error);
    if (status != PQT_OK) return status;
    status = k->values ? read_values(reader, error) : read_stream(reader, k, error);
    pqt_reader_close(reader);
    return status;
}

static pqt_status read_file(const kind *k, const char *path, pqt_error *error)
{
    struct stat file;
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) return PQT_IO;
    void *bytes = MAP_FAILED;
    if (fstat(descriptor, &file) == 0)
        bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (bytes == MAP_FAILED) return PQT_IO;
    const size_t size_bytes = (size_t)file.st_size;
    const pqt_status status = read_memory(k, (pqt_view){bytes, size_bytes}, error);
    munmap(bytes, size_bytes);
    return status;
}

static double processor_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static const kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}

int main(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        pqt_error error = {0};
        line[strcspn(line, "\n")] = 0;
        char *path = strchr(line, ' ');
        if (path) *path++ = 0;
        const kind *k = find_kind(line);
        if (!path || !k) return fprintf(stderr, "KIND FILE expected: %s\n", line), 2;
        const double started_ms = processor_ms();
        if (read_file(k, path, &error) != PQT_OK)
            return fprintf(stderr, "%s: %s\n", path, error.message), 1;
        printf("%.3f\n", processor_ms() - started_ms);
        fflush(stdout);
    }
    return 0;
}
