#include "base/error.h"
#include "base/view.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/parquet_file.h"
#include "cli/row_table.h"

enum { HEAD_ROWS = 10 };

static pqt_status write_text(void *self, const char *text, size_t size_bytes,
                             pqt_error *error)
{
    (void)self;
    return output_write((pqt_view){(const uint8_t *)text, size_bytes}, error);
}

static const pqt_text_output to_stdout = {write_text, NULL};

/* What a command does with the open file. */
typedef pqt_status (*use_file)(pqt_reader *reader, const struct options *o,
                               pqt_error *error);

static pqt_status with_file(const char *path, const struct options *o, use_file use,
                            pqt_error *error)
{
    pqt_reader *reader = NULL;
    TRY(parquet_file_open(path, o, &reader, error));
    const pqt_status status = use(reader, o, error);
    pqt_reader_close(reader);
    return status;
}

static int chosen_format(const struct options *o, int otherwise)
{
    if (o->json) return FORMAT_JSON;
    return option_given(o, OPTION_FORMAT) ? o->format : otherwise;
}

/* --- Rows --- */

/* Lines of JSON on their way out: counted, and made into one array where asked for. */
struct row_lines {
    bool as_array;
    bool is_inside; /* a line whose end has not come */
    int64_t limit;  /* then PQT_CANCELLED ends the printing */
    int64_t count;
};

static pqt_status begin_line(struct row_lines *lines, pqt_error *error)
{
    if (lines->count == lines->limit) return PQT_CANCELLED;
    lines->is_inside = true;
    if (!lines->as_array) return PQT_OK;
    return output_write(view_text(lines->count ? ",\n " : "[\n "), error);
}

static pqt_status end_line(struct row_lines *lines, pqt_error *error)
{
    lines->is_inside = false;
    lines->count++;
    return lines->as_array ? PQT_OK : output_write(view_text("\n"), error);
}

static pqt_status write_lines(void *self, const char *text, size_t size_bytes,
                              pqt_error *error)
{
    struct row_lines *const lines = self;
    const char *const end = text + size_bytes;
    while (text < end) {
        if (!lines->is_inside) TRY(begin_line(lines, error));
        const char *const line_end = memchr(text, '\n', (size_t)(end - text));
        const size_t length = (size_t)((line_end ? line_end : end) - text);
        TRY(output_write(view_of(text, length), error));
        if (line_end) TRY(end_line(lines, error));
        text += length + (line_end ? 1 : 0);
    }
    return PQT_OK;
}

static pqt_status print_lines(const pqt_reader *reader, const row_choice *choice,
                              int64_t limit, bool as_array, pqt_error *error)
{
    struct row_lines lines = {.as_array = as_array,
                              .limit = limit > 0 ? limit : INT64_MAX};
    const pqt_text_output output = {write_lines, &lines};
    const pqt_scan_options options = {.predicates = choice->predicates,
                                      .predicate_count = choice->predicate_count,
                                      .row_count = choice->predicate_count ? 0 : limit};
    const pqt_status status =
        pqt_print_rows(reader, choice->names, choice->names ? choice->field_count : 0,
                       &options, &output, error);
    const bool is_full = status == PQT_CANCELLED && lines.count == lines.limit;
    if (status != PQT_OK && !is_full) return status;
    if (!as_array) return PQT_OK;
    return output_write(view_text(lines.count ? "\n]\n" : "[]\n"), error);
}

static pqt_status print_rows(pqt_reader *reader, const struct options *o, int64_t limit,
                             pqt_error *error)
{
    const int format = chosen_format(o, FORMAT_NDJSON);
    row_choice choice = {0};
    TRY(row_choice_make(o, &pqt_reader_metadata(reader)->schema, &choice, error));
    const pqt_status status =
        format == FORMAT_CSV || format == FORMAT_TABLE
            ? row_table_print(reader, &choice, limit, format, error)
            : print_lines(reader, &choice, limit, format == FORMAT_JSON, error);
    row_choice_free(&choice);
    return status;
}

static pqt_status cat_file(pqt_reader *reader, const struct options *o, pqt_error *error)
{
    return print_rows(reader, o, o->limit, error);
}

static pqt_status head_file(pqt_reader *reader, const struct options *o, pqt_error *error)
{
    return print_rows(reader, o, option_given(o, OPTION_LIMIT) ? o->limit : HEAD_ROWS,
                      error);
}

pqt_status run_parquet_cat(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, cat_file, error);
}

pqt_status run_parquet_head(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, head_file, error);
}

/* --- Schema and metadata --- */

static pqt_status print_schema(pqt_reader *reader, const struct options *o,
                               pqt_error *error)
{
    (void)o;
    return pqt_print_schema(reader, &to_stdout, error);
}

/* A page index that is damaged does not keep the rest from being shown. */
static pqt_status print_meta(pqt_reader *reader, const struct options *o,
                             pqt_error *error)
{
    const int format = chosen_format(o, FORMAT_TABLE);
    pqt_error problem = {0};
    if (format == FORMAT_CSV)
        return error_set(error, PQT_INVALID, "metadata is written as text or json only");
    if (pqt_reader_load_page_indexes(reader, NULL, 0, &problem) != PQT_OK)
        message_print("the page index is left out: %s", problem.message);
    return pqt_print_metadata(reader, format != FORMAT_TABLE, &to_stdout, error);
}

pqt_status run_parquet_schema(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, print_schema, error);
}

pqt_status run_parquet_meta(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, print_meta, error);
}

/* --- Verification --- */

static pqt_status verify_file(pqt_reader *reader, const struct options *o,
                              pqt_error *error)
{
    (void)o;
    pqt_verified_file seen;
    TRY(pqt_verify_file(reader, &seen, error));
    return pqt_reader_load_page_indexes(reader, NULL, 0, error);
}

/* Looks at all files; the first that is not sound decides the exit code. */
pqt_status run_parquet_verify(invocation *in, pqt_error *error)
{
    pqt_status worst = PQT_OK;
    for (int i = 0; i < in->argument_count; i++) {
        pqt_error problem = {0};
        buffer line = {0};
        const pqt_status status =
            with_file(in->arguments[i], in->options, verify_file, &problem);
        pqt_status written = buffer_printf(&line, error, "%s  %s\n", in->arguments[i],
                                           status == PQT_OK ? "ok" : "FAILED");
        if (written == PQT_OK) written = output_write(buffer_view(&line), error);
        buffer_free(&line);
        TRY(written);
        if (status == PQT_OK || worst != PQT_OK) continue;
        worst = status;
        if (error) *error = problem;
    }
    return worst;
}
