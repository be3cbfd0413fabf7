/*
 * Any bytes as a file of the proof of concept: refused with words, or rows of which every
 * value is one that the archive can hold.
 */
#include "archive/import_file.h"
#include "base/utf8.h"
#include "fuzz_help.h"

enum { BUDGET_BYTES = 256 << 20, MOST_ROWS = 100000 };

static void require(bool is_so)
{
    if (!is_so) abort();
}

static void require_text(pqt_view text)
{
    require(utf8_is_valid(text, NULL));
    require(text.size_bytes == 0 || !memchr(text.data, 0, text.size_bytes));
}

/* What is said to be many rows may take its time. */
static pqt_status take_row(void *self, const import_row *given, pqt_error *error)
{
    const source_row *row = &given->row;
    int *rows = self;
    require(given->has_id ? row->id >= 0 : row->id == 0);
    require(row->project_id >= 0 && row->version_id >= 0 && row->view_count >= 0);
    require(row->status >= 0 && (row->has_version || row->version_id == 0));
    require(row->has_version || !given->has_version_slug);
    require(row->has_full_path || row->full_path.size_bytes == 0);
    require_text(row->path);
    require_text(row->full_path);
    require_text(given->project_slug);
    require_text(given->version_slug);
    if (++*rows < MOST_ROWS) return PQT_OK;
    return error_set(error, PQT_LIMIT, "enough rows");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    memory_budget budget = {.limit_bytes = BUDGET_BYTES};
    const pqt_allocator allocator = memory_budget_allocator(&budget);
    const pqt_reader_options options = {.allocator = &allocator};
    const import_path path =
        import_path_read("project/django/2026/01/15/pageviews_2026-01-15.parquet");
    pqt_reader *reader = NULL;
    pqt_error error = {0};
    int rows = 0;
    pqt_status status =
        pqt_reader_open_memory(view_of(data, size_bytes), &options, &reader, &error);
    if (status == PQT_OK)
        status = import_file_read(reader, &path, take_row, &rows, NULL, &error);
    fuzz_check_error(status, &error);
    pqt_reader_close(reader);
    fuzz_budget_end(&budget);
    return 0;
}
