/*
 * Reads every value of every column of a file, one thread, so many times:
 *   read_bench RUNS FILE
 * Prints the median in milliseconds.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pqt.h"

static int compare_int64(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

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

/* All values of a row group are in memory at once, as in an Arrow batch. */
static pqt_status read_file(const char *path, pqt_error *error)
{
    pqt_reader *reader = NULL;
    pqt_status status = pqt_reader_open_file(path, NULL, &reader, error);
    if (status != PQT_OK) return status;
    const pqt_file_metadata *file = pqt_reader_metadata(reader);
    pqt_values *columns = calloc((size_t)file->schema.column_count, sizeof *columns);
    if (!columns) status = PQT_NOMEM;
    for (int32_t g = 0; status == PQT_OK && g < file->row_group_count; g++)
        status = read_row_group(reader, g, columns, error);
    for (int32_t c = 0; columns && c < file->schema.column_count; c++)
        pqt_values_free(&columns[c]);
    free(columns);
    pqt_reader_close(reader);
    return status;
}

int main(int argument_count, char **arguments)
{
    enum { MOST_RUNS = 1000 };
    const long runs = argument_count == 3 ? strtol(arguments[1], NULL, 10) : 0;
    if (runs < 1 || runs > MOST_RUNS) return fprintf(stderr, "read_bench RUNS FILE\n"), 2;
    int64_t times_us[MOST_RUNS];
    for (long run = 0; run < runs; run++) {
        pqt_error error = {0};
        const int64_t started_us = clock_monotonic_us();
        if (read_file(arguments[2], &error) != PQT_OK)
            return fprintf(stderr, "%s\n", error.message), 1;
        times_us[run] = clock_monotonic_us() - started_us;
    }
    qsort(times_us, (size_t)runs, sizeof *times_us, compare_int64);
    printf("%.2f\n", (double)times_us[runs / 2] / 1000);
    return 0;
}
