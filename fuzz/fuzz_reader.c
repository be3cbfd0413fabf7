/*
 * Any bytes as a Parquet file: opened, its indexes loaded, all values decoded, printed
 * and given out as Arrow arrays, under a budget of memory. Whatever it is, it ends with a
 * result or an error. Encrypted files are read with the keys of encrypted_file.h.
 */
#include "encrypted_file.h"
#include "fuzz_help.h"
#include "pqt.h"
#include "pqt_arrow.h"

enum { BUDGET_BYTES = 512 << 20, PRINTED_LIMIT_BYTES = 8 << 20, MOST_BATCHES = 8 };

static pqt_status swallow(void *self, const char *text, size_t size_bytes,
                          pqt_error *error)
{
    (void)text;
    size_t *printed = self;
    *printed += size_bytes;
    if (*printed <= PRINTED_LIMIT_BYTES) return PQT_OK;
    return error_set(error, PQT_LIMIT, "enough was printed");
}

/* Some batches: what is said to be many rows may take its time. */
static void take_arrays(const pqt_reader *reader)
{
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

/* Rows of which a column is not what the other predicate says, pruned and not. */
static void scan_rows(const pqt_reader *reader, int32_t column, bool no_pruning)
{
    static const uint8_t eight[16] = {8};
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    const pqt_schema_node *node = &schema->nodes[schema->column_nodes[column]];
    const size_t widths[] = {1, 4, 8, 12, 4, 8, 3, (size_t)node->type_length};
    const pqt_view value = {eight, widths[node->type] > 16 ? 16 : widths[node->type]};
    const pqt_predicate predicates[] = {{column, PQT_GREATER_OR_EQUAL, &value, 1},
                                        {column, PQT_IS_NOT_NULL, NULL, 0}};
    const pqt_scan_options options = {.predicates = predicates,
                                      .predicate_count = 2,
                                      .batch_rows = 1000,
                                      .no_pruning = no_pruning};
    pqt_error error = {0};
    pqt_scan *scan = NULL;
    const pqt_batch *batch = NULL;
    if (pqt_scan_open(reader, &options, &scan, &error) != PQT_OK) return;
    for (int i = 0; i < MOST_BATCHES; i++) {
        const pqt_status status = pqt_scan_next(scan, &batch, &error);
        fuzz_check_error(status, &error);
        if (status != PQT_OK || !batch) break;
        if (batch->row_count < 1) abort();
    }
    pqt_scan_close(scan);
}

static void read_chunk(const pqt_reader *reader, int32_t group, int32_t column)
{
    enum { MOST_ROWS = 5000 };
    pqt_values values = {0};
    pqt_runs runs = {0};
    pqt_error error = {0};
    bool may_contain;
    const int64_t rows = pqt_reader_metadata(reader)->row_groups[group].row_count;
    const int64_t some = rows < MOST_ROWS ? rows : MOST_ROWS;
    fuzz_check_error(
        pqt_reader_read(reader, group, column, rows / 3, rows / 3, &values, &error),
        &error);
    fuzz_check_error(
        pqt_reader_read_runs(reader, group, column, 0, some, &values, &runs, &error),
        &error);
    fuzz_check_error(
        pqt_reader_bloom_check(reader, group, column, (pqt_view){(const uint8_t *)"x", 1},
                               &may_contain, &error),
        &error);
    pqt_runs_free(&runs);
    pqt_values_free(&values);
}

static void look_at(pqt_reader *reader)
{
    enum { MOST_GROUPS = 4, MOST_COLUMNS = 16 };
    size_t printed = 0;
    const pqt_text_output output = {swallow, &printed};
    const pqt_scan_options first = {.row_count = 1000};
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    for (int32_t c = 0; c < m->schema.column_count && c < MOST_COLUMNS; c++)
        scan_rows(reader, c, c % 2);
    (void)pqt_reader_load_page_indexes(reader, NULL, 0, NULL);
    (void)pqt_print_schema(reader, &output, NULL);
    (void)pqt_print_metadata(reader, true, &output, NULL);
    (void)pqt_print_rows(reader, NULL, 0, &first, &output, NULL);
    take_arrays(reader);
    for (int32_t g = 0; g < m->row_group_count && g < MOST_GROUPS; g++)
        for (int32_t c = 0; c < m->schema.column_count && c < MOST_COLUMNS; c++)
            read_chunk(reader, g, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pqt_reader *reader = NULL;
    memory_budget budget = {.limit_bytes = BUDGET_BYTES};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    key_ring ring = {.key_bytes = 16};
    const pqt_decryption decryption = {.find_key = ring_find, .self = &ring};
    const pqt_reader_options options = {.allocator = &allocator,
                                        .decryption = &decryption,
                                        .page_limit_bytes = 4 << 20,
                                        .footer_limit_bytes = 4 << 20,
                                        .skip_checksums = true};
    if (pqt_reader_open_memory((pqt_view){data, size}, &options, &reader, NULL) == PQT_OK)
        look_at(reader);
    pqt_reader_close(reader);
    fuzz_budget_end(&budget);
    return 0;
}
