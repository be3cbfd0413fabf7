/* Writes a file of three columns, hour after hour of three cities: write_file [FILE] */
#include <math.h>
#include <pqt.h>
#include <stdio.h>

enum { ROWS = 3000, ROWS_AT_ONCE = 500 };

/* The root and its three leaves. Text is BYTE_ARRAY with the meaning STRING. */
static const pqt_schema_node nodes[] = {
    {.name = "schema", .is_group = true, .child_count = 3},
    {.name = "city",
     .type = PQT_BYTE_ARRAY,
     .repetition = PQT_REQUIRED,
     .logical = {.kind = PQT_LOGICAL_STRING}},
    {.name = "measured",
     .type = PQT_INT64,
     .repetition = PQT_REQUIRED,
     .logical = {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MILLIS, .is_utc = true}},
    {.name = "temperature", .type = PQT_DOUBLE, .repetition = PQT_OPTIONAL},
};
static const pqt_schema schema = {.nodes = nodes, .node_count = 4};

static pqt_status write_bytes(void *self, const uint8_t *data, size_t size_bytes,
                              pqt_error *error)
{
    if (fwrite(data, 1, size_bytes, self) == size_bytes) return PQT_OK;
    if (error) {
        error->status = PQT_IO;
        snprintf(error->message, sizeof error->message, "cannot write the file");
    }
    return PQT_IO;
}

/* Rows [first, first + ROWS_AT_ONCE). Every 50th temperature is null. */
static pqt_status append_rows(pqt_writer *writer, int64_t first, pqt_error *error)
{
    static const char *const names[] = {"Bergen", "Lisbon", "Reykjavik"};
    static const size_t lengths[] = {6, 6, 9};
    pqt_view cities[ROWS_AT_ONCE];
    int64_t times[ROWS_AT_ONCE];
    double temperatures[ROWS_AT_ONCE];
    uint8_t validity[(ROWS_AT_ONCE + 7) / 8] = {0};
    for (int64_t i = 0; i < ROWS_AT_ONCE; i++) {
        const int64_t row = first + i, city = row % 3, hour = row / 3;
        cities[i] = (pqt_view){(const uint8_t *)names[city], lengths[city]};
        times[i] = INT64_C(1767225600000) + hour * 3600000;
        temperatures[i] =
            floor(10 * (8 * sin((double)hour / 24) + 5 * (double)city)) / 10;
        if (row % 50) validity[i / 8] |= (uint8_t)(1 << (i % 8));
    }
    const pqt_column_values columns[] = {
        {.values = cities},
        {.values = times},
        {.values = temperatures, .validity = validity},
    };
    return pqt_writer_append(writer, columns, ROWS_AT_ONCE, error);
}

int main(int argc, char **argv)
{
    const char *const path = argc > 1 ? argv[1] : "weather.parquet";
    FILE *const file = fopen(path, "wb");
    if (!file) {
        perror(path);
        return 1;
    }
    pqt_error error;
    pqt_writer *writer = NULL;
    pqt_written written;
    const pqt_output output = {.write = write_bytes, .self = file};
    /* Small pages, so that filter_rows has some to pass over. */
    const pqt_writer_options options = {.page_rows = 500};
    pqt_status status =
        pqt_writer_create(&output, &schema, NULL, &options, &writer, &error);
    for (int64_t first = 0; first < ROWS && status == PQT_OK; first += ROWS_AT_ONCE)
        status = append_rows(writer, first, &error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, &written, &error);
    if (status == PQT_OK)
        printf("%lld rows, %llu bytes\n", (long long)written.row_count,
               (unsigned long long)written.file_bytes);
    else
        fprintf(stderr, "%s\n", error.message);
    pqt_writer_free(writer);
    if (fclose(file) != 0 && status == PQT_OK) {
        perror(path);
        status = PQT_IO;
    }
    return status == PQT_OK ? 0 : 1;
}
