/* Prints two columns of a file, of all its rows: read_file [FILE] */
#include <pqt.h>
#include <stdio.h>

static void print_rows(const pqt_batch *batch)
{
    const pqt_values *city = &batch->columns[0], *temperature = &batch->columns[1];
    for (int64_t i = 0; i < batch->row_count; i++) {
        printf("%-9.*s", (int)city->bytes[i].size_bytes,
               (const char *)city->bytes[i].data);
        if (!temperature->validity || temperature->validity[i / 8] >> (i % 8) & 1)
            printf("%6.1f\n", temperature->doubles[i]);
        else
            printf("     -\n");
    }
}

int main(int argc, char **argv)
{
    const char *const path = argc > 1 ? argv[1] : "weather.parquet";
    pqt_error error;
    pqt_reader *reader = NULL;
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    pqt_status status = pqt_reader_open_file(path, NULL, &reader, &error);
    if (status != PQT_OK) goto done;

    const pqt_schema *const schema = &pqt_reader_metadata(reader)->schema;
    const int32_t columns[] = {pqt_schema_find(schema, "city"),
                               pqt_schema_find(schema, "temperature")};
    const pqt_scan_options options = {.columns = columns, .column_count = 2};
    status = pqt_scan_open(reader, &options, &scan, &error);
    while (status == PQT_OK) {
        status = pqt_scan_next(scan, &batch, &error);
        if (status != PQT_OK || !batch) break;
        print_rows(batch);
    }
done:
    if (status != PQT_OK) fprintf(stderr, "%s\n", error.message);
    pqt_scan_close(scan);
    pqt_reader_close(reader);
    return status == PQT_OK ? 0 : 1;
}
