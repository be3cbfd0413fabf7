/* Any bytes as Thrift: skipped whole, and read as a page header, a footer and a page
 * index. */
#include "fuzz_help.h"
#include "parquet/metadata.h"
#include "parquet/page_header.h"
#include "parquet/page_index.h"

enum { BUDGET_BYTES = 64 << 20, DATA_BYTES = 1 << 30, ROWS = 100000 };

static void skip_whole(pqt_view bytes)
{
    pqt_error error = {0};
    thrift_reader r = thrift_reader_of(bytes, &error);
    thrift_struct s = {0};
    while (thrift_next(&r, &s)) thrift_skip(&r, &s);
    fuzz_check_error(r.status, &error);
    if (thrift_position(&r) > bytes.size_bytes) abort();
}

static void read_page_header(pqt_view bytes)
{
    pqt_error error = {0};
    page_header header;
    size_t size_bytes = 0;
    const pqt_status status = page_header_read(bytes, &header, &size_bytes, &error);
    fuzz_check_error(status, &error);
    if (size_bytes > bytes.size_bytes) abort();
}

static void read_footer(pqt_view bytes, arena *memory)
{
    pqt_error error = {0};
    pqt_file_metadata metadata;
    crypto_footer crypto;
    pqt_status status = metadata_read(bytes, memory, &metadata, &crypto, &error);
    if (status == PQT_OK) status = metadata_check(&metadata, DATA_BYTES, &error);
    fuzz_check_error(status, &error);
}

/* The same bytes as both halves, which have no field in common that is not a list. */
static void read_page_index(pqt_view bytes, arena *memory)
{
    static const pqt_column_chunk chunk = {.data_page_offset = 4,
                                           .dictionary_page_offset = -1,
                                           .compressed_bytes = DATA_BYTES - 4};
    pqt_error error = {0};
    pqt_page_index index;
    fuzz_check_error(page_index_read(bytes, bytes, &chunk, ROWS, memory, &index, &error),
                     &error);
    fuzz_check_error(
        page_index_read(bytes, (pqt_view){0}, &chunk, ROWS, memory, &index, &error),
        &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pqt_view bytes = {data, size};
    memory_budget budget = {.limit_bytes = BUDGET_BYTES};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    arena memory = {.allocator = &allocator};
    skip_whole(bytes);
    read_page_header(bytes);
    read_footer(bytes, &memory);
    read_page_index(bytes, &memory);
    arena_free(&memory);
    fuzz_budget_end(&budget);
    return 0;
}
