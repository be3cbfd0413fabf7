/* What a file says of itself, for people and programs; and whether all of it decodes. */
#include "parquet/column_reader.h"
#include "parquet/metadata_printer.h"

enum { VERIFY_ROWS = 65536 };

static const char *find_name(const char *const *names, size_t count, int64_t number)
{
    return number >= 0 && (uint64_t)number < count ? names[number] : "unknown";
}

#define FIND_NAME(names, number) \
    find_name(names, sizeof(names) / sizeof(names)[0], number)

const char *column_order_name(pqt_column_order order)
{
    static const char *const names[] = {"UNDEFINED", "TYPE_DEFINED",
                                        "IEEE_754_TOTAL_ORDER", "INT96_TIMESTAMP"};
    return FIND_NAME(names, order);
}

const char *boundary_order_name(int32_t order)
{
    static const char *const names[] = {"UNORDERED", "ASCENDING", "DESCENDING"};
    return FIND_NAME(names, order);
}

const char *page_type_name(int32_t type)
{
    static const char *const names[] = {"DATA_PAGE", "INDEX_PAGE", "DICTIONARY_PAGE",
                                        "DATA_PAGE_V2"};
    return FIND_NAME(names, type);
}

pqt_status printed_flush(printed *p)
{
    if (p->text.size_bytes == 0) return PQT_OK;
    TRY(p->output->write(p->output->self, (const char *)p->text.data, p->text.size_bytes,
                         p->error));
    buffer_clear(&p->text);
    return PQT_OK;
}

pqt_status pqt_print_metadata(const pqt_reader *reader, bool as_json,
                              const pqt_text_output *output, pqt_error *error)
{
    printed p = {.reader = reader,
                 .metadata = pqt_reader_metadata(reader),
                 .output = output,
                 .error = error};
    pqt_status status = as_json ? metadata_print_json(&p) : metadata_print_text(&p);
    if (status == PQT_OK) status = printed_flush(&p);
    buffer_free(&p.text);
    return status;
}

/* --- Verification --- */

/* All rows of a chunk, some at a time. */
static pqt_status verify_rows(column_reader *column, int64_t row_count,
                              pqt_verified_file *out, pqt_error *error)
{
    const row_range whole = {0, row_count};
    column_reader_want(column, (row_ranges){&whole, 1});
    for (int64_t at = 0; at < row_count; at += VERIFY_ROWS) {
        const int64_t left = row_count - at;
        const row_range rows = {at, at + (left < VERIFY_ROWS ? left : VERIFY_ROWS)};
        TRY(column_reader_read(column, (row_ranges){&rows, 1}, error));
        out->value_count += (int64_t)column->slot_count;
    }
    return PQT_OK;
}

static pqt_status verify_chunk(const pqt_reader *reader, int32_t group, int32_t number,
                               column_reader *column, pqt_verified_file *out,
                               pqt_error *error)
{
    const int64_t rows = reader->metadata.row_groups[group].row_count;
    const chunk_source source = {.reader = reader,
                                 .row_group = group,
                                 .column = number,
                                 .index = pqt_reader_page_index(reader, group, number),
                                 .window_bytes = COLUMN_WINDOW_BYTES};
    pqt_status status = column_reader_open(column, &source, error);
    if (status == PQT_OK) status = verify_rows(column, rows, out, error);
    return reader_error_at(reader, group, number, status, error);
}

pqt_status pqt_verify_file(const pqt_reader *reader, pqt_verified_file *out,
                           pqt_error *error)
{
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    pqt_verified_file seen = {.row_count = m->row_count};
    column_reader column = {0};
    pqt_status status = PQT_OK;
    for (int32_t g = 0; g < m->row_group_count && status == PQT_OK; g++)
        for (int32_t c = 0; c < m->schema.column_count && status == PQT_OK; c++)
            status = verify_chunk(reader, g, c, &column, &seen, error);
    column_reader_free(&column);
    if (status == PQT_OK) *out = seen;
    return status;
}
