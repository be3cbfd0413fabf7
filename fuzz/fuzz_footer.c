/*
 * Any bytes as a footer, with some before it: the file is opened, its page indexes and
 * bloom filters looked at, and everything printed that needs no page. The first two bytes
 * are how many of the others stand before the footer.
 */
#include "base/view.h"
#include "fuzz_help.h"
#include "pqt_print.h"

enum { BUDGET_BYTES = 256 << 20, PRINTED_LIMIT_BYTES = 16 << 20 };

static pqt_status count_text(void *self, const char *text, size_t size_bytes,
                             pqt_error *error)
{
    (void)text;
    size_t *printed = self;
    *printed += size_bytes;
    if (*printed <= PRINTED_LIMIT_BYTES) return PQT_OK;
    return error_set(error, PQT_LIMIT, "enough was printed");
}

/* PAR1, the bytes before the footer, the footer, its length, PAR1. */
static uint8_t *make_file(cursor input, size_t *size_bytes)
{
    const size_t before = fuzz_u16(&input);
    const pqt_view rest = fuzz_rest(&input);
    const size_t footer = rest.size_bytes > before ? rest.size_bytes - before : 0;
    uint8_t *file = malloc(rest.size_bytes + 12);
    if (!file) abort();
    memcpy(file, "PAR1", 4);
    if (rest.size_bytes) memcpy(file + 4, rest.data, rest.size_bytes);
    store_u32le(file + 4 + rest.size_bytes, (uint32_t)footer);
    memcpy(file + 8 + rest.size_bytes, "PAR1", 4);
    *size_bytes = rest.size_bytes + 12;
    return file;
}

static void check_chunk(const pqt_reader *reader, int32_t group, int32_t column)
{
    pqt_error error = {0};
    pqt_byte_range ranges[2];
    bool may_contain;
    const int64_t rows = pqt_reader_metadata(reader)->row_groups[group].row_count;
    fuzz_check_error(
        pqt_reader_byte_ranges(reader, group, column, rows / 3, rows / 2, ranges, &error),
        &error);
    fuzz_check_error(pqt_reader_bloom_check(reader, group, column, view_text("hello"),
                                            &may_contain, &error),
                     &error);
}

static void look_at(pqt_reader *reader)
{
    enum { MOST_CHUNKS = 64 };
    pqt_error error = {0};
    size_t printed = 0;
    int chunks = 0;
    const pqt_text_output output = {count_text, &printed};
    fuzz_check_error(pqt_reader_load_page_indexes(reader, NULL, 0, &error), &error);
    fuzz_check_error(pqt_print_schema(reader, &output, &error), &error);
    fuzz_check_error(pqt_print_metadata(reader, true, &output, &error), &error);
    fuzz_check_error(pqt_print_metadata(reader, false, &output, &error), &error);
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    for (int32_t g = 0; g < m->row_group_count; g++)
        for (int32_t c = 0; c < m->schema.column_count && chunks < MOST_CHUNKS;
             c++, chunks++)
            check_chunk(reader, g, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t size_bytes;
    uint8_t *file = make_file(cursor_of((pqt_view){data, size}), &size_bytes);
    memory_budget budget = {.limit_bytes = BUDGET_BYTES};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    const pqt_reader_options options = {.allocator = &allocator};
    pqt_reader *reader = NULL;
    pqt_error error = {0};
    const pqt_status status =
        pqt_reader_open_memory((pqt_view){file, size_bytes}, &options, &reader, &error);
    fuzz_check_error(status, &error);
    if (status == PQT_OK) {
        look_at(reader);
        pqt_reader_close(reader);
    }
    free(file);
    fuzz_budget_end(&budget);
    return 0;
}
