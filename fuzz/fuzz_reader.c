/*
 * Any bytes as a Parquet file: opened, its indexes loaded, all values decoded, printed
 * and given out as Arrow arrays, under a budget of memory. Whatever it is, it ends with a
 * result or an error.
 */
#include <stdlib.h>

#include "pqt_arrow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET_BYTES = 64 << 20 };

static pqt_status swallow(void *self, const char *text, size_t size_bytes,
                          pqt_error *error)
{
    (void)text;
    (void)error;
    *(size_t *)self += size_bytes;
    return *(size_t *)self > BUDGET_BYTES ? PQT_LIMIT : PQT_OK;
}

/* Some batches: what is said to be many rows may take its time. */
static void take_arrays(const pqt_reader *reader)
{
    enum { MOST_BATCHES = 8 };
    const pqt_scan_options rows = {.batch_rows = 1000};
    const pqt_arrow_options options = {.scan = &rows};
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    if (pqt_arrow_stream(reader, &options, &stream, NULL) != PQT_OK) return;
    for (int i = 0; i < MOST_BATCHES; i++) {
        if (stream.get_next(&stream, &batch) != 0 || !batch.release) break;
        batch.release(&batch);
    }
    stream.release(&stream);
}

static void look_at(pqt_reader *reader)
{
    size_t printed = 0;
    const pqt_text_output output = {swallow, &printed};
    (void)pqt_reader_load_page_indexes(reader, NULL, 0, NULL);
    (void)pqt_print_schema(reader, &output, NULL);
    (void)pqt_print_metadata(reader, true, &output, NULL);
    const pqt_scan_options first = {.row_count = 1000};
    (void)pqt_print_rows(reader, NULL, 0, &first, &output, NULL);
    take_arrays(reader);
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    for (int32_t g = 0; g < m->row_group_count && g < 4; g++)
        for (int32_t c = 0; c < m->schema.column_count && c < 16; c++) {
            pqt_values values = {0};
            pqt_runs runs = {0};
            bool may_contain;
            const int64_t rows = m->row_groups[g].row_count;
            (void)pqt_reader_read(reader, g, c, rows / 3, rows / 3, &values, NULL);
            (void)pqt_reader_read_runs(reader, g, c, 0, rows < 5000 ? rows : 5000,
                                       &values, &runs, NULL);
            (void)pqt_reader_bloom_check(
                reader, g, c, (pqt_view){(const uint8_t *)"x", 1}, &may_contain, NULL);
            pqt_runs_free(&runs);
            pqt_values_free(&values);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pqt_reader *reader = NULL;
    const pqt_reader_options options = {.page_limit_bytes = 4 << 20,
                                        .footer_limit_bytes = 4 << 20,
                                        .skip_checksums = true};
    if (pqt_reader_open_memory((pqt_view){data, size}, &options, &reader, NULL) == PQT_OK)
        look_at(reader);
    pqt_reader_close(reader);
    return 0;
}
