#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"

pqt_status run_status(invocation *in, pqt_error *error)
{
    pqa_archive *archive = NULL;
    TRY(session_open(in->options, false, NULL, &archive, error));
    pqa_table table = {0};
    pqt_status status = pqa_status(archive, &table, error);
    if (status == PQT_OK && in->options->format == FORMAT_TABLE) {
        status = output_record(&table, 0, error);
        output_note(&table);
    } else if (status == PQT_OK) {
        status = output_table(&table, in->options->format, error);
    }
    pqa_table_free(&table);
    pqa_close(archive);
    return status;
}
