
#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "pqt.h"

enum { HEAD_ROWS = 10 };

static pqt_status write_text(void *self, const char *text, size_t size_bytes,
                             pqt_error *error)
{
    (void)self;
    return output_write((pqt_view){(const uint8_t *)text, size_bytes}, error);
}

static const pqt_text_output to_stdout = {write_text, NULL};

/* What a command does with the open file. */
typedef pqt_status (*use_file)(const pqt_reader *reader, const struct options *o,
                               pqt_error *error);

static pqt_status with_file(const char *path, const struct options *o, use_file use,
                            pqt_error *error)
{
    pqt_reader *reader = NULL;
    TRY(pqt_reader_open_file(path, NULL, &reader, error));
    const pqt_status status = use(reader, o, error);
    pqt_reader_close(reader);
    return status;
}

/* Rows may be nested: they have no form as a table. */
static pqt_status print_rows(const pqt_reader *reader, const struct options *o,
                             int64_t limit, pqt_error *error)
{
    if (option_given(o, OPTION_FORMAT) && o->format != FORMAT_NDJSON)
        return error_set(error, PQT_INVALID,
                         "the rows of a Parquet file are written as ndjson only");
    const pqt_scan_options options = {.row_count = limit > 0 ? limit : 0};
    return pqt_print_rows(reader, NULL, 0, &options, &to_stdout, error);
}

static pqt_status cat_file(const pqt_reader *reader, const struct options *o,
                           pqt_error *error)
{
    return print_rows(reader, o, o->limit, error);
}

static pqt_status head_file(const pqt_reader *reader, const struct options *o,
                            pqt_error *error)
{
    return print_rows(reader, o, o->limit > 0 ? o->limit : HEAD_ROWS, error);
}

static pqt_status print_schema(const pqt_reader *reader, const struct options *o,
                               pqt_error *error)
{
    (void)o;
    return pqt_print_schema(reader, &to_stdout, error);
}

static pqt_status print_meta(const pqt_reader *reader, const struct options *o,
                             pqt_error *error)
{
    const bool as_json = o->format == FORMAT_JSON || o->format == FORMAT_NDJSON;
    return pqt_print_metadata(reader, as_json, &to_stdout, error);
}

pqt_status run_parquet_cat(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, cat_file, error);
}

pqt_status run_parquet_head(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, head_file, error);
}

pqt_status run_parquet_schema(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, print_schema, error);
}

pqt_status run_parquet_meta(invocation *in, pqt_error *error)
{
    return with_file(in->arguments[0], in->options, print_meta, error);
}

static pqt_status verify_file(const pqt_reader *reader, const struct options *o,
                              pqt_error *error)
{
    (void)o;
    pqt_verified_file seen;
    return pqt_verify_file(reader, &seen, error);
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
