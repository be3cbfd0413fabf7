#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/convert.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/output.h"
#include "base/output_file.h"
#include "cli/parquet_file.h"

enum { MOST_THREADS = 16 };

static int thread_count(const struct options *o)
{
    if (o->threads > 0) return (int)o->threads;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1              ? 1
           : processors < MOST_THREADS ? (int)processors
                                       : MOST_THREADS;
}

static pqt_writer_options writer_options(const conversion *c)
{
    const struct options *const o = c->options;
    return (pqt_writer_options){.row_group_rows = o->row_group_rows,
                                .row_group_bytes = (size_t)o->row_group_bytes,
                                .page_rows = o->page_rows,
                                .page_limit_bytes = (size_t)o->page_bytes,
                                .page_v2 = o->page_version == 1, /* the choice "2" */
                                .sorting = c->sorting,
                                .sorting_count = c->sorting_count,
                                .key_values = c->key_values,
                                .key_value_count = c->key_value_count,
                                .threads = c->threads};
}

static pqt_status write_file(const pqt_reader *reader, const conversion *c,
                             output_file *file, pqt_written *written, pqt_error *error)
{
    const pqt_output output = {output_file_write, file};
    const pqt_writer_options options = writer_options(c);
    pqt_writer *writer = NULL;
    TRY(pqt_writer_create(&output, &c->target, c->columns, &options, &writer, error));
    pqt_status status = convert_rows(reader, c, writer, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, written, error);
    if (status == PQT_OK) status = output_file_publish(file, error);
    pqt_writer_free(writer);
    return status;
}

static pqt_status print_sum(int64_t bytes_before, const char *out,
                            const pqt_written *written, pqt_error *error)
{
    char rows[SHORT_TEXT_BYTES], size[SHORT_TEXT_BYTES], before[SHORT_TEXT_BYTES];
    buffer line = {0};
    text_count(written->row_count, rows);
    text_bytes((int64_t)written->file_bytes, size);
    text_bytes(bytes_before, before);
    pqt_status status = buffer_printf(&line, error, "%s: %s rows, %s (before: %s)\n", out,
                                      rows, size, before);
    if (status == PQT_OK) status = output_write(buffer_view(&line), error);
    buffer_free(&line);
    return status;
}

static bool is_encrypted(const pqt_file_metadata *m)
{
    bool found = m->has_encrypted_footer;
    for (int32_t g = 0; g < m->row_group_count; g++)
        for (int32_t c = 0; c < m->schema.column_count; c++)
            found = found || m->row_groups[g].columns[c].is_encrypted;
    return found;
}

static pqt_status convert_file(pqt_reader *reader, const invocation *in, pqt_error *error)
{
    conversion c = {0};
    output_file file = {0};
    pqt_written written = {0};
    struct stat before = {0};
    stat(in->arguments[0], &before); /* OUT may be the same file */
    TRY(conversion_plan(in->options, pqt_reader_metadata(reader), &c, error));
    c.threads = thread_count(in->options);
    pqt_status status =
        output_file_create(in->arguments[1], in->options->force, &file, error);
    if (status == PQT_OK) status = write_file(reader, &c, &file, &written, error);
    output_file_free(&file);
    conversion_free(&c);
    if (status != PQT_OK) return status;
    if (is_encrypted(pqt_reader_metadata(reader)))
        message_print("%s is not encrypted", in->arguments[1]);
    return print_sum((int64_t)before.st_size, in->arguments[1], &written, error);
}

pqt_status run_parquet_convert(invocation *in, pqt_error *error)
{
    pqt_reader *reader = NULL;
    interrupt_catch();
    TRY(parquet_file_open(in->arguments[0], in->options, &reader, error));
    const pqt_status status = convert_file(reader, in, error);
    pqt_reader_close(reader);
    return status;
}
