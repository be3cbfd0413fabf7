#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/error.h"
#include "base/view.h"
#include "cli/message.h"
#include "base/text.h"

pqt_status output_write(pqt_view text, pqt_error *error)
{
    if (fwrite(text.data, 1, text.size_bytes, stdout) == text.size_bytes) return PQT_OK;
    return error_set_errno(error, errno, "cannot write to the standard output");
}

pqt_status output_flush(pqt_error *error)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return PQT_OK;
    return error_set_errno(error, errno, "cannot write to the standard output");
}

static pqt_status append_date(int64_t days, buffer *out, pqt_error *error)
{
    char text[DATE_TEXT_BYTES];
    date_text((int32_t)days, text);
    return buffer_append_text(out, text, error);
}

pqt_status cell_append_plain(const pqa_column *column, int64_t row, buffer *out,
                             pqt_error *error)
{
    if (cell_is_null(column, row)) return PQT_OK;
    switch (column->kind) {
    case PQA_TEXT:
        return buffer_append(out, column->texts[row].data, column->texts[row].size_bytes,
                             error);
    case PQA_DATE:
        return append_date(column->int64s[row], out, error);
    case PQA_INT64:
    case PQA_BYTES_SIZE:
        return buffer_printf(out, error, "%" PRId64, column->int64s[row]);
    }
    return error_set(error, PQT_INTERNAL, "column %s has no known kind", column->name);
}

pqt_status cell_append_readable(const pqa_column *column, int64_t row, buffer *out,
                                pqt_error *error)
{
    char text[SHORT_TEXT_BYTES];
    if (cell_is_null(column, row)) return buffer_append_text(out, "-", error);
    switch (column->kind) {
    case PQA_TEXT:
        return text_append_printable(out, column->texts[row], error);
    case PQA_DATE:
        return append_date(column->int64s[row], out, error);
    case PQA_INT64:
        text_count(column->int64s[row], text);
        break;
    case PQA_BYTES_SIZE:
        text_bytes(column->int64s[row], text);
        break;
    }
    return buffer_append_text(out, text, error);
}

void output_note(const pqa_table *table)
{
    if (table->note) message_print("%s", table->note);
}

pqt_status output_table(const pqa_table *table, int format, pqt_error *error)
{
    pqt_status status = PQT_OK;
    switch (format) {
    case FORMAT_CSV:
        status = output_csv(table, NULL, error);
        break;
    case FORMAT_JSON:
        status = output_json(table, false, error);
        break;
    case FORMAT_NDJSON:
        status = output_json(table, true, error);
        break;
    default:
        status = output_text(table, error);
        break;
    }
    if (status == PQT_OK) output_note(table);
    return status;
}
