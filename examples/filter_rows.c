/*
 * Counts the rows that fulfil conditions, and says how much was not read:
 *
 *   filter_rows weather.parquet "city = 'Lisbon'" "measured >= '2026-02-01'"
 */
#include <pqt.h>
#include <stdio.h>

enum { MOST_CONDITIONS = 16 };

static pqt_status count_rows(const pqt_reader *reader, const pqt_scan_options *options,
                             pqt_error *error)
{
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    pqt_status status = pqt_scan_open(reader, options, &scan, error);
    if (status != PQT_OK) return status;
    do {
        status = pqt_scan_next(scan, &batch, error); /* use(batch->columns) here */
    } while (status == PQT_OK && batch);
    const pqt_scan_counts counts = pqt_scan_count(scan);
    if (status == PQT_OK)
        printf("%lld rows; %lld were decoded and did not match, %lld were passed over\n",
               (long long)counts.rows_given, (long long)counts.rows_filtered,
               (long long)counts.rows_pruned);
    pqt_scan_close(scan);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc - 2 > MOST_CONDITIONS) {
        fprintf(stderr, "usage: filter_rows FILE CONDITION...\n");
        return 2;
    }
    pqt_error error;
    pqt_reader *reader = NULL;
    pqt_predicate predicates[MOST_CONDITIONS];
    int32_t count = 0;
    pqt_status status = pqt_reader_open_file(argv[1], NULL, &reader, &error);
    for (int i = 2; i < argc && status == PQT_OK; i++) {
        const pqt_schema *const schema = &pqt_reader_metadata(reader)->schema;
        status = pqt_predicate_parse(schema, argv[i], &predicates[count], &error);
        if (status == PQT_OK) count++;
    }
    const pqt_scan_options options = {.predicates = predicates, .predicate_count = count};
    if (status == PQT_OK) status = count_rows(reader, &options, &error);
    if (status != PQT_OK) fprintf(stderr, "%s\n", error.message);
    while (count > 0) pqt_predicate_free(&predicates[--count]);
    pqt_reader_close(reader);
    return status == PQT_OK ? 0 : 1;
}
